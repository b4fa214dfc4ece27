"""``/admin/guardrails/shadow``: drafts that look at live calls, and change nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta

from fastapi import APIRouter, Response

from llm_proxy.errors import NotFound
from llm_proxy.pipeline.shadow_run import ShadowRun, ShadowSample
from llm_proxy.web.admin import rehearsals as views
from llm_proxy.web.admin import rule_fields
from llm_proxy.web.admin.drafts import draft_id, prepared
from llm_proxy.web.admin.fields import PathId
from llm_proxy.web.admin.rehearsals import ShadowAsked, ShadowView
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk

_UNKNOWN = "There is no shadow run with this id."
_MOST_GROUPS = 100


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/guardrails/shadow", tags=["guardrails"], route_class=AdminRoute)
    router.post("", status_code=201, operation_id="startShadow")(start_shadow)
    router.get("", operation_id="listShadows")(list_shadows)
    router.get("/{id}", operation_id="getShadow")(get_shadow)
    router.delete("/{id}", status_code=204, operation_id="endShadow")(end_shadow)
    return router


async def start_shadow(body: ShadowAsked, desk: AtDesk) -> ShadowView:
    """Let a draft look at this process's live calls from now on. No call waits for it or is changed by it."""
    draft = await prepared(desk, body.draft)
    run = desk.services.shadows.start(draft, body.minutes * 60, body.max_calls)
    detail = {"run": run.id, "minutes": body.minutes, "max_calls": body.max_calls}
    log = desk.entry("guardrail.shadow", detail | {"draft": rule_fields.loggable(body.draft)})
    await desk.store.admin_log.append(log, draft_id(draft) or "")
    return _view(run, await desk.store.keys.names())


async def list_shadows(desk: AtDesk) -> list[ShadowView]:
    """List this process's runs, ended ones too, newest first."""
    names = await desk.store.keys.names()
    return [_view(run, names) for run in desk.services.shadows.list()]


async def get_shadow(run_id: PathId, desk: AtDesk) -> ShadowView:
    """Return one run, with what it has seen so far."""
    if desk.services.shadows.find(run_id) is None:
        raise NotFound(_UNKNOWN)
    await desk.services.shadows.drained()
    run = desk.services.shadows.find(run_id)
    if run is None:
        raise NotFound(_UNKNOWN)
    return _view(run, await desk.store.keys.names())


async def end_shadow(run_id: PathId, desk: AtDesk) -> Response:
    """End a run, and forget it."""
    if not desk.services.shadows.remove(run_id):
        raise NotFound(_UNKNOWN)
    await desk.store.admin_log.append(desk.entry("guardrail.shadow_end", {"run": run_id}))
    return Response(status_code=204)


def _view(run: ShadowRun, names: Mapping[str, str]) -> ShadowView:
    rule = run.draft.rule
    return ShadowView(
        id=run.id,
        live=run.is_live,
        draft_id=draft_id(run.draft),
        name=rule.name,
        pattern=rule.pattern,
        mode=rule.mode,
        started_at=run.started_at,
        ends_at=run.started_at + timedelta(seconds=run.seconds),
        ended_at=run.ended_at,
        max_calls=run.max_calls,
        calls=run.calls,
        would_match=run.matched,
        newly_matched=run.newly_matched,
        no_longer_matched=run.no_longer_matched,
        newly_rejected=run.newly_rejected,
        out_of_scope=run.out_of_scope,
        dropped=run.dropped,
        failed=run.failed,
        added_us_per_call=_rounded(run.added_us_per_call),
        longest_us=_rounded(run.longest_us),
        by_key=[
            views.ShadowKey(api_key_id=key, api_key_name=names.get(key), would_match=count)
            for key, count in _most(run.by_key)
        ],
        by_model=[views.ShadowModel(model=model, would_match=count) for model, count in _most(run.by_model)],
        samples=[_sample(each, names) for each in reversed([*run.samples])],
    )


def _sample(sample: ShadowSample, names: Mapping[str, str]) -> views.ShadowSampleView:
    told = asdict(sample)
    key_id = told.pop("key_id")
    return views.ShadowSampleView(**told, api_key_id=key_id, api_key_name=names.get(key_id))


def _most(counts: Counter[str]) -> list[tuple[str, int]]:
    return counts.copy().most_common(_MOST_GROUPS)


def _rounded(microseconds: float | None) -> float | None:
    return None if microseconds is None else round(microseconds, 1)
