import asyncio
import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from llm_proxy.errors import StoreUnavailable
from llm_proxy.web.admin import AdminServices, create_admin
from tests.web.admin.conftest import Admin
from tests.web.admin.test_events import KEY, OTHER_KEY, OTHER_RULE, RULE, event, fill

EXPORT = "/guardrail-events/export"


async def exported(admin: Admin, query: str = "") -> list[dict[str, Any]]:
    return (await admin.call("GET", f"{EXPORT}?format=json&{query}")).json()


async def many(admin: Admin, count: int) -> list[str]:
    """Store so many events of one instant; return their ids, newest first."""
    events = [replace(event(0), id=str(UUID(int=9000 + number))) for number in range(count)]
    await admin.store.events.append(events)
    return [each.id for each in reversed(events)]


@pytest.mark.parametrize(
    "query", ["", f"guardrail_id={RULE}&api_key_id={KEY}", f"api_key_id={OTHER_KEY}", "q=%25", "q=CANARY"]
)
async def test_W16_an_export_without_texts_is_the_search_and_not_on_record(admin: Admin, query):
    await fill(admin)
    found = (await admin.call("GET", f"/guardrail-events/search?{query}")).json()["records"]
    assert await exported(admin, query) == found
    answer = await admin.call("GET", f"{EXPORT}?{query}")
    assert "<script>" not in answer.text
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert rows == [{name: in_a_cell(value) for name, value in each.items()} for each in found]
    assert await admin.acts() == []


def in_a_cell(value: object) -> str:
    if isinstance(value, list):
        return " ".join(value)
    return "" if value is None else str(value)


async def test_what_an_event_tells_more_than_once_stands_in_one_cell(admin: Admin):
    told = {"fingerprints": ("a" * 32, "b" * 32), "previews": ("=cmd…(20)", "…(8)")}
    await admin.store.events.append([replace(event(0), **told)])
    (row,) = csv.DictReader(io.StringIO((await admin.call("GET", EXPORT)).text, newline=""))
    assert (row["fingerprints"], row["previews"]) == (f"{'a' * 32} {'b' * 32}", "'=cmd…(20) …(8)")


EXPECTED = [
    *("id", "guardrail_id", "api_key_id", "pattern", "mode", "action", "place", "endpoint", "call_id", "provider_id"),
    *("model", "matches", "created_at", "api_key_name", "provider_name", "rule_name", "rule_version", "severity"),
    *("direction", "field_class", "view", "fingerprints", "previews"),
    *("request_id", "ruleset_version", "latency_us", "body_bytes", "client_hash", "is_forwarded"),
]


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize("wanted", ["csv", "json", ""])
async def test_an_export_of_nothing_is_a_whole_document(admin: Admin, wanted, text):
    header = ",".join([*EXPECTED, *["input_text"] * text]) + "\r\n"
    answer = await admin.call("GET", f"{EXPORT}?format={wanted}&text={text}")
    assert answer.text == ("[]\n" if wanted == "json" else header)


async def test_the_columns_stand_in_their_order(admin: Admin):
    answer = await admin.call("GET", f"{EXPORT}?text=true")
    assert answer.text == ",".join([*EXPECTED, "input_text"]) + "\r\n"
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"].startswith('attachment; filename="guardrail-events-')
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("text", ["", "text=true"])
async def test_an_export_goes_on_beyond_what_is_read_at_a_time(admin: Admin, text):
    ids = await many(admin, 2001)
    assert [each["id"] for each in await exported(admin, text)] == ids


async def test_an_export_goes_on_where_a_search_found_nothing(admin: Admin):
    ids = await many(admin, 25)
    await admin.store.events.append([event(1, rule=OTHER_RULE)])
    admin.store.event_search._most_looked_at = 10
    assert [each["id"] for each in await exported(admin, "q=canary")] == [event(1).id, *ids]
    assert await exported(admin, "q=none") == []


async def test_texts_are_read_a_few_megabytes_at_a_time_and_are_all_there(admin: Admin):
    events = [replace(event(number), input_text=f"{number}" * 1_000_000) for number in range(9)]
    await admin.store.events.append(events)
    assert [each["input_text"] for each in await exported(admin, "text=true")] == [
        each.input_text for each in reversed(events)
    ]


