import random
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection
from sqlalchemy import event as sql_event

from llm_proxy.store import Store
from llm_proxy.store.event_search import EventQuery, EventSearch, EventsFound, Needle
from tests.store.conftest import NOON, OpenStore, an_event

EVERYTHING = EventQuery()
ONE, OTHER = str(UUID(int=1)), str(UUID(int=2))


async def walk(search: EventSearch, query: EventQuery = EVERYTHING, limit: int = 3) -> list[EventsFound]:
    """Return all pages of a search."""
    pages = [await search.page(query, limit=limit)]
    while pages[-1].next is not None:
        pages.append(await search.page(query, after=pages[-1].next, limit=limit))
    return pages


def ids(pages: list[EventsFound]) -> list[str]:
    return [event.id for page in pages for event in page.records]


async def find(store: Store, **wanted: object) -> set[str]:
    return set(ids(await walk(store.event_search, EventQuery(**wanted))))


async def test_an_event_is_found_with_all_but_its_text(store: Store) -> None:
    event = an_event(spans=((0, 2), (3, 9)), provider_id=ONE, model="é/🙂", mode="replace", action="replaced")
    await store.events.append([event])
    page = await store.event_search.page(EVERYTHING)
    (found,) = page.records
    for name in ("id", "guardrail_id", "api_key_id", "pattern", "mode", "action", "place", "endpoint", "call_id"):
        assert getattr(found, name) == getattr(event, name)
    assert (found.provider_id, found.model, found.matches) == (ONE, "é/🙂", 2)
    assert (found.created_at, page.next, page.searched_to) == (NOON, None, NOON)


async def test_nothing_is_found_in_nothing(store: Store) -> None:
    assert await store.event_search.page(EVERYTHING) == EventsFound([], None, None)


@pytest.mark.parametrize("limit", [1, 2, 7, 40, 41, 1000])
async def test_pages_tell_every_event_once_in_order_also_those_of_one_instant(store: Store, limit: int) -> None:
    times = random.Random(limit)
    events = [an_event(created_at=NOON + timedelta(microseconds=times.randrange(3))) for _ in range(40)]
    await store.events.append(events)
    written = {event.id: number for number, event in enumerate(events)}
    expected = sorted(events, key=lambda event: (event.created_at, written[event.id]), reverse=True)
    assert ids(await walk(store.event_search, limit=limit)) == [event.id for event in expected]


async def test_events_that_arrive_between_pages_move_no_page(store: Store) -> None:
    events = [an_event(created_at=NOON) for _ in range(9)]
    await store.events.append(events)
    found, page = [], await store.event_search.page(EVERYTHING, limit=2)
    while True:
        found += [event.id for event in page.records]
        await store.events.append([an_event(created_at=NOON), an_event(created_at=NOON + timedelta(seconds=1))])
        if page.next is None:
            break
        page = await store.event_search.page(EVERYTHING, after=page.next, limit=2)
    assert found == [event.id for event in reversed(events)]


async def test_events_that_are_deleted_between_pages_hide_no_other(store: Store) -> None:
    events = [an_event() for _ in range(6)]
    await store.events.append(events)
    page = await store.event_search.page(EVERYTHING, limit=3)
    assert await store.events.delete(page.records[-1].id)
    rest = await store.event_search.page(EVERYTHING, after=page.next, limit=3)
    assert [event.id for event in rest.records] == [event.id for event in reversed(events[:3])]


CHANGES = {
    "guardrail_id": (ONE, OTHER),
    "api_key_id": (ONE, OTHER),
    "provider_id": (ONE, OTHER),
    "mode": ("reject", "replace"),
    "action": ("rejected", "replaced"),
    "call_id": ("call-1", "call-2"),
    "severity": ("critical", "low"),
    "direction": ("response", "request"),
    "view": ("decoded", "raw"),
    "field_class": ("B", "A"),
    "rule_name": ("AWS key", "aws key"),
    "id": (ONE, OTHER),
}


@pytest.mark.parametrize("name", CHANGES)
async def test_each_filter_chooses(store: Store, name: str) -> None:
    mine, other = (an_event(**{name: value}) for value in CHANGES[name])
    await store.events.append([mine, other])
    assert await find(store, **{name: CHANGES[name][0]}) == {mine.id}
    assert await find(store, **{name: "none"}) == set()


