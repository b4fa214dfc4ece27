"""The rules. A deleted one stays as a tombstone."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from llm_proxy.records import Allow, Audience, Example, Guardrail, Mode, Near, Scope
from llm_proxy.store import meta
from llm_proxy.store.admin_log import Entry, record
from llm_proxy.store.database import Database
from llm_proxy.store.schema import guardrails, utc_now

_LIVING = guardrails.c.deleted_at.is_(None)


class Guardrails:
    """Reads and changes rules. ``log`` is written with the change, or neither is.

    Whether a pattern may be admitted is decided before it comes here.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> Sequence[Guardrail]:
        """Return the living ones, disabled ones too, newest first."""
        return await self._database.read(self.living)

    async def get(self, guardrail_id: str) -> Guardrail | None:
        """Return a living one, or None."""
        return await self._database.read(lambda connection: _find(connection, guardrail_id))

    async def create(
        self, *, pattern: str, mode: Mode, replace_by: str, enabled: bool = True, log: Entry | None = None
    ) -> Guardrail:
        """Store a new one."""
        now = utc_now()
        rule = Guardrail(str(uuid4()), pattern, mode, replace_by, created_at=now, updated_at=now, enabled=enabled)

        def job(connection: Connection) -> Guardrail:
            self.add(connection, rule)
            meta.bump_revision(connection)
            record(connection, log, rule.id)
            return rule

        return await self._database.write(job)

    async def update(
        self,
        guardrail_id: str,
        *,
        pattern: str | None = None,
        mode: Mode | None = None,
        replace_by: str | None = None,
        enabled: bool | None = None,
        log: Entry | None = None,
    ) -> Guardrail | None:
        """Change what is not None; returns None when there is no such living one."""
        given = {"pattern": pattern, "mode": mode, "replace_by": replace_by, "enabled": enabled}
        changes = {field: value for field, value in given.items() if value is not None}
        living = update(guardrails).where(guardrails.c.id == guardrail_id, _LIVING)

        def job(connection: Connection) -> Guardrail | None:
            if changes and connection.execute(living.values(**changes, updated_at=utc_now())).rowcount:
                meta.bump_revision(connection)
                record(connection, log, guardrail_id)
            return _find(connection, guardrail_id)

        return await self._database.write(job)

    async def delete(self, guardrail_id: str, *, log: Entry | None = None) -> bool:
        """Leave a tombstone; False when there is no such living one."""
        living = update(guardrails).where(guardrails.c.id == guardrail_id, _LIVING)

        def job(connection: Connection) -> bool:
            buried = connection.execute(living.values(deleted_at=utc_now())).rowcount == 1
            if buried:
                meta.bump_revision(connection)
                record(connection, log, guardrail_id)
            return buried

        return await self._database.write(job)

    def living(self, connection: Connection) -> Sequence[Guardrail]:
        """Return the living ones, disabled ones too, newest first."""
        query = select(guardrails).where(_LIVING).order_by(guardrails.c.created_at.desc(), guardrails.c.id)
        return [_record(row) for row in connection.execute(query)]

    def add(self, connection: Connection, rule: Guardrail) -> None:
        """Insert a record as it is."""
        values = asdict(rule)
        details = {name: values.pop(name) for name in list(values) if name not in guardrails.c}
        connection.execute(insert(guardrails).values(**values, details=details))


def _find(connection: Connection, guardrail_id: str) -> Guardrail | None:
    row = connection.execute(select(guardrails).where(guardrails.c.id == guardrail_id, _LIVING)).one_or_none()
    return None if row is None else _record(row)


def _record(row: Row[Any]) -> Guardrail:
    values = row._asdict()
    del values["deleted_at"]
    return Guardrail(**values | _details(values.pop("details")))


def _details(stored: dict[str, Any]) -> dict[str, Any]:
    """Return members of a record as JSON gave them back; those of before this release have none."""
    details = {name: _tuples(value) for name, value in stored.items()}
    if details.get("near"):
        details["near"] = Near(**details["near"])
    if "allow" in details:
        details["allow"] = Allow(**details["allow"])
    if "scope" in details:
        details["scope"] = Scope(**{name: Audience(**each) for name, each in details["scope"].items()})
    if "examples" in details:
        details["examples"] = tuple(Example(**each) for each in details["examples"])
    return details


def _tuples(value: Any) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, dict):
        return {name: _tuples(each) for name, each in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
