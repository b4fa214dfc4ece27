"""``/admin/guardrails``: the rules. One that the engine would not take is refused here, with the reason."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict

from fastapi import APIRouter, Response

from llm_proxy import records
from llm_proxy.core.guardrails import check_rule
from llm_proxy.errors import BadPattern, GuardrailUnavailable, NotFound
from llm_proxy.records import Mode
from llm_proxy.store.guardrail_stats import Hits
from llm_proxy.store.schema import utc_now
from llm_proxy.web.admin import rule_cost, schemas
from llm_proxy.web.admin.fields import PathId
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk, Desk

_UNKNOWN = "There is no guard rail with this id."


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/guardrails", tags=["guardrails"], route_class=AdminRoute)
    router.post("", status_code=201, operation_id="createGuardrail")(create_guardrail)
    router.get("", operation_id="listGuardrails")(list_guardrails)
    router.get("/{id}", operation_id="getGuardrail")(get_guardrail)
    router.patch("/{id}", operation_id="updateGuardrail")(update_guardrail)
    router.delete("/{id}", status_code=204, operation_id="deleteGuardrail")(delete_guardrail)
    return router


async def create_guardrail(body: schemas.GuardrailCreate, desk: AtDesk) -> schemas.Guardrail:
    """Add a rule."""
    await _check(body.pattern, body.mode, body.replace_by)
    rule = await desk.store.guardrails.create(
        **body.model_dump(), log=desk.entry("guardrail.create", body.model_dump())
    )
    await desk.enforce()
    _refuse_unloaded(desk)
    return await _view(desk, rule)


async def list_guardrails(desk: AtDesk) -> list[schemas.Guardrail]:
    """List the rules, disabled ones too, newest first."""
    rules = await desk.store.guardrails.list()
    return await _views(rules, await desk.store.guardrail_stats.read(utc_now()))


async def get_guardrail(guardrail_id: PathId, desk: AtDesk) -> schemas.Guardrail:
    """Return one rule."""
    rule = await desk.store.guardrails.get(guardrail_id)
    if rule is None:
        raise NotFound(_UNKNOWN)
    return await _view(desk, rule)


async def update_guardrail(guardrail_id: PathId, body: schemas.GuardrailUpdate, desk: AtDesk) -> schemas.Guardrail:
    """Change a rule; absent members stay as they are."""
    rule = await desk.store.guardrails.get(guardrail_id)
    if rule is None:
        raise NotFound(_UNKNOWN)
    given = body.given
    await _check(
        given.get("pattern", rule.pattern), given.get("mode", rule.mode), given.get("replace_by", rule.replace_by)
    )
    changed = await desk.store.guardrails.update(guardrail_id, **given, log=desk.entry("guardrail.update", given))
    if changed is None:
        raise NotFound(_UNKNOWN)
    await desk.enforce()
    _refuse_unloaded(desk)
    return await _view(desk, changed)


async def delete_guardrail(guardrail_id: PathId, desk: AtDesk) -> Response:
    """Delete a rule. Its events stay."""
    if not await desk.store.guardrails.delete(guardrail_id, log=desk.entry("guardrail.delete")):
        raise NotFound(_UNKNOWN)
    await desk.enforce()
    _refuse_unloaded(desk)
    return Response(status_code=204)


async def _view(desk: Desk, rule: records.Guardrail) -> schemas.Guardrail:
    return (await _views([rule], await desk.store.guardrail_stats.read(utc_now(), rule.id)))[0]


async def _views(rules: Sequence[records.Guardrail], hits: dict[str, Hits]) -> list[schemas.Guardrail]:
    """Measure in a thread: the first time hundreds of rules take a moment."""
    costs = await asyncio.to_thread(rule_cost.costs, [rule.pattern for rule in rules])
    return [
        schemas.Guardrail.model_validate(rule).model_copy(
            update=asdict(hits.get(rule.id, Hits())) | {"cost_us_per_kb": cost}
        )
        for rule, cost in zip(rules, costs, strict=True)
    ]


async def _check(pattern: str, mode: Mode, replace_by: str) -> None:
    """Raise BadPattern for a rule that cannot be admitted. In a thread: a large pattern takes a while to compile."""
    try:
        now = utc_now()
        await asyncio.to_thread(check_rule, records.Guardrail("", pattern, mode, replace_by, now, now))
    except BadPattern as exc:
        raise BadPattern(exc.message, param="pattern") from exc


def _refuse_unloaded(desk: Desk) -> None:
    """A rule that is stored but not in force must not be answered as if it were."""
    if desk.services.directory.rules_error is not None:
        raise GuardrailUnavailable("The change is stored, but the rules did not load; the last good set is in force.")
