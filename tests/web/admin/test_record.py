"""A change and its row in the admin log are one commit."""

import pytest
from sqlalchemy import text

from llm_proxy.records import GuardrailEvent
from tests.web.admin.conftest import Admin
from tests.web.admin.test_events import event

CHANGES = {
    "provider.create": ("POST", "/providers", {"name": "n", "base_url": "sandbox:", "api_key": "none"}),
    "provider.update": ("PUT", "/providers/{provider}", {"name": "changed"}),
    "provider.delete": ("DELETE", "/providers/{provider}", None),
    "key.create": ("POST", "/keys", {"name": "n", "provider_id": "{provider}"}),
    "key.update": ("PATCH", "/keys/{key}", {"name": "changed"}),
    "key.revoke": ("DELETE", "/keys/{key}", None),
    "guardrail.create": ("POST", "/guardrails", {"pattern": "n", "mode": "reject"}),
    "guardrail.update": ("PATCH", "/guardrails/{rule}", {"enabled": False}),
    "guardrail.delete": ("DELETE", "/guardrails/{rule}", None),
    "event.delete": ("DELETE", "/guardrail-events/{event}", None),
}
TABLES = {"provider": "providers", "key": "keys", "guardrail": "guardrails", "event": "guardrail_events"}


async def fill(admin: Admin) -> dict[str, str]:
    """Make one of each; return their ids."""
    key = await admin.key()
    rule = await admin.call("POST", "/guardrails", {"pattern": "a", "mode": "reject"})
    found: GuardrailEvent = event(0)
    await admin.store.events.append([found])
    ids = {"provider": key["provider_id"], "key": key["id"], "rule": rule.json()["id"], "event": found.id}
    return {name: str(value) for name, value in ids.items()}


async def make(admin: Admin, act: str, ids: dict[str, str]) -> int:
    """Make a change; return the status."""
    method, path, body = CHANGES[act]
    sent = body and {name: value.format(**ids) if isinstance(value, str) else value for name, value in body.items()}
    return (await admin.call(method, path.format(**ids), sent)).status_code


async def forbid(admin: Admin, table: str) -> None:
    """Let no row of a table be written."""
    for verb in ("INSERT", "UPDATE", "DELETE"):
        trigger = f"CREATE TRIGGER no_{verb} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END"
        await admin.store.database.write(lambda connection, sql=trigger: connection.execute(text(sql)))


async def contents(admin: Admin) -> object:
    """Return everything that the changes touch, and the revision; credentials cannot be compared."""
    state = repr(await admin.store.snapshot())
    return state, (await admin.store.events.page())[1], len(await admin.store.keys.list())


@pytest.mark.parametrize("act", CHANGES)
async def test_W16_a_change_has_its_row(admin: Admin, act):
    ids = await fill(admin)
    assert await make(admin, act, ids) < 300
    assert (await admin.acts())[0].action == act


@pytest.mark.parametrize("act", CHANGES)
async def test_W16_what_cannot_be_recorded_is_not_done(admin: Admin, act):
    ids = await fill(admin)
    before = await contents(admin)
    await forbid(admin, "admin_log")
    assert await make(admin, act, ids) >= 400
    assert await contents(admin) == before


@pytest.mark.parametrize("act", CHANGES)
async def test_W16_what_is_not_done_is_not_recorded(admin: Admin, act):
    ids = await fill(admin)
    before = await admin.acts()
    await forbid(admin, TABLES[act.partition(".")[0]])
    assert await make(admin, act, ids) >= 400
    assert await admin.acts() == before
