"""``/admin/usage``: what calls cost."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from llm_proxy import records
from llm_proxy.store import UsageQuery
from llm_proxy.web.admin import schemas
from llm_proxy.web.admin.fields import Instant, Limit, Offset, OptionalId
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk


class Wanted(BaseModel):
    """Which records to return. ``start`` is in the range, ``end`` is not."""

    api_key_id: OptionalId = None
    provider_id: OptionalId = None
    start: Instant = None
    end: Instant = None
    limit: Limit = 100
    offset: Offset = 0


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/usage", tags=["usage"], route_class=AdminRoute)
    router.get("", operation_id="listUsage")(list_usage)
    return router


async def list_usage(desk: AtDesk, wanted: Annotated[Wanted, Query()]) -> schemas.UsagePage:
    """Return a page of usage records, newest first. Total and sums are over all matches, not over the page."""
    await desk.services.settle()
    query = UsageQuery(wanted.api_key_id, wanted.provider_id, wanted.start, wanted.end)
    page = await desk.store.usage.page(query, limit=wanted.limit, offset=wanted.offset)
    return schemas.UsagePage(
        records=[_view(record) for record in page.records],
        total=page.total,
        prompt_tokens=page.prompt_tokens,
        completion_tokens=page.completion_tokens,
        total_tokens=page.total_tokens,
    )


def _view(record: records.UsageRecord) -> schemas.UsageRecord:
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
    )
