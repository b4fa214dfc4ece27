"""``/admin/guardrails/test`` and ``/check``: what rules would do, before they are saved. Nothing of it is recorded."""

import asyncio
import time
from collections.abc import Callable

from fastapi import APIRouter

from llm_proxy.core import strict_json
from llm_proxy.core.endpoints import ENDPOINTS, Endpoint
from llm_proxy.core.fingerprints import masked
from llm_proxy.core.gathering import Finding
from llm_proxy.core.guardrails import (
    Verdict,
    check_rule,
    inspect,
    inspect_text,
)
from llm_proxy.core.placeholders import Placeholders
from llm_proxy.core.watch import Caller, RuleSet, Watch, compile_rules, with_rule
from llm_proxy.errors import BadJson, BadPattern, BadRequest
from llm_proxy.records import ApiKey, Guardrail
from llm_proxy.web.admin import rule_cost, rule_fields, trials
from llm_proxy.web.admin.admitting import NEW, admit_rule, draft_of, scoped
from llm_proxy.web.admin.drafts import drafted
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk, Desk

MAX_FINDINGS = 200  # in an answer
MAX_SIZE = 8 << 20  # of their texts, which several findings may share: characters, a span counting as 64

_NONE = compile_rules((), 0)
_SLOW_S = 0.02  # beside which the preparation is nothing


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/guardrails", tags=["guardrails"], route_class=AdminRoute)
    router.post("/test", operation_id="testGuardrails")(try_guardrails)
    router.post("/check", operation_id="checkGuardrail")(check_guardrail)
    return router


async def try_guardrails(body: trials.GuardrailTest, desk: AtDesk) -> trials.GuardrailTested:
    """Judge a text, or a request's body, as the data path would. Nothing is forwarded and nothing is recorded."""
    endpoint = ENDPOINTS.get(body.endpoint)
    if endpoint is None or endpoint.method != "POST":
        raise BadRequest(
            "endpoint is not the name of one that takes a body, such as chat/completions.", param="endpoint"
        )
    if (body.text is None) == (body.body is None):
        raise BadRequest("Give either text or body.", param="text" if body.body is None else "body")
    rules = desk.services.directory.rules if body.with_stored else _NONE
    draft = None if body.draft is None else await drafted(desk, body.draft)
    return await asyncio.to_thread(_Trial(body, draft, endpoint, _whose(body, desk), desk).judge, rules)


def _whose(body: trials.GuardrailTest, desk: Desk) -> ApiKey | None:
    """Return the key whose call it is to be; raises BadRequest when there is none of that id."""
    if not body.api_key_id:
        return None
    key = desk.services.directory.find_key_by_id(body.api_key_id)
    if key is None:
        raise BadRequest("There is no live key with this id.", param="api_key_id")
    return key


async def check_guardrail(body: trials.GuardrailCheck, desk: AtDesk) -> trials.GuardrailChecked:
    """Say whether a rule would be admitted, why not, what it would cost and what ordinary texts it would flag."""
    try:
        draft = await scoped(desk.store, draft_of(rule_fields.members(body, desk.store.fingerprints)))
        admitted = await admit_rule(desk.store, draft)
        cost = await asyncio.to_thread(rule_cost.cost_us_per_kb, body.pattern)
    except (BadPattern, BadRequest) as exc:
        return trials.GuardrailChecked(ok=False, reason=exc.message, param=exc.param)
    return trials.GuardrailChecked(
        ok=True,
        cost_us_per_kb=cost,
        dry_run=trials.DryRun.model_validate(admitted.dry_run),
        warnings=list(admitted.warnings),
    )


class _Trial:
    """One text or body on the bench. It takes as long as the rules and the text are large: a thread judges."""

    def __init__(
        self, asked: trials.GuardrailTest, draft: Guardrail | None, endpoint: Endpoint, key: ApiKey | None, desk: Desk
    ) -> None:
        self._asked = asked
        self._endpoint = endpoint
        self._key = key
        self._draft = draft
        self._max_depth = desk.services.process.settings.max_json_depth
        self._fingerprinter = desk.store.fingerprints
        self._issuer = Placeholders(desk.store.derived("placeholders"), key.id if key else "")

    def judge(self, rules: RuleSet) -> trials.GuardrailTested:
        """Judge by the rules in force and by the draft; raises BadPattern, BadJson and GuardrailUnavailable."""
        if self._draft is not None:
            rules = _with_draft(rules, self._draft)
        verdict, result, taken_s = self._text(rules) if self._asked.body is None else self._body(rules)
        findings = self._told(verdict)
        return trials.GuardrailTested(
            verdict=verdict.outcome,
            findings=findings,
            omitted_findings=len(verdict.findings) - len(findings),
            result=None if verdict.outcome == "rejected" else result,
            duration_us=round(taken_s * 1e6, 1),
        )

    def _text(self, rules: RuleSet) -> tuple[Verdict, str, float]:
        watch = self._watch(rules, "")
        verdict, taken_s = _timed(lambda: inspect_text(self._asked.text, watch, issuer=self._issuer))
        return verdict, verdict.changes.get(0, self._asked.text), taken_s

    def _body(self, rules: RuleSet) -> tuple[Verdict, str, float]:
        try:
            document = strict_json.read(self._asked.body.encode(), max_depth=self._max_depth)
            model = document.tree.get("model")
            watch = self._watch(rules, model if isinstance(model, str) else "")
            verdict, taken_s = _timed(lambda: inspect(document, self._endpoint, watch, self._issuer))
        except BadJson as exc:
            raise BadJson(exc.message, param="body") from exc
        return verdict, strict_json.splice(document, verdict.changes).decode(), taken_s

    def _watch(self, rules: RuleSet, model: str) -> Watch:
        """Return the rules that judge: where no key is named, those of any scope."""
        key = self._key
        caller = None if key is None else Caller(key.id, key.provider_id, model[:200], self._endpoint.name)
        return rules.watch("response" if self._asked.direction == "response" else "request", caller)

    def _told(self, verdict: Verdict) -> list[trials.TrialFinding]:
        """Return as many findings as an answer may hold, the first one however large it is."""
        told: list[trials.TrialFinding] = []
        room = MAX_SIZE
        for finding in verdict.findings[:MAX_FINDINGS]:
            room -= len(finding.text) + 64 * len(finding.spans)
            if told and room < 0:
                break
            told.append(self._view(finding))
        return told

    def _view(self, finding: Finding) -> trials.TrialFinding:
        rule = finding.rule
        return trials.TrialFinding(
            guardrail_id=None if rule.id == NEW else rule.id,
            is_draft=rule is self._draft,
            rule_name=rule.name,
            severity=rule.severity,
            pattern=rule.pattern,
            mode=rule.mode,
            action=finding.action,
            field_class=finding.kind,
            view=finding.view,
            place=finding.place,
            text=finding.text,
            spans=list(finding.spans),
            previews=[masked(value, rule.pattern) for value in finding.values],
            fingerprints=[self._fingerprinter.of(value) for value in finding.values],
        )


def _timed(judge: Callable[[], Verdict]) -> tuple[Verdict, float]:
    """Judge, and say how long that takes a call: rules that judge for the first time prepare themselves first."""
    for _ in range(2):
        started = time.perf_counter()
        verdict = judge()
        taken_s = time.perf_counter() - started
        if taken_s > _SLOW_S:
            break
    return verdict, taken_s


def _with_draft(rules: RuleSet, draft: Guardrail) -> RuleSet:
    """Compile nothing but the draft: a set of hundreds takes long."""
    check_rule(draft)
    return with_rule(rules, draft)
