"""``/admin/packs``: the rule packs that come with the gateway, one switch each."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import Field

from llm_proxy import packs, records
from llm_proxy.errors import Conflict, NotFound
from llm_proxy.records import Direction, Mode
from llm_proxy.store.schema import utc_now
from llm_proxy.web.admin import rule_views
from llm_proxy.web.admin.fields import PathId, absent
from llm_proxy.web.admin.guardrails import UNKNOWN, refuse_unloaded, saved, views_of
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.rule_fields import MEMBERS
from llm_proxy.web.admin.rule_parts import Directions
from llm_proxy.web.admin.schemas import Body, View
from llm_proxy.web.admin.services import AtDesk, Desk

PackName = Annotated[str, Path(alias="name", max_length=100)]


class PackUpdate(Body):
    """A change of how a pack is set: absent members stay as they are."""

    enabled: bool = absent()
    mode: Mode | None = Field(
        default_factory=lambda: None, description="The mode of all its rules; null leaves each as the pack has it."
    )
    directions: Directions | None = Field(
        default_factory=lambda: None, description="The directions of all its rules; null as the pack has them."
    )
    disabled_rules: Annotated[
        list[str], Field(max_length=2000, description="Rules that are left out, by id or by short name.")
    ] = absent()


class PackBrief(View):
    """A pack, how it is set, and how many rules it has. ``updated_by`` is empty for one that nobody has set."""

    name: str
    version: str
    licence: str
    source: str
    description: str
    rule_count: int
    enabled: bool
    mode: Mode | None
    directions: list[Direction] | None
    disabled_rules: list[str]
    updated_at: datetime | None
    updated_by: str


class Pack(PackBrief):
    """A pack with its rules, as they would be in force."""

    rules: list[rule_views.Guardrail]


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/packs", tags=["packs"], route_class=AdminRoute)
    router.get("", operation_id="listPacks")(list_packs)
    router.get("/{name}", operation_id="getPack")(get_pack)
    router.patch("/{name}", operation_id="updatePack")(update_pack)
    router.post("/{name}/rules/{id}/copy", status_code=201, operation_id="copyPackRule")(copy_rule)
    return router


async def list_packs(desk: AtDesk) -> list[PackBrief]:
    """List the packs that come with the gateway, switched on or not."""
    return [_brief(await _state(desk, name)) for name in packs.PACKS]


async def get_pack(name: PackName, desk: AtDesk) -> Pack:
    """Return one pack with its rules."""
    return await _pack(desk, await _state(desk, name))


async def update_pack(name: PackName, body: PackUpdate, desk: AtDesk) -> Pack:
    """Switch a pack on or off, or set its mode, its directions, and which of its rules are left out."""
    _known(name)
    changes = body.given
    if "disabled_rules" in changes:
        changes["disabled_rules"] = packs.ids_of(name, changes["disabled_rules"])
    if changes.get("directions") is not None:
        changes["directions"] = tuple(changes["directions"])
    state = await desk.store.packs.set(name, changes, log=desk.entry("pack.update", body.given))
    await desk.enforce()
    refuse_unloaded(desk)
    return await _pack(desk, state)


async def copy_rule(name: PackName, rule_id: PathId, desk: AtDesk) -> rule_views.Guardrail:
    """Make a rule of one's own out of a pack's, to change at will. The pack's goes off: the copy takes its place.

    There is one copy at a time.
    """
    state = await _state(desk, name)
    rule = next((rule for rule in packs.rules_as_set(state) if rule.id == rule_id), None)
    if rule is None:
        raise NotFound(UNKNOWN)
    for copy in await desk.store.guardrails.list():
        if copy.copy_of == rule.id:
            raise Conflict(f"There is a copy of this rule already, {copy.label!r} ({copy.id}): change that one.")
    fields = {each: getattr(rule, each) for each in MEMBERS}
    # What is off only because of an earlier copy, deleted since, was on before that one took its place.
    is_on = state.enabled and (rule.enabled or rule.id in await desk.store.guardrails.lost_copies())
    log = desk.entry("guardrail.create", {"copy_of": rule.id, "pack": name})
    copy = await desk.store.guardrails.create(**fields | {"enabled": is_on, "copy_of": rule.id}, log=log)
    changes = {"disabled_rules": tuple(dict.fromkeys((*state.disabled_rules, rule.id)))}
    await desk.store.packs.set(name, changes, log=desk.entry("pack.update", changes))
    return await saved(desk, copy)


def _known(name: str) -> packs.Pack:
    return packs.load_pack(name)


async def _state(desk: Desk, name: str) -> records.PackState:
    _known(name)
    states = {state.name: state for state in await desk.store.packs.list()}
    return states.get(name, records.PackState(name))


def _brief(state: records.PackState) -> PackBrief:
    pack = _known(state.name)
    return PackBrief(**_said(state, pack))


async def _pack(desk: Desk, state: records.PackState) -> Pack:
    hits = await desk.store.guardrail_stats.read(utc_now())
    rules = await views_of(desk, packs.rules_as_set(state), hits)
    return Pack(**_said(state, _known(state.name)), rules=rules)


def _said(state: records.PackState, pack: packs.Pack) -> dict[str, Any]:
    return {
        "name": pack.name,
        "version": pack.version,
        "licence": pack.licence,
        "source": pack.source,
        "description": pack.description,
        "rule_count": len(pack.rules),
        "enabled": state.enabled,
        "mode": state.mode,
        "directions": None if state.directions is None else list(state.directions),
        "disabled_rules": list(state.disabled_rules),
        "updated_at": state.updated_at,
        "updated_by": state.updated_by,
    }