async def test_W09_a_text_that_is_a_formula_is_marked_as_text(admin: Admin):
    await admin.store.events.append(
        [replace(event(0), input_text='=HYPERLINK("http://x","y")', pattern="-x", model="@m")]
    )
    (row,) = csv.DictReader(io.StringIO((await admin.call("GET", f"{EXPORT}?text=true")).text, newline=""))
    assert (row["input_text"], row["pattern"], row["model"]) == ('\'=HYPERLINK("http://x","y")', "'-x", "'@m")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("format", "xml"),
        ("text", "2"),
        ("q", "x" * 201),
        ("mode", "x"),
        ("start", "x"),
        ("id", "x"),
        ("api_key_id", "x"),
    ],
)
async def test_W10_a_parameter_that_cannot_be_read_is_400_naming_it(admin: Admin, name, value):
    answer = await admin.call("GET", f"{EXPORT}?{name}={value}")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, name)


# --- on record --------------------------------------------------------------------------------------------------------


async def test_W16_an_export_with_texts_tells_its_filters_and_how_many_it_told(admin: Admin):
    await fill(admin)
    rows = await exported(admin, f"text=true&api_key_id={KEY}&q=canary")
    assert [row["input_text"] for row in rows] == [event(number).input_text for number in (3, 1, 0)]
    after, before = await admin.acts()
    assert (before.action, after.action) == ("event.export", "event.exported")
    assert json.loads(before.detail) == {"api_key_id": KEY, "q": "canary", "format": "json"}
    assert json.loads(after.detail) == {"count": 3, "complete": True}
    assert before.subject == after.subject
    assert "<script>" not in before.detail + after.detail


class Client:
    """One request of the admin application, message by message."""

    def __init__(self, admin: Admin, query: str) -> None:
        self.told: list[dict[str, Any]] = []
        self.left = asyncio.Event()
        self._app = create_admin(AdminServices(admin.store, admin.directory))
        self._scope = {
            "type": "http",
            "method": "GET",
            "path": f"/admin{EXPORT}",
            "raw_path": f"/admin{EXPORT}".encode(),
            "query_string": query.encode(),
            "headers": [],
            "client": ("192.0.2.7", 4711),
            "asgi": {"spec_version": "2.3"},
        }

    async def run(self, at_message: Callable[[int], Any]) -> None:
        async def receive() -> dict[str, Any]:
            await self.left.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            self.told.append(message)
            await at_message(len(self.told))

        await asyncio.wait_for(self._app(self._scope, receive, send), 20)


async def test_W16_an_export_with_texts_is_on_record_before_its_first_byte(admin: Admin):
    await fill(admin)
    seen: list[list[str]] = []

    async def look(_: int) -> None:
        seen.append([act.action for act in await admin.acts()])

    await Client(admin, "text=true").run(look)
    assert seen[0] == ["event.export"]
    assert [act.action for act in await admin.acts()] == ["event.exported", "event.export"]


async def test_W16_an_export_that_cannot_be_put_on_record_tells_nothing(admin: Admin, monkeypatch):
    async def fail(*_: object) -> None:
        raise StoreUnavailable

    await fill(admin)
    monkeypatch.setattr(admin.store.admin_log, "append", fail)
    answer = await admin.call("GET", f"{EXPORT}?text=true")
    assert answer.status_code == 503
    assert "<script>" not in answer.text


async def test_a_client_that_leaves_ends_the_export_which_tells_how_far_it_came(admin: Admin, monkeypatch):
    await many(admin, 5000)
    pages, search = 0, admin.store.event_search.page

    async def counted(*given: Any, **more: Any) -> Any:
        nonlocal pages
        pages += 1
        return await search(*given, **more)

    monkeypatch.setattr(admin.store.event_search, "page", counted)
    client = Client(admin, "text=true")

    async def leave(number: int) -> None:
        if number == 3:  # the start, the header, and a part
            client.left.set()
            await asyncio.Event().wait()  # a client that reads no more

    await client.run(leave)
    after, before = await admin.acts()
    assert (before.action, after.action, pages) == ("event.export", "event.exported", 1)
    assert json.loads(after.detail) == {"count": 1000, "complete": False}


async def test_an_event_that_is_deleted_meanwhile_is_left_out(admin: Admin, monkeypatch):
    await fill(admin)
    texts = admin.store.events.texts

    async def late(ids: list[str], **more: Any) -> Any:
        await admin.store.events.delete(event(2).id)
        return await texts(ids, **more)

    monkeypatch.setattr(admin.store.events, "texts", late)
    assert [row["id"] for row in await exported(admin, "text=true")] == [event(number).id for number in (3, 1, 0)]
