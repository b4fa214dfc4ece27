"""Every change of a rule is a version, with who and when; none is ever changed."""

import pytest
from sqlalchemy import text

from llm_proxy.errors import Conflict, StoreUnavailable
from llm_proxy.records import Guardrail
from llm_proxy.store import Entry, Store
from llm_proxy.store.schema import utc_now

NOBODY = "00000000-0000-4000-8000-000000000000"


def by(who: str) -> Entry:
    return Entry("guardrail.change", "", "192.0.2.1", who)


async def make(store: Store, **fields: object) -> Guardrail:
    return await store.guardrails.create(log=by("ann"), **{"pattern": "a", "mode": "reject", "replace_by": ""} | fields)


async def test_each_change_is_a_version_that_says_who_when_and_what(store: Store) -> None:
    rule = await make(store)
    assert (rule.version, rule.created_by, rule.updated_by) == (1, "ann", "ann")
    changed = await store.guardrails.update(rule.id, mode="monitor", severity="high", log=by("bob"))
    await store.guardrails.delete(rule.id, log=by("cyd"))
    versions = await store.guardrail_versions.list(rule.id)
    assert [(each.version, each.by, each.change) for each in versions] == [
        (3, "cyd", "deleted"),
        (2, "bob", "changed: mode, severity"),
        (1, "ann", "created"),
    ]
    assert (versions[1].rule, versions[1].at) == (changed, changed.updated_at)
    assert versions[2].rule == rule
    assert changed.created_by == "ann"


async def test_a_version_put_in_force_again_is_a_new_one(store: Store) -> None:
    rule = await make(store)
    await store.guardrails.update(rule.id, pattern="b", validators=("luhn",), log=by("bob"))
    restored = await store.guardrail_versions.restore(rule.id, 1, log=by("cyd"))
    assert (restored.pattern, restored.validators, restored.version, restored.updated_by) == ("a", (), 3, "cyd")
    assert await store.guardrails.get(rule.id) == restored
    assert (await store.guardrail_versions.list(rule.id))[0].change == "restored: version 1"


async def test_a_deleted_rule_comes_back_as_it_was(store: Store) -> None:
    rule = await make(store)
    await store.guardrails.delete(rule.id, log=by("bob"))
    revision = await store.revision()
    restored = await store.guardrail_versions.restore(rule.id, 1, log=by("cyd"))
    assert await store.guardrails.list() == [restored]
    assert (restored.pattern, restored.version) == ("a", 3)
    assert await store.revision() > revision


@pytest.mark.parametrize(("guardrail_id", "version"), [(NOBODY, 1), (None, 0), (None, 2)])
async def test_what_never_was_cannot_be_put_in_force(store: Store, guardrail_id: str | None, version: int) -> None:
    rule = await make(store)
    assert await store.guardrail_versions.restore(guardrail_id or rule.id, version, log=by("x")) is None
    assert await store.guardrail_versions.list(NOBODY) == []


async def test_a_rule_of_a_file_gets_its_versions_from_there(store: Store) -> None:
    rule = await make(store, origin="file", name="A")
    with pytest.raises(Conflict):
        await store.guardrail_versions.restore(rule.id, 1, log=by("x"))


async def test_a_rule_of_before_versions_were_kept_has_one_and_keeps_it(store: Store) -> None:
    rule = await make(store)
    await store.database.write(
        lambda connection: connection.execute(text("DROP TRIGGER guardrail_versions_keep_delete"))
    )
    await store.database.write(lambda connection: connection.execute(text("DELETE FROM guardrail_versions")))
    assert [each.rule for each in await store.guardrail_versions.list(rule.id)] == [rule]
    await store.guardrails.update(rule.id, mode="monitor")
    assert [(each.version, each.rule.mode) for each in await store.guardrail_versions.list(rule.id)] == [
        (2, "monitor"),
        (1, "reject"),
    ]


@pytest.mark.parametrize("statement", ["UPDATE guardrail_versions SET by = 'me'", "DELETE FROM guardrail_versions"])
async def test_the_database_itself_refuses_to_change_a_version(store: Store, statement: str) -> None:
    await make(store)
    with pytest.raises((Conflict, StoreUnavailable)):
        await store.database.write(lambda connection: connection.execute(text(statement)))


async def test_what_comes_from_the_go_program_has_a_version_too(store: Store) -> None:
    rule = Guardrail(NOBODY, "a", "reject", "", utc_now(), utc_now())
    await store.database.write(lambda connection: store.guardrails.add(connection, rule))
    assert [each.change for each in await store.guardrail_versions.list(NOBODY)] == ["imported"]
