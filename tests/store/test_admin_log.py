from datetime import UTC, datetime

from llm_proxy.store import Store
from llm_proxy.store.admin_log import AdminAct, Entry


async def test_acts_are_on_record_newest_first(store: Store) -> None:
    before = datetime.now(UTC)
    await store.admin_log.append(Entry("provider.create", "name", "192.0.2.1"), "id-1")
    await store.admin_log.append(Entry("provider.delete", "odd \ud800\0", ""), "id-1")
    acts, total = await store.admin_log.page()
    assert total == 2
    assert [(act.action, act.detail, act.remote) for act in acts] == [
        ("provider.delete", "odd ??", ""),
        ("provider.create", "name", "192.0.2.1"),
    ]
    assert before <= acts[1].at <= acts[0].at <= datetime.now(UTC)
    assert await store.admin_log.page(limit=1, offset=1) == ([acts[1]], 2)
    assert isinstance(acts[0], AdminAct)
