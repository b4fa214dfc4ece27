"""How many of what there is."""

from dataclasses import dataclass

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.sql.elements import ColumnElement

from llm_proxy.store.schema import guardrails, keys, providers


@dataclass(frozen=True, slots=True)
class Counts:
    """Providers and rules that are not deleted, disabled rules among them, and keys that are not revoked."""

    providers: int
    keys: int
    guardrails: int


def counts(connection: Connection) -> Counts:
    """Count them, as of one instant."""

    def count(table: Table, living: ColumnElement[bool]) -> int:
        return connection.scalar(select(func.count()).select_from(table).where(living)) or 0

    return Counts(
        providers=count(providers, providers.c.deleted_at.is_(None)),
        keys=count(keys, keys.c.revoked_at.is_(None)),
        guardrails=count(guardrails, guardrails.c.deleted_at.is_(None)),
    )
