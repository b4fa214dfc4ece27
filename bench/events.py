"""How fast the audit trail and usage are searched and paged at a million rows: ``bench/events.py [rows] [bytes]``.

The database is made in a temporary folder, with texts of so many bytes. Prints milliseconds: the median of nine.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta

from rich.console import Console
from rich.table import Table as Printed
from sqlalchemy import Connection, text

from llm_proxy.store import Store, UsageQuery
from llm_proxy.store.event_search import EventQuery, Needle
from llm_proxy.store.rows import microseconds

END = datetime(2026, 4, 19, 12, tzinfo=UTC)
STEP = timedelta(seconds=2)  # between two rows: a million are 23 days
RULES, KEYS, PROVIDERS, MODELS = 20, 200, 5, 12
BATCH = 50_000


def at(number: int) -> datetime:
    """Return when a row was made."""
    return END - timedelta(days=30) + number * STEP


def uuid(kind: int, number: int) -> str:
    """Return an id."""
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def uuid_of(kind: int, number: str) -> str:
    """Return the same in SQL."""
    return f"printf('{kind:08x}-0000-4000-8000-%012x', {number})"


async def main(rows: int, text_bytes: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(f"{folder}/bench.db", None)
        started = time.perf_counter()
        for first in range(0, rows, BATCH):
            numbers = range(first, min(first + BATCH, rows))
            await store.database.write(lambda connection, numbers=numbers: fill(connection, numbers, text_bytes))
        while await store.rollups.advance(END):
            pass
        print(f"{rows:,} rows of each, {text_bytes:,} bytes of text: made in {time.perf_counter() - started:,.0f} s")
        print(f"{store.size_bytes() >> 20:,} MiB")
        for title, cases in (("Events", events(store, rows)), ("Usage", usages(store, rows))):
            await report(title, cases)
        await store.close()


def fill(connection: Connection, numbers: range, text_bytes: int) -> None:
    """Insert rows, the oldest first. SQLite makes them up: a million take a minute."""
    given = {"first": numbers.start, "last": numbers.stop - 1, "start": microseconds(at(0)), "size": text_bytes}
    given |= {"step": STEP // timedelta(microseconds=1)}
    for statement in (EVENTS, CALLS):
        connection.execute(text(NUMBERS + statement), given)


NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM numbers WHERE n < :last) "
EVENTS = f"""
    INSERT INTO guardrail_events (id, guardrail_id, api_key_id, pattern, mode, action, call_id, endpoint, place, spans,
        text_sealed, provider_id, model, created_at)
    SELECT {uuid_of(1, "n")}, {uuid_of(2, f"n % {RULES}")}, {uuid_of(3, f"n % {KEYS}")},
        'AKIA[0-9A-Z]{{16}}|rule-' || n % {RULES}, iif(n % 2, 'reject', 'replace'), iif(n % 2, 'rejected', 'replaced'),
        {uuid_of(4, "n")}, 'chat/completions', 'messages[' || n % 9 || '].content', '[[3, 9], [20, 26]]',
        zeroblob(:size), {uuid_of(5, f"n % {PROVIDERS}")}, 'model-' || n % {MODELS}, :start + n * :step
    FROM numbers
"""
CALLS = f"""
    INSERT INTO usage (id, api_key_id, provider_id, endpoint, model, prompt_tokens, completion_tokens, total_tokens,
        cached_tokens, reasoning_tokens, source, status, http_status, is_streaming, is_final, created_at, duration_ms,
        first_byte_ms)
    SELECT {uuid_of(4, "n")}, {uuid_of(3, f"n % {KEYS}")}, {uuid_of(5, f"n % {PROVIDERS}")}, 'chat/completions',
        'model-' || n % {MODELS}, 120, 30, 150, 0, 0, 'provider', iif(n % 100, 'ok', 'error'), 200, 1, 1,
        :start + n * :step, 800.0 + n % 50, 90.0
    FROM numbers
