"""Sums of whole hours and days, made ahead of time, so that a month is read from a few thousand rows.

Every change of what is summed marks its hour stale, in the same transaction. Rolling up reads a stale hour and its mark
in one state of the database, and writes what it found only if the mark is still the same: sums without a mark are true,
whoever wrote in between, in this process or another. A rolled-up hour marks its day in turn.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy import BigInteger, ColumnElement, Connection, Select, delete, func, insert, select, type_coerce
from sqlalchemy.dialects import sqlite

from llm_proxy.core.histogram import pack, unpack
from llm_proxy.errors import StoreUnavailable
from llm_proxy.store.database import Database
from llm_proxy.store.rows import Within, fetch, instant, microseconds
from llm_proxy.store.schema import ROLLED_UP, rollups, usage, utc_now
from llm_proxy.store.schema import stale_periods as stale
from llm_proxy.store.tally import DIMENSIONS, EVERYTHING, HOUR, Ask, Figures, Scope, tally

log = structlog.get_logger()

DAY = 24 * HOUR
_ALL = (*DIMENSIONS, EVERYTHING)
_ASKS = [Ask(dimension, by_time=True) for dimension in _ALL]
_MARGIN = 60_000_000  # after its end an hour is left alone for this long: calls that began in it still come in
_MOST_HOURS, _MOST_CALLS = 12, 50_000  # read at a time
_MOST_ROWS = 200  # written in one transaction, or one period: calls' records wait for it

SUMS = [rollups.c[name] for name in ROLLED_UP]
HISTOGRAMS = [func.hex(rollups.c[name]).label(name) for name in ("durations", "first_bytes")]
# What data path and readers get between two steps, and when to look for more.
_FIRST_S, _STEP_S, _EVERY_S = 1.0, 0.05, 60.0
_START = type_coerce(stale.c.start, BigInteger)
_MARK = sqlite.insert(stale).values(period="day", mark=func.random())
_MARK_DAY = _MARK.on_conflict_do_update(index_elements=["period", "start"], set_={"mark": _MARK.excluded.mark})


@dataclass(slots=True)
class _Period:
    """A stale hour or day, the mark it had when it was read, and its true sums: (dimension, value, figures)."""

    name: str
    start: int
    mark: int
    sums: list[tuple[str, str, Figures]] = field(default_factory=list)


class Rollups:
    """Keeps the sums true."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_up(self) -> None:
        """Roll up what becomes stale, for ever: a little after the start, then every minute, in small steps.

        While the database cannot be used it says so once and goes on trying.
        """
        is_failing = False
        pause_s = _FIRST_S
        while True:
            await asyncio.sleep(pause_s)
            try:
                pause_s = _STEP_S if await self.advance(utc_now()) else _EVERY_S
                is_failing = False
            except StoreUnavailable as exc:
                if not is_failing:
                    log.warning("rollup.delayed", error=str(exc))
                is_failing, pause_s = True, _EVERY_S

    async def advance(self, now: datetime) -> int:
        """Roll up some of what is stale and over: hours first, the newest first, then days.

        Returns how many periods are true now; 0 when nothing is left to do, or what is left changes all the time.
        Raises StoreUnavailable.
        """
        done = await self._database.read(lambda connection: _hours(connection, microseconds(now) - _MARGIN))
        if not done:
            done = await self._database.read(lambda connection: _day(connection, microseconds(now) - _MARGIN))
        return sum([await self._database.write(partial(_replace, periods=batch)) for batch in _batches(done)])


def _batches(periods: Sequence[_Period]) -> Iterator[list[_Period]]:
    batch: list[_Period] = []
    for period in periods:
        if batch and sum(len(each.sums) for each in (*batch, period)) > _MOST_ROWS:
            yield batch
            batch = []
        batch.append(period)
    if batch:
        yield batch


def _marked(period: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    query = select(_START, stale.c.mark).where(stale.c.period == period, *conditions)
    return query.order_by(stale.c.start.desc())


def _hours(connection: Connection, until: int) -> list[_Period]:
    """Read some stale hours that were over by then: a bounded number of calls, but one hour at least."""
    marks = fetch(connection, _marked("hour", until - HOUR >= _START).limit(_MOST_HOURS))
    within = Within([(start, start + HOUR) for start, _ in marks], usage, "created_at")
    counted = select(within.low, func.count()).select_from(within).where(within.condition).group_by(within.low)
    calls = dict(fetch(connection, counted)) if marks else {}
    hours: dict[int, _Period] = {}
    room = _MOST_CALLS
    for start, mark in marks:
        room -= calls.get(start, 0)
        if hours and room < 0:
            break
        hours[start] = _Period("hour", start, mark)
    scope = Scope([(start, start + HOUR) for start in hours], HOUR)
    for number, start, value, figures in tally(connection, scope, _ASKS):
        hours[start].sums.append((_ALL[number], value, figures))
    return list(hours.values())


def _day(connection: Connection, until: int) -> list[_Period]:
    """Read a stale day that was over by then and whose hours have all been rolled up."""
    hour = stale.alias()
    start = type_coerce(hour.c.start, BigInteger)
    has_stale_hour = select(hour.c.start).where(hour.c.period == "hour", start >= _START, start < _START + DAY).exists()
    marks = fetch(connection, _marked("day", until - DAY >= _START, ~has_stale_hour).limit(1))
    return [_Period("day", start, mark, _sums_of_day(connection, start)) for start, mark in marks]


def _sums_of_day(connection: Connection, day: int) -> list[tuple[str, str, Figures]]:
    figures: dict[tuple[str, str], Figures] = {}
    hours = select(rollups.c.dimension, rollups.c.value, *SUMS, *HISTOGRAMS).where(
        rollups.c.period == "hour",
        rollups.c.dimension.in_(_ALL),
        rollups.c.start >= instant(day),
        rollups.c.start < instant(day + DAY),
    )
    for dimension, value, *numbers, durations, first_bytes in fetch(connection, hours):
        mine = figures.setdefault((dimension, value), Figures())
        mine.add(numbers, unhexed(durations), unhexed(first_bytes))
    return [(*place, each) for place, each in figures.items()]


def unhexed(packed: str) -> int:
    """Return the histogram that one of ``HISTOGRAMS`` told."""
    return unpack(bytes.fromhex(packed))


def _replace(connection: Connection, periods: Sequence[_Period]) -> int:
    """Write the sums of those that were not marked again since they were read; return how many that were."""
    replaced = 0
    for each in periods:
        at = instant(each.start)
        mark = delete(stale).where(stale.c.period == each.name, stale.c.start == at, stale.c.mark == each.mark)
        if not connection.execute(mark).rowcount:
            continue
        replaced += 1
        same = (rollups.c.period == each.name, rollups.c.dimension.in_(_ALL), rollups.c.start == at)
        connection.execute(delete(rollups).where(*same))
        if each.sums:
            connection.execute(insert(rollups), [_row(each, *sums) for sums in each.sums])
        if each.name == "hour":
            connection.execute(_MARK_DAY, {"start": instant(each.start - each.start % DAY)})
    return replaced


def _row(period: _Period, dimension: str, value: str, figures: Figures) -> dict[str, Any]:
    place = {"period": period.name, "dimension": dimension, "start": instant(period.start), "value": value}
    times = {"durations": pack(figures.durations), "first_bytes": pack(figures.first_bytes)}
    return place | times | dict(zip(ROLLED_UP, figures.sums, strict=True))
