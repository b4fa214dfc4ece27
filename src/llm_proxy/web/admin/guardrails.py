"""``/admin/guardrails``: the rules. One that the engine would not take is refused here, with the reason."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace

from fastapi import APIRouter, Response

from llm_proxy import admission, packs, records
from llm_proxy.errors import Conflict, GuardrailUnavailable, NotFound
from llm_proxy.store.guardrail_stats import Hits
from llm_proxy.store.schema import utc_now
from llm_proxy.web.admin import rule_cost, rule_fields, rule_views
from llm_proxy.web.admin.admitting import admit_rule, draft_of, scoped
from llm_proxy.web.admin.fields import Flag, PathId
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.rule_meter import meter
from llm_proxy.web.admin.services import AtDesk, Desk

UNKNOWN = "There is no guard rail with this id."
LOST = "It is left out of its pack since it was copied, and the copy is deleted: nothing looks in its place."


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/guardrails", tags=["guardrails"], route_class=AdminRoute)
    router.post("", status_code=201, operation_id="createGuardrail")(create_guardrail)
    router.get("", operation_id="listGuardrails")(list_guardrails)
    router.get("/{id}", operation_id="getGuardrail")(get_guardrail)
    router.put("/{id}", operation_id="replaceGuardrail")(replace_guardrail)
    router.patch("/{id}", operation_id="updateGuardrail")(update_guardrail)
    router.delete("/{id}", status_code=204, operation_id="deleteGuardrail")(delete_guardrail)
    return router


async def create_guardrail(body: rule_views.GuardrailCreate, desk: AtDesk) -> rule_views.Guardrail:
    """Add a rule."""
    draft = await scoped(desk.store, draft_of(rule_fields.members(body, desk.store.fingerprints)))
    await admit_rule(desk.store, draft)
    log = desk.entry("guardrail.create", rule_fields.loggable(body))
    rule = await desk.store.guardrails.create(**{name: getattr(draft, name) for name in rule_fields.MEMBERS}, log=log)
    return await saved(desk, rule)


async def list_guardrails(
    desk: AtDesk, with_packs: Flag = False, with_built_in: Flag = False
) -> list[rule_views.Guardrail]:
    """List the rules, disabled ones too, newest first; then, if wanted, of packs that are on and built-in ones."""
    rules = list(await desk.store.guardrails.list())
    if with_packs:
        rules += packs.rules_in_force(await desk.store.packs.list())
    if with_built_in:
        rules += _defences(desk)
    return await views_of(desk, rules, await desk.store.guardrail_stats.read(utc_now()))


async def get_guardrail(guardrail_id: PathId, desk: AtDesk) -> rule_views.Guardrail:
    """Return one rule, of a pack too."""
    shipped = await _shipped(desk, guardrail_id) or _built_in(desk, guardrail_id)
    return await _view(desk, shipped or await found(desk, guardrail_id))


async def replace_guardrail(
    guardrail_id: PathId, body: rule_views.GuardrailCreate, desk: AtDesk
) -> rule_views.Guardrail:
    """Say anew what a rule says: absent members are as by default."""
    return await _change(desk, guardrail_id, body)


async def update_guardrail(
    guardrail_id: PathId, body: rule_views.GuardrailUpdate, desk: AtDesk
) -> rule_views.Guardrail:
    """Change a rule; absent members stay as they are."""
    return await _change(desk, guardrail_id, body)


async def delete_guardrail(guardrail_id: PathId, desk: AtDesk) -> Response:
    """Delete a rule. Its events and its versions stay."""
    _refuse_shipped(desk, guardrail_id)
    if not await desk.store.guardrails.delete(guardrail_id, log=desk.entry("guardrail.delete")):
        raise NotFound(UNKNOWN)
    await desk.enforce()
    refuse_unloaded(desk)
    return Response(status_code=204)


async def _change(
    desk: Desk, guardrail_id: str, body: rule_fields.RuleFields | rule_fields.RuleChanges
) -> rule_views.Guardrail:
    rule = await found(desk, guardrail_id)
    changes = rule_fields.members(body, desk.store.fingerprints)
    draft = replace(rule, **changes)
    if "scope" in changes:  # one that was written earlier may name what is gone
        draft = await scoped(desk.store, draft)
        changes["scope"] = draft.scope
    await admit_rule(desk.store, draft)
    log = desk.entry("guardrail.update", rule_fields.loggable(body))
    changed = await desk.store.guardrails.update(guardrail_id, **changes, log=log)
    if changed is None:
        raise NotFound(UNKNOWN)
    return await saved(desk, changed)


async def found(desk: Desk, guardrail_id: str) -> records.Guardrail:
    """Return the rule with this id; raises NotFound."""
    _refuse_shipped(desk, guardrail_id)
    rule = await desk.store.guardrails.get(guardrail_id)
    if rule is None:
        raise NotFound(UNKNOWN)
    return rule


async def _shipped(desk: Desk, guardrail_id: str) -> records.Guardrail | None:
    """Return a pack's rule as its pack is set; None when it is no pack's."""
    rule = packs.find_rule(guardrail_id)
    if rule is None:
        return None
    states = {state.name: state for state in await desk.store.packs.list()}
    state = states.get(rule.pack, records.PackState(rule.pack))
    as_set = next(each for each in packs.rules_as_set(state) if each.id == guardrail_id)
    return replace(as_set, enabled=as_set.enabled and state.enabled)


def _built_in(desk: Desk, guardrail_id: str) -> records.Guardrail | None:
    return next((rule for rule in _defences(desk) if rule.id == guardrail_id), None)


def _defences(desk: Desk) -> list[records.Guardrail]:
    """Return the rules that nobody wrote, the gateway's own defence of its secrets, once each."""
    rules = () if desk.services.directory.rules_error else desk.services.directory.rules.rules
    return list({rule.id: rule for rule in rules if rule.origin == "built-in"}.values())


