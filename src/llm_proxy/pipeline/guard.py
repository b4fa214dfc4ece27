"""May this text leave, and in which words?"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from llm_proxy.core import strict_json
from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.guardrails import MAX_FINDINGS, Finding, RuleSet, Verdict, inspect, inspect_text, may_find
from llm_proxy.core.stream_options import usage_edit
from llm_proxy.core.strict_json import Document
from llm_proxy.core.texts import prompt_characters
from llm_proxy.errors import GuardrailRejected
from llm_proxy.ports import Ledger
from llm_proxy.records import ApiKey, Call, GuardrailEvent

OUTSIDE = "headers"  # the place of what is not in the body: forwarded headers and the query string
# A larger body is read in a thread, and any body in which a rule may match is judged there: other calls go on.
OFF_LOOP_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class Guarded:
    """A body that may leave.

    ``asks_usage``: the request for usage is ours, so its extra chunk is withheld; ``unasked()`` is the body without it.
    """

    body: bytes
    model: str
    is_streaming: bool
    prompt_characters: int
    replaced: int = 0
    asks_usage: bool = False
    unasked: Callable[[], bytes] = bytes


@dataclass(frozen=True, slots=True)
class _Judgement:
    document: Document
    verdict: Verdict
    events: list[GuardrailEvent]
    refusal: GuardrailRejected | None


@dataclass(frozen=True, slots=True)
class Guard:
    """What a body is judged by: the rules in force, how deep it may nest, whether a stream is asked for usage."""

    rules: RuleSet
    max_depth: int
    asks_usage: bool = True


async def guard_request(call: Call, endpoint: Endpoint, key: ApiKey, guard: Guard, ledger: Ledger) -> Guarded:
    """Inspect a call and return what may be forwarded.

    Every finding is on record, durably, before this returns or raises. Raises BadJson, GuardrailRejected,
    GuardrailUnavailable and AuditUnavailable; after any of them nothing is forwarded.
    """
    document = None
    if len(call.body) <= OFF_LOOP_BYTES:
        document = _document(call, endpoint, guard)
        if not may_find(document, call.outside, guard.rules):
            return _guarded(call, endpoint, guard, document, Verdict("pass", changes=document.repairs))
    judgement = await asyncio.to_thread(_judge, call, endpoint, key, guard, document)
    call.notes.findings = len(judgement.events)
    if judgement.events:
        await ledger.record_events(judgement.events)
    if judgement.refusal is not None:
        raise judgement.refusal
    return await asyncio.to_thread(_guarded, call, endpoint, guard, judgement.document, judgement.verdict)


def _document(call: Call, endpoint: Endpoint, guard: Guard) -> Document:
    return Document({}, "") if endpoint.method == "GET" else strict_json.read(call.body, max_depth=guard.max_depth)


def _judge(call: Call, endpoint: Endpoint, key: ApiKey, guard: Guard, document: Document | None) -> _Judgement:
    """Inspect a call, and write down what was found: it may take long, so it runs in a thread.

    ``document`` is the body as it was read; None when it is so large that it is to be read here.
    """
    document = document or _document(call, endpoint, guard)
    outside = [finding for text in call.outside for finding in inspect_text(text, guard.rules).findings]
    verdict = inspect(document, endpoint, guard.rules)
    culprit = outside[0] if outside else verdict.rejected_by  # what is not in the body cannot be rewritten
    findings = (*outside, *verdict.findings)[:MAX_FINDINGS]
    named = all(finding.place != "model" for finding in findings)  # a name that is a finding itself is not told
    model = _model(document) if named else ""
    events = [_event(finding, call, key, model, rejected=culprit is not None) for finding in findings]
    refusal = None
    if culprit is not None:
        refusal = _refusal(next(event for event, finding in zip(events, findings, strict=True) if finding is culprit))
    return _Judgement(document, verdict, events, refusal)


def _guarded(call: Call, endpoint: Endpoint, guard: Guard, document: Document, verdict: Verdict) -> Guarded:
    """Rewrite a body that may leave."""
    tree = document.tree
    streaming = tree.get("stream") is True
    edit = usage_edit(document) if guard.asks_usage and endpoint.asks_usage and streaming else None

    def unasked() -> bytes:
        return strict_json.splice(document, verdict.changes) if verdict.changes else call.body

    return Guarded(
        body=strict_json.splice(document, verdict.changes, (edit,)) if edit else unasked(),
        model=_model(document),
        is_streaming=streaming,
        prompt_characters=prompt_characters(tree, endpoint),
        replaced=len(verdict.findings),
        asks_usage=edit is not None,
        unasked=unasked,
    )


def _model(document: Document) -> str:
    model = document.tree.get("model")
    return model[:200] if isinstance(model, str) else ""


def _event(finding: Finding, call: Call, key: ApiKey, model: str, *, rejected: bool) -> GuardrailEvent:
    """Make the audit record of one rule's findings in one text. Pattern and mode are copied.

    The event outlives the rule.
    """
    return GuardrailEvent(
        id=str(uuid4()),
        guardrail_id=finding.rule.id,
        api_key_id=key.id,
        pattern=finding.rule.pattern,
        mode=finding.rule.mode,
        input_text=finding.text,
        created_at=datetime.now(UTC),
        call_id=call.id,
        endpoint=call.endpoint,
        place=finding.place or OUTSIDE,
        spans=finding.spans,
        action="rejected" if rejected else "replaced",
        provider_id=key.provider_id,
        model=model,
    )


def _refusal(event: GuardrailEvent) -> GuardrailRejected:
    """Name the rule and the event, so that whoever may look can find both; never the pattern or the text."""
    return GuardrailRejected(
        f"The request was blocked by guard rail {event.guardrail_id} ({event.place}). Event {event.id}.",
        param=event.place,
    )
