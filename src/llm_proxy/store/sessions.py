"""Dashboard sessions, known by a digest of their cookie. What a digest is made of is not the store's to know."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, or_, select, update

from llm_proxy.errors import StoreUnavailable
from llm_proxy.store import meta
from llm_proxy.store.admin_log import Entry, record
from llm_proxy.store.database import Database
from llm_proxy.store.schema import sessions
from llm_proxy.store.seal import Sealer

_BOUND = "sessions_bound_to"
_SUBJECT_CHARACTERS = 12  # enough of a digest to tell in the log which login a logout belongs to


@dataclass(frozen=True, slots=True)
class Expiry:
    """Sessions that began before ``created_before``, or were last seen before ``seen_before``, are over."""

    created_before: datetime
    seen_before: datetime


@dataclass(frozen=True, slots=True)
class Times:
    """When a session began, and when it was last seen: exact to a minute."""

    created_at: datetime
    seen_at: datetime


class Sessions:
    """Reads and changes sessions. ``log`` is written with the change, or neither is."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def bind(self, mark: str) -> None:
        """End every session that began under another admin token, for good: also if that token comes back.

        ``mark`` tells tokens apart. It is kept sealed, for who has the database could try tokens on it.
        """

        def job(connection: Connection) -> None:
            if self._bound(connection) != mark:
                connection.execute(delete(sessions))
                meta.put(connection, _BOUND, self._sealer.seal(mark, _BOUND).hex())

        await self._database.write(job)

    def _bound(self, connection: Connection) -> str | None:
        kept = meta.get(connection, _BOUND)
        try:
            return None if kept is None else self._sealer.open(bytes.fromhex(kept), _BOUND)
        except (StoreUnavailable, ValueError):  # changed by hand
            return None

    async def add(
        self, digest: str, now: datetime, *, expiry: Expiry, replaced: str | None = None, log: Entry | None = None
    ) -> None:
        """Begin a session; those that are over, and the one that this one replaces, are deleted."""
        over = or_(
            sessions.c.created_at < expiry.created_before,
            sessions.c.seen_at < expiry.seen_before,
            sessions.c.digest == replaced,
        )

        def job(connection: Connection) -> None:
            connection.execute(delete(sessions).where(over))
            connection.execute(insert(sessions).values(digest=digest, created_at=now, seen_at=now))
            record(connection, log, digest[:_SUBJECT_CHARACTERS])

        await self._database.write(job)

    async def find(self, digest: str) -> Times | None:
        """Return a session's times, or None."""
        query = select(sessions.c.created_at, sessions.c.seen_at).where(sessions.c.digest == digest)

        def job(connection: Connection) -> Times | None:
            row = connection.execute(query).one_or_none()
            return None if row is None else Times(*row)

        return await self._database.read(job)

    async def touch(self, digest: str, now: datetime) -> None:
        """Note that a session was seen; one that was ended meanwhile stays ended."""
        seen = update(sessions).where(sessions.c.digest == digest, sessions.c.seen_at < now).values(seen_at=now)
        await self._database.write(lambda connection: connection.execute(seen))

    async def end(self, digest: str, *, log: Entry | None = None) -> bool:
        """End one session; False when there is none."""

        def job(connection: Connection) -> bool:
            ended = connection.execute(delete(sessions).where(sessions.c.digest == digest)).rowcount == 1
            if ended:
                record(connection, log, digest[:_SUBJECT_CHARACTERS])
            return ended

        return await self._database.write(job)

    async def end_all(self, *, log: Entry | None = None) -> int:
        """End every session; return how many there were."""

        def job(connection: Connection) -> int:
            ended = connection.execute(delete(sessions)).rowcount
            record(connection, log, "")
            return ended

        return await self._database.write(job)
