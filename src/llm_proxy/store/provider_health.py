"""How providers fare, read off what their last calls came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, literal, select

from llm_proxy.store.database import Database
from llm_proxy.store.schema import keys, usage

LOOK_BACK = timedelta(days=7)
_ROWS = 500  # calls that are looked at one by one
_TURNS = 4  # runs of failures that are passed over in search of a success
_NARROW = timedelta(seconds=1)

# Written out: SQLite uses a partial index only for a condition that it can compare with the index's own.
_FAILED = usage.c.status == literal("error", literal_execute=True)


@dataclass(frozen=True, slots=True)
class Health:
    """Keys that are not revoked, and the last calls of each kind; None where there were none.

    ``last_error_status`` is the HTTP status that the client saw.
    """

    key_count: int = 0
    last_success_at: datetime | None = None
    last_error_at: datetime | None = None
    last_error_status: int | None = None


class ProviderHealth:
    """Reads how providers fare. ``now`` is when: seven days before it are looked at."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, provider_ids: Sequence[str], now: datetime) -> dict[str, Health]:
        """Return the health of each of these providers."""
        count = (
            select(keys.c.provider_id, func.count().label("number"))
            .where(keys.c.revoked_at.is_(None))
            .group_by(keys.c.provider_id)
        )

        def query(connection: Connection) -> dict[str, Health]:
            counts = {row.provider_id: row.number for row in connection.execute(count)}
            return {each: _health(connection, each, counts.get(each, 0), now) for each in provider_ids}

        return await self._database.read(query)


def _health(connection: Connection, provider_id: str, key_count: int, now: datetime) -> Health:
    since = now - LOOK_BACK
    newest = select(usage.c.created_at, usage.c.http_status).where(
        usage.c.provider_id == provider_id, usage.c.created_at >= since, _FAILED
    )
    failure = connection.execute(newest.order_by(usage.c.created_at.desc()).limit(1)).first()
    success = _last_success(connection, provider_id, since, now + _NARROW)
    return Health(key_count, success, failure and failure.created_at, failure and failure.http_status)


def _last_success(connection: Connection, provider_id: str, since: datetime, until: datetime) -> datetime | None:
    """Look back call by call; where all of them failed, go on before the run of failures that they belong to."""
    mine = select(usage.c.created_at, usage.c.status).where(usage.c.provider_id == provider_id)
    newest = mine.where(usage.c.created_at >= since).order_by(usage.c.created_at.desc()).limit(_ROWS)
    for _ in range(_TURNS):
        seen = 0
        for row in connection.execute(newest.where(usage.c.created_at < until)):
            seen, until = seen + 1, row.created_at
            if row.status == "ok":
                return until
        if seen < _ROWS:
            return None
        until = _run_began(connection, provider_id, since, until)
    return None


def _run_began(connection: Connection, provider_id: str, since: datetime, until: datetime) -> datetime:
    """Return, to the second, since when all calls before ``until`` failed. Only indexes are read, no rows."""
    low, high = since, until
    while high - low > _NARROW:
        middle = low + (high - low) / 2
        if _all_failed(connection, provider_id, middle, high):
            high = middle
        else:
            low = middle
    return high


def _all_failed(connection: Connection, provider_id: str, start: datetime, end: datetime) -> bool:
    in_range = (usage.c.provider_id == provider_id, usage.c.created_at >= start, usage.c.created_at < end)
    count = select(func.count()).select_from(usage).where(*in_range)
    return connection.scalar(count) == connection.scalar(count.where(_FAILED))
