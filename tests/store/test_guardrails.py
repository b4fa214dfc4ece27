from dataclasses import replace

import pytest

from llm_proxy.errors import Conflict
from llm_proxy.records import Allow, Audience, Example, Guardrail, Near, Scope
from llm_proxy.store import Entry, Store, guardrail_rows
from llm_proxy.store.schema import utc_now

NOBODY = "00000000-0000-0000-0000-000000000000"


async def test_a_rule_comes_back_as_it_was_stored(store: Store) -> None:
    rule = await store.guardrails.create(pattern=r"(?i)\bkey-(\d+)\b", mode="replace", replace_by="$1 ${name} $$ \n")
    assert rule.enabled
    assert await store.guardrails.get(rule.id) == rule
    assert await store.guardrails.list() == [rule]


async def test_the_newest_comes_first_and_disabled_ones_are_listed(store: Store) -> None:
    for pattern in "abc":
        await store.guardrails.create(pattern=pattern, mode="reject", replace_by="", enabled=pattern != "b")
    assert [(rule.pattern, rule.enabled) for rule in await store.guardrails.list()] == [
        ("c", True),
        ("b", False),
        ("a", True),
    ]


@pytest.mark.parametrize(
    "changes", [{"pattern": "b"}, {"mode": "replace", "replace_by": "x"}, {"replace_by": ""}, {"enabled": False}]
)
async def test_an_update_changes_what_was_given_and_nothing_else(store: Store, changes: dict) -> None:
    rule = await store.guardrails.create(pattern="a", mode="reject", replace_by="r")
    changed = await store.guardrails.update(rule.id, **changes)
    assert changed == replace(rule, **changes, updated_at=changed.updated_at, version=2)
    assert changed.updated_at > rule.updated_at
    assert await store.guardrails.get(rule.id) == changed


async def test_a_deleted_rule_is_gone(store: Store) -> None:
    rule = await store.guardrails.create(pattern="a", mode="reject", replace_by="")
    assert await store.guardrails.delete(rule.id)
    assert await store.guardrails.get(rule.id) is None
    assert await store.guardrails.list() == []
    assert await store.guardrails.update(rule.id, enabled=True) is None
    assert not await store.guardrails.delete(rule.id)


async def test_an_unknown_rule_is_not_there(store: Store) -> None:
    assert await store.guardrails.get(NOBODY) is None
    assert await store.guardrails.update(NOBODY, enabled=True) is None
    assert not await store.guardrails.delete(NOBODY)
    assert await store.revision() == 0


async def test_a_rule_comes_back_with_all_its_words(store: Store) -> None:
    now = utc_now()
    rule = Guardrail(
        "a", "k(.)", "monitor", "", now, now, name="K", severity="critical", template="literal", secret_group=1,
        validators=("luhn",), near=Near("key", 10, 5), allow=Allow(("x",), ("y",), ("z",), "line"),
        directions=("response",), field_classes=("A", "B"), views=("raw",),
        scope=Scope(only=Audience(keys=("k",)), exempt=Audience(models=("gpt-*",))), history="redact",
        examples=(Example("k1"), Example("j", match=False)), description="d", version=3, origin="file", pack="p",
        created_by="me", updated_by="you",
    )  # fmt: skip
    await store.database.write(lambda connection: store.guardrails.add(connection, rule))
    assert await store.guardrails.get("a") == rule


async def test_a_change_that_changes_nothing_leaves_no_trace(store: Store) -> None:
    rule = await store.guardrails.create(pattern="a", mode="reject", replace_by="")
    revision = await store.revision()
    entry = Entry("guardrail.update", "", "")
    assert await store.guardrails.update(rule.id, mode="reject", near=None, validators=(), log=entry) == rule
    assert (await store.revision(), (await store.admin_log.page())[1]) == (revision, 0)


async def test_a_rule_of_a_file_is_changed_there_alone(store: Store) -> None:
    rule = await store.guardrails.create(pattern="a", mode="reject", replace_by="", origin="file", name="A")
    with pytest.raises(Conflict, match="GUARDRAILS_FILE"):
        await store.guardrails.update(rule.id, enabled=False)
    with pytest.raises(Conflict, match="GUARDRAILS_FILE"):
        await store.guardrails.delete(rule.id)
    assert await store.guardrails.list() == [rule]


async def test_there_is_a_most_that_may_be(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guardrail_rows, "MAX_RULES", 2)
    first, _ = [await store.guardrails.create(pattern=each, mode="reject", replace_by="") for each in "ab"]
    with pytest.raises(Conflict, match="2 guard rails already"):
        await store.guardrails.create(pattern="c", mode="reject", replace_by="")
    await store.guardrails.delete(first.id)
    await store.guardrails.create(pattern="c", mode="reject", replace_by="")
