"""Imports and configuration files: many rules in one transaction, each with its version."""

from dataclasses import replace

import pytest

from llm_proxy.errors import Conflict
from llm_proxy.records import Guardrail, PackState
from llm_proxy.store import Entry, Store, guardrail_rows
from llm_proxy.store.guardrail_batches import Batch
from llm_proxy.store.schema import utc_now

LOG = Entry("guardrail.import", "", "", "ann")


def draft(name: str, **more: object) -> Guardrail:
    now = utc_now()
    return replace(Guardrail("", f"p{name}", "monitor", "", now, now, name=name, pack="import:x"), **more)


def of_file(name: str, **more: object) -> Guardrail:
    return draft(name, origin="file", pack="", **more)


async def bring(store: Store, *drafts: Guardrail) -> Batch:
    return await store.guardrail_batches.bring(drafts, log=LOG, merge=lambda old, new: replace(new, mode=old.mode))


async def test_rules_are_told_by_pack_and_name(store: Store) -> None:
    assert await bring(store, draft("a"), draft("b")) == Batch(created=("a", "b"))
    (a,) = [rule for rule in await store.guardrails.list() if rule.name == "a"]
    await store.guardrails.update(a.id, mode="reject")
    batch = await bring(store, draft("a", pattern="new"), draft("b"), draft("c"))
    assert batch == Batch(created=("c",), changed=("a",), unchanged=("b",))
    after = await store.guardrails.get(a.id)
    assert (after.pattern, after.mode, after.version) == ("new", "reject", 3)


async def test_all_come_or_none(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guardrail_rows, "MAX_RULES", 2)
    with pytest.raises(Conflict):
        await bring(store, *map(draft, "abc"))
    assert await store.guardrails.list() == []
    assert (await store.admin_log.page())[1] == 0


async def test_a_file_is_followed(store: Store) -> None:
    own = await store.guardrails.create(pattern="o", mode="reject", replace_by="", name="a")
    follow = store.guardrail_batches.follow
    assert await follow([of_file("a"), of_file("b")], []) == Batch(created=("a", "b"))
    revision = await store.revision()
    assert await follow([of_file("a"), of_file("b")], []) == Batch(unchanged=("a", "b"))
    assert await store.revision() == revision
    assert await follow([of_file("a", mode="reject")], []) == Batch(changed=("a",), deleted=("b",))
    rules = {rule.id: rule for rule in await store.guardrails.list()}
    assert rules.pop(own.id) == own
    (a,) = rules.values()
    assert (a.origin, a.mode, a.version, a.updated_by) == ("file", "reject", 2, "file")
    assert [each.by for each in await store.guardrail_versions.list(a.id)] == ["file", "file"]


async def test_packs_follow_a_file_and_are_left_alone_by_others(store: Store) -> None:
    follow = store.guardrail_batches.follow
    await store.packs.set("mine", {"enabled": True}, log=LOG)
    await follow([], [PackState("secrets", enabled=True, mode="reject", directions=("response",))])
    (mine, secrets) = await store.packs.list()
    assert (mine.name, secrets.mode, secrets.directions, secrets.updated_by) == (
        "mine",
        "reject",
        ("response",),
        "file",
    )
    with pytest.raises(Conflict, match="GUARDRAILS_FILE"):
        await store.packs.set("secrets", {"enabled": False}, log=LOG)
    await follow([], [])
    assert [state.name for state in await store.packs.list()] == ["mine"]


async def test_without_a_file_its_rules_stay_in_force_and_are_ones_own(store: Store) -> None:
    await store.guardrail_batches.follow([of_file("a")], [PackState("secrets", enabled=True)])
    assert (await store.guardrail_batches.release()).changed == ("a",)
    (rule,) = await store.guardrails.list()
    assert (rule.origin, rule.version) == ("api", 2)
    await store.guardrails.update(rule.id, enabled=False)
    await store.packs.set("secrets", {"enabled": False}, log=LOG)
    assert await store.guardrail_batches.release() == Batch()
