"""What calls cost: one row a call, whatever became of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, literal, select, tuple_
from sqlalchemy.dialects.sqlite import Insert, insert

from llm_proxy.records import Tokens, UsageRecord
from llm_proxy.store.database import Database
from llm_proxy.store.schema import Instant, storable
from llm_proxy.store.schema import usage as table
from llm_proxy.store.usage_query import UsageQuery, summed

# More than any call can cost. A provider's nonsense must not make sums overflow: 64 bits hold 9 million such.
MOST_TOKENS = 10**12
_LONGEST_MODEL = 1000

Place = tuple[datetime, str]  # the time of a record and its id, which tells those of one instant apart


@dataclass(frozen=True, slots=True)
class UsagePage:
    """Some records, newest first; how many match in all, and the sums over all that match.

    ``next`` is where to go on; None at the end.
    """

    records: Sequence[UsageRecord]
    total: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    next: Place | None = None


def _upsert() -> Insert:
    statement = insert(table)
    changes = {column.name: statement.excluded[column.name] for column in table.c if column.name != "id"}
    return statement.on_conflict_do_update(index_elements=["id"], set_=changes, where=table.c.is_final.is_(False))


_UPSERT = _upsert()


class Usage:
    """Writes and reads usage records."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def append(self, records: Sequence[UsageRecord], *, final: bool = True) -> None:
        """Return when the records are durable. Raises StoreUnavailable.

        One record a call: a final one takes the place of an intent (``final=False``), and nothing takes the place of a
        final one, so that replaying a journal changes nothing.
        """
        if records:
            await self._database.write(lambda connection: self.add(connection, records, final=final))

    async def page(
        self, query: UsageQuery, *, after: Place | None = None, limit: int = 100, offset: int = 0
    ) -> UsagePage:
        """Return one page of what matches, the newest that comes after a place, with the sums over all of it."""

        def read(connection: Connection) -> UsagePage:
            sums = summed(connection, query)
            most = min(limit + 1, sums.total - offset)  # what is not there is not looked for
            found = _newest(connection, query, after, most, offset) if most > 0 else []
            records = found[:limit]
            place = (records[-1].created_at, records[-1].id) if len(found) > limit else None
            return UsagePage(records, *sums, next=place)

        return await self._database.read(read)

    async def read(self, query: UsageQuery, *, after: Place | None, limit: int) -> Sequence[UsageRecord]:
        """Return the newest records that match and come after a place."""
        return await self._database.read(lambda connection: _newest(connection, query, after, limit))

    def add(self, connection: Connection, records: Sequence[UsageRecord], *, final: bool) -> None:
        """Insert or complete records."""
        connection.execute(_UPSERT, [_values(record) | {"is_final": final} for record in records])


def _newest(
    connection: Connection, query: UsageQuery, after: Place | None, limit: int, offset: int = 0
) -> list[UsageRecord]:
    newest = select(table).where(*query.conditions).order_by(table.c.created_at.desc(), table.c.id.desc())
    if after is not None:
        place = tuple_(literal(after[0], Instant), literal(after[1]))
        newest = newest.where(tuple_(table.c.created_at, table.c.id) < place)
    return [_record(row) for row in connection.execute(newest.limit(limit).offset(offset))]


def _values(record: UsageRecord) -> dict[str, Any]:
    tokens = record.tokens
    return {
        "id": record.id,
        "api_key_id": record.api_key_id,
        "provider_id": record.provider_id,
        "endpoint": record.endpoint,
        "model": storable(record.model[:_LONGEST_MODEL]),
        "prompt_tokens": _bounded(tokens.prompt),
        "completion_tokens": _bounded(tokens.completion),
        "total_tokens": _bounded(tokens.total),
        "cached_tokens": _bounded(tokens.cached),
        "reasoning_tokens": _bounded(tokens.reasoning),
        "source": tokens.source,
        "status": record.status,
        "http_status": record.http_status,
        "is_streaming": record.is_streaming,
        "created_at": record.created_at,
        "duration_ms": record.duration_ms,
        "first_byte_ms": record.first_byte_ms,
    }


def _bounded(count: int) -> int:
    return max(0, min(count, MOST_TOKENS))


def _record(row: Row[Any]) -> UsageRecord:
    tokens = Tokens(row.prompt_tokens, row.completion_tokens, row.cached_tokens, row.reasoning_tokens, row.source)
    if tokens.total != row.total_tokens:
        tokens = replace(tokens, reported_total=row.total_tokens)
    return UsageRecord(
        id=row.id,
        api_key_id=row.api_key_id,
        provider_id=row.provider_id,
        endpoint=row.endpoint,
        model=row.model,
        tokens=tokens,
        status=row.status,
        http_status=row.http_status,
        is_streaming=row.is_streaming,
        created_at=row.created_at,
        duration_ms=row.duration_ms,
        first_byte_ms=row.first_byte_ms,
    )
