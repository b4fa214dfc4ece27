import re

import pytest

from llm_proxy.core import keys
from tests.store.conftest import a_record
from tests.web.admin.conftest import NOBODY, Admin

SHOWN_ONCE = {"id", "name", "key", "provider_id", "rate_limit_rpm", "created_at", "display"}


async def test_a_key_is_created_with_the_fields_of_the_contract(admin: Admin):
    provider = await admin.provider()
    body = {"name": "team", "provider_id": provider["id"], "rate_limit_rpm": 60}
    answer = await admin.call("POST", "/keys", body)
    key = answer.json()
    assert answer.status_code == 201
    assert set(key) == SHOWN_ONCE
    assert body.items() <= key.items()
    assert re.fullmatch(r"llmp-[0-9a-f]{64}", key["key"])
    assert key["key"].startswith(key["display"])


async def test_a_key_is_in_force_when_the_answer_is_there(admin: Admin):
    key = await admin.key(rate_limit_rpm=7)
    found = admin.directory.find_key(keys.digest(str(key["key"])))
    assert found is not None
    assert (found.id, found.rate_limit_rpm) == (key["id"], 7)


async def test_A18_a_key_is_shown_once_and_never_again(admin: Admin):
    key = await admin.key()
    path = f"/keys/{key['id']}"
    answers = [
        await admin.call("GET", "/keys"),
        await admin.call("GET", path),
        await admin.call("PATCH", path, {"name": "other"}),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert str(key["key"]) not in answer.text
        assert keys.digest(str(key["key"])) not in answer.text
        assert "revoked_at" not in answer.text
    assert str(key["key"]) not in str(await admin.acts())


async def test_the_list_is_newest_first_and_tells_what_is_revoked(admin: Admin):
    first, second = await admin.key(name="first"), await admin.key(name="second")
    await admin.call("DELETE", f"/keys/{first['id']}")
    newest, oldest = (await admin.call("GET", "/keys")).json()
    assert (newest["id"], oldest["id"]) == (second["id"], first["id"])
    assert "revoked_at" not in newest
    assert oldest["revoked_at"].endswith("Z")


async def test_a_revoked_key_is_refused_at_once_and_only_once_revoked(admin: Admin):
    key = await admin.key()
    path = f"/keys/{key['id']}"
    assert (await admin.call("DELETE", path)).status_code == 204
    assert admin.directory.find_key(keys.digest(str(key["key"]))) is None
    assert (await admin.call("DELETE", path)).status_code == 404
    assert (await admin.call("PATCH", path, {"name": "x"})).status_code == 404
    assert (await admin.call("GET", path)).json()["revoked_at"]


async def test_R04_a_changed_limit_is_in_force_when_the_answer_is_there(admin: Admin):
    key = await admin.key(rate_limit_rpm=10)
    answer = await admin.call("PATCH", f"/keys/{key['id']}", {"rate_limit_rpm": 20})
    assert answer.json()["rate_limit_rpm"] == 20
    found = admin.directory.find_key(keys.digest(str(key["key"])))
    assert found is not None
    assert found.rate_limit_rpm == 20


async def test_a_change_leaves_absent_fields_unchanged(admin: Admin):
    key = await admin.key(rate_limit_rpm=10)
    other = await admin.provider("other")
    before = (await admin.call("GET", f"/keys/{key['id']}")).json()
    for change in ({}, {"name": "renamed"}, {"provider_id": other["id"]}, {"rate_limit_rpm": 0}):
        after = (await admin.call("PATCH", f"/keys/{key['id']}", change)).json()
        assert after == before | change
        before = after


@pytest.mark.parametrize("value", [None, -1, 10**9 + 1, 10**12, "5", 1.0, 1.5, True, [], {}])
async def test_R13_a_limit_that_is_no_whole_number_in_range_is_refused(admin: Admin, value):
    key = await admin.key(rate_limit_rpm=5)
    create = {"name": "x", "provider_id": key["provider_id"], "rate_limit_rpm": value}
    for answer in (
        await admin.call("POST", "/keys", create),
        await admin.call("PATCH", f"/keys/{key['id']}", {"rate_limit_rpm": value}),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "rate_limit_rpm"
    assert (await admin.call("GET", f"/keys/{key['id']}")).json()["rate_limit_rpm"] == 5


@pytest.mark.parametrize("value", [0, 1, 10**9])
async def test_R13_limits_from_0_to_a_billion_are_taken(admin: Admin, value):
    assert (await admin.key(rate_limit_rpm=value))["rate_limit_rpm"] == value


async def test_an_absent_limit_is_0_which_means_none(admin: Admin):
    assert (await admin.key())["rate_limit_rpm"] == 0


@pytest.mark.parametrize("provider_id", [NOBODY, "x", "", None, 5, "'; DROP TABLE keys; --"])
async def test_an_unknown_provider_is_400_naming_the_field(admin: Admin, provider_id):
    key = await admin.key()
    for answer in (
        await admin.call("POST", "/keys", {"name": "x", "provider_id": provider_id}),
        await admin.call("PATCH", f"/keys/{key['id']}", {"provider_id": provider_id}),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "provider_id"


async def test_a_deleted_provider_is_unknown(admin: Admin):
    provider = await admin.provider()
    await admin.call("DELETE", f"/providers/{provider['id']}")
    answer = await admin.call("POST", "/keys", {"name": "x", "provider_id": provider["id"]})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "provider_id")


@pytest.mark.parametrize("field", ["id", "key", "key_hash", "digest", "display", "revoked_at", "created_at", "role"])
async def test_A20_unknown_fields_are_refused_and_nothing_changes(admin: Admin, field):
    key = await admin.key()
    before = (await admin.call("GET", "/keys")).json()
    body = {"name": "second", "provider_id": key["provider_id"], field: "x"}
    for method, path in (("POST", "/keys"), ("PATCH", f"/keys/{key['id']}")):
        answer = await admin.call(method, path, body)
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == field
    assert (await admin.call("GET", "/keys")).json() == before


@pytest.mark.parametrize("name", ["", " ", "x" * 201, "a\tb", None, 5])
async def test_a_bad_name_is_refused(admin: Admin, name):
    key = await admin.key()
    for answer in (
        await admin.call("POST", "/keys", {"name": name, "provider_id": key["provider_id"]}),
        await admin.call("PATCH", f"/keys/{key['id']}", {"name": name}),
    ):
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "name"


@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PATCH", {"name": "x"}), ("DELETE", None)])
@pytest.mark.parametrize("identifier", [NOBODY, "x"])
async def test_an_id_that_names_nothing_is_404(admin: Admin, identifier, method, body):
    assert (await admin.call(method, f"/keys/{identifier}", body)).status_code == 404


async def test_W15_every_change_is_on_record(admin: Admin):
    key = await admin.key()
    await admin.call("PATCH", f"/keys/{key['id']}", {"rate_limit_rpm": 3})
    await admin.call("DELETE", f"/keys/{key['id']}")
    acts = [act for act in await admin.acts() if act.subject == key["id"]]
    assert [act.action for act in acts] == ["key.revoke", "key.update", "key.create"]
    assert acts[1].detail == '{"rate_limit_rpm":3}'


async def test_when_a_key_last_called_is_told_wherever_the_key_is(admin: Admin):
    key, idle = await admin.key(name="used"), await admin.key(name="idle")
    path = f"/keys/{key['id']}"
    assert "last_used_at" not in (await admin.call("GET", path)).json()
    await admin.store.usage.append([a_record(api_key_id=key["id"])])
    told = [(await admin.call("GET", path)).json(), (await admin.call("PATCH", path, {"name": "renamed"})).json()]
    listed = {each["id"]: each for each in (await admin.call("GET", "/keys")).json()}
    assert {each["last_used_at"] for each in (*told, listed[key["id"]])} == {"2026-04-19T12:00:00.123456Z"}
    assert "last_used_at" not in listed[idle["id"]]
