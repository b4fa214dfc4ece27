"""``/admin/guardrail-events``: the audit trail. Looking at its texts is itself put on record."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response

from llm_proxy.errors import NotFound
from llm_proxy.records import GuardrailEvent
from llm_proxy.store.event_search import EventBrief
from llm_proxy.web.admin import cursor, event_export, schemas
from llm_proxy.web.admin.event_export import Filter
from llm_proxy.web.admin.export import described
from llm_proxy.web.admin.fields import Cursor, Limit, Offset, OptionalId, PathId, ShortLimit
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk

_UNKNOWN = "There is no guard-rail event with this id."


class Wanted(Filter):
    """Which events to return, and how many at a time."""

    limit: ShortLimit = 50
    cursor: Cursor = None


def routes() -> APIRouter:
    """Return the routes. What has a name stands before what has an id."""
    router = APIRouter(prefix="/admin/guardrail-events", tags=["guard-rail events"], route_class=AdminRoute)
    router.get("", operation_id="listGuardrailEvents")(list_events)
    router.get("/search", operation_id="searchGuardrailEvents")(search_events)
    exported = described(schemas.GuardrailEventBrief)
    router.get("/export", operation_id="exportGuardrailEvents", response_class=Response, responses=exported)(
        event_export.export_events
    )
    router.get("/{id}", operation_id="getGuardrailEvent")(get_event)
    router.delete("/{id}", status_code=204, operation_id="deleteGuardrailEvent")(delete_event)
    return router


async def list_events(
    desk: AtDesk,
    guardrail_id: OptionalId = None,
    api_key_id: OptionalId = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> schemas.GuardrailEventPage:
    """Return a page of events, newest first. That their texts were looked at is recorded."""
    events, total = await desk.store.events.page(
        guardrail_id=guardrail_id, api_key_id=api_key_id, limit=limit, offset=offset
    )
    if events:
        shown = {"count": len(events), "newest": events[0].id, "oldest": events[-1].id}
        chosen = {"guardrail_id": guardrail_id, "api_key_id": api_key_id, "limit": limit, "offset": offset}
        await desk.store.admin_log.append(desk.entry("event.reveal", shown | chosen))
    names = await desk.store.keys.names()
    return schemas.GuardrailEventPage(records=[_view(event, names) for event in events], total=total)


async def search_events(desk: AtDesk, wanted: Annotated[Wanted, Query()]) -> schemas.GuardrailEventSearch:
    """Return events without their texts, newest first. Nothing is unsealed, and nothing goes on record.

    A search looks at a bounded number of events: it is at its end when there is no `next_cursor`, not before.
    """
    after = cursor.event_place(wanted.cursor)
    key_names, provider_names = await desk.store.keys.names(), await desk.store.providers.names()
    query = wanted.query(key_names, provider_names)
    found = await desk.store.event_search.page(query, after=after, limit=wanted.limit)
    return schemas.GuardrailEventSearch(
        records=[_brief(event, key_names, provider_names) for event in found.records],
        next_cursor=cursor.written(*found.next) if found.next else None,
        searched_to=found.searched_to,
    )


async def get_event(event_id: PathId, desk: AtDesk) -> schemas.GuardrailEvent:
    """Return one event. That its text was looked at is recorded."""
    event = await desk.store.events.get(event_id)
    if event is None:
        raise NotFound(_UNKNOWN)
    await desk.store.admin_log.append(desk.entry("event.reveal"), event_id)
    return _view(event, await desk.store.keys.names())


async def delete_event(event_id: PathId, desk: AtDesk) -> Response:
    """Delete one event for good. The deletion is recorded."""
    if not await desk.store.events.delete(event_id, log=desk.entry("event.delete")):
        raise NotFound(_UNKNOWN)
    return Response(status_code=204)


def _view(event: GuardrailEvent, key_names: Mapping[str, str]) -> schemas.GuardrailEvent:
    named = {"api_key_name": key_names.get(event.api_key_id)}
    return schemas.GuardrailEvent.model_validate(event).model_copy(update=named)


def _brief(
    event: EventBrief, key_names: Mapping[str, str], provider_names: Mapping[str, str]
) -> schemas.GuardrailEventBrief:
    return schemas.GuardrailEventBrief(**event_export.row(event, key_names, provider_names))
