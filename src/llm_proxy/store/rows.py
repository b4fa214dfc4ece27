"""Many rows at one stroke: SQLite makes them one text, so that a reading thread takes the interpreter's lock once.

Row by row it would let go of the lock and ask for it again at each one, and wait behind whatever the event loop does.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Join,
    Select,
    SelectBase,
    Table,
    and_,
    bindparam,
    func,
    select,
    true,
    type_coerce,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from llm_proxy.store.schema import EPOCH, MICROSECOND

Range = tuple[int, int]  # in microseconds since 1970; the end is not in it


def fetch(connection: Connection, query: SelectBase) -> list[list[Any]]:
    """Return the rows. Numbers and texts only: bytes go as ``func.hex(...)``."""
    rows = query.subquery()
    text = connection.execute(select(func.json_group_array(func.json_array(*rows.c)))).scalar_one()
    found: list[list[Any]] = orjson.loads(text)
    return found


def listed(values: Iterable[str | int]) -> Select[Any]:
    """Return the values as a query, to look for with ``in_``: as many as you like, one parameter."""
    return select(func.json_each(_json(list(values))).table_valued("value").c.value)


def among(parameter: str) -> Select[Any]:
    """Return the same for a statement that is made once: its values come with each execution, as ``as_list``."""
    return select(func.json_each(bindparam(parameter)).table_valued("value").c.value)


def as_list(values: Iterable[str]) -> str:
    """Return the values as ``among`` takes them."""
    return orjson.dumps(list(values)).decode()


class Within(Join):
    """Ranges and the rows of a table in them (say ``where(within.condition)``), as ``spans CROSS JOIN table``.

    SQLite then reads the ranges first and looks up the rows of each.
    Left to itself it may read a whole index and look through the ranges for each entry.
    See https://www.sqlite.org/optoverview.html#manual_control_of_query_plans_using_cross_join.
    """

    inherit_cache = True

    def __init__(self, ranges: Sequence[Range], table: Table, time: str) -> None:
        spans = func.json_each(_json(ranges)).table_valued("value", name="spans")
        super().__init__(spans, table, true())
        self.low, self.high = (func.json_extract(spans.c.value, end, type_=BigInteger) for end in ("$[0]", "$[1]"))
        at = type_coerce(table.c[time], BigInteger)
        self.condition = and_(at >= self.low, at < self.high)


@compiles(Within)
def _said(within: Within, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 (the compiler's own)
    options["asfrom"] = True
    return f"{compiler.process(within.left, **options)} CROSS JOIN {compiler.process(within.right, **options)}"


def floored(time: ColumnElement[Any], step_us: int) -> ColumnElement[int]:
    """Return the start of the step of time (from 1970 on) that an instant falls into; before 1970 too."""
    number = type_coerce(time, BigInteger)
    return number - (number % step_us + step_us) % step_us


def microseconds(time: datetime) -> int:
    """Return an instant as the database has it: microseconds since 1970."""
    return (time - EPOCH) // MICROSECOND


def instant(number: int) -> datetime:
    """Return the instant that the database has as this number."""
    return EPOCH + number * MICROSECOND


def _json(values: object) -> ColumnElement[Any]:
    return bindparam(None, orjson.dumps(values).decode())
