"""``/admin/guardrails/meters``: what each rule takes of the time, and what it finds, on real traffic."""

from fastapi import APIRouter
from pydantic import Field

from llm_proxy.core.tally import Reading
from llm_proxy.records import Mode, Origin
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.rule_meter import Meter, meter
from llm_proxy.web.admin.services import AtDesk


class RuleMeterView(Meter):
    """A rule's meter. Name and pattern are null for a rule that is not in force any more."""

    guardrail_id: str
    in_force: bool
    name: str | None
    pattern: str | None
    mode: Mode | None
    origin: Origin | None
    pack: str | None
    share: float = Field(description="Of the time that all rules took, from 0 to 1.")


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/guardrails", tags=["guardrails"], route_class=AdminRoute)
    router.get("/meters", operation_id="listRuleMeters")(list_meters)
    return router


async def list_meters(desk: AtDesk) -> list[RuleMeterView]:
    """List the meters of all rules in force, those of packs too, and of rules that were, the most expensive first."""
    await desk.settle()
    readings = await desk.store.rule_meters.read()
    rules = {rule.id: rule for rule in desk.services.directory.rules.rules}
    total = sum(each.time_us for each in readings.values())
    told = []
    for rule_id in {*rules, *readings}:
        rule, reading = rules.get(rule_id), readings.get(rule_id) or Reading(rule_id, 0, 0, 0)
        view = RuleMeterView(
            **meter(reading).model_dump(),
            guardrail_id=rule_id,
            in_force=rule is not None,
            name=rule.name if rule else None,
            pattern=rule.pattern if rule else None,
            mode=rule.mode if rule else None,
            origin=rule.origin if rule else None,
            pack=rule.pack if rule else None,
            share=round(reading.time_us / total, 4) if total else 0.0,
        )
        told.append(view)
    return sorted(told, key=lambda each: (-each.share, -(each.time_us_per_call or 0), each.guardrail_id))
