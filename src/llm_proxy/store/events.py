"""The audit trail: what a guard rail found, in whose call, and the text, sealed."""

from collections.abc import Sequence
from itertools import accumulate, takewhile
from typing import Any

import structlog
from sqlalchemy import Connection, Row, func, insert, select

from llm_proxy.errors import StoreUnavailable
from llm_proxy.records import GuardrailEvent
from llm_proxy.store import event_rows
from llm_proxy.store.admin_log import Entry, record
from llm_proxy.store.burial import DELETED, bury
from llm_proxy.store.chain import ORIGIN, Chain, Link
from llm_proxy.store.database import Database
from llm_proxy.store.excerpt import AuditText
from llm_proxy.store.rows import fetch, listed
from llm_proxy.store.schema import event_fingerprints
from llm_proxy.store.schema import guardrail_events as table
from llm_proxy.store.seal import Sealer

log = structlog.get_logger()

UNREADABLE = "[this text cannot be unsealed: it was changed, or sealed under another key]"
_INSERT, _LIST = insert(table), insert(event_fingerprints)
_CHECKPOINT = 1000  # events between two lines in the log that tell the chain's head


class Events:
    """Writes and reads guard-rail events."""

    def __init__(self, database: Database, sealer: Sealer, audit_text: AuditText) -> None:
        self._database = database
        self._sealer = sealer
        self._audit_text = audit_text
        self.chain = Chain(sealer.derived("audit chain"))

    async def append(self, events: Sequence[GuardrailEvent]) -> None:
        """Return when the events are durable; one whose id is there already stays as it is. Raises StoreUnavailable.

        Now and then the head of their chain is told to the log: whoever changes the database cannot change that.
        """
        if not events:
            return
        count, head = await self._database.write(lambda connection: self.add(connection, events))
        if head.seq // _CHECKPOINT != (head.seq - count) // _CHECKPOINT:
            log.info("audit.checkpoint", seq=head.seq, hash=head.hash)

    async def page(
        self, *, guardrail_id: str | None = None, api_key_id: str | None = None, limit: int = 100, offset: int = 0
    ) -> tuple[Sequence[GuardrailEvent], int]:
        """Return some events, newest first, and how many match in all. None matches any."""
        wanted = {"guardrail_id": guardrail_id, "api_key_id": api_key_id}
        matching = [table.c[name] == value for name, value in wanted.items() if value is not None]
        newest = select(table).where(*matching).order_by(table.c.created_at.desc(), table.c.seq.desc())

        def query(connection: Connection) -> tuple[Sequence[GuardrailEvent], int]:
            total = connection.scalar(select(func.count()).select_from(table).where(*matching))
            rows = connection.execute(newest.limit(limit).offset(offset))
            return [self._record(row) for row in rows], total or 0

        return await self._database.read(query)

    async def get(self, event_id: str) -> GuardrailEvent | None:
        """Return one, or None."""

        def query(connection: Connection) -> GuardrailEvent | None:
            row = connection.execute(select(table).where(table.c.id == event_id)).one_or_none()
            return None if row is None else self._record(row)

        return await self._database.read(query)

    async def texts(self, event_ids: Sequence[str], *, most_bytes: int) -> list[str | None]:
        """Return the texts of the first of these events, one at least; None for one that is not there any more.

        No more than ``most_bytes`` (sealed) are read, but for the first.
        """
        query = select(table.c.text_sealed)

        def read(connection: Connection) -> list[str | None]:
            found: list[str | None] = []
            for event_id in _fitting(connection, event_ids, most_bytes):
                sealed = connection.scalar(query.where(table.c.id == event_id))
                found.append(None if sealed is None else self._text(event_id, sealed))
            return found

        return await self._database.read(read)

    async def read(self, event_ids: Sequence[str], *, most_bytes: int) -> list[GuardrailEvent]:
        """Return the first of these events that are there, with their texts; else as ``texts``."""
        query = select(table)

        def read(connection: Connection) -> list[GuardrailEvent]:
            ids = _fitting(connection, event_ids, most_bytes)
            rows = (connection.execute(query.where(table.c.id == each)).one_or_none() for each in ids)
            return [self._record(row) for row in rows if row is not None]

        return await self._database.read(read)

    async def delete(self, event_id: str, *, log: Entry | None = None) -> bool:
        """Remove one for good, on record as ``log``, or do neither; False when there is none. A tombstone stays."""

        def job(connection: Connection) -> bool:
            seq = connection.scalar(select(table.c.seq).where(table.c.id == event_id))
            if seq is None:
                return False
            bury(connection, self.chain, [seq], DELETED)
            record(connection, log, event_id)
            return True

        return await self._database.write(job)

    def add(self, connection: Connection, events: Sequence[GuardrailEvent]) -> tuple[int, Link]:
        """Insert records whose ids are new; return how many those are, and the chain's last place."""
        secrets = event_rows.Found(events)
        known = event_rows.known(connection, events)
        new = {event.id: event for event in reversed(events) if event.id not in known}
        called = event_rows.names(connection, new.values())
        rows = [event_rows.named(self._columns(event, secrets), called) for event in reversed(new.values())]
        if not rows:
            return 0, self.chain.head(connection) or Link(0, ORIGIN)
        head = self.chain.extend(connection, rows)
        connection.execute(_INSERT, rows)
        found = [{"fingerprint": each, "seq": row["seq"]} for row in rows for each in set(row["fingerprints"])]
        if found:
            connection.execute(_LIST, found)
        return len(rows), head

    def _columns(self, event: GuardrailEvent, secrets: event_rows.Found) -> dict[str, Any]:
        return event_rows.columns(event, secrets, self._audit_text, self._sealer)

    def _text(self, event_id: str, sealed: bytes) -> str:
        try:
            return self._sealer.open(sealed, event_rows.place(event_id))
        except StoreUnavailable:  # one row changed by hand must not hide the others from the auditor
            return UNREADABLE

    def _record(self, row: Row[Any]) -> GuardrailEvent:
        return event_rows.record(row, self._text(row.id, row.text_sealed))


def _fitting(connection: Connection, event_ids: Sequence[str], most_bytes: int) -> Sequence[str]:
    """Return the first events whose texts are no longer than that together. A length is known without its text."""
    lengths = select(table.c.id, func.length(table.c.text_sealed)).where(table.c.id.in_(listed(event_ids)))
    found = dict(fetch(connection, lengths))
    sums = accumulate(found.get(event_id, 0) for event_id in event_ids)
    return event_ids[: max(1, sum(1 for _ in takewhile(most_bytes.__ge__, sums)))]
