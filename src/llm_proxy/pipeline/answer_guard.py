"""May this answer reach the client, and in which words?

The provider's own words are inspected first, as a request's are; then placeholders become the values that they stand
for, which the client sent itself.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from llm_proxy.core.answer_stream import AnswerStream
from llm_proxy.core.answers import Judge
from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.gathering import Finding
from llm_proxy.core.guardrails import MAX_FINDINGS, inspect_text
from llm_proxy.core.placeholders import Restorer
from llm_proxy.core.watch import Caller, Watch
from llm_proxy.pipeline.audit import Found, refusal
from llm_proxy.pipeline.lookout import UNWATCHED, Lookout, Outcome, Seen
from llm_proxy.pipeline.pseudonyms import Turn
from llm_proxy.ports import Ledger
from llm_proxy.records import GuardrailEvent

Headers = tuple[tuple[str, str], ...]

OFF_LOOP_BYTES = 64 << 10  # a larger answer, or one in which a rule may find something, is inspected in a thread


@dataclass(frozen=True, slots=True)
class AnswerGuard:
    """What one call's answer is judged by. ``actions`` is what became of what was found in it, by ``events``."""

    endpoint: Endpoint
    watch: Watch
    found: Found
    ledger: Ledger
    turn: Turn
    max_depth: int
    actions: list[str] = field(default_factory=list)
    lookout: Lookout = UNWATCHED
    events: list[GuardrailEvent] = field(default_factory=list)

    @property
    def restorer(self) -> Restorer:
        """What puts values in the place of placeholders."""
        return self.turn.restorer

    @property
    def is_idle(self) -> bool:
        """Whether an answer may pass unread: no rule looks at it, and no placeholder was issued."""
        return not self.watch.active and not self.restorer

    @property
    def holds_opening(self) -> bool:
        """Whether a streamed answer may be refused because of somebody's rule, which is better told by a status."""
        return not self.watch.holdback.is_light

    async def whole(self, body: bytes) -> bytes:
        """Return what the client gets of a whole answer.

        Every finding is on record before this returns or raises. Raises GuardrailRejected, GuardrailUnavailable and
        AuditUnavailable.
        """
        judge = self._judge
        self.found.effort.read_bytes += len(body)
        with self.found.effort:
            if self.is_idle or (len(body) <= OFF_LOOP_BYTES and judge.lets_pass(body)):
                self.show(body)
                return body
            judged = await asyncio.to_thread(judge.judge, body)
        try:
            await self.record(judged.findings, judged.rejected_by)
        finally:
            self.show(body)
        return judged.body

    async def outside(self, headers: Headers) -> Headers:
        """Return an answer's headers without those in which a rule finds something, which is on record by then.

        Raises GuardrailUnavailable and AuditUnavailable.
        """
        with self.found.effort:
            if not self.watch.for_kind("J").may_find([value for _, value in headers]):
                return headers
            judged = [(name, value, inspect_text(value, self.watch, "J")) for name, value in headers]
        # Nothing but the header is kept back, so that is what became of what was found in it.
        await self.record(
            [
                replace(each, place=f"headers.{name}", action="monitored" if each.action == "monitored" else "replaced")
                for name, _, verdict in judged
                for each in verdict.findings
            ],
            None,
        )
        return tuple((name, value) for name, value, verdict in judged if verdict.outcome == "pass")

    def stream(self) -> AnswerStream | None:
        """Return what judges a streamed answer, event by event; None when it may pass unread.

        What it finds is to be recorded before it goes on.
        """
        if self.is_idle and not self.lookout.wants("response"):
            return None
        return AnswerStream(self._judge)

    async def record(self, findings: Sequence[Finding], rejected_by: Finding | None) -> None:
        """Return when findings are on record; raises GuardrailRejected because of ``rejected_by``.

        Raises AuditUnavailable when they cannot be recorded.
        """
        if not findings:
            return
        events = self.found.events(findings[:MAX_FINDINGS], is_forwarded=True)
        self.found.call.notes.findings += len(events)
        self.events.extend(events)
        self.actions.extend(event.action for event in events)
        await self.ledger.record_events(events)
        if rejected_by is not None:
            pairs = zip(events, findings, strict=False)
            raise refusal(next((event for event, each in pairs if each is rejected_by), events[0]))

    def show(self, body: bytes, texts: Sequence[str] = ()) -> None:
        """Show an answer to who wants to see it: its JSON, or its texts when it was streamed, and what was found."""
        call, key = self.found.call, self.found.key
        acted = [action for action in self.actions if action != "monitored"]
        outcome: Outcome = "pass" if not acted else "rejected" if "rejected" in acted else "replaced"
        seen = Seen(
            call_id=call.id,
            endpoint=self.endpoint,
            caller=Caller(key.id, key.provider_id, self.found.model, self.endpoint.name),
            rules=self.watch.rules,
            direction="response",
            body=body,
            texts=tuple(texts),
            found=tuple(event.guardrail_id for event in self.events),
            outcome=outcome,
            is_judged=bool(self.watch.active),
        )
        self.lookout.saw(seen)

    @property
    def _judge(self) -> Judge:
        return Judge(self.endpoint, self.watch, self.restorer, self.max_depth)
