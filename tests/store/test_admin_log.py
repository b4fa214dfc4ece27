from datetime import UTC, datetime

import pytest

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


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({}, "76543210"),
        ({"action": "event.export"}, "75"),
        ({"action": "event."}, "7654"),
        ({"action": "event"}, ""),
        ({"action": "e%.", "subject": None}, ""),
        ({"action": "."}, ""),
        ({"subject": "b"}, "7531"),
        ({"action": "event.", "subject": "a"}, "64"),
        ({"subject": ""}, ""),
    ],
)
async def test_acts_are_found_by_action_its_prefix_and_subject(store: Store, wanted: dict, found: str) -> None:
    actions = ["key.create"] * 4 + ["event.reveal", "event.export"] * 2
    for number, action in enumerate(actions):
        await store.admin_log.append(Entry(action, str(number), ""), "ab"[number % 2])
    acts, more = await store.admin_log.search(**wanted)
    assert ("".join(act.detail for act in acts), more) == (found, False)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
async def test_pages_of_the_log_tell_every_act_once_also_when_more_is_done_meanwhile(store: Store, limit: int) -> None:
    for number in range(6):
        await store.admin_log.append(Entry("key.create", str(number), ""))
    found, before, more = "", None, True
    while more:
        acts, more = await store.admin_log.search(before=before, limit=limit)
        found, before = found + "".join(act.detail for act in acts), acts[-1].id
        await store.admin_log.append(Entry("key.create", "late", ""))
    assert found == "543210"
