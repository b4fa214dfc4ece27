"""How often rules find something, read off their events."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from llm_proxy.store.database import Database
from llm_proxy.store.schema import guardrail_events as events
from llm_proxy.store.schema import guardrails

RECENTLY = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Hits:
    """A rule's events of the last 24 hours, and when the last one of all was; None where there is none."""

    hits_24h: int = 0
    last_hit_at: datetime | None = None


class GuardrailStats:
    """Reads how often rules find something. ``now`` is when: 24 hours before it are counted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, now: datetime, guardrail_id: str | None = None) -> dict[str, Hits]:
        """Return the hits of each living rule (or of this one) by id. Only an index is read, no event."""
        mine = events.c.guardrail_id == guardrails.c.id
        recent = select(func.count()).select_from(events).where(mine, events.c.created_at >= now - RECENTLY)
        newest = select(func.max(events.c.created_at)).where(mine)
        wanted = [] if guardrail_id is None else [guardrails.c.id == guardrail_id]
        query = select(
            guardrails.c.id, recent.scalar_subquery().label("recent"), newest.scalar_subquery().label("newest")
        ).where(guardrails.c.deleted_at.is_(None), *wanted)

        def read(connection: Connection) -> dict[str, Hits]:
            return {row.id: Hits(row.recent, row.newest) for row in connection.execute(query)}

        return await self._database.read(read)
