"""``/admin/usage``: what calls cost."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from llm_proxy import records
from llm_proxy.errors import BadRequest
from llm_proxy.store import UsageQuery
from llm_proxy.web.admin import cursor, schemas
from llm_proxy.web.admin.export import CHUNK, Chunks, Download, Row, described, download
from llm_proxy.web.admin.fields import (
    AbsentIfEmpty,
    Cursor,
    ExportFormat,
    Instant,
    Limit,
    Offset,
    OptionalId,
    OptionalText,
)
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk, Desk


class Filter(BaseModel):
    """Which records. ``start`` is in the range, ``end`` is not."""

    api_key_id: OptionalId = None
    provider_id: OptionalId = None
    start: Instant = None
    end: Instant = None
    model: OptionalText = None
    status: Annotated[records.UsageStatus | None, AbsentIfEmpty] = None

    @property
    def query(self) -> UsageQuery:
        """The same for the store."""
        return UsageQuery(self.api_key_id, self.provider_id, self.start, self.end, self.model, self.status)


class Wanted(Filter):
    """Which records to return, and which page of them: by number or, faster, by cursor."""

    limit: Limit = 100
    offset: Offset = 0
    cursor: Cursor = None


class Exported(Filter):
    """Which records to export, and how."""

    format: ExportFormat = "csv"


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/usage", tags=["usage"], route_class=AdminRoute)
    router.get("", operation_id="listUsage")(list_usage)
    exported = described(schemas.UsageRecord)
    router.get("/export", operation_id="exportUsage", response_class=Response, responses=exported)(export_usage)
    return router


async def list_usage(desk: AtDesk, wanted: Annotated[Wanted, Query()]) -> schemas.UsagePage:
    """Return a page of usage records, newest first. Total and sums are over all matches, not over the page."""
    after = cursor.usage_place(wanted.cursor)
    if after is not None and wanted.offset:
        raise BadRequest("cursor and offset exclude each other.", param="cursor")
    await desk.settle()
    page = await desk.store.usage.page(wanted.query, after=after, limit=wanted.limit, offset=wanted.offset)
    key_names, provider_names = await desk.store.keys.names(), await desk.store.providers.names()
    return schemas.UsagePage(
        records=[_view(record, key_names, provider_names) for record in page.records],
        total=page.total,
        prompt_tokens=page.prompt_tokens,
        completion_tokens=page.completion_tokens,
        total_tokens=page.total_tokens,
        next_cursor=cursor.written(*page.next) if page.next else None,
    )


async def export_usage(desk: AtDesk, wanted: Annotated[Exported, Query()]) -> Download:
    """Return all usage records that match as a file, newest first."""
    await desk.settle()
    return await download("usage", wanted.format, tuple(schemas.UsageRecord.model_fields), _rows(desk, wanted.query))


async def _rows(desk: Desk, query: UsageQuery) -> Chunks:
    """Read the records in short transactions, one a chunk."""
    key_names, provider_names = await desk.store.keys.names(), await desk.store.providers.names()
    after = None
    while True:
        found = await desk.store.usage.read(query, after=after, limit=CHUNK)
        yield await asyncio.to_thread(_told, found, key_names, provider_names)
        if len(found) < CHUNK:
            return
        after = (found[-1].created_at, found[-1].id)


def _told(
    found: Sequence[records.UsageRecord], key_names: Mapping[str, str], provider_names: Mapping[str, str]
) -> Sequence[Row]:
    return [_view(record, key_names, provider_names).model_dump() for record in found]


def _view(
    record: records.UsageRecord, key_names: Mapping[str, str], provider_names: Mapping[str, str]
) -> schemas.UsageRecord:
    tokens = record.tokens
    return schemas.UsageRecord(
        id=record.id,
        api_key_id=record.api_key_id,
        provider_id=record.provider_id,
        endpoint=record.endpoint,
        model=record.model,
        prompt_tokens=tokens.prompt,
        completion_tokens=tokens.completion,
        total_tokens=tokens.total,
        cached_tokens=tokens.cached,
        reasoning_tokens=tokens.reasoning,
        source=tokens.source,
        status=record.status,
        http_status=record.http_status,
        is_streaming=record.is_streaming,
        duration_ms=record.duration_ms,
        first_byte_ms=record.first_byte_ms,
        created_at=record.created_at,
        api_key_name=key_names.get(record.api_key_id),
        provider_name=provider_names.get(record.provider_id),
    )
