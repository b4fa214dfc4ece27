"""Which part of a range of time is read from which sums, and which from the rows themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import BigInteger, Connection, select, type_coerce

from llm_proxy.store.rollups import DAY
from llm_proxy.store.rows import Range, fetch
from llm_proxy.store.schema import stale_periods as stale
from llm_proxy.store.tally import HOUR


@dataclass(slots=True)
class Plan:
    """Disjoint ranges that together are the whole: true sums of days, true sums of hours, rows."""

    days: list[Range] = field(default_factory=list)
    hours: list[Range] = field(default_factory=list)
    raw: list[Range] = field(default_factory=list)

    @property
    def stored(self) -> Mapping[str, Sequence[Range]]:
        """The ranges of roll-ups by period, as few rows as can be."""
        return {"day": self.days, "hour": self.hours}

    @property
    def stored_by_hour(self) -> Mapping[str, Sequence[Range]]:
        """The same by hours alone: a day's hours are true when the day is."""
        return {"hour": [*self.days, *self.hours]}


def planned(connection: Connection, start: int, end: int) -> Plan:
    """Return how [start, end) is read: whole days and hours whose sums nothing has outdated, rows for the rest."""
    number = type_coerce(stale.c.start, BigInteger)
    marks = fetch(connection, select(stale.c.period, number).where(number >= start - DAY, number < end))
    outdated = {(period, at) for period, at in marks}
    outdated |= {("day", at - at % DAY) for period, at in marks if period == "hour"}
    plan = Plan()
    at = start
    while at < end:
        if _is_whole(at, DAY, end) and ("day", at) not in outdated:
            at = _extend(plan.days, at, at + DAY)
        elif _is_whole(at, HOUR, end) and ("hour", at) not in outdated:
            at = _extend(plan.hours, at, at + HOUR)
        else:
            at = _extend(plan.raw, at, min(at - at % HOUR + HOUR, end))
    return plan


def _is_whole(at: int, length: int, end: int) -> bool:
    return at % length == 0 and at + length <= end


def _extend(ranges: list[Range], start: int, end: int) -> int:
    """Append a range, to the last one where it goes on; return its end."""
    if ranges and ranges[-1][1] == start:
        start = ranges.pop()[0]
    ranges.append((start, end))
    return end
