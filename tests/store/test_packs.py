from llm_proxy.records import PackState
from llm_proxy.store import Entry, Store

LOG = Entry("pack.update", '{"enabled":true}', "192.0.2.1", "ann")


async def test_a_pack_is_off_until_somebody_sets_it(store: Store) -> None:
    assert await store.packs.list() == []
    state = await store.packs.set("secrets", {"enabled": True, "disabled_rules": ("a", "b")}, log=LOG)
    assert state == PackState(
        "secrets", enabled=True, disabled_rules=("a", "b"), updated_at=state.updated_at, updated_by="ann"
    )
    assert (await store.snapshot()).packs == (state,)
    assert [(act.action, act.subject) for act in (await store.admin_log.page())[0]] == [("pack.update", "secrets")]


async def test_what_is_not_named_stays_and_what_changes_nothing_leaves_no_trace(store: Store) -> None:
    await store.packs.set("secrets", {"enabled": True, "mode": "reject", "directions": ("response",)}, log=LOG)
    state = await store.packs.set("secrets", {"mode": None}, log=LOG)
    assert (state.enabled, state.mode, state.directions) == (True, None, ("response",))
    revision = await store.revision()
    assert await store.packs.set("secrets", {"mode": None}, log=LOG) == state
    assert await store.revision() == revision
