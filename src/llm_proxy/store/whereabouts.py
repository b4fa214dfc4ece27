"""Where else did this secret go? Told by its fingerprint, over all events that found it, without any text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import CTE, BigInteger, Connection, SelectBase, Text, func, literal, select, type_coerce, union_all

from llm_proxy.store.database import Database
from llm_proxy.store.rows import fetch, instant
from llm_proxy.store.schema import event_fingerprints as found
from llm_proxy.store.schema import guardrail_events as events

MOST_COUNTED = 20_000
MOST_PLACES = 100  # of one kind that are told, those with the most events first

# What is told apart, and where events say it.
_KINDS = {
    "keys": "api_key_id",
    "providers": "provider_id",
    "models": "model",
    "endpoints": "endpoint",
    "places": "place",
    "actions": "action",
    "directions": "direction",
    "views": "view",
    "rules": "guardrail_id",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A key, a model, a rule … that a secret was found with: in how many events, the first and the last of them."""

    value: str
    events: int
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a secret was found. ``events`` counts all; the rest is told of the newest 20,000 of them."""

    events: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    places: Mapping[str, Sequence[Place]] = field(default_factory=lambda: dict.fromkeys(_KINDS, ()))
    rule_names: Mapping[str, str] = field(default_factory=dict)


class Sightings:
    """Looks secrets up by their fingerprints."""

    def __init__(self, database: Database, most_counted: int = MOST_COUNTED) -> None:
        self._database = database
        self._most_counted = most_counted

    async def of(self, fingerprint: str) -> Whereabouts:
        """Return where it was found; no event when it never was. Raises StoreUnavailable."""
        return await self._database.read(lambda connection: self._of(connection, fingerprint))

    async def count(self, fingerprint: str) -> int:
        """Return in how many events it was found."""
        query = select(func.count()).select_from(found).where(found.c.fingerprint == fingerprint)
        return await self._database.read(lambda connection: connection.scalar(query) or 0)

    def _of(self, connection: Connection, fingerprint: str) -> Whereabouts:
        mine = found.c.fingerprint == fingerprint
        count = connection.scalar(select(func.count()).select_from(found).where(mine)) or 0
        if not count:
            return Whereabouts()
        newest = select(found.c.seq).where(mine).order_by(found.c.seq.desc()).limit(self._most_counted).subquery()
        at = type_coerce(events.c.created_at, BigInteger).label("at")
        columns = [events.c[name] for name in _KINDS.values()]
        rows = select(at, events.c.rule_name, *columns).join(newest, newest.c.seq == events.c.seq).cte("rows")
        places: dict[str, list[Place]] = {kind: [] for kind in _KINDS}
        for kind, value, number, first, last in fetch(connection, union_all(*_counts(rows))):
            places[kind].append(Place(value, number, instant(first), instant(last)))
        names = select(rows.c.guardrail_id, func.max(rows.c.rule_name)).group_by(rows.c.guardrail_id)
        return Whereabouts(
            count,
            min((place.first_seen for place in places["actions"]), default=None),
            max((place.last_seen for place in places["actions"]), default=None),
            {kind: _most(places[kind]) for kind in _KINDS},
            dict(fetch(connection, names)),
        )


def _counts(rows: CTE) -> list[SelectBase]:
    times = (func.count(), func.min(rows.c.at), func.max(rows.c.at))
    return [
        select(literal(kind), type_coerce(rows.c[column], Text), *times).group_by(rows.c[column])
        for kind, column in _KINDS.items()
    ]


def _most(places: list[Place]) -> Sequence[Place]:
    return sorted(places, key=lambda place: (-place.events, place.value))[:MOST_PLACES]
