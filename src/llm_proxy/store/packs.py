"""How packs are set. One that nobody has set is off, and has no row."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from llm_proxy.errors import Conflict
from llm_proxy.records import PackState
from llm_proxy.store import meta
from llm_proxy.store.admin_log import Entry, record
from llm_proxy.store.database import Database
from llm_proxy.store.schema import packs, utc_now

FILE = "file"  # as ``updated_by``: the configuration file set it, so nothing else may


class Packs:
    """Reads and sets them. Whether there is a pack of a name is for the caller to know."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> Sequence[PackState]:
        """Return those that somebody has set."""
        return await self._database.read(states)

    async def set(self, name: str, changes: Mapping[str, Any], *, log: Entry) -> PackState:
        """Change members of a pack's state; raises Conflict when the configuration file sets it."""

        def job(connection: Connection) -> PackState:
            before = find(connection, name)
            if before.updated_by == FILE:
                raise Conflict(f"The pack {name!r} is set by the file of GUARDRAILS_FILE. Change it there.")
            after = replace(before, **changes)
            if after == before:
                return before
            after = put(connection, after, log.by)
            meta.bump_revision(connection)
            record(connection, log, name)
            return after

        return await self._database.write(job)


def states(connection: Connection) -> Sequence[PackState]:
    """Return those that somebody has set, by name."""
    return [_state(row) for row in connection.execute(select(packs).order_by(packs.c.name))]


def find(connection: Connection, name: str) -> PackState:
    """Return how a pack is set."""
    row = connection.execute(select(packs).where(packs.c.name == name)).one_or_none()
    return PackState(name) if row is None else _state(row)


def put(connection: Connection, state: PackState, by: str) -> PackState:
    """Store how a pack is set."""
    state = replace(state, updated_at=utc_now(), updated_by=by)
    values = {each.name: getattr(state, each.name) for each in fields(state)}
    if not connection.execute(update(packs).where(packs.c.name == state.name).values(values)).rowcount:
        connection.execute(insert(packs).values(values))
    return state


def forget(connection: Connection, name: str) -> None:
    """Leave a pack as if nobody had set it."""
    connection.execute(delete(packs).where(packs.c.name == name))


def _state(row: Row[Any]) -> PackState:
    values = row._asdict()
    directions = values.pop("directions")
    values["disabled_rules"] = tuple(values["disabled_rules"])
    return PackState(**values, directions=None if directions is None else tuple(directions))
