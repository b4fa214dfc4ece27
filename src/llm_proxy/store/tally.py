"""What rows amount to: the one place that says, in SQL, how calls, guard-rail events and limited calls are counted.

A blocked or rewritten call counts once in an hour (in a minute, where minutes are asked for), however many events tell
of it. Events before release 0.2 do not name their call: each counts as one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Select,
    Table,
    case,
    func,
    literal,
    literal_column,
    null,
    select,
    true,
    union_all,
)

from llm_proxy.core.histogram import EDGES_MS, histogram
from llm_proxy.store.rows import Range, Within, fetch, floored
from llm_proxy.store.schema import ROLLED_UP, guardrail_events, limited_calls, usage

HOUR = 3_600_000_000  # in microseconds
DIMENSIONS = ("key", "provider", "model", "status")
EVERYTHING = "all"  # the dimension in which all rows have the value ""
_TOKENS = ROLLED_UP[5:]
_TIMES = ("duration_ms", "first_byte_ms")
# Where rows say what they belong to; limited calls were never about a model, and only calls have a status.
_COLUMNS = {"key": "api_key_id", "provider": "provider_id", "model": "model", "status": "status"}

Sums = list[int]  # in the order of ROLLED_UP


@dataclass(frozen=True, slots=True)
class Scope:
    """Which rows: those in the ranges that have these values in these dimensions, told apart by steps of time."""

    ranges: Sequence[Range]
    step_us: int
    where: Mapping[str, str] = field(default_factory=dict)


class Ask(NamedTuple):
    """What to tell apart: the values of a dimension, by steps of time or not; with how long calls took, or not."""

    dimension: str
    by_time: bool
    is_timed: bool = True


@dataclass(slots=True)
class Figures:
    """The sums of some rows, and how long they took: histograms of the time in all and to the first byte."""

    sums: Sums = field(default_factory=lambda: [0] * len(ROLLED_UP))
    durations: int = 0
    first_bytes: int = 0

    def add(self, sums: Sequence[int], durations: int = 0, first_bytes: int = 0) -> None:
        """Take in those of other rows."""
        self.sums = [mine + theirs for mine, theirs in zip(self.sums, sums, strict=True)]
        self.durations += durations
        self.first_bytes += first_bytes


def tally(connection: Connection, scope: Scope, asks: Sequence[Ask]) -> list[tuple[int, int, str, Figures]]:
    """Return (number of the ask, start, value, figures) wherever there is something. The rows are read once."""
    if not scope.ranges:
        return []
    facts = union_all(*_facts(scope)).cte("facts")
    queries = [query for number, ask in enumerate(asks) for query in _queries(facts, number, ask)]
    found: dict[tuple[int, int, str], Figures] = {}
    bins: dict[tuple[int, int, str], tuple[list[tuple[int, int]], list[tuple[int, int]]]] = {}
    for number, start, value, kind, *numbers in fetch(connection, union_all(*queries)):
        place = (number, start, value)
        if kind == 0:
            found[place] = Figures(numbers)
        else:
            bins.setdefault(place, ([], []))[kind - 1].append((numbers[0], numbers[1]))
    for place, (durations, first_bytes) in bins.items():
        found[place].durations, found[place].first_bytes = histogram(durations), histogram(first_bytes)
    return [(*place, figures) for place, figures in found.items()]


def _queries(facts: CTE, number: int, ask: Ask) -> list[Select[Any]]:
    start = facts.c.start if ask.by_time else literal(0)
    value = literal("") if ask.dimension == EVERYTHING else facts.c[ask.dimension]
    has_value = true() if ask.dimension == EVERYTHING else value.is_not(None)
    places = [facts.c.start] * ask.by_time + [value] * (ask.dimension != EVERYTHING)
    label = [literal(number).label("number"), start.label("start"), value.label("value")]
    sums = [func.sum(facts.c[name]).label(name) for name in ROLLED_UP]
    queries = [select(*label, literal(0).label("kind"), *sums).where(has_value).group_by(*places)]
    padding = [literal(0)] * (len(ROLLED_UP) - 2)
    for kind, name in enumerate(_TIMES, 1):
        counted = select(*label, literal(kind), facts.c[name], func.sum(facts.c.calls), *padding)
        queries.append(counted.where(has_value, facts.c[name].is_not(None)).group_by(*places, facts.c[name]))
    return queries if ask.is_timed else queries[:1]


def _facts(scope: Scope) -> list[Select[Any]]:
    """Return what counts, as tables of one shape. A filter by what some rows never have leaves none of them."""
    facts = [_calls(scope)]
    if "status" not in scope.where:
        facts.append(_events(scope))
    if not {"status", "model"} & set(scope.where):
        facts.append(_limited(scope))
    return facts


def _calls(scope: Scope) -> Select[Any]:
    given = {"calls": literal(1), "errors": case((usage.c.status == "error", 1), else_=0)}
    given |= {name: usage.c[name] for name in _TOKENS} | {name: _bin(name) for name in _TIMES}
    return _rows(scope, usage, "created_at").add_columns(*_figures(given))


def _events(scope: Scope) -> Select[Any]:
    table = guardrail_events
    call = case((table.c.call_id == "", table.c.id), else_=table.c.call_id).label("call")
    hour = floored(table.c.created_at, min(HOUR, scope.step_us)).label("hour")
    rows = _rows(scope, table, "created_at")
    # A call that was only watched is neither; one that was replaced and pseudonymised was redacted once.
    blocked = case((table.c.action == "rejected", 1), else_=0).label("blocked")
    acted = rows.where(table.c.action != "monitored")
    once = acted.add_columns(hour, call, blocked).distinct().subquery("events")
    given = {"blocked": once.c.blocked, "redacted": 1 - once.c.blocked}
    return select(once.c.start, *(once.c[name] for name in DIMENSIONS), *_figures(given))


def _limited(scope: Scope) -> Select[Any]:
    rows = _rows(scope, limited_calls, "minute")
    return rows.add_columns(*_figures({"limited": limited_calls.c.calls}))


def _rows(scope: Scope, table: Table, time: str) -> Select[Any]:
    """Select the rows of the scope: when they happened and what they belong to."""
    named = [(table.c[name] if name in table.c else null()).label(label) for label, name in _COLUMNS.items()]
    within = Within(scope.ranges, table, time)
    wanted = [table.c[_COLUMNS[name]] == value for name, value in scope.where.items()]
    query = select(floored(table.c[time], scope.step_us).label("start"), *named).select_from(within)
    return query.where(within.condition, *wanted)


def _figures(given: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    """Return the columns of all figures: those not given are 0, or null where they are times."""
    absent = dict.fromkeys(_TIMES, null()) | dict.fromkeys(ROLLED_UP, literal(0))
    return [given.get(name, nothing).label(name) for name, nothing in absent.items()]


def _bin(name: str) -> ColumnElement[Any]:
    """Say a time's bin of the histogram in SQL; the text is made of our own names and numbers."""
    column = f"usage.{name}"
    return literal_column(f"CASE WHEN {column} IS NULL THEN NULL ELSE {_tree(column, 0, len(EDGES_MS))} END")


def _tree(column: str, low: int, high: int) -> str:
    if low == high:
        return str(low)
    middle = (low + high) // 2
    below, above = _tree(column, low, middle), _tree(column, middle + 1, high)
    return f"CASE WHEN {column} < {EDGES_MS[middle]!r} THEN {below} ELSE {above} END"
