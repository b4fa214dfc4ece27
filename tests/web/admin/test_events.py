from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from llm_proxy.records import GuardrailEvent
from tests.web.admin.conftest import NOBODY, Admin

RULE, OTHER_RULE, KEY, OTHER_KEY = (str(UUID(int=number)) for number in range(1, 5))
START = datetime(2026, 1, 1, tzinfo=UTC)
FIELDS = {"id", "guardrail_id", "api_key_id", "pattern", "mode", "input_text", "created_at"}
ADDED = {"place", "endpoint", "action", "call_id", "spans", "provider_id", "model", "api_key_name"}
ADDED |= {"rule_name", "rule_version", "severity", "direction", "field_class", "view", "fingerprints", "previews"}
ADDED |= {"request_id", "ruleset_version", "latency_us", "body_bytes", "client_hash", "is_forwarded"}


def b64(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def event(number: int, rule: str = RULE, key: str = KEY) -> GuardrailEvent:
    return GuardrailEvent(
        id=str(UUID(int=1000 + number)),
        guardrail_id=rule,
        api_key_id=key,
        pattern="canary",
        mode="reject",
        input_text=f"the canary, {number} <script>",
        created_at=START + timedelta(minutes=number),
        call_id=str(UUID(int=2000 + number)),
        endpoint="chat/completions",
        place="messages[0].content",
    )


async def fill(admin: Admin) -> None:
    await admin.store.events.append([event(0), event(1, rule=OTHER_RULE), event(2, key=OTHER_KEY), event(3)])


async def test_a_page_has_the_fields_of_the_contract_and_the_text(admin: Admin):
    await fill(admin)
    page = (await admin.call("GET", "/guardrail-events")).json()
    assert set(page) == {"records", "total"}
    assert page["total"] == 4
    assert [record["input_text"][12:13] for record in page["records"]] == ["3", "2", "1", "0"]
    assert all(set(record) == FIELDS | ADDED for record in page["records"])
    assert page["records"][3]["created_at"] == "2026-01-01T00:00:00Z"


async def test_an_event_tells_its_circumstances_and_is_found_by_its_client_and_its_request(admin: Admin):
    told = {"request_id": "req-canary-7", "ruleset_version": 41, "latency_us": 412, "body_bytes": 2048}
    told |= {"client_hash": "71" * 16, "is_forwarded": False}
    await fill(admin)
    await admin.store.events.append([replace(event(7), **told)])
    shown = (await admin.call("GET", f"/guardrail-events/{event(7).id}")).json()
    assert {name: shown[name] for name in told} == told
    for query in (f"client_hash={'71' * 16}", "q=canary-7"):
        (found,) = (await admin.call("GET", f"{SEARCH}?{query}")).json()["records"]
        assert {name: found[name] for name in told} == told
    (old,) = (await admin.call("GET", f"{SEARCH}?id={event(0).id}")).json()["records"]
    assert {old[name] for name in told} == {"", None}
    assert (await admin.call("GET", f"{SEARCH}?client_hash=192.0.2.1")).status_code == 400


async def test_an_event_tells_where_in_its_text_the_findings_are_and_where_the_call_went(admin: Admin):
    await admin.store.events.append([replace(event(0), spans=((4, 10),), provider_id=KEY, model="gpt-x")])
    (listed,) = (await admin.call("GET", "/guardrail-events")).json()["records"]
    one = (await admin.call("GET", f"/guardrail-events/{event(0).id}")).json()
    assert listed == one
    assert (one["spans"], one["provider_id"], one["model"]) == ([[4, 10]], KEY, "gpt-x")


@pytest.mark.parametrize(
    ("query", "numbers", "total"),
    [
        (f"guardrail_id={RULE}", "320", 3),
        (f"guardrail_id={OTHER_RULE}", "1", 1),
        (f"api_key_id={OTHER_KEY}", "2", 1),
        (f"guardrail_id={RULE}&api_key_id={KEY}", "30", 2),
        (f"guardrail_id={NOBODY}", "", 0),
        ("guardrail_id=&api_key_id=", "3210", 4),
        ("limit=2", "32", 4),
        ("limit=2&offset=1", "21", 4),
        ("limit=0", "3", 4),
        ("limit=-1", "3", 4),
        ("limit=1000000000&offset=-5", "3210", 4),
        ("offset=99999999999999999999", "", 4),
    ],
)
async def test_W10_filters_choose_and_pages_are_clamped(admin: Admin, query, numbers, total):
    await fill(admin)
    answer = await admin.call("GET", f"/guardrail-events?{query}")
    assert answer.status_code == 200
    assert "".join(record["input_text"][12] for record in answer.json()["records"]) == numbers
    assert answer.json()["total"] == total


@pytest.mark.parametrize("name", ["guardrail_id", "api_key_id", "limit", "offset"])
async def test_W10_a_parameter_that_cannot_be_read_is_400_naming_it(admin: Admin, name):
    answer = await admin.call("GET", f"/guardrail-events?{name}=x")
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == name


async def test_one_event_can_be_read_and_deleted(admin: Admin):
    await fill(admin)
    path = f"/guardrail-events/{event(0).id}"
    assert (await admin.call("GET", path)).json()["input_text"] == event(0).input_text
    assert (await admin.call("DELETE", path)).status_code == 204
    assert (await admin.call("GET", path)).status_code == 404
    assert (await admin.call("DELETE", path)).status_code == 404
    assert (await admin.call("GET", "/guardrail-events")).json()["total"] == 3


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("identifier", [NOBODY, "x"])
async def test_an_id_that_names_nothing_is_404(admin: Admin, identifier, method):
    assert (await admin.call(method, f"/guardrail-events/{identifier}")).status_code == 404


async def test_W16_looking_at_texts_is_on_record_and_so_is_deleting_them(admin: Admin):
    await fill(admin)
    await admin.call("GET", "/guardrail-events?limit=2")
    await admin.call("GET", f"/guardrail-events/{event(0).id}")
    await admin.call("DELETE", f"/guardrail-events/{event(0).id}")
    acts = await admin.acts()
    assert [act.action for act in acts] == ["event.delete", "event.reveal", "event.reveal"]
    assert [act.subject for act in acts] == [event(0).id, event(0).id, ""]
    assert event(3).id in acts[2].detail
    assert event(2).id in acts[2].detail
    assert "canary" not in "".join(act.detail for act in acts)


async def test_a_look_that_shows_no_text_is_not_on_record(admin: Admin):
    await admin.call("GET", "/guardrail-events")
    await admin.call("GET", f"/guardrail-events/{NOBODY}")
    assert await admin.acts() == []


async def test_an_event_tells_the_name_of_its_key_even_of_a_revoked_one(admin: Admin):
    key = await admin.key()
    await admin.call("DELETE", f"/keys/{key['id']}")
    await admin.store.events.append([event(0, key=str(key["id"])), event(1)])
    records = (await admin.call("GET", "/guardrail-events")).json()["records"]
    assert [each["api_key_name"] for each in records] == [None, "team"]
    assert (await admin.call("GET", f"/guardrail-events/{event(0).id}")).json()["api_key_name"] == "team"


# --- search -----------------------------------------------------------------------------------------------------------

BRIEF = (FIELDS | ADDED | {"matches", "provider_name"}) - {"input_text", "spans"}
SEARCH = "/guardrail-events/search"


async def test_W16_a_search_tells_no_text_and_is_not_on_record(admin: Admin):
    await fill(admin)
    answer = await admin.call("GET", SEARCH)
    assert set(answer.json()) == {"records", "next_cursor", "searched_to"}
    assert all(set(record) == BRIEF for record in answer.json()["records"])
    assert (answer.json()["next_cursor"], answer.json()["searched_to"]) == (None, "2026-01-01T00:00:00Z")
    assert "<script>" not in answer.text
    assert await admin.acts() == []


async def test_a_search_of_nothing_is_at_its_end(admin: Admin):
    found = (await admin.call("GET", SEARCH)).json()
    assert found == {"records": [], "next_cursor": None, "searched_to": None}


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", "3210"),
        (f"guardrail_id={OTHER_RULE}", "1"),
        (f"api_key_id={OTHER_KEY}", "2"),
        (f"guardrail_id={RULE}&api_key_id={KEY}", "30"),
        (f"provider_id={NOBODY}", ""),
        ("mode=reject&action=rejected", "3210"),
        ("mode=replace", ""),
        ("action=replaced", ""),
        (f"id={event(1).id.upper()}", "1"),
        (f"call_id={event(2).call_id}", "2"),
        ("start=2026-01-01T00:01:00Z", "321"),
        ("end=2026-01-01T00:01:00Z", "0"),
        (f"q={event(3).call_id[-5:]}", "3"),
        ("q=CANARY", "3210"),
        ("q=canary%00", ""),
        ("q=%25", ""),
        ("q=_", ""),
        ("q=%5C", ""),
        ("guardrail_id=&api_key_id=&provider_id=&mode=&action=&start=&end=&q=&id=&call_id=&limit=&cursor=", "3210"),
        ("limit=2", "32"),
        ("limit=0", "3"),
        ("limit=-1", "3"),
        ("limit=1000000000", "3210"),
        ("offset=1", "3210"),
    ],
)
async def test_W10_W11_a_search_takes_what_is_given_literally(admin: Admin, query, numbers):
    await fill(admin)
    answer = await admin.call("GET", f"{SEARCH}?{query}")
    assert answer.status_code == 200, answer.text
    assert "".join(record["call_id"][-1] for record in answer.json()["records"]) == numbers_of(numbers)


