"""What rules were: every version, who wrote it and when. A version is never changed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from llm_proxy.records import Guardrail
from llm_proxy.store import guardrail_rows as rows
from llm_proxy.store import meta
from llm_proxy.store.admin_log import Entry, record
from llm_proxy.store.database import Database
from llm_proxy.store.schema import guardrail_versions as table
from llm_proxy.store.schema import guardrails


@dataclass(frozen=True, slots=True)
class RuleVersion:
    """A rule as it was from ``at`` on. ``change`` says what was done: ``created``, ``changed: mode``, ``deleted``."""

    version: int
    at: datetime
    by: str
    change: str
    rule: Guardrail


class GuardrailVersions:
    """Reads versions, of deleted rules too, and puts one in force again."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, guardrail_id: str) -> Sequence[RuleVersion]:
        """Return a rule's versions, newest first; none when there never was such a rule."""
        return await self._database.read(lambda connection: _versions(connection, guardrail_id))

    async def restore(self, guardrail_id: str, version: int, *, log: Entry) -> Guardrail | None:
        """Make a new version that says what an old one said, a deleted rule's too; None when there is none such.

        Raises Conflict for a rule that comes from a file.
        """

        def job(connection: Connection) -> Guardrail | None:
            wanted = [each for each in _versions(connection, guardrail_id) if each.version == version]
            if not wanted:
                return None
            is_buried = rows.find(connection, guardrail_id) is None
            current = rows.record(connection.execute(_row(guardrail_id)).one())
            if not is_buried:
                rows.refuse_file(current)
            after = _again(current, wanted[0].rule)
            change = f"restored: version {version}"
            after = rows.put_changed(connection, current, after, by=log.by, change=change, is_buried=is_buried)
            meta.bump_revision(connection)
            record(connection, log, guardrail_id)
            return after

        return await self._database.write(job)


def _again(current: Guardrail, wanted: Guardrail) -> Guardrail:
    """Return the rule as it was once. One that came from a file and vanished with it is the administrator's own now."""
    said = {name: getattr(wanted, name) for name in rows.definition(wanted)}
    return replace(current, **said | {"origin": "api" if current.origin == "file" else current.origin})


def _row(guardrail_id: str) -> Select[Any]:
    return select(guardrails).where(guardrails.c.id == guardrail_id)


def _versions(connection: Connection, guardrail_id: str) -> list[RuleVersion]:
    row = connection.execute(_row(guardrail_id)).one_or_none()
    if row is None:
        return []
    rule = rows.record(row)
    kept = connection.execute(
        select(table).where(table.c.guardrail_id == guardrail_id).order_by(table.c.version.desc())
    )
    found = [
        RuleVersion(
            each.version,
            each.at,
            each.by,
            each.change,
            replace(
                rule, version=each.version, updated_at=each.at, updated_by=each.by, **rows.members(each.definition)
            ),
        )
        for each in kept
    ]
    # A rule of before versions were kept, and not changed since.
    return found or [RuleVersion(rule.version, rule.updated_at, rule.updated_by, "created", rule)]
