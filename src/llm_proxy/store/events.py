"""The audit trail: what a guard rail found, in whose call, and the text, sealed."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import accumulate, takewhile
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select
from sqlalchemy.dialects.sqlite import insert

from llm_proxy.errors import StoreUnavailable
from llm_proxy.records import GuardrailEvent
from llm_proxy.store.admin_log import Entry, record
from llm_proxy.store.database import Database
from llm_proxy.store.excerpt import AuditText, Span, kept
from llm_proxy.store.rows import fetch, listed
from llm_proxy.store.schema import guardrail_events as table
from llm_proxy.store.schema import storable
from llm_proxy.store.seal import Sealer

UNREADABLE = "[this text cannot be unsealed: it was changed, or sealed under another key]"
_INSERT_NEW = insert(table).on_conflict_do_nothing(index_elements=["id"])


class Events:
    """Writes and reads guard-rail events."""

    def __init__(self, database: Database, sealer: Sealer, audit_text: AuditText) -> None:
        self._database = database
        self._sealer = sealer
        self._audit_text = audit_text

    async def append(self, events: Sequence[GuardrailEvent]) -> None:
        """Return when the events are durable; one whose id is there already stays as it is. Raises StoreUnavailable."""
        if events:
            await self._database.write(lambda connection: self.add(connection, events))

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

    async def delete(self, event_id: str, *, log: Entry | None = None) -> bool:
        """Remove one for good, on record as ``log``, or do neither; False when there is none."""
        removal = delete(table).where(table.c.id == event_id)

        def job(connection: Connection) -> bool:
            removed = connection.execute(removal).rowcount == 1
            if removed:
                record(connection, log, event_id)
            return removed

        return await self._database.write(job)

    def add(self, connection: Connection, events: Sequence[GuardrailEvent]) -> None:
        """Insert records whose ids are new."""
        secrets: defaultdict[tuple[str, str], set[Span]] = defaultdict(set)
        for event in events:
            secrets[_text_of(event)].update(event.spans)
        rows = [self._values(event, secrets[_text_of(event)]) for event in events]
        connection.execute(_INSERT_NEW, rows)

    def _values(self, event: GuardrailEvent, secrets: set[Span]) -> dict[str, Any]:
        text, spans = kept(event.input_text, sorted(event.spans), secrets, self._audit_text)
        return {
            "id": event.id,
            "guardrail_id": event.guardrail_id,
            "api_key_id": event.api_key_id,
            "pattern": event.pattern,
            "mode": event.mode,
            "action": event.action,
            "call_id": event.call_id,
            "endpoint": event.endpoint,
            "place": storable(event.place),
            "spans": [list(span) for span in spans],
            "text_sealed": self._sealer.seal(text, _place(event.id)),
            "provider_id": event.provider_id,
            "model": storable(event.model),
            "rule_name": storable(event.rule_name),
            "rule_version": event.rule_version,
            "severity": event.severity,
            "direction": event.direction,
            "field_class": event.field_class,
            "view": event.view,
            "fingerprints": list(event.fingerprints),
            "previews": [storable(preview) for preview in event.previews],
            "created_at": event.created_at,
        }

    def _text(self, event_id: str, sealed: bytes) -> str:
        try:
            return self._sealer.open(sealed, _place(event_id))
        except StoreUnavailable:  # one row changed by hand must not hide the others from the auditor
            return UNREADABLE

    def _record(self, row: Row[Any]) -> GuardrailEvent:
        text = self._text(row.id, row.text_sealed)
        values = row._asdict()
        for name in ("seq", "text_sealed", "key_name", "provider_name", "prev_hash", "hash"):
            del values[name]
        spans = tuple((start, end) for start, end in row.spans)
        told = {"fingerprints": tuple(row.fingerprints), "previews": tuple(row.previews)}
        return GuardrailEvent(**values | told | {"input_text": text, "spans": spans})


def _fitting(connection: Connection, event_ids: Sequence[str], most_bytes: int) -> Sequence[str]:
    """Return the first events whose texts are no longer than that together. A length is known without its text."""
    lengths = select(table.c.id, func.length(table.c.text_sealed)).where(table.c.id.in_(listed(event_ids)))
    found = dict(fetch(connection, lengths))
    sums = accumulate(found.get(event_id, 0) for event_id in event_ids)
    return event_ids[: max(1, sum(1 for _ in takewhile(most_bytes.__ge__, sums)))]


def _place(event_id: str) -> str:
    return f"guardrail_events.text:{event_id}"


def _text_of(event: GuardrailEvent) -> tuple[str, str]:
    """Events of several rules may speak of one text: each must mask what the others found."""
    return event.call_id, event.input_text
