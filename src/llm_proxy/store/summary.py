"""What a range of time amounts to: from roll-ups where they are true, from the rows themselves everywhere else.

The result is that of summing all rows of the range, whatever is rolled up by now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, CompoundSelect, Connection, func, select, union_all

from llm_proxy.store.database import Database
from llm_proxy.store.plan import Plan, planned
from llm_proxy.store.rollups import DAY, HISTOGRAMS, SUMS, unhexed
from llm_proxy.store.rows import Range, Within, fetch, floored, instant, listed, microseconds
from llm_proxy.store.schema import ROLLED_UP, keys, providers, rollups
from llm_proxy.store.tally import EVERYTHING, HOUR, Ask, Figures, Scope, Sums, tally

Dimension = Literal["key", "provider", "model", "status"]
Bucket = Literal["minute", "hour", "day"]

STEPS_US: Mapping[Bucket, int] = {"minute": HOUR // 60, "hour": HOUR, "day": DAY}
_NAMED = {"key": keys, "provider": providers}


@dataclass(frozen=True, slots=True)
class SummaryQuery:
    """What to sum: rows in [start, end) that have these values in these dimensions, by one dimension and by buckets."""

    start: datetime
    end: datetime
    dimension: Dimension = "key"
    bucket: Bucket = "hour"
    limit: int = 50
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def starts_us(self) -> range:
        """The starts of the buckets in microseconds since 1970, aligned: the first may be before ``start``."""
        start, step = microseconds(self.start), STEPS_US[self.bucket]
        return range(start - start % step, microseconds(self.end), step)


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one value of a dimension, and what people call it."""

    value: str
    name: str | None
    figures: Figures


# Start, group and the sums in the order of ROLLED_UP: there are ten thousands, so nothing is made of each twice.
Point = list[Any]


@dataclass(frozen=True, slots=True)
class Summary:
    """Sums in all, by group, by bucket and by both. ``omitted`` counts the groups beyond the limit."""

    totals: Figures
    groups: Sequence[Group]
    buckets: Sequence[tuple[datetime, Figures]]
    series: Sequence[Point]
    omitted: int


