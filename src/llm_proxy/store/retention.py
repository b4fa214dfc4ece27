"""How long events are kept, and the chore that keeps to it: what is too old goes, a tombstone of it stays.

Nothing is locked for long: a hundred events go in one transaction, with a pause after it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy import BigInteger, Connection, delete, select, tuple_, type_coerce

from llm_proxy.errors import Conflict, StoreUnavailable
from llm_proxy.records import Severity
from llm_proxy.store.burial import RETENTION, bury
from llm_proxy.store.chain import Chain
from llm_proxy.store.database import Database
from llm_proxy.store.rows import fetch, instant, microseconds
from llm_proxy.store.schema import guardrail_events as events
from llm_proxy.store.schema import stale_periods as stale
from llm_proxy.store.schema import utc_now
from llm_proxy.store.tally import HOUR

log = structlog.get_logger()

_FIRST_S, _STEP_S, _EVERY_S = 30.0, 0.05, 3600.0
_CHUNK = 100

_Place = tuple[int, int]  # the time of an event and its number


class Retention:
    """Removes events that are older than is wanted, by severity."""

    def __init__(self, database: Database, chain: Chain) -> None:
        self._database = database
        self._chain = chain

    async def keep_up(self, days: Mapping[Severity, int]) -> None:
        """For ever, every hour: tell the log where the chain is, and remove what is older than ``days``.

        A severity that is not named is kept. While the database cannot be used it says so and goes on trying.
        """
        await asyncio.sleep(_FIRST_S)
        while True:
            try:
                head = await self._database.read(self._chain.head)
                log.info("audit.checkpoint", seq=head.seq if head else 0, hash=head.hash if head else "")
                if removed := await self.purge(days, utc_now()):
                    log.info("audit.purged", events=removed)
            except (StoreUnavailable, Conflict) as exc:
                log.warning("audit.delayed", error=str(exc))
            await asyncio.sleep(_EVERY_S)

    async def purge(self, days: Mapping[Severity, int], now: datetime) -> int:
        """Remove what is older than that now; return how many events that were. Raises StoreUnavailable."""
        limits = {severity: microseconds(now - timedelta(days=count)) for severity, count in days.items()}
        removed, after = 0, None
        while limits:
            due, after = await self._database.read(partial(_due, limits=limits, after=after))
            if due:
                removed += await self._database.write(partial(self._bury, places=due))
            if after is None:
                break
            await asyncio.sleep(_STEP_S)
        return removed

    def _bury(self, connection: Connection, places: Sequence[_Place]) -> int:
        """Remove events. The sums of their hours stay as they are, where they were true."""
        hours = [instant(hour) for hour in {at - at % HOUR for at, _ in places}]
        of_hours = (stale.c.period == "hour", stale.c.start.in_(hours))
        marked = set(connection.scalars(select(stale.c.start).where(*of_hours)))
        removed = bury(connection, self._chain, [seq for _, seq in places], RETENTION)
        connection.execute(delete(stale).where(*of_hours, stale.c.start.not_in(marked)))
        return removed


def _due(
    connection: Connection, limits: Mapping[Severity, int], after: _Place | None
) -> tuple[Sequence[_Place], _Place | None]:
    """Return which of the next events are too old, and where to go on; None at the end."""
    at = type_coerce(events.c.created_at, BigInteger)
    query = select(at, events.c.seq, events.c.severity).where(at < max(limits.values()))
    if after is not None:
        query = query.where(tuple_(at, events.c.seq) > after)
    rows = fetch(connection, query.order_by(at, events.c.seq).limit(_CHUNK))
    due = [(time, seq) for time, seq, severity in rows if time < limits.get(severity, time)]
    return due, (rows[-1][0], rows[-1][1]) if len(rows) == _CHUNK else None
