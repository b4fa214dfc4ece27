"""Who changed or looked at what through the admin API."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from llm_proxy.store.database import Database
from llm_proxy.store.schema import admin_log, storable, utc_now


@dataclass(frozen=True, slots=True)
class AdminAct:
    """One act: what (``provider.delete``), the id it was done to, details without secrets, the caller's address."""

    id: int
    at: datetime
    action: str
    subject: str
    detail: str
    remote: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What a change is to be recorded as: the act, its details without secrets, and the caller's address.

    ``by`` says who it was where versions are kept: ``admin token (192.0.2.7)``, ``command line``, ``file``.
    """

    action: str
    detail: str
    remote: str
    by: str = ""


_NEWEST_FIRST = select(*(admin_log.c[each.name] for each in fields(AdminAct))).order_by(admin_log.c.id.desc())


def record(connection: Connection, entry: Entry | None, subject: str) -> None:
    """Put a change on record in the transaction that makes it: neither is ever there without the other."""
    if entry is not None:
        values = {"action": entry.action, "subject": subject, "detail": entry.detail, "remote": entry.remote}
        row = {name: storable(value) for name, value in values.items()} | {"at": utc_now()}
        connection.execute(insert(admin_log).values(row))


class AdminLog:
    """Writes and reads the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, entry: Entry, subject: str = "") -> None:
        """Return when an act that changes nothing is on record; raises StoreUnavailable."""
        await self._database.write(lambda connection: record(connection, entry, subject))

    async def page(self, *, limit: int = 100, offset: int = 0) -> tuple[Sequence[AdminAct], int]:
        """Return some acts, newest first, and how many there are."""
        newest = _NEWEST_FIRST.limit(limit).offset(offset)
        return await self._database.read(
            lambda connection: (
                [AdminAct(*row) for row in connection.execute(newest)],
                connection.scalar(select(func.count()).select_from(admin_log)) or 0,
            )
        )

    async def search(
        self, *, action: str | None = None, subject: str | None = None, before: int | None = None, limit: int = 100
    ) -> tuple[Sequence[AdminAct], bool]:
        """Return the newest acts that came before the one with this number, and whether there are more.

        An action that ends in a dot stands for all that begin with it.
        """
        column = admin_log.c.action
        conditions = [] if before is None else [admin_log.c.id < before]
        conditions += [] if subject is None else [admin_log.c.subject == subject]
        if action is not None:
            conditions.append(
                func.substr(column, 1, len(action)) == action if action.endswith(".") else column == action
            )
        newest = _NEWEST_FIRST.where(*conditions).limit(limit + 1)
        acts = await self._database.read(lambda connection: [AdminAct(*row) for row in connection.execute(newest)])
        return acts[:limit], len(acts) > limit
