"""Every version of a rule is there to be read and to be put in force again."""

import pytest

from tests.web.admin.conftest import NOBODY, Admin
from tests.web.admin.test_guardrails import outcome, rule


async def test_versions_tell_who_when_and_what(admin: Admin):
    created = await rule(admin, name="Bird")
    path = f"/guardrails/{created['id']}"
    changed = (await admin.call("PATCH", path, {"mode": "monitor", "severity": "high"})).json()
    newest, first = (await admin.call("GET", f"{path}/versions")).json()
    assert (newest["version"], newest["by"], newest["at"]) == (2, "admin token (192.0.2.7)", changed["updated_at"])
    assert (first["change"], newest["change"]) == ("created", "changed: mode, severity")
    assert (first["rule"]["mode"], newest["rule"]["mode"], newest["rule"]["name"]) == ("reject", "monitor", "Bird")
    assert (await admin.call("GET", f"{path}/versions/1")).json() == first


async def test_an_old_version_is_put_in_force_again(admin: Admin):
    created = await rule(admin)
    path = f"/guardrails/{created['id']}"
    await admin.call("PATCH", path, {"pattern": "parrot"})
    assert outcome(admin) == "pass"
    restored = (await admin.call("POST", f"{path}/versions/1/restore")).json()
    assert (restored["pattern"], restored["version"]) == ("canary-[0-9]+", 3)
    assert outcome(admin) == "rejected"
    assert (await admin.acts())[0].action == "guardrail.restore"


async def test_a_deleted_rule_can_be_read_and_brought_back(admin: Admin):
    created = await rule(admin)
    path = f"/guardrails/{created['id']}"
    await admin.call("DELETE", path)
    assert (await admin.call("GET", path)).status_code == 404
    assert (await admin.call("GET", f"{path}/versions")).json()[0]["change"] == "deleted"
    assert (await admin.call("POST", f"{path}/versions/1/restore")).status_code == 200
    assert outcome(admin) == "rejected"


@pytest.mark.parametrize(("identifier", "version", "status"), [(NOBODY, "1", 404), ("", "9", 404), ("", "x", 400)])
async def test_what_never_was_is_not_there(admin: Admin, identifier, version, status):
    path = f"/guardrails/{identifier or (await rule(admin))['id']}/versions/{version}"
    assert (await admin.call("GET", path)).status_code == status
    assert (await admin.call("POST", f"{path}/restore")).status_code == status


async def test_a_session_of_the_dashboard_is_told_from_the_token(admin: Admin):
    admin.client.cookies.set("llmp_session", "0" * 64)
    assert (await rule(admin))["created_by"] == "dashboard session (192.0.2.7)"
    assert (await rule(admin, name="x"))["updated_by"] == "dashboard session (192.0.2.7)"
    answer = await admin.call(
        "POST", "/guardrails", {"pattern": "y", "mode": "reject"}, headers={"authorization": "Bearer x"}
    )
    assert answer.json()["created_by"] == "admin token (192.0.2.7)"