def _refuse_shipped(desk: Desk, guardrail_id: str) -> None:
    if _built_in(desk, guardrail_id) is not None:
        raise Conflict("This rule is built in: it protects the gateway's own secrets, and cannot be changed.")
    rule = packs.find_rule(guardrail_id)
    if rule is not None:
        raise Conflict(
            f"This rule comes with the pack {rule.pack!r} and is set with it: PATCH /admin/packs/{rule.pack}. "
            f"To change what it says, copy it: POST /admin/packs/{rule.pack}/rules/{rule.id}/copy."
        )


async def saved(desk: Desk, rule: records.Guardrail) -> rule_views.Guardrail:
    """Put a rule that was just stored in force, and return it."""
    await desk.enforce()
    refuse_unloaded(desk)
    return await _view(desk, rule)


def refuse_unloaded(desk: Desk) -> None:
    """A rule that is stored but not in force must not be answered as if it were."""
    if desk.services.directory.rules_error is not None:
        raise GuardrailUnavailable("The change is stored, but the rules did not load; the last good set is in force.")


async def _view(desk: Desk, rule: records.Guardrail) -> rule_views.Guardrail:
    return (await views_of(desk, [rule], await desk.store.guardrail_stats.read(utc_now(), rule.id)))[0]


async def views_of(desk: Desk, rules: Sequence[records.Guardrail], hits: dict[str, Hits]) -> list[rule_views.Guardrail]:
    """Return rules with what they found and cost: in a thread, hundreds of them take a moment the first time."""
    patterns = [None if rule.origin == "built-in" else rule.pattern for rule in rules]  # theirs is only a word for it
    costs = await asyncio.to_thread(rule_cost.costs, patterns)
    runs = await asyncio.to_thread(desk.services.dry_runs.read, rules, desk.store.fingerprints)
    readings = await desk.store.rule_meters.read()
    is_shipped_off = any(rule.origin == "pack" and not rule.enabled for rule in rules)
    lost = await desk.store.guardrails.lost_copies() if is_shipped_off else frozenset[str]()
    return [
        rule_views.Guardrail.model_validate(rule).model_copy(
            update={
                **asdict(hits.get(rule.id, Hits())),
                "cost_us_per_kb": cost,
                "meter": meter(readings[rule.id]) if rule.id in readings else None,
                "warnings": [*admission.warnings(rule, run), *([LOST] if not rule.enabled and rule.id in lost else [])],
            }
        )
        for rule, cost, run in zip(rules, costs, runs, strict=True)
    ]
