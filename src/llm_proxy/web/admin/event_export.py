"""``/admin/guardrail-events/export``: the audit trail as a file. With its texts, it goes on record first."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, fields
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Query
from pydantic import BaseModel
from starlette.background import BackgroundTask

from llm_proxy.records import Action, Direction, FieldClass, Mode, Severity, ViewName
from llm_proxy.store.event_search import EventBrief, EventQuery, Needle
from llm_proxy.web.admin import schemas
from llm_proxy.web.admin.export import CHUNK, Chunks, Download, Row, download
from llm_proxy.web.admin.fields import (
    AbsentIfEmpty,
    ExportFormat,
    Flag,
    Instant,
    OptionalFingerprint,
    OptionalId,
    OptionalText,
    SearchText,
)
from llm_proxy.web.admin.services import AtDesk, Desk

COLUMNS = tuple(schemas.GuardrailEventBrief.model_fields)
_MOST_SEALED = 4 << 20  # bytes of texts that are unsealed at a time, or one text
_ASKED = tuple(each.name for each in fields(EventQuery) if each.name != "needle")
_STORED = tuple(each.name for each in fields(EventBrief) if each.name in COLUMNS)


class Filter(BaseModel):
    """Which events. ``start`` is in the range, ``end`` is not; ``q`` is looked for in all but the texts."""

    guardrail_id: OptionalId = None
    api_key_id: OptionalId = None
    provider_id: OptionalId = None
    mode: Annotated[Mode | None, AbsentIfEmpty] = None
    action: Annotated[Action | None, AbsentIfEmpty] = None
    severity: Annotated[Severity | None, AbsentIfEmpty] = None
    direction: Annotated[Direction | None, AbsentIfEmpty] = None
    view: Annotated[ViewName | None, AbsentIfEmpty] = None
    field_class: Annotated[FieldClass | None, AbsentIfEmpty] = None
    rule_name: OptionalText = None
    fingerprint: OptionalFingerprint = None
    client_hash: OptionalFingerprint = None
    start: Instant = None
    end: Instant = None
    q: SearchText = None
    id: OptionalId = None
    call_id: OptionalText = None

    def query(self, key_names: Mapping[str, str], provider_names: Mapping[str, str]) -> EventQuery:
        """Return the same for the store; the text is looked for in these names too."""
        needle = None if self.q is None else Needle.named(self.q, key_names, provider_names)
        return EventQuery(**{name: getattr(self, name) for name in _ASKED}, needle=needle)


class Wanted(Filter):
    """Which events to export, how, and whether with their texts."""

    format: ExportFormat = "csv"
    text: Flag = False


@dataclass(slots=True)
class _Count:
    """How many events were read for an export, and whether those were all."""

    events: int = 0
    is_complete: bool = False


async def export_events(desk: AtDesk, wanted: Annotated[Wanted, Query()]) -> Download:
    """Return all events that match as a file, newest first. An export with texts is recorded, before any is read.

    When it ends, how many they were is recorded too.
    """
    if not wanted.text:
        return await download("guardrail-events", wanted.format, COLUMNS, _rows(desk, wanted))
    subject, count = str(uuid4()), _Count()
    detail = wanted.model_dump(mode="json", exclude_none=True, exclude={"text"})
    await desk.store.admin_log.append(desk.entry("event.export", detail), subject)

    async def ended() -> None:
        detail = {"count": count.events, "complete": count.is_complete}
        await desk.store.admin_log.append(desk.entry("event.exported", detail), subject)

    chunks = _with_texts(desk, _rows(desk, wanted), count)
    columns = (*COLUMNS, "input_text")
    return await download("guardrail-events", wanted.format, columns, chunks, ended=BackgroundTask(ended))


def row(event: EventBrief, key_names: Mapping[str, str], provider_names: Mapping[str, str]) -> dict[str, Any]:
    """Return the members of an event's view."""
    named = {"api_key_name": key_names.get(event.api_key_id), "provider_name": provider_names.get(event.provider_id)}
    return {name: getattr(event, name) for name in _STORED} | named


async def _rows(desk: Desk, wanted: Filter) -> Chunks:
    """Read the events in short transactions, one a chunk."""
    key_names, provider_names = await desk.store.keys.names(), await desk.store.providers.names()
    query, after = wanted.query(key_names, provider_names), None
    while True:
        found = await desk.store.event_search.page(query, after=after, limit=CHUNK)
        yield [row(event, key_names, provider_names) for event in found.records]
        if found.next is None:
            return
        after = found.next


async def _with_texts(desk: Desk, chunks: Chunks, count: _Count) -> Chunks:
    async with aclosing(chunks):
        async for rows in chunks:
            async for part in _unsealed(desk, rows):
                count.events += len(part)
                yield part
    count.is_complete = True


async def _unsealed(desk: Desk, rows: Sequence[Row]) -> AsyncGenerator[Sequence[Row], None]:
    """Return the rows with their texts, a few megabytes at a time; those deleted meanwhile are left out."""
    left = list(rows)
    while left:
        texts = await desk.store.events.texts([each["id"] for each in left], most_bytes=_MOST_SEALED)
        known, left = left[: len(texts)], left[len(texts) :]
        told = zip(known, texts, strict=True)
        yield [{**each, "input_text": text} for each, text in told if text is not None]
