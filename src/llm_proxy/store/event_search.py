"""Searching the audit trail without its texts: nothing is unsealed here.

A page begins where the one before ended, found in an index, so the last page costs what the first one does. What no
index answers is looked for in a bounded number of events at a time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    func,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
)

from llm_proxy.records import Action, Direction, FieldClass, Mode, Severity, ViewName
from llm_proxy.store.database import Database
from llm_proxy.store.rows import fetch, instant, listed
from llm_proxy.store.schema import Instant, event_fingerprints, storable
from llm_proxy.store.schema import guardrail_events as table

MOST_LOOKED_AT = 10_000

Place = tuple[datetime, int]  # the time of an event and its number, which tells those of one instant apart

_NEWEST_FIRST = (table.c.created_at.desc(), table.c.seq.desc())
_SHOWN = (
    "id",
    "guardrail_id",
    "api_key_id",
    "pattern",
    "mode",
    "action",
    "place",
    "endpoint",
    "call_id",
    "provider_id",
    "model",
    "rule_name",
    "rule_version",
    "severity",
    "direction",
    "field_class",
    "view",
    "request_id",
    "ruleset_version",
    "latency_us",
    "body_bytes",
    "client_hash",
    "is_forwarded",
)
_LISTS = ("fingerprints", "previews")
_COUNTS = (func.json_array_length(table.c[name]) for name in ("spans", "fingerprints"))  # no text kept: no spans
_BRIEF = (
    *(table.c[name] for name in _SHOWN),
    *(type_coerce(table.c[name], Text).label(name) for name in _LISTS),
    func.max(*_COUNTS).label("matches"),
    type_coerce(table.c.created_at, BigInteger),
    table.c.seq,
)
# What has an index, the one that leaves the fewest events first; a query uses one.
_INDEXED = ("id", "call_id", "api_key_id", "guardrail_id")
_SEARCHED = ("rule_name", "pattern", "place", "endpoint", "model", "call_id", "request_id", "id")
_BEYOND = ("mode", "action", "provider_id", "severity", "direction", "view", "field_class", "rule_name", "client_hash")


@dataclass(frozen=True, slots=True)
class EventBrief:
    """An event without its text. ``matches`` counts the findings, ``seq`` is its number.

    ``fingerprints`` and ``previews`` tell them in their order.
    """

    id: str
    guardrail_id: str
    api_key_id: str
    pattern: str
    mode: Mode
    action: Action
    place: str
    endpoint: str
    call_id: str
    provider_id: str
    model: str
    rule_name: str
    rule_version: int
    severity: Severity
    direction: Direction
    field_class: FieldClass
    view: ViewName
    request_id: str
    ruleset_version: int | None
    latency_us: int | None
    body_bytes: int | None
    client_hash: str
    is_forwarded: bool | None
    fingerprints: list[str]
    previews: list[str]
    matches: int
    created_at: datetime
    seq: int


_FIELDS = tuple(each.name for each in fields(EventBrief))


@dataclass(frozen=True, slots=True)
class Needle:
    """A text to look for, or keys and providers that go by it. Literal; ASCII letters are found in any case.

    Others are found as they are written, and all in capitals or none.
    """

    text: str
    key_ids: Sequence[str] = ()
    provider_ids: Sequence[str] = ()

    @classmethod
    def named(cls, text: str, key_names: Mapping[str, str], provider_names: Mapping[str, str]) -> "Needle":
        """Return one that finds a text, also in the names of keys and providers."""
        return cls(text, _called(text, key_names), _called(text, provider_names))

    def condition(self) -> ColumnElement[bool]:
        """The same in SQL. SQLite's LIKE ignores the case of ASCII letters; no stored text holds a NUL."""
        text = storable(self.text)
        texts = {text} if text.isascii() else {text, text.lower(), text.upper()}
        found = [table.c[name].contains(each, autoescape=True) for each in sorted(texts) for name in _SEARCHED]
        if self.key_ids:
            found.append(table.c.api_key_id.in_(listed(self.key_ids)))
        if self.provider_ids:
            found.append(table.c.provider_id.in_(listed(self.provider_ids)))
        return or_(*found)


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events. None matches any. ``start`` is in the range, ``end`` is not."""

    guardrail_id: str | None = None
    api_key_id: str | None = None
    provider_id: str | None = None
    mode: Mode | None = None
    action: Action | None = None
    severity: Severity | None = None
    direction: Direction | None = None
    view: ViewName | None = None
    field_class: FieldClass | None = None
    rule_name: str | None = None
    fingerprint: str | None = None
    client_hash: str | None = None
    id: str | None = None
    call_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    needle: Needle | None = None

    def within(self) -> list[ColumnElement[bool]]:
        """Return the conditions that an index answers."""
        name = self._index()
        conditions = [] if name is None else [table.c[name] == getattr(self, name)]
        if self.fingerprint is not None:
            conditions = [table.c.seq.in_(_found_with(self.fingerprint))]
        conditions += [] if self.start is None else [table.c.created_at >= self.start]
        return conditions + ([] if self.end is None else [table.c.created_at < self.end])

    def beyond(self) -> list[ColumnElement[bool]]:
        """Return the others. What is joined to an empty text is no column: its index is left alone."""
        indexed = {name: table.c[name].concat("") for name in _INDEXED if name != self._index()}
        columns = {name: table.c[name] for name in _BEYOND} | indexed
        given = [(column, getattr(self, name)) for name, column in columns.items()]
        conditions = [column == value for column, value in given if value is not None]
        return conditions + ([] if self.needle is None else [self.needle.condition()])

    def _index(self) -> str | None:
        """Say which column is looked up; none when a fingerprint is, which leaves fewer."""
        if self.fingerprint is not None:
            return None
        return next((name for name in _INDEXED if getattr(self, name) is not None), None)


@dataclass(frozen=True, slots=True)
class EventsFound:
    """Some events, newest first; where to go on, or None at the end; the time of the last event looked at."""

    records: Sequence[EventBrief]
    next: Place | None
    searched_to: datetime | None


class EventSearch:
    """Reads events without their texts."""

    def __init__(self, database: Database, most_looked_at: int = MOST_LOOKED_AT) -> None:
        self._database = database
        self._most_looked_at = most_looked_at

    async def page(self, query: EventQuery, *, after: Place | None = None, limit: int = 50) -> EventsFound:
        """Return the newest events that come after a place. Fewer than ``limit`` is not the end while ``next`` is."""
        return await self._database.read(lambda connection: self._page(connection, query, after, limit))

    def _page(self, connection: Connection, query: EventQuery, after: Place | None, limit: int) -> EventsFound:
        within, beyond = query.within(), query.beyond()
        if after is not None:
            within.append(_key(after) > _KEY)
        floor = _floor(connection, within, self._most_looked_at) if beyond else None
        scope = [*within, *beyond] + ([] if floor is None else [_key(floor) <= _KEY])
        newest = select(*_BRIEF).where(*scope).order_by(*_NEWEST_FIRST)
        found = sorted(map(_brief, fetch(connection, newest.limit(limit + 1))), key=_place, reverse=True)
        if len(found) > limit:
            last = found[limit - 1]
            return EventsFound(found[:limit], _place(last), last.created_at)
        if floor is not None:
            return EventsFound(found, floor, floor[0])
        return EventsFound(found, None, _oldest(connection, within))


_KEY: ColumnElement[Any] = tuple_(table.c.created_at, table.c.seq)


def _key(place: Place) -> ColumnElement[Any]:
    return tuple_(literal(place[0], Instant), literal(place[1], BigInteger))


def _floor(connection: Connection, within: Iterable[ColumnElement[bool]], looked_at: int) -> Place | None:
    """Return the place of the last event that may be looked at; None when the end comes first. Reads an index alone."""
    places = select(table.c.created_at, table.c.seq).where(*within).order_by(*_NEWEST_FIRST)
    rows = connection.execute(places.limit(2).offset(looked_at - 1)).all()
    return (rows[0].created_at, rows[0].seq) if len(rows) == 2 else None


def _oldest(connection: Connection, within: Iterable[ColumnElement[bool]]) -> datetime | None:
    oldest = select(table.c.created_at).where(*within).order_by(table.c.created_at, table.c.seq).limit(1)
    found: datetime | None = connection.scalar(oldest)
    return found


def _brief(row: Sequence[Any]) -> EventBrief:
    values = dict(zip(_FIELDS, row, strict=True))
    values |= {name: orjson.loads(values[name]) for name in _LISTS}
    is_forwarded = values["is_forwarded"]
    values["is_forwarded"] = None if is_forwarded is None else bool(is_forwarded)
    return EventBrief(**values | {"created_at": instant(values["created_at"])})


def _found_with(fingerprint: str) -> Select[Any]:
    return select(event_fingerprints.c.seq).where(event_fingerprints.c.fingerprint == fingerprint)


def _place(event: EventBrief) -> Place:
    return event.created_at, event.seq


def _called(text: str, names: Mapping[str, str]) -> list[str]:
    wanted = text.casefold()
    return [identifier for identifier, name in names.items() if wanted in name.casefold()]