@pytest.mark.parametrize("first", CHANGES)
@pytest.mark.parametrize("second", CHANGES)
async def test_filters_combine_whichever_has_the_index(store: Store, first: str, second: str) -> None:
    if first >= second:
        return
    mine = an_event(**{first: CHANGES[first][0], second: CHANGES[second][0]})
    others = [an_event(**{first: CHANGES[first][not n], second: CHANGES[second][n]}) for n in (0, 1)]
    await store.events.append([mine, *others])
    assert await find(store, **{first: CHANGES[first][0], second: CHANGES[second][0]}) == {mine.id}


@pytest.mark.parametrize("action", ["rejected", "replaced", "pseudonymised", "monitored"])
async def test_every_action_is_searched_for(store: Store, action: str) -> None:
    events = [an_event(action=each) for each in ("rejected", "replaced", "pseudonymised", "monitored")]
    await store.events.append(events)
    assert await find(store, action=action) == {event.id for event in events if event.action == action}


async def test_an_event_is_found_by_each_of_its_fingerprints(store: Store) -> None:
    both, one, none = (an_event(fingerprints=prints, api_key_id=ONE) for prints in (("a", "b", "a"), ("b",), ()))
    await store.events.append([both, one, none])
    assert await find(store, fingerprint="a") == {both.id}
    assert await find(store, fingerprint="b", api_key_id=ONE) == {both.id, one.id}
    assert await find(store, fingerprint="b", api_key_id=OTHER) == set()
    assert await find(store, fingerprint="c") == set()
    found = {event.id: event for event in (await store.event_search.page(EVERYTHING)).records}
    assert (found[both.id].fingerprints, found[none.id].fingerprints) == (["a", "b", "a"], [])
    assert await store.events.delete(both.id)
    assert await find(store, fingerprint="a") == set()


async def test_pages_by_fingerprint_tell_every_event_once(store: Store) -> None:
    events = [an_event(fingerprints=("a",), created_at=NOON + timedelta(microseconds=n % 3)) for n in range(10)]
    await store.events.append(events)
    pages = await walk(store.event_search, EventQuery(fingerprint="a"), limit=3)
    assert sorted(ids(pages)) == sorted(event.id for event in events)


async def test_findings_are_counted_although_no_text_is_kept(open_store: OpenStore) -> None:
    store = await open_store(audit_text="none")
    await store.events.append([an_event(spans=((0, 2), (3, 9)), fingerprints=("a", "b"))])
    assert (await store.event_search.page(EVERYTHING)).records[0].matches == 2


async def test_a_range_has_its_start_and_not_its_end(store: Store) -> None:
    events = [an_event(created_at=NOON + timedelta(microseconds=number)) for number in range(3)]
    await store.events.append(events)
    assert await find(store, start=events[1].created_at) == {events[1].id, events[2].id}
    assert await find(store, end=events[1].created_at) == {events[0].id}
    assert await find(store, start=events[1].created_at, end=events[2].created_at) == {events[1].id}
    assert await find(store, start=events[1].created_at, end=events[1].created_at) == set()


# --- the free text ----------------------------------------------------------------------------------------------------


def needle(text: str) -> Needle:
    return Needle.named(text, {ONE: "Équipe One"}, {OTHER: "Provider 100%"})


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"pattern": "AKIA[0-9]{16}"}, "akia[0-9]"),
        ({"place": "messages[2].content"}, "S[2].C"),
        ({"endpoint": "responses"}, "RESPONSES"),
        ({"model": "gpt-x"}, "pt-"),
        ({"call_id": "call-77"}, "L-77"),
        ({"id": "event-77"}, "event-77"),
        ({"model": "modèle"}, "MODÈLE"),
        ({"model": "Änd"}, "änd"),
        ({"api_key_id": ONE}, "équipe one"),
        ({"provider_id": OTHER}, "100%"),
    ],
)
async def test_the_text_is_looked_for_in_any_case_in_every_place_but_the_sealed_one(store, changes, text) -> None:
    mine = an_event(**changes)
    await store.events.append([mine, an_event(input_text=f"{text} {text.upper()}", pattern="x", place="", endpoint="")])
    assert await find(store, needle=needle(text)) == {mine.id}


