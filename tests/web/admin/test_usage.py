import asyncio
import csv
import io
from base64 import urlsafe_b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from llm_proxy.errors import StoreUnavailable
from llm_proxy.records import Tokens, UsageRecord
from llm_proxy.web.admin import AdminServices
from tests.web.admin.conftest import NOBODY, Admin, client_of

KEY, OTHER_KEY, PROVIDER, OTHER_PROVIDER = (str(UUID(int=number)) for number in range(1, 5))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIELDS = {
    "id",
    "api_key_id",
    "provider_id",
    "model",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "created_at",
}
ADDED = {
    "source",
    "status",
    "endpoint",
    "cached_tokens",
    "reasoning_tokens",
    "http_status",
    "duration_ms",
    "first_byte_ms",
    "is_streaming",
    "api_key_name",
    "provider_name",
}


def record(number: int, key: str = KEY, provider: str = PROVIDER) -> UsageRecord:
    return UsageRecord(
        id=str(UUID(int=1000 + number)),
        api_key_id=key,
        provider_id=provider,
        endpoint="chat/completions",
        model=f"model-{number}",
        tokens=Tokens(prompt=10**number, completion=2, cached=1, reasoning=1, source="provider"),
        status="ok",
        http_status=200,
        is_streaming=True,
        created_at=NOON + timedelta(hours=number),
        duration_ms=12.5,
    )


async def fill(admin: Admin) -> None:
    records = [record(0), record(1, key=OTHER_KEY), record(2, provider=OTHER_PROVIDER), record(3)]
    await admin.store.usage.append(records)


async def test_a_page_has_the_fields_of_the_contract(admin: Admin):
    await fill(admin)
    page = (await admin.call("GET", "/usage")).json()
    assert set(page) == {"records", "total", "prompt_tokens", "completion_tokens", "total_tokens", "next_cursor"}
    assert page["next_cursor"] is None
    assert all(set(each) == FIELDS | ADDED for each in page["records"])
    assert page["records"][0] == {
        "id": record(3).id,
        "api_key_id": KEY,
        "provider_id": PROVIDER,
        "endpoint": "chat/completions",
        "model": "model-3",
        "prompt_tokens": 1000,
        "completion_tokens": 2,
        "total_tokens": 1002,
        "cached_tokens": 1,
        "reasoning_tokens": 1,
        "source": "provider",
        "status": "ok",
        "http_status": 200,
        "is_streaming": True,
        "duration_ms": 12.5,
        "first_byte_ms": None,
        "created_at": "2026-03-01T15:00:00Z",
        "api_key_name": None,
        "provider_name": None,
    }


async def test_sums_are_over_all_matches_not_over_the_page(admin: Admin):
    await fill(admin)
    page = (await admin.call("GET", "/usage?limit=1&offset=1")).json()
    assert [each["model"] for each in page["records"]] == ["model-2"]
    assert (page["total"], page["prompt_tokens"], page["completion_tokens"], page["total_tokens"]) == (4, 1111, 8, 1119)


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("", "3210"),
        (f"api_key_id={OTHER_KEY}", "1"),
        (f"provider_id={OTHER_PROVIDER}", "2"),
        (f"api_key_id={KEY}&provider_id={PROVIDER}", "30"),
        (f"api_key_id={NOBODY}", ""),
        ("api_key_id=&provider_id=&start=&end=&limit=&offset=", "3210"),
        ("start=2026-03-01T13:00:00Z", "321"),  # the start is in the range
        ("end=2026-03-01T13:00:00Z", "0"),  # the end is not
        ("start=2026-03-01T13:00:00Z&end=2026-03-01T15:00:00Z", "21"),
        ("start=2026-03-01T14:00:00%2B01:00&end=2026-03-01T14:00:00-01:00", "21"),
        ("start=2026-03-01T14:00:00+01:00", "321"),
        ("start=2026-03-01t13:00:00.000000001z", "321"),
        ("start=2026-03-01T13:00:00.000001Z", "32"),
        ("start=2026-03-01&end=2026-03-02", "3210"),
        ("start=2026-03-02", ""),
        ("end=2026-03-01", ""),
        ("start=2026-03-02&end=2026-03-01", ""),
        ("limit=0", "3"),
        ("limit=-1", "3"),
        ("limit=99999999999999999999999&offset=-1", "3210"),
        ("limit=%2B2", "32"),
        ("unknown=1", "3210"),
        ("model=model-2", "2"),
        ("model=MODEL-2", ""),
        ("model=%25", ""),
        ("status=ok", "3210"),
        ("status=error", ""),
        ("model=&status=&cursor=", "3210"),
    ],
)
async def test_W10_filters_choose_and_pages_are_clamped(admin: Admin, query, numbers):
    await fill(admin)
    answer = await admin.call("GET", f"/usage?{query}")
    assert answer.status_code == 200
    assert "".join(each["model"][-1] for each in answer.json()["records"]) == numbers


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("limit", value)
            for value in ("x", "1.5", "nan", "inf", "0x10", "1,2", "ten", "1_0", "1e2", "2.0", "%D9%A2")
        ),
        ("offset", "x"),
        ("api_key_id", "x"),
        ("provider_id", "'; DROP TABLE usage; --"),
        ("start", "yesterday"),
        ("start", "2026-03-01T13:00:00"),
        ("start", "2026-03-01T25:00:00Z"),
        ("start", "2026-02-30"),
        ("start", "20260301"),
        ("start", "2026-W09-7"),
        ("start", "1700000000"),
        ("start", "0001-01-01T00:00:00%2B14:00"),
        ("end", "9999-12-31T23:59:59-01:00"),
        ("end", "2026-03-01T13:00:00Z;"),
        ("end", "%D9%A2026-03-01"),
        ("status", "good"),
        ("cursor", "x"),
        ("cursor", urlsafe_b64encode(b"1:").decode()),
    ],
)
async def test_W10_a_parameter_that_cannot_be_read_is_400_naming_it(admin: Admin, name, value):
    answer = await admin.call("GET", f"/usage?{name}={value}")
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == name
    assert answer.json()["error"]["message"].startswith(name)


