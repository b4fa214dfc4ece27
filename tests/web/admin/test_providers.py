import json
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete

from llm_proxy.store.schema import usage, utc_now
from llm_proxy.web.admin import AdminServices
from tests.store.conftest import a_record
from tests.web.admin.conftest import NOBODY, Admin, client_of

GOOD = {"name": "main", "base_url": "https://api.example.org/v1", "api_key": "sk-upstream-canary"}
HEALTH = {"key_count": 0, "last_success_at": None, "last_error_at": None, "last_error_status": None}
FIELDS = {"id", "name", "base_url", "kind", "created_at", "updated_at", *HEALTH}


async def test_a_provider_is_created_with_the_fields_of_the_contract(admin: Admin):
    answer = await admin.call("POST", "/providers", GOOD)
    provider = answer.json()
    assert answer.status_code == 201
    assert set(provider) == FIELDS
    assert (provider["name"], provider["base_url"], provider["kind"]) == ("main", GOOD["base_url"], "openai")
    assert provider["created_at"] == provider["updated_at"]
    assert provider["created_at"].endswith("Z")


async def test_a_provider_is_in_force_when_the_answer_is_there(admin: Admin):
    provider = await admin.provider()
    found = admin.directory.find_provider(provider["id"])
    assert found is not None
    assert found.credential.reveal() == "sk-upstream-canary"


@pytest.mark.parametrize(
    ("base_url", "kind"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://api.anthropic.com", "anthropic"),
        ("https://x.openai.azure.com/openai", "azure"),
        ("sandbox:?pace_ms=5", "sandbox"),
        ("http://127.0.0.1:11434/v1", "openai"),
    ],
)
async def test_the_kind_follows_from_the_base_url(admin: Admin, base_url, kind):
    created = (await admin.call("POST", "/providers", GOOD | {"base_url": f"  {base_url} "})).json()
    assert (created["base_url"], created["kind"]) == (base_url, kind)
    moved = (await admin.call("PUT", f"/providers/{created['id']}", {"base_url": "https://api.anthropic.com"})).json()
    assert moved["kind"] == "anthropic"


async def test_the_list_is_newest_first(admin: Admin):
    for name in ("one", "two", "three"):
        await admin.provider(name)
    listed = (await admin.call("GET", "/providers")).json()
    assert [provider["name"] for provider in listed] == ["three", "two", "one"]
    assert all(set(provider) == FIELDS for provider in listed)


async def test_one_provider_is_returned_by_its_id_in_any_case(admin: Admin):
    provider = await admin.provider()
    assert (await admin.call("GET", f"/providers/{provider['id']}")).json() == provider
    assert (await admin.call("GET", f"/providers/{provider['id'].upper()}")).json() == provider


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("change", [{"name": "other"}, {"base_url": "https://other.example/v1"}, {}])
async def test_a_change_leaves_absent_fields_unchanged(admin: Admin, method, change):
    provider = await admin.provider()
    answer = await admin.call(method, f"/providers/{provider['id']}", change)
    assert answer.status_code == 200
    assert answer.json() | {"updated_at": ""} == provider | change | {"updated_at": ""}
    found = admin.directory.find_provider(provider["id"])
    assert found is not None
    assert found.credential.reveal() == "sk-upstream-canary"
    assert found.name == answer.json()["name"]


async def test_A18_no_answer_holds_the_credential(admin: Admin):
    provider = await admin.provider()
    path = f"/providers/{provider['id']}"
    answers = [
        await admin.call("GET", path),
        await admin.call("GET", "/providers"),
        await admin.call("PUT", path, {"api_key": "sk-upstream-canary-2"}),
        await admin.call("PUT", path, {"api_key": "sk-upstream-canary-3\n"}),
        await admin.call("POST", "/providers", GOOD),
        await admin.call("DELETE", path),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 400, 409, 204]
    assert not [answer for answer in answers if "canary" in answer.text]
    assert not [act for act in await admin.acts() if "canary" in act.detail]


async def test_a_credential_is_changed_only_when_it_is_given(admin: Admin):
    provider = await admin.provider()
    await admin.call("PUT", f"/providers/{provider['id']}", {"api_key": "sk-new"})
    found = admin.directory.find_provider(provider["id"])
    assert found is not None
    assert found.credential.reveal() == "sk-new"


@pytest.mark.parametrize("field", ["id", "kind", "created_at", "updated_at", "credential", "role", "Name"])
async def test_A20_unknown_fields_are_refused_and_nothing_changes(admin: Admin, field):
    provider = await admin.provider()
    for method, path in (("POST", "/providers"), ("PUT", f"/providers/{provider['id']}")):
        answer = await admin.call(method, path, GOOD | {"name": "second", field: "x"})
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == field
    assert (await admin.call("GET", "/providers")).json() == [provider]


@pytest.mark.parametrize("missing", ["name", "base_url", "api_key"])
async def test_all_fields_are_required(admin: Admin, missing):
    answer = await admin.call("POST", "/providers", {name: GOOD[name] for name in GOOD if name != missing})
    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "message": f"{missing} is required.",
        "type": "invalid_request_error",
        "param": missing,
        "code": "invalid_request",
    }


