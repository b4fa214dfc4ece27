from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from tests.web.admin.conftest import Admin
from tests.web.admin.test_events import KEY, event

SECRET = "AKIA-canary-0042-of-many"
UNKNOWN = "0" * 32


async def fill(admin: Admin, count: int = 3) -> str:
    fingerprint = admin.store.fingerprints.of(SECRET)
    told = {"fingerprints": ("f" * 32, fingerprint), "previews": ("…(9)", "AKIA…(24)"), "rule_name": "AWS key"}
    events = [
        replace(event(0), id=str(UUID(int=7000 + n)), created_at=event(0).created_at + timedelta(hours=n), **told)
        for n in range(count)
    ]
    await admin.store.events.append([*events, event(3)])
    return fingerprint


async def test_the_fingerprint_of_a_value_is_told_and_the_value_to_nobody(admin: Admin, capsys) -> None:
    fingerprint = await fill(admin)
    answer = await admin.call("POST", "/fingerprints", {"value": SECRET})
    assert (answer.status_code, answer.json()) == (200, {"fingerprint": fingerprint, "count": 3})
    assert (await admin.call("POST", "/fingerprints", {"value": "another"})).json()["count"] == 0
    assert SECRET not in repr(await admin.acts()) + "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "body", [{}, {"value": ""}, {"value": 1}, {"value": None}, {"value": "x" * 65537}, {"v": SECRET}]
)
async def test_what_is_no_value_is_refused_and_not_repeated(admin: Admin, body) -> None:
    answer = await admin.call("POST", "/fingerprints", body)
    assert answer.status_code == 400
    assert SECRET not in answer.text


async def test_where_a_secret_went_is_told_with_names_and_without_texts(admin: Admin) -> None:
    fingerprint = await fill(admin)
    found = (await admin.call("GET", f"/fingerprints/{fingerprint.upper()}")).json()
    assert (found["fingerprint"], found["preview"], found["count"]) == (fingerprint, "AKIA…(24)", 3)
    assert (found["first_seen"], found["last_seen"]) == ("2026-01-01T00:00:00Z", "2026-01-01T02:00:00Z")
    times = {"count": 3, "first_seen": found["first_seen"], "last_seen": found["last_seen"]}
    assert found["keys"] == [{"value": KEY, "name": None} | times]
    assert found["rules"] == [{"value": event(0).guardrail_id, "name": "AWS key"} | times]
    assert found["actions"] == [{"value": "rejected", "name": None} | times]
    assert [each["id"] for each in found["records"]] == [str(UUID(int=7002 - n)) for n in range(3)]
    assert all("input_text" not in each for each in found["records"])
    assert await admin.acts() == []


async def test_the_events_of_a_secret_come_in_pages(admin: Admin) -> None:
    fingerprint = await fill(admin, 5)
    page = (await admin.call("GET", f"/fingerprints/{fingerprint}?limit=3")).json()
    rest = (await admin.call("GET", f"/fingerprints/{fingerprint}?cursor={page['next_cursor']}")).json()
    told = [each["id"] for each in (*page["records"], *rest["records"])]
    assert told == [str(UUID(int=7004 - n)) for n in range(5)]
    assert rest["next_cursor"] is None


async def test_a_secret_that_was_never_found_was_nowhere(admin: Admin) -> None:
    await fill(admin)
    found = (await admin.call("GET", f"/fingerprints/{UNKNOWN}")).json()
    assert (found["count"], found["keys"], found["records"], found["first_seen"]) == (0, [], [], None)


@pytest.mark.parametrize("path", ["x", "0" * 31, "0" * 33, "g" * 32])
async def test_what_is_no_fingerprint_is_404(admin: Admin, path) -> None:
    assert (await admin.call("GET", f"/fingerprints/{path}")).status_code == 404


async def test_events_are_searched_by_fingerprint_and_exported(admin: Admin) -> None:
    fingerprint = await fill(admin)
    search = await admin.call("GET", f"/guardrail-events/search?fingerprint={fingerprint}&rule_name=AWS key")
    assert len(search.json()["records"]) == 3
    exported = await admin.call("GET", f"/guardrail-events/export?format=json&fingerprint={fingerprint}")
    assert exported.json() == search.json()["records"]
    for query in ("severity=low", "direction=response", "view=decoded", "field_class=B", "action=monitored"):
        assert (await admin.call("GET", f"/guardrail-events/search?{query}")).json()["records"] == []
    for query in ("severity=medium", "direction=request", "view=raw", "field_class=A", "action=rejected"):
        assert len((await admin.call("GET", f"/guardrail-events/search?{query}")).json()["records"]) == 4


@pytest.mark.parametrize("name", ["fingerprint", "severity", "direction", "view", "field_class", "action", "mode"])
async def test_W10_a_filter_that_cannot_be_read_is_400_naming_it(admin: Admin, name) -> None:
    answer = await admin.call("GET", f"/guardrail-events/search?{name}=x")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, name)
    assert (await admin.call("GET", f"/guardrail-events/search?{name}=")).status_code == 200
