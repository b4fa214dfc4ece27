"""Exports: many entries as one CSV or JSON document, written while they are read."""

import asyncio
import csv
import io
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

import orjson
from pydantic import BaseModel
from starlette.background import BackgroundTask
from starlette.responses import StreamingResponse
from starlette.types import Send

CHUNK = 1000  # entries read at a time
Format = Literal["csv", "json"]
Row = Mapping[str, Any]
Chunks = AsyncGenerator[Sequence[Row], None]

# A spreadsheet takes a cell that begins like this for a formula, also when what it does not show stands before it. The
# last four are the full-width forms, which some take for the others.
_FORMULA = re.compile("[\\s\\x00-\\x1f\ufeff]*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")

# Where a list is separated by semicolons or tabs, a spreadsheet cuts a text there, whatever the quotes say.
_LATER_CELL = re.compile('([;\t\r\n][\\s"]{0,32})([=+\\-@\uff1d\uff0b\uff0d\uff20])')


class _Pen(Protocol):
    """Writes one document: its head, its rows in parts, its tail."""

    media_type: str

    def head(self) -> bytes: ...

    def rows(self, rows: Sequence[Row]) -> bytes: ...

    def tail(self) -> bytes: ...


class _Csv:
    """RFC 4180 with a header. Texts that a spreadsheet would take for a formula get a ``'`` in front."""

    media_type = "text/csv"

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def head(self) -> bytes:
        return self.rows([dict(zip(self._columns, self._columns, strict=True))])

    def rows(self, rows: Sequence[Row]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([_cell(row[name]) for name in self._columns] for row in rows)
        return text.getvalue().encode()

    def tail(self) -> bytes:
        return b""


class _Json:
    """One array."""

    media_type = "application/json"

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._before = b""

    def head(self) -> bytes:
        return b"["

    def rows(self, rows: Sequence[Row]) -> bytes:
        told = [orjson.dumps({name: row[name] for name in self._columns}, option=orjson.OPT_UTC_Z) for row in rows]
        if not told:
            return b""
        before, self._before = self._before, b",\n"
        return before + b",\n".join(told)

    def tail(self) -> bytes:
        return b"]\n"


_PENS: Mapping[Format, type[_Csv | _Json]] = {"csv": _Csv, "json": _Json}


class Download(StreamingResponse):
    """A document that is written while it is sent. A client that leaves ends the reading."""

    async def stream_response(self, send: Send) -> None:
        """Send it, and let go of what it is read from."""
        async with aclosing(self.body_iterator):  # type: ignore[type-var]  # ours is a generator
            await super().stream_response(send)


def described(row: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of a route that exports rows of this kind."""
    array = {"type": "array", "items": {"$ref": f"#/components/schemas/{row.__name__}"}}
    content = {"application/json": {"schema": array}, "text/csv": {"schema": {"type": "string"}}}
    return {200: {"description": "The document, in the format that was asked for.", "content": content}}


async def download(
    name: str, wanted: Format, columns: Sequence[str], chunks: Chunks, *, ended: BackgroundTask | None = None
) -> Download:
    """Return the answer; ``ended`` runs when all was sent or the client left.

    Raises what reading the first rows raises: an answer that begins has been read from.
    """
    pen = _PENS[wanted](columns)
    first: Sequence[Row] = await anext(chunks, [])  # not (): CPython 3.11 stumbles over it
    today = datetime.now(UTC).date().isoformat()
    headers = {"content-disposition": f'attachment; filename="{name}-{today}.{wanted}"'}
    return Download(_document(pen, first, chunks), headers=headers, media_type=pen.media_type, background=ended)


async def _document(pen: _Pen, first: Sequence[Row], chunks: Chunks) -> AsyncGenerator[bytes, None]:
    """Write in another thread: a thousand rows take milliseconds that belong to calls."""
    async with aclosing(chunks):
        yield pen.head()
        if first:
            yield await asyncio.to_thread(pen.rows, first)
        async for rows in chunks:
            if rows:
                yield await asyncio.to_thread(pen.rows, rows)
        yield pen.tail()


def _cell(value: object) -> object:
    if isinstance(value, list):
        return _cell(" ".join(map(str, value)))
    if isinstance(value, str):
        inert = _LATER_CELL.sub(r"\1'\2", value)
        return f"'{inert}" if _FORMULA.match(value) else inert
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value