"""


def events(store: Store, rows: int) -> Iterator[tuple[str, Callable[[], Awaitable[object]]]]:
    """Return what is timed, by name."""
    deep = (at(rows // 10), rows // 10)
    key, rule, search = uuid(3, 7), uuid(2, 7), store.event_search

    def needle(text: str) -> Needle:
        return Needle.named(text, {}, {})

    yield "first page", lambda: search.page(EventQuery())
    yield "first page of 1,000", lambda: search.page(EventQuery(), limit=1000)
    yield f"page {rows - rows // 10:,} events deep", lambda: search.page(EventQuery(), after=deep)
    yield "one key", lambda: search.page(EventQuery(api_key_id=key))
    yield "one key, deep", lambda: search.page(EventQuery(api_key_id=key), after=deep)
    yield "one rule and a key without it", lambda: search.page(EventQuery(guardrail_id=rule, api_key_id=uuid(3, 8)))
    yield "one provider, replaced", lambda: search.page(EventQuery(provider_id=uuid(5, 1), action="replaced"))
    yield "a provider without events", lambda: search.page(EventQuery(provider_id=uuid(5, 99)))
    yield "one call", lambda: search.page(EventQuery(call_id=uuid(4, 5)))
    yield "a day", lambda: search.page(EventQuery(start=at(rows // 2), end=at(rows // 2) + timedelta(days=1)))
    yield "q that all match", lambda: search.page(EventQuery(needle=needle("AKIA")))
    yield "q without a match", lambda: search.page(EventQuery(needle=needle("no such thing")))
    yield "q without a match, deep", lambda: search.page(EventQuery(needle=needle("no such thing")), after=deep)
    yield "q without a match, one rule", lambda: search.page(EventQuery(guardrail_id=rule, needle=needle("no such")))
    yield "the list with texts", lambda: store.events.page(limit=100)
    yield "the list with texts, deep", lambda: store.events.page(limit=100, offset=rows - rows // 10)


def usages(store: Store, rows: int) -> Iterator[tuple[str, Callable[[], Awaitable[object]]]]:
    """Return what is timed, by name."""
    deep = (at(rows // 10), uuid(4, rows // 10))
    key, pages = uuid(3, 7), store.usage

    yield "first page", lambda: pages.page(UsageQuery())
    yield "first page of 1,000", lambda: pages.page(UsageQuery(), limit=1000)
    yield f"page {rows - rows // 10:,} records deep", lambda: pages.page(UsageQuery(), after=deep)
    yield "the same by offset", lambda: pages.page(UsageQuery(), offset=rows - rows // 10)
    yield "one key", lambda: pages.page(UsageQuery(api_key_id=key))
    yield "one key, deep", lambda: pages.page(UsageQuery(api_key_id=key), after=deep)
    yield "one key and a model", lambda: pages.page(UsageQuery(api_key_id=key, model="model-7"))
    yield "one provider and a model", lambda: pages.page(UsageQuery(provider_id=uuid(5, 1), model="model-7"))
    yield "one model", lambda: pages.page(UsageQuery(model="model-7"))
    yield "a model without calls", lambda: pages.page(UsageQuery(model="none"))
    yield "errors", lambda: pages.page(UsageQuery(status="error"))
    yield "a day", lambda: pages.page(UsageQuery(start=at(rows // 2), end=at(rows // 2) + timedelta(days=1)))
    yield "1,000 records of an export, deep", lambda: pages.read(UsageQuery(), after=deep, limit=1000)


async def report(title: str, cases: Iterator[tuple[str, Callable[[], Awaitable[object]]]]) -> None:
    table = Printed(title, "ms")
    for name, run in cases:
        table.add_row(name, f"{await median_ms(run):,.1f}")
    Console().print(table)


async def median_ms(run: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(9):
        started = time.perf_counter()
        await run()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


if __name__ == "__main__":
    asyncio.run(main(*(int(number) for number in (sys.argv[1:] + ["1000000", "400"][len(sys.argv) - 1 :]))))
