"""``/admin/guardrails/{id}/versions``: what a rule was, who made it so and when, and the way back."""

from typing import Annotated

from fastapi import APIRouter, Path

from llm_proxy.errors import NotFound
from llm_proxy.store.guardrail_versions import RuleVersion
from llm_proxy.web.admin import rule_views
from llm_proxy.web.admin.admitting import admit_rule
from llm_proxy.web.admin.fields import PathId
from llm_proxy.web.admin.guardrails import UNKNOWN, saved
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk, Desk

Number = Annotated[int, Path(alias="version", ge=0, le=2**31 - 1)]


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/guardrails/{id}/versions", tags=["guardrails"], route_class=AdminRoute)
    router.get("", operation_id="listGuardrailVersions")(list_versions)
    router.get("/{version}", operation_id="getGuardrailVersion")(get_version)
    router.post("/{version}/restore", operation_id="restoreGuardrailVersion")(restore_version)
    return router


async def list_versions(guardrail_id: PathId, desk: AtDesk) -> list[rule_views.GuardrailVersion]:
    """List a rule's versions, newest first; of a deleted rule, too."""
    return [rule_views.GuardrailVersion.model_validate(each) for each in await _versions(desk, guardrail_id)]


async def get_version(guardrail_id: PathId, version: Number, desk: AtDesk) -> rule_views.GuardrailVersion:
    """Return one version."""
    return rule_views.GuardrailVersion.model_validate(await _version(desk, guardrail_id, version))


async def restore_version(guardrail_id: PathId, version: Number, desk: AtDesk) -> rule_views.Guardrail:
    """Make the rule what it was at a version: that is a new version. A deleted rule is there again."""
    wanted = await _version(desk, guardrail_id, version)
    await admit_rule(desk.store, wanted.rule)
    log = desk.entry("guardrail.restore", {"version": version})
    rule = await desk.store.guardrail_versions.restore(guardrail_id, version, log=log)
    if rule is None:
        raise NotFound(UNKNOWN)
    return await saved(desk, rule)


async def _versions(desk: Desk, guardrail_id: str) -> list[RuleVersion]:
    versions = await desk.store.guardrail_versions.list(guardrail_id)
    if not versions:
        raise NotFound(UNKNOWN)
    return list(versions)


async def _version(desk: Desk, guardrail_id: str, version: int) -> RuleVersion:
    for each in await _versions(desk, guardrail_id):
        if each.version == version:
            return each
    raise NotFound(f"There is no version {version} of this guard rail.")
