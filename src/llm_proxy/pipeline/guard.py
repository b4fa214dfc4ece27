"""May this text leave, and in which words?"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple
from urllib.parse import parse_qsl

from llm_proxy.core import strict_json
from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.fingerprints import MASK
from llm_proxy.core.gathering import Finding
from llm_proxy.core.guardrails import MAX_FINDINGS, Verdict, inspect, inspect_text, may_find
from llm_proxy.core.placeholders import Placeholders
from llm_proxy.core.stream_options import usage_edit
from llm_proxy.core.strict_json import Document
from llm_proxy.core.sweeping import sweep
from llm_proxy.core.texts import prompt_characters
from llm_proxy.core.watch import Caller, RuleSet, Watch
from llm_proxy.errors import GuardrailRejected, GuardrailUnavailable
from llm_proxy.pipeline.audit import OUTSIDE, Effort, Found, refusal
from llm_proxy.pipeline.lookout import UNWATCHED, Lookout, Seen
from llm_proxy.pipeline.pseudonyms import NO_HISTORY, Asked, history_asked
from llm_proxy.ports import Ledger
from llm_proxy.records import ApiKey, Call, GuardrailEvent, Secret

__all__ = ["OUTSIDE", "Guard", "Guarded", "guard_request"]

# A larger body is read in a thread, and any body in which a rule may match is judged there: other calls go on.
OFF_LOOP_BYTES = 64 << 10
_SHORTEST = 8  # a shorter finding may stand in an ordinary name


@dataclass(frozen=True, slots=True)
class Guarded:
    """A body that may leave.

    ``model`` is what the client asked for, ``label`` what records and the log may call it.
    ``asks_usage``: the request for usage is ours, so its extra chunk is withheld; ``unasked()`` is the body without it.
    ``actions`` is what became of what was found, ``issued`` what placeholders in the body stand for, ``history`` what
    it goes on with.
    """

    body: bytes
    model: str
    label: str
    is_streaming: bool
    prompt_characters: int
    actions: tuple[str, ...] = ()
    issued: Mapping[str, str] = field(default_factory=dict)
    history: Asked = NO_HISTORY
    asks_usage: bool = False
    unasked: Callable[[], bytes] = bytes


@dataclass(frozen=True, slots=True)
class _Judgement:
    document: Document
    verdict: Verdict
    events: list[GuardrailEvent]
    refusal: GuardrailRejected | None
    issued: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Guard:
    """What a body is judged by.

    The rules in force, how deep it may nest, whether a stream is asked for usage; ``deadline_s`` is the processor time
    that judging may take, and as much again for each MiB. Placeholders are made with ``placeholder_key``; ``lookout``
    is shown what was judged.
    """

    rules: RuleSet
    max_depth: int
    asks_usage: bool = True
    deadline_s: float = 0.25
    placeholder_key: Secret | None = None
    lookout: Lookout = UNWATCHED


class _Case(NamedTuple):
    """One call before its guard."""

    call: Call
    endpoint: Endpoint
    key: ApiKey
    guard: Guard
    effort: Effort

    def read(self) -> Document:
        """Read the body strictly; raises BadJson."""
        if self.endpoint.method == "GET":
            return Document({}, "")
        return strict_json.read(self.call.body, max_depth=self.guard.max_depth)

    def watch(self, document: Document, spend: Callable[[], None] | None = None) -> Watch:
        """Return the rules that apply to this call."""
        return self.guard.rules.watch("request", self.caller(document), spend)

    def caller(self, document: Document) -> Caller:
        """Return whose call it is."""
        return Caller(self.key.id, self.key.provider_id, _model(document), self.endpoint.name)

    def show(self, document: Document, verdict: Verdict, events: Sequence[GuardrailEvent] = ()) -> None:
        """Show what was judged to who wants to see it."""
        call, guard = self.call, self.guard
        seen = Seen(
            call_id=call.id,
            endpoint=self.endpoint,
            caller=self.caller(document),
            rules=guard.rules,
            body=call.body,
            texts=call.outside,
            found=tuple(event.guardrail_id for event in events),
            outcome=verdict.outcome,
        )
        guard.lookout.saw(seen)

    def _outside(self, text: str, watch: Watch) -> list[Finding]:
        """Return what is found in a text that is not in the body."""
        is_in_query = any(text == value for _, value in parse_qsl(self.call.query))
        found = inspect_text(text, watch, "J").findings
        return [replace(finding, place="query" if is_in_query else "") for finding in found]

    def judge(self, document: Document | None) -> _Judgement:
        """Inspect the call, and write down what was found: it may take long, so it runs in a thread.

        ``document`` is the body as it was read; None when it is so large that it is to be read here.
        """
        document = document or self.read()
        watch = self.watch(document, _budget(self.guard.deadline_s * (1 + len(self.call.body) / (1 << 20))))
        outside = [finding for text in self.call.outside for finding in self._outside(text, watch)]
        placeholder_key = self.guard.placeholder_key
        issuer = None if placeholder_key is None else Placeholders(placeholder_key, self.key.id)
        verdict = inspect(document, self.endpoint, watch, issuer)
        if issuer is not None:
            verdict = sweep(verdict, document, self.endpoint, watch, issuer.issued)
        # What is not in the body cannot be rewritten: any rule that enforces something refuses it.
        culprit = next((finding for finding in outside if finding.action == "rejected"), verdict.rejected_by)
        if culprit is not None:
            verdict = verdict.refused()
        findings = (*outside, *verdict.findings)[:MAX_FINDINGS]
        self.call.notes.found_outside = bool(outside)
        label, rules = _label(document, findings), self.guard.rules
        found = Found(self.call, self.key, label, "request", rules, self.effort)
        events = found.events(findings, is_forwarded=culprit is None)
        if culprit is None:
            return _Judgement(document, verdict, events, None, issuer.issued if issuer else {})
        named = next(event for event, finding in zip(events, findings, strict=True) if finding is culprit)
        return _Judgement(document, verdict, events, refusal(named), {})

    def guarded(self, document: Document, verdict: Verdict, issued: Mapping[str, str]) -> Guarded:
        """Rewrite a body that may leave. ``issued`` are the placeholders in it."""
        tree, call = document.tree, self.call
        streaming = tree.get("stream") is True
        edit = usage_edit(document) if self.guard.asks_usage and self.endpoint.asks_usage and streaming else None

        def unasked() -> bytes:
            return strict_json.splice(document, verdict.changes) if verdict.changes else call.body

        return Guarded(
            body=strict_json.splice(document, verdict.changes, (edit,)) if edit else unasked(),
            model=_model(document),
            label=_label(document, verdict.findings),
            is_streaming=streaming,
            prompt_characters=prompt_characters(tree, self.endpoint),
            actions=tuple(finding.action for finding in verdict.findings),
            issued=issued,
            history=history_asked(tree) if self.endpoint.name == "responses" else NO_HISTORY,
            asks_usage=edit is not None,
            unasked=unasked,
        )


async def guard_request(call: Call, endpoint: Endpoint, key: ApiKey, guard: Guard, ledger: Ledger) -> Guarded:
    """Inspect a call and return what may be forwarded.

    Every finding is on record, durably, before this returns or raises. Raises BadJson, GuardrailRejected,
    GuardrailUnavailable and AuditUnavailable; after any of them nothing is forwarded.
    """
    case = _Case(call, endpoint, key, guard, Effort(len(call.body)))
    document = None
    with case.effort:
        if len(call.body) <= OFF_LOOP_BYTES:
            document = case.read()
            if not may_find(document, endpoint, call.outside, case.watch(document)):
                passed = Verdict("pass", changes=document.repairs)
                case.show(document, passed)
                return case.guarded(document, passed, {})
        judgement = await asyncio.to_thread(case.judge, document)
    case.show(judgement.document, judgement.verdict, judgement.events)
    call.notes.findings = len(judgement.events)
    if judgement.events:
        await ledger.record_events(judgement.events)
    if judgement.refusal is not None:
        raise judgement.refusal
    return await asyncio.to_thread(case.guarded, judgement.document, judgement.verdict, judgement.issued)


def _budget(seconds: float) -> Callable[[], None]:
    """Return what raises GuardrailUnavailable once this thread has worked for so long: what waits is not its fault."""
    end = time.thread_time() + seconds

    def spend() -> None:
        if time.thread_time() > end:
            raise GuardrailUnavailable("Inspecting this call took too long, so it was not forwarded.")

    return spend


def _model(document: Document) -> str:
    model = document.tree.get("model")
    return model[:200] if isinstance(model, str) else ""


def _label(document: Document, findings: Sequence[Finding]) -> str:
    """Return the model's name, but not where a rule found something in it, or something that it holds."""
    model = _model(document)
    said = (finding.text[start:end] for finding in findings for start, end in finding.spans)
    is_found = any(finding.place == "model" for finding in findings)
    return MASK if is_found or any(word in model for word in said if len(word) >= _SHORTEST) else model
