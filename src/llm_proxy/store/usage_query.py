"""Which usage records, and what they amount to: from roll-ups where those are true, so that a million cost no more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, Connection, Select, false, func, select, type_coerce

from llm_proxy.records import UsageStatus
from llm_proxy.store.plan import Plan, planned
from llm_proxy.store.rollups import DAY
from llm_proxy.store.rows import instant, microseconds
from llm_proxy.store.schema import rollups
from llm_proxy.store.schema import usage as table
from llm_proxy.store.tally import EVERYTHING, HOUR

_TOKENS = ("prompt_tokens", "completion_tokens", "total_tokens")
_MOST_STARTS = 500  # parameters of a statement
_CREATED = type_coerce(table.c.created_at, BigInteger)


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """Which records. None matches any. ``start`` is in the range, ``end`` is not: adjacent ranges share no call."""

    api_key_id: str | None = None
    provider_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    model: str | None = None
    status: UsageStatus | None = None

    @property
    def conditions(self) -> Sequence[ColumnElement[bool]]:
        """The same in SQL."""
        wanted = {
            table.c.api_key_id.__eq__: self.api_key_id,
            table.c.provider_id.__eq__: self.provider_id,
            table.c.model.__eq__: self.model,
            table.c.status.__eq__: self.status,
            table.c.created_at.__ge__: self.start,
            table.c.created_at.__lt__: self.end,
        }
        return [condition(value) for condition, value in wanted.items() if value is not None]

    @property
    def dimensions(self) -> dict[str, str]:
        """What is given of what roll-ups tell apart."""
        given = {"key": self.api_key_id, "provider": self.provider_id, "model": self.model, "status": self.status}
        return {name: value for name, value in given.items() if value is not None}


class Sums(NamedTuple):
    """How many records match, and their tokens."""

    total: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


def summed(connection: Connection, query: UsageQuery) -> Sums:
    """Return the sums over all that match: exactly those of their rows."""
    parts = [connection.execute(part).one() for part in _parts(query, _plan(connection, query))]
    return Sums(*(sum(int(number) for number in numbers) for numbers in zip(*parts, strict=True)))


def _plan(connection: Connection, query: UsageQuery) -> Plan:
    """Roll-ups know one dimension at a time: whatever asks for more is read from the rows."""
    oldest = connection.scalar(select(_CREATED).order_by(table.c.created_at).limit(1))
    newest = connection.scalar(select(_CREATED).order_by(table.c.created_at.desc()).limit(1))
    if oldest is None or newest is None:
        return Plan()
    start = oldest if query.start is None else max(oldest, microseconds(query.start))
    end = newest + 1 if query.end is None else min(newest + 1, microseconds(query.end))
    return planned(connection, start, end) if len(query.dimensions) < 2 else Plan(raw=[(start, end)])


def _parts(query: UsageQuery, plan: Plan) -> Iterator[Select[tuple[int, ...]]]:
    tokens = [func.coalesce(func.sum(table.c[name]), 0) for name in _TOKENS]
    rows = select(func.count(), *tokens).where(*replace(query, start=None, end=None).conditions)
    yield rows.where(false())  # so that the sums of nothing are nought
    for low, high in plan.raw:  # one at a time: each finds its own in the index
        yield rows.where(table.c.created_at >= instant(low), table.c.created_at < instant(high))
    dimension, value = next(iter(query.dimensions.items()), (EVERYTHING, ""))
    sums = [func.coalesce(func.sum(rollups.c[name]), 0) for name in ("calls", *_TOKENS)]
    for period, step in (("day", DAY), ("hour", HOUR)):
        same = (rollups.c.period == period, rollups.c.dimension == dimension, rollups.c.value == value)
        starts = [instant(at) for first, end in plan.stored[period] for at in range(first, end, step)]
        for number in range(0, len(starts), _MOST_STARTS):  # each a row of the index, whatever else the period has
            yield select(*sums).where(*same, rollups.c.start.in_(starts[number : number + _MOST_STARTS]))
