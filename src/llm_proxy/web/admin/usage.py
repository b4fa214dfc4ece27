"""``/admin/usage``: what calls cost."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from llm_proxy import records
from llm_proxy.errors import StoreUnavailable
from llm_proxy.store import UsageQuery
from llm_proxy.web.admin import schemas
from llm_proxy.web.admin.fields import Instant, Limit, Offset, OptionalId
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AdminServices, AtDesk

_SETTLE_S = 1.0


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
    await _settle(desk.services)
    query = UsageQuery(wanted.api_key_id, wanted.provider_id, wanted.start, wanted.end)
    page = await desk.store.usage.page(query, limit=wanted.limit, offset=wanted.offset)
    key_names, provider_names = await desk.store.keys.names(), await desk.store.providers.names()
    return schemas.UsagePage(
        records=[_view(record, key_names, provider_names) for record in page.records],
        total=page.total,
        prompt_tokens=page.prompt_tokens,
        completion_tokens=page.completion_tokens,
        total_tokens=page.total_tokens,
    )


async def _settle(services: AdminServices) -> None:
    """Give what is booked a moment to reach the store. A writer that is busy or broken delays records, not readers.

    A flush that takes longer goes on: it must not be cut off half-way.
    """
    with suppress(StoreUnavailable, TimeoutError):
        await asyncio.wait_for(asyncio.shield(services.settle()), _SETTLE_S)


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