BAD_FIELDS = [
    ("name", ""),
    ("name", "   "),
    ("name", "x" * 201),
    ("name", "a\nb"),
    ("name", "a\0b"),
    ("name", "a\u202eb"),
    ("name", "\ud800"),
    ("name", 5),
    ("name", None),
    ("name", ["x"]),
    ("base_url", None),
    ("base_url", 5),
    ("base_url", "ftp://host"),
    ("base_url", "http://169.254.169.254/"),
    ("api_key", ""),
    ("api_key", " "),
    ("api_key", " sk"),
    ("api_key", "sk\r\nX-Evil: 1"),
    ("api_key", "sk-é"),
    ("api_key", "x" * 4097),
    ("api_key", None),
    ("api_key", 5),
]


@pytest.mark.parametrize(("field", "value"), BAD_FIELDS)
async def test_a_bad_value_is_refused_naming_the_field(admin: Admin, field, value):
    provider = await admin.provider()
    for method, path in (("POST", "/providers"), ("PUT", f"/providers/{provider['id']}")):
        content = json.dumps(GOOD | {"name": "second", field: value}).encode()
        answer = await admin.call(method, path, content=content)
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == field
        assert answer.json()["error"]["message"].startswith(field)
    assert (await admin.call("GET", "/providers")).json() == [provider]


async def test_names_are_stripped_and_may_have_200_characters_of_any_script(admin: Admin):
    name = "ü" * 199 + "漢"
    created = await admin.call("POST", "/providers", GOOD | {"name": f"  {name}\n"})
    assert created.json()["name"] == name


async def test_a_taken_name_is_a_conflict(admin: Admin):
    first, second = await admin.provider("first"), await admin.provider("second")
    for answer in (
        await admin.call("POST", "/providers", GOOD | {"name": "first"}),
        await admin.call("PUT", f"/providers/{second['id']}", {"name": "first"}),
    ):
        assert answer.status_code == 409
        assert (answer.json()["error"]["code"], answer.json()["error"]["param"]) == ("conflict", "name")
    assert (await admin.call("PUT", f"/providers/{first['id']}", {"name": "first"})).status_code == 200


@pytest.mark.parametrize("identifier", [NOBODY, "1", "not-a-uuid", "{" + NOBODY + "}", NOBODY.replace("-", "")])
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("PUT", {"name": "x"}), ("DELETE", None)])
async def test_an_id_that_names_nothing_is_404(admin: Admin, identifier, method, body):
    answer = await admin.call(method, f"/providers/{identifier}", body)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


async def test_a_deleted_provider_is_gone_for_callers_and_its_name_is_free(admin: Admin):
    provider = await admin.provider()
    answer = await admin.call("DELETE", f"/providers/{provider['id']}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert admin.directory.find_provider(provider["id"]) is None
    assert (await admin.call("GET", f"/providers/{provider['id']}")).status_code == 404
    assert (await admin.call("DELETE", f"/providers/{provider['id']}")).status_code == 404
    assert (await admin.call("POST", "/providers", GOOD)).status_code == 201


async def test_F02_private_addresses_are_refused_where_the_setting_denies_them(admin: Admin):
    services = AdminServices(admin.store, admin.directory, private_upstreams_allowed=False)
    async with client_of(services) as client:
        answer = await client.post("/admin/providers", json=GOOD | {"base_url": "http://127.0.0.1:8000/v1"})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "base_url"


async def test_W15_every_change_is_on_record_without_the_credential(admin: Admin):
    provider = await admin.provider()
    path = f"/providers/{provider['id']}"
    await admin.call("PUT", path, {"api_key": "sk-new-canary"})
    await admin.call("DELETE", path)
    acts = await admin.acts()
    assert [act.action for act in acts] == ["provider.delete", "provider.update", "provider.create"]
    assert {act.subject for act in acts} == {provider["id"]}
    assert {act.remote for act in acts} == {"192.0.2.7"}
    assert [act.detail for act in acts][:2] == ["", '{"api_key":"(given)"}']


async def test_a_refused_change_is_not_on_record(admin: Admin):
    await admin.call("POST", "/providers", GOOD | {"name": ""})
    await admin.call("DELETE", f"/providers/{NOBODY}")
    assert await admin.acts() == []


async def test_the_health_of_a_provider_is_told_wherever_the_provider_is(admin: Admin):
    key = await admin.key()
    path = f"/providers/{key['provider_id']}"
    now = utc_now()
    calls = [(now - timedelta(hours=2), "ok", 200), (now - timedelta(hours=1), "error", 502)]
    await admin.store.usage.append(
        [
            a_record(provider_id=key["provider_id"], created_at=at, status=status, http_status=http_status)
            for at, status, http_status in calls
        ]
    )
    answers = [await admin.call("GET", path), await admin.call("PATCH", path, {"name": "renamed"})]
    for told in (*(answer.json() for answer in answers), (await admin.call("GET", "/providers")).json()[0]):
        assert (told["key_count"], told["last_error_status"]) == (1, 502)
        assert [datetime.fromisoformat(told[name]) for name in ("last_success_at", "last_error_at")] == [
            at for at, *_ in calls
        ]


async def test_what_ended_just_now_is_told(admin: Admin):
    key = await admin.key()

    async def flush() -> None:
        record = a_record(provider_id=key["provider_id"], api_key_id=key["id"], created_at=utc_now())
        await admin.store.usage.append([record])

    for path in ("/providers", f"/providers/{key['provider_id']}", "/keys", f"/keys/{key['id']}"):
        async with client_of(AdminServices(admin.store, admin.directory, settle=flush)) as client:
            told = (await client.get(f"/admin{path}")).json()
        found = told[0] if isinstance(told, list) else told
        assert found.get("last_success_at") or found.get("last_used_at")
        await admin.store.database.write(lambda connection: connection.execute(delete(usage)))