class Summaries:
    """Reads summaries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, query: SummaryQuery) -> Summary:
        """Return the sums; raises StoreUnavailable."""
        return await self._database.read(lambda connection: _read(connection, query))


def _read(connection: Connection, query: SummaryQuery) -> Summary:
    plan = _plan(connection, query)
    stored = _Stored(connection, query, plan)
    buckets, groups = stored.buckets(), stored.groups()
    scope = Scope(plan.raw, STEPS_US[query.bucket], query.where)
    asks = [Ask(EVERYTHING, by_time=True), Ask(query.dimension, by_time=False)]
    late: dict[tuple[int, str], Sums] = {}
    for number, start, value, figures in tally(
        connection, scope, [*asks, Ask(query.dimension, by_time=True, is_timed=False)]
    ):
        if number == len(asks):
            late[start, value] = figures.sums
        else:
            mine = groups.setdefault(value, Figures()) if number else buckets[start]
            mine.add(figures.sums, figures.durations, figures.first_bytes)
    names = _names(connection, query.dimension)
    ranked = sorted(groups, key=lambda value: (*_rank(groups[value]), names.get(value) or value, value))
    shown = ranked[: query.limit]
    stored.add_times(groups, shown)
    totals = Figures()
    for figures in buckets.values():
        totals.add(figures.sums, figures.durations, figures.first_bytes)
    return Summary(
        totals,
        [Group(value, names.get(value), groups[value]) for value in shown],
        [(instant(start), figures) for start, figures in buckets.items()],
        _series(stored.series(shown), late, shown),
        len(ranked) - len(shown),
    )


def _plan(connection: Connection, query: SummaryQuery) -> Plan:
    """Roll-ups know one dimension at a time and no minutes: whatever asks for more is read from the rows."""
    start, end = microseconds(query.start), microseconds(query.end)
    if query.bucket == "minute" or set(query.where) - {query.dimension}:
        return Plan(raw=[(start, end)])
    return planned(connection, start, end)


def _rank(figures: Figures) -> tuple[int, int]:
    of = dict(zip(ROLLED_UP, figures.sums, strict=True))
    return -of["calls"], -of["blocked"] - of["limited"]


def _names(connection: Connection, dimension: Dimension) -> Mapping[str, str]:
    table = _NAMED.get(dimension)
    return {} if table is None else dict(fetch(connection, select(table.c.id, table.c.name)))


def _series(stored: list[Point], late: Mapping[tuple[int, str], Sums], shown: Sequence[str]) -> list[Point]:
    """Return the sums by time and group, in the order of time and then of the groups."""
    rank = {value: number for number, value in enumerate(shown)}
    touched = {start for start, _ in late}  # a few at the ends of the range, as a rule
    places = {(row[0], row[1]): row for row in stored if row[0] in touched}
    for (start, value), sums in late.items():
        if (row := places.get((start, value))) is not None:
            row[2:] = [mine + more for mine, more in zip(row[2:], sums, strict=True)]
        elif value in rank:
            stored.append([start, value, *sums])
    stored.sort(key=lambda row: (row[0], rank[row[1]]))
    times = {row[0]: instant(row[0]) for row in stored}
    for row in stored:
        row[0] = times[row[0]]
    return stored


class _Stored:
    """The part of a summary that is rolled up."""

    def __init__(self, connection: Connection, query: SummaryQuery, plan: Plan) -> None:
        self._connection = connection
        self._query = query
        self._whole = plan.stored
        self._by_bucket = plan.stored if query.bucket == "day" else plan.stored_by_hour

    def buckets(self) -> dict[int, Figures]:
        """Return the figures of all buckets by their starts, empty ones too."""
        buckets = {start: Figures() for start in self._query.starts_us}
        # A filter by the dimension itself leaves of everything what that value has.
        dimension = self._query.dimension if self._query.where else EVERYTHING
        rows = self._rows(self._by_bucket, dimension, [self._bucket, *SUMS, *HISTOGRAMS])
        for start, *sums, durations, first_bytes in fetch(self._connection, rows):
            buckets[start].add(sums, unhexed(durations), unhexed(first_bytes))
        return buckets

    def groups(self) -> dict[str, Figures]:
        """Return the figures of all groups, without times."""
        rows = self._rows(self._whole, self._query.dimension, [rollups.c.value, *SUMS]).subquery()
        summed = select(rows.c.value, *(func.sum(rows.c[name]) for name in ROLLED_UP)).group_by(rows.c.value)
        return {value: Figures(sums) for value, *sums in fetch(self._connection, summed)}

    def add_times(self, groups: Mapping[str, Figures], shown: Sequence[str]) -> None:
        """Add the times of the groups that are shown."""
        rows = self._rows(self._whole, self._query.dimension, [rollups.c.value, *HISTOGRAMS], shown)
        for value, durations, first_bytes in fetch(self._connection, rows):
            groups[value].durations += unhexed(durations)
            groups[value].first_bytes += unhexed(first_bytes)

    def series(self, shown: Sequence[str]) -> list[Point]:
        """Return the start, the value and the sums of each bucket and group that is shown."""
        columns = [self._bucket, rollups.c.value, *SUMS]
        rows = self._rows(self._by_bucket, self._query.dimension, columns, shown)
        if self._query.bucket == "hour":  # each is a point already
            return fetch(self._connection, rows)
        table = rows.subquery()
        places = (table.c.bucket, table.c.value)
        summed = select(*places, *(func.sum(table.c[name]) for name in ROLLED_UP)).group_by(*places)
        return fetch(self._connection, summed)

    @property
    def _bucket(self) -> ColumnElement[int]:
        return floored(rollups.c.start, STEPS_US[self._query.bucket]).label("bucket")

    def _rows(
        self,
        ranges: Mapping[str, Sequence[Range]],
        dimension: str,
        columns: Sequence[ColumnElement[Any]],
        values: Sequence[str] | None = None,
    ) -> CompoundSelect[Any]:
        """Select roll-ups in ranges of their periods, of some values or of all that the query asks for."""
        wanted = [rollups.c.value == value for value in self._query.where.values()]
        if values is not None:
            wanted.append(rollups.c.value.in_(listed(values)))
        queries = []
        for period, spanned in ranges.items():
            within = Within(spanned, rollups, "start")
            place = (rollups.c.period == period, rollups.c.dimension == dimension, within.condition)
            queries.append(select(*columns).select_from(within).where(*place, *wanted))
        return union_all(*queries)
