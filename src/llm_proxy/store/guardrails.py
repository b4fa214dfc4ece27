"""The rules. A deleted one stays as a tombstone, and every change is a version that nothing can change any more."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection

from llm_proxy.records import Guardrail
from llm_proxy.store import guardrail_rows as rows
from llm_proxy.store import meta
from llm_proxy.store.admin_log import Entry, record
from llm_proxy.store.database import Database
from llm_proxy.store.schema import utc_now


class Guardrails:
    """Reads and changes rules. ``log`` is written with the change, or neither is; its ``by`` is who changes them.

    Whether a rule may be admitted is decided before it comes here. One that came from a file is changed there: here it
    raises Conflict.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> Sequence[Guardrail]:
        """Return the living ones, disabled ones too, newest first."""
        return await self._database.read(self.living)

    async def get(self, guardrail_id: str) -> Guardrail | None:
        """Return a living one, or None."""
        return await self._database.read(lambda connection: rows.find(connection, guardrail_id))

    async def create(self, *, log: Entry | None = None, **fields: Any) -> Guardrail:  # noqa: ANN401 (members of a rule)
        """Store a new one, given by the members of a ``Guardrail``; raises Conflict when there are too many."""
        rule = stamped(Guardrail("", created_at=utc_now(), updated_at=utc_now(), **fields), _by(log))

        def job(connection: Connection) -> Guardrail:
            rows.put_new(connection, rule, "created")
            meta.bump_revision(connection)
            record(connection, log, rule.id)
            return rule

        return await self._database.write(job)

    async def update(self, guardrail_id: str, *, log: Entry | None = None, **changes: Any) -> Guardrail | None:  # noqa: ANN401 (members of a rule)
        """Change the members that are given; returns None when there is no such living one.

        What changes nothing leaves no trace.
        """

        def job(connection: Connection) -> Guardrail | None:
            before = rows.find(connection, guardrail_id)
            if before is None:
                return None
            rows.refuse_file(before)
            after = rows.put_changed(connection, before, replace(before, **changes), by=_by(log))
            if after is not before:
                meta.bump_revision(connection)
                record(connection, log, guardrail_id)
            return after

        return await self._database.write(job)

    async def delete(self, guardrail_id: str, *, log: Entry | None = None) -> bool:
        """Leave a tombstone; False when there is no such living one."""

        def job(connection: Connection) -> bool:
            rule = rows.find(connection, guardrail_id)
            if rule is None:
                return False
            rows.refuse_file(rule)
            rows.bury(connection, rule, by=_by(log))
            meta.bump_revision(connection)
            record(connection, log, guardrail_id)
            return True

        return await self._database.write(job)

    async def lost_copies(self) -> frozenset[str]:
        """Return the ids of packs' rules of which there were copies, and are none any more."""
        return await self._database.read(rows.lost_copies)

    def living(self, connection: Connection) -> Sequence[Guardrail]:
        """Return the living ones, disabled ones too, newest first."""
        return rows.living(connection)

    def add(self, connection: Connection, rule: Guardrail) -> None:
        """Insert a record as it is."""
        rows.put_new(connection, rule, "imported")


def stamped(draft: Guardrail, by: str) -> Guardrail:
    """Return a draft as the first version of a new rule."""
    now = utc_now()
    return replace(draft, id=str(uuid4()), version=1, created_at=now, updated_at=now, created_by=by, updated_by=by)


def _by(log: Entry | None) -> str:
    return "" if log is None else log.by
