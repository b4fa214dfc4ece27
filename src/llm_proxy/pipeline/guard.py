"""May this text leave, and in which words?"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from llm_proxy.core import strict_json
from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.guardrails import Finding, RuleSet, inspect, inspect_text
from llm_proxy.core.stream_options import usage_edit
from llm_proxy.core.texts import prompt_characters
from llm_proxy.errors import GuardrailRejected
from llm_proxy.ports import Ledger
from llm_proxy.records import ApiKey, Call, GuardrailEvent

OUTSIDE = "headers"  # the place of what is not in the body: forwarded headers and the query string
OFF_LOOP_BYTES = 64 << 10  # a body this large is read and inspected in a thread, so that other calls go on


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
class _Reading:
    guarded: Guarded | None
    findings: tuple[Finding, ...]
    rejected_by: Finding | None


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
    if len(call.body) > OFF_LOOP_BYTES:
        reading = await asyncio.to_thread(_read, call, endpoint, guard)
    else:
        reading = _read(call, endpoint, guard)
    call.notes.findings = len(reading.findings)
    events = [_event(finding, call, key, rejected=reading.rejected_by is not None) for finding in reading.findings]
    if events:
        await ledger.record_events(events)
    if reading.guarded is not None:
        return reading.guarded
    raise _refusal(reading, events)


def _read(call: Call, endpoint: Endpoint, guard: Guard) -> _Reading:
    """Read, inspect and rewrite a body: everything that costs time, in one synchronous piece."""
    outside = inspect_text(call.outside, guard.rules).findings if call.outside else ()
    if endpoint.method == "GET":
        guarded = None if outside else Guarded(b"", "", is_streaming=False, prompt_characters=0)
        return _Reading(guarded, outside, outside[0] if outside else None)
    document = strict_json.read(call.body, max_depth=guard.max_depth)
    verdict = inspect(document, endpoint, guard.rules)
    findings = outside + verdict.findings
    if outside or verdict.outcome == "rejected":
        return _Reading(None, findings, outside[0] if outside else verdict.rejected_by or findings[0])
    tree = document.tree
    streaming = tree.get("stream") is True
    edit = usage_edit(document) if guard.asks_usage and endpoint.asks_usage and streaming else None

    def unasked() -> bytes:
        return strict_json.splice(document, verdict.changes) if verdict.changes else call.body

    model = tree.get("model")
    guarded = Guarded(
        body=strict_json.splice(document, verdict.changes, (edit,)) if edit else unasked(),
        model=model[:200] if isinstance(model, str) else "",
        is_streaming=streaming,
        prompt_characters=prompt_characters(tree, endpoint),
        replaced=len(verdict.findings),
        asks_usage=edit is not None,
        unasked=unasked,
    )
    return _Reading(guarded, findings, None)


def _event(finding: Finding, call: Call, key: ApiKey, *, rejected: bool) -> GuardrailEvent:
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
    )


def _refusal(reading: _Reading, events: list[GuardrailEvent]) -> GuardrailRejected:
    """Name the rule and the event, so that whoever may look can find both; never the pattern or the text."""
    culprit = reading.rejected_by
    index = next((i for i, finding in enumerate(reading.findings) if finding is culprit), 0)
    event = events[index]
    return GuardrailRejected(
        f"The request was blocked by guard rail {event.guardrail_id} ({event.place}). Event {event.id}.",
        param=event.place,
    )