@pytest.mark.parametrize("text", ["%", "_", "\\", "/", "%%", "a%c", "a_c", "\\d", "/%", "'", '"', "*", "?", "[a]"])
async def test_W11_a_wildcard_is_an_ordinary_character(store: Store, text: str) -> None:
    mine = an_event(pattern=f"x{text}x", place="", model="", endpoint="")
    await store.events.append([mine, an_event(pattern="xabcdx", place="", model="", endpoint="")])
    assert await find(store, needle=Needle(text)) == {mine.id}


@pytest.mark.parametrize("text", ["\0", "a\0b", "\ud800"])
async def test_W11_a_character_that_is_never_stored_finds_what_was_stored_for_it(store: Store, text: str) -> None:
    mine = an_event(place=f"x{text}x")
    await store.events.append([mine, an_event(place="xabx")])
    assert await find(store, needle=Needle(text)) == {mine.id}


@pytest.mark.parametrize("query", [{"needle": Needle("SOUGHT")}, {"model": None, "provider_id": ONE}])
async def test_W11_a_search_looks_at_a_bounded_number_of_events_and_goes_on_from_there(store: Store, query) -> None:
    query.pop("model", None)
    sought = {"pattern": "sought", "provider_id": ONE}
    events = [an_event(created_at=NOON + timedelta(seconds=n), **(sought if n == 2 else {})) for n in range(25)]
    await store.events.append(events)
    pages = await walk(EventSearch(store.database, most_looked_at=10), EventQuery(**query))
    assert [[event.id for event in page.records] for page in pages] == [[], [], [events[2].id]]
    assert [page.searched_to for page in pages] == [events[15].created_at, events[5].created_at, NOON]


@pytest.mark.parametrize("count", [9, 10, 11, 20])
async def test_W11_a_search_that_reaches_the_end_says_so_at_once(store: Store, count: int) -> None:
    await store.events.append([an_event() for _ in range(count)])
    pages = await walk(EventSearch(store.database, most_looked_at=10), EventQuery(needle=Needle("nothing")))
    assert len(pages) == -(-count // 10)


async def test_W11_what_an_index_answers_is_not_bounded(store: Store) -> None:
    events = [an_event(api_key_id=ONE), *(an_event() for _ in range(30))]
    await store.events.append(events)
    page = await EventSearch(store.database, most_looked_at=10).page(EventQuery(api_key_id=ONE))
    assert ([event.id for event in page.records], page.next) == ([events[0].id], None)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ({}, "created_at_seq"),
        ({"start": NOON}, "created_at_seq"),
        ({"needle": Needle("x")}, "created_at_seq"),
        ({"mode": "reject", "provider_id": ONE}, "created_at_seq"),
        ({"api_key_id": ONE, "guardrail_id": ONE}, "api_key_id_created_at"),
        ({"guardrail_id": ONE, "needle": Needle("x")}, "guardrail_id_created_at"),
        ({"call_id": "x", "api_key_id": ONE}, "call_id"),
    ],
)
async def test_every_page_is_read_from_an_index_and_not_sorted(store: Store, query, index: str) -> None:
    calls: list[tuple[str, object]] = []
    sql_event.listen(store.database._reader, "before_cursor_execute", lambda *call: calls.append((call[2], call[3])))
    await EventSearch(store.database, 10).page(EventQuery(**query), after=(NOON, 7))

    def explain(connection: Connection) -> list[list[str]]:
        asked = [call for call in list(calls) if call[0].startswith("SELECT")]
        return [
            [row[3] for row in connection.connection.execute(f"EXPLAIN QUERY PLAN {sql}", given)]
            for sql, given in asked
        ]

    plans = await store.database.read(explain)
    assert plans
    for plan in plans:
        steps = [step for step in plan if "guardrail_events" in step]
        assert steps
        assert all(f"INDEX ix_guardrail_events_{index} (" in step for step in steps), plan
        assert index == "call_id" or not any("TEMP B-TREE" in step for step in plan), plan