def numbers_of(numbers: str) -> str:
    return "".join(event(int(number)).call_id[-1] for number in numbers)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("guardrail_id", "x"),
        ("api_key_id", "%25"),
        ("provider_id", "x"),
        ("id", "x"),
        ("mode", "off"),
        ("action", "reject"),
        ("start", "yesterday"),
        ("end", "1700000000"),
        ("q", "x" * 201),
        ("limit", "x"),
        ("limit", "1e3"),
        ("cursor", "x"),
        ("cursor", "é"),
        ("cursor", "x" * 101),
        ("cursor", b64("1:1:1")),
        ("cursor", b64("1:")),
        ("cursor", b64("1:-1")),
        ("cursor", b64("1:" + "9" * 19)),
        ("cursor", b64("9" * 18 + ":1")),
        ("cursor", b64("-" + "9" * 18 + ":1")),
        ("cursor", b64(f"1:{KEY}")),
        ("cursor", b64("1:1") + "%3D%3D%3D%3D"),
    ],
)
async def test_W10_a_search_refuses_what_it_cannot_read(admin: Admin, name, value):
    answer = await admin.call("GET", f"{SEARCH}?{name}={value}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")
    assert answer.json()["error"]["param"] == name


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
async def test_the_pages_of_a_search_tell_every_event_once(admin: Admin, limit):
    await fill(admin)
    found, cursor = "", ""
    while cursor is not None:
        page = (await admin.call("GET", SEARCH, params={"limit": limit, "cursor": cursor})).json()
        found += "".join(record["call_id"][-1] for record in page["records"])
        cursor = page["next_cursor"]
    assert found == numbers_of("3210")


async def test_a_search_finds_by_the_names_of_keys_and_providers_and_tells_them(admin: Admin):
    key = await admin.key(name="Équipe Δ")
    mine = replace(event(0, key=str(key["id"])), provider_id=str(key["provider_id"]))
    await admin.store.events.append([mine, event(1)])
    for text in ("équipe δ", "of {'name'"):
        (found,) = (await admin.call("GET", SEARCH, params={"q": text})).json()["records"]
        assert found["id"] == mine.id
        assert (found["api_key_name"], found["provider_name"]) == ("Équipe Δ", "of {'name': 'Équipe Δ'}")
