"""``/admin/guardrail-events``: the audit trail. Looking at its texts is itself put on record."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from llm_proxy.errors import NotFound
from llm_proxy.records import GuardrailEvent
from llm_proxy.web.admin import schemas
from llm_proxy.web.admin.fields import Limit, Offset, OptionalId, PathId
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk

_UNKNOWN = "There is no guard-rail event with this id."


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/guardrail-events", tags=["guard-rail events"], route_class=AdminRoute)
    router.get("", operation_id="listGuardrailEvents")(list_events)
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
