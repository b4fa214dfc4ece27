"""A store full of rows for summaries, and what they must amount to, counted one by one."""

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from llm_proxy.records import GuardrailEvent, UsageRecord
from llm_proxy.store import Store
from llm_proxy.store.schema import guardrail_events, limited_calls, usage
from llm_proxy.store.summary import SummaryQuery

MIDNIGHT = datetime(2026, 3, 1, tzinfo=UTC)
STEPS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
TOKENS = ("prompt", "completion", "total", "cached", "reasoning")
Times = list[float]


def name(kind: int, number: int) -> str:
    return str(UUID(int=kind << 64 | number))


@dataclass
class Rows:
    """What is in the store."""

    calls: dict[str, UsageRecord] = field(default_factory=dict)
    events: dict[str, GuardrailEvent] = field(default_factory=dict)
    limited: dict[tuple[datetime, str, str], int] = field(default_factory=dict)


@dataclass
class Counted:
    """Figures of some rows: counts in the order of the schema, and the times themselves."""

    sums: list[int] = field(default_factory=lambda: [0] * 10)
    durations: Times = field(default_factory=list)
    first_bytes: Times = field(default_factory=list)


def floored(time: datetime, step: timedelta) -> datetime:
    return time - (time - datetime(1970, 1, 1, tzinfo=UTC)) % step


def belongs(row: UsageRecord | GuardrailEvent) -> dict[str, str]:
    found = {"key": row.api_key_id, "provider": row.provider_id, "model": row.model}
    return found | ({"status": row.status} if isinstance(row, UsageRecord) else {})


def facts(rows: Rows, query: SummaryQuery) -> list[tuple[datetime, dict[str, str], list[int], UsageRecord | None]]:
    """Return what counts in the range: when, what it belongs to, what it adds."""
    found: list[tuple[datetime, dict[str, str], list[int], UsageRecord | None]] = []
    for call in rows.calls.values():
        tokens = [getattr(call.tokens, name) for name in TOKENS]
        found.append((call.created_at, belongs(call), [1, int(call.status == "error"), 0, 0, 0, *tokens], call))
    once: dict[Any, tuple[datetime, dict[str, str], list[int], None]] = {}
    grain = min(STEPS["hour"], STEPS[query.bucket])
    for event in rows.events.values():
        if query.start <= event.created_at < query.end and event.action != "monitored":
            is_blocked = event.action == "rejected"
            adds = [0, 0, int(is_blocked), int(not is_blocked), 0, *[0] * 5]
            at = floored(event.created_at, grain)
            once[at, is_blocked, event.call_id or event.id] = (event.created_at, belongs(event), adds, None)
    found += once.values()
    for (minute, key, provider), count in rows.limited.items():
        found.append((minute, {"key": key, "provider": provider}, [0, 0, 0, 0, count, *[0] * 5], None))
    return [
        fact
        for fact in found
        if query.start <= fact[0] < query.end
        and all(fact[1].get(dimension) == value for dimension, value in query.where.items())
    ]


def count(rows: Rows, query: SummaryQuery) -> tuple[Counted, Mapping[str, Counted], Mapping[datetime, Counted], Any]:
    """Return totals, groups, buckets and series, the slow way."""
    totals = Counted()
    groups: defaultdict[str, Counted] = defaultdict(Counted)
    buckets: defaultdict[datetime, Counted] = defaultdict(Counted)
    series: defaultdict[tuple[datetime, str], Counted] = defaultdict(Counted)
    for at, places, adds, call in facts(rows, query):
        bucket, value = floored(at, STEPS[query.bucket]), places.get(query.dimension)
        takers = [totals, buckets[bucket]] + ([] if value is None else [groups[value], series[bucket, value]])
        for taker in takers:
            taker.sums = [mine + more for mine, more in zip(taker.sums, adds, strict=True)]
            if call is not None:
                taker.durations.append(call.duration_ms)
                taker.first_bytes += [] if call.first_byte_ms is None else [call.first_byte_ms]
    return totals, groups, buckets, {place: each.sums for place, each in series.items()}


def percentile(times: Times, share: float) -> float | None:
    return sorted(times)[max(1, math.ceil(share * len(times))) - 1] if times else None


async def put(store: Store, rows: Rows, change: Rows) -> None:
    """Add rows; a call or an event that is there already is the same one."""
    await store.usage.append([call for call in change.calls.values() if call.id not in rows.calls])
    await store.events.append(list(change.events.values()))
    await store.limited.add(change.limited)
    rows.calls = change.calls | rows.calls
    rows.events = change.events | rows.events
    for place, calls in change.limited.items():
        rows.limited[place] = rows.limited.get(place, 0) + calls


async def drop(store: Store, rows: Rows, chosen: Callable[[int], bool]) -> None:
    """Delete the rows whose numbers are chosen."""
    calls = [each for number, each in enumerate(rows.calls) if chosen(number)]
    events = [each for number, each in enumerate(rows.events) if chosen(number)]
    minutes = {place[0] for number, place in enumerate(rows.limited) if chosen(number)}
    await store.database.write(
        lambda connection: (
            connection.execute(delete(usage).where(usage.c.id.in_(calls))),
            connection.execute(delete(guardrail_events).where(guardrail_events.c.id.in_(events))),
            connection.execute(delete(limited_calls).where(limited_calls.c.minute.in_(minutes))),
        )
    )
    rows.calls = {key: call for key, call in rows.calls.items() if key not in calls}
    rows.events = {key: event for key, event in rows.events.items() if key not in events}
    rows.limited = {place: calls for place, calls in rows.limited.items() if place[0] not in minutes}


async def roll_up(store: Store, now: datetime) -> None:
    """Roll up all that can be."""
    while await store.rollups.advance(now):
        await asyncio.sleep(0)
