"""``/admin/fingerprints``: where else did this secret go? Asked by fingerprint, told without any text."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from llm_proxy.store.event_search import EventBrief, EventQuery
from llm_proxy.store.whereabouts import Place, Whereabouts
from llm_proxy.web.admin import cursor, event_export
from llm_proxy.web.admin.audit_views import Fingerprint, FingerprintAsk, SecretSightings, SightingPlace
from llm_proxy.web.admin.fields import Cursor, PathFingerprint, ShortLimit
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.schemas import GuardrailEventBrief
from llm_proxy.web.admin.services import AtDesk


class Wanted(BaseModel):
    """Which of the events."""

    limit: ShortLimit = 50
    cursor: Cursor = None


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/fingerprints", tags=["guard-rail events"], route_class=AdminRoute)
    router.post("", operation_id="fingerprintValue")(fingerprint_value)
    router.get("/{fingerprint}", operation_id="getFingerprint")(get_fingerprint)
    return router


async def fingerprint_value(body: FingerprintAsk, desk: AtDesk) -> Fingerprint:
    """Return the fingerprint of a secret: to search events for it, or to permit it in a rule.

    The secret is neither stored nor logged.
    """
    fingerprint = desk.store.fingerprints.of(body.value)
    return Fingerprint(fingerprint=fingerprint, count=await desk.store.sightings.count(fingerprint))


async def get_fingerprint(
    fingerprint: PathFingerprint, desk: AtDesk, wanted: Annotated[Wanted, Query()]
) -> SecretSightings:
    """Return where a secret was found, and the events, newest first. No text is shown, and nothing goes on record."""
    found = await desk.store.sightings.of(fingerprint)
    after = cursor.event_place(wanted.cursor)
    page = await desk.store.event_search.page(EventQuery(fingerprint=fingerprint), after=after, limit=wanted.limit)
    key_names, provider_names = await desk.store.keys.names(), await desk.store.providers.names()
    names = {"keys": key_names, "providers": provider_names, "rules": found.rule_names}
    return SecretSightings(
        fingerprint=fingerprint,
        preview=_preview(page.records, fingerprint),
        count=found.events,
        first_seen=found.first_seen,
        last_seen=found.last_seen,
        **_places(found, names),
        records=[GuardrailEventBrief(**event_export.row(each, key_names, provider_names)) for each in page.records],
        next_cursor=cursor.written(*page.next) if page.next else None,
    )


def _places(found: Whereabouts, names: Mapping[str, Mapping[str, str]]) -> dict[str, list[SightingPlace]]:
    return {kind: [_place(place, names.get(kind, {})) for place in places] for kind, places in found.places.items()}


def _place(place: Place, names: Mapping[str, str]) -> SightingPlace:
    return SightingPlace(
        value=place.value,
        name=names.get(place.value) or None,
        count=place.events,
        first_seen=place.first_seen,
        last_seen=place.last_seen,
    )


def _preview(events: Sequence[EventBrief], fingerprint: str) -> str:
    told = (pair for event in events for pair in zip(event.fingerprints, event.previews, strict=False))
    return next((preview for found, preview in told if found == fingerprint), "")