async def test_a_record_tells_the_names_even_of_a_revoked_key_and_a_deleted_provider(admin: Admin):
    key = await admin.key()
    await admin.call("DELETE", f"/keys/{key['id']}")
    await admin.call("DELETE", f"/providers/{key['provider_id']}")
    await admin.store.usage.append([record(0, key=str(key["id"]), provider=str(key["provider_id"]))])
    (told,) = (await admin.call("GET", "/usage")).json()["records"]
    assert (told["api_key_name"], told["provider_name"]) == ("team", "of {}")


async def test_a_store_that_takes_no_records_can_still_be_read(admin: Admin):
    async def fail() -> None:
        raise StoreUnavailable

    await fill(admin)
    async with client_of(AdminServices(admin.store, admin.directory, settle=fail)) as client:
        answer = await client.get("/admin/usage")
    assert (answer.status_code, answer.json()["total"]) == (200, 4)


async def test_a_busy_writer_is_not_waited_for_and_not_cut_off(admin: Admin):
    free, done = asyncio.Event(), asyncio.Event()

    async def flush() -> None:
        await free.wait()
        done.set()

    await fill(admin)
    async with client_of(AdminServices(admin.store, admin.directory, settle=flush)) as client:
        answer = await asyncio.wait_for(client.get("/admin/usage"), 20)
    assert (answer.status_code, answer.json()["total"]) == (200, 4)
    assert not done.is_set()
    free.set()
    await asyncio.wait_for(done.wait(), 20)


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
async def test_pages_by_cursor_tell_every_record_once_with_the_sums_of_all(admin: Admin, limit):
    await fill(admin)
    found, cursor = "", ""
    while cursor is not None:
        page = (await admin.call("GET", "/usage", params={"limit": limit, "cursor": cursor})).json()
        assert (page["total"], page["prompt_tokens"]) == (4, 1111)
        found += "".join(each["model"][-1] for each in page["records"])
        cursor = page["next_cursor"]
    assert found == "3210"


async def test_W10_a_page_is_asked_for_by_cursor_or_by_offset(admin: Admin):
    await fill(admin)
    cursor = (await admin.call("GET", "/usage?limit=2")).json()["next_cursor"]
    assert (await admin.call("GET", "/usage", params={"cursor": cursor, "offset": 0})).status_code == 200
    answer = await admin.call("GET", "/usage", params={"cursor": cursor, "offset": 1})
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "cursor")


async def test_an_export_is_the_list(admin: Admin):
    key = await admin.key()
    named = replace(record(0, key=str(key["id"]), provider=str(key["provider_id"])), id=KEY)
    await admin.store.usage.append([named])
    await fill(admin)
    listed = (await admin.call("GET", "/usage")).json()["records"]
    answer = await admin.call("GET", "/usage/export?format=json")
    assert answer.json() == listed
    assert answer.headers["content-type"] == "application/json"
    as_csv = await admin.call("GET", "/usage/export")
    assert as_csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert as_csv.headers["cache-control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(as_csv.text, newline="")))
    assert [set(row) for row in rows] == [FIELDS | ADDED] * 5
    as_text = {None: "", True: "true"}
    assert rows == [
        {name: as_text[value] if value is None or value is True else str(value) for name, value in each.items()}
        for each in listed
    ]


async def test_an_export_takes_the_filters_of_the_list(admin: Admin):
    await fill(admin)
    for query in (f"api_key_id={OTHER_KEY}", "start=2026-03-01T14:00:00Z", "model=model-2&status=ok", "status=error"):
        listed = (await admin.call("GET", f"/usage?{query}")).json()["records"]
        assert (await admin.call("GET", f"/usage/export?format=json&{query}")).json() == listed


async def test_an_export_goes_on_beyond_what_is_read_at_a_time(admin: Admin):
    records = [replace(record(0), id=str(UUID(int=5000 + number))) for number in range(2001)]
    await admin.store.usage.append(records)
    answer = await admin.call("GET", "/usage/export?format=json")
    assert [each["id"] for each in answer.json()] == [each.id for each in reversed(records)]
