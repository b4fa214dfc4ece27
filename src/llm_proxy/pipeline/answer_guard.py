"""May this answer reach the client, and in which words?

The provider's own words are inspected first, as a request's are; then placeholders become the values that they stand
for, which the client sent itself.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from llm_proxy.core import strict_json
from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.guardrails import MAX_FINDINGS, Verdict, inspect, inspect_text, may_find
from llm_proxy.core.placeholders import Restorer
from llm_proxy.core.restoring import restore_text
from llm_proxy.core.strict_json import Document
from llm_proxy.core.texts import walk
from llm_proxy.core.watch import Caller, Watch
from llm_proxy.errors import BadJson
from llm_proxy.pipeline.audit import Found, refusal
from llm_proxy.pipeline.lookout import UNWATCHED, Lookout, Outcome, Seen
from llm_proxy.ports import Ledger

_OFF_LOOP_BYTES = 64 << 10  # a larger answer, or one in which a rule may find something, is inspected in a thread


@dataclass(frozen=True, slots=True)
class AnswerGuard:
    """What one call's answer is judged by. ``actions`` is what became of what was found in it."""

    endpoint: Endpoint
    watch: Watch
    found: Found
    ledger: Ledger
    restorer: Restorer
    max_depth: int
    actions: list[str] = field(default_factory=list)
    lookout: Lookout = UNWATCHED

    @property
    def is_idle(self) -> bool:
        """Whether an answer may pass unread: no rule looks at it, and no placeholder was issued."""
        return not self.watch.active and not self.restorer

    async def whole(self, body: bytes) -> bytes:
        """Return what the client gets of a whole answer.

        Every finding is on record before this returns or raises. Raises GuardrailRejected, GuardrailUnavailable and
        AuditUnavailable.
        """
        if self.is_idle:
            self.show(body)
            return body
        document = None
        if len(body) <= _OFF_LOOP_BYTES:
            document = self._read(body)
            if document is not None and not may_find(document, self.endpoint, (), self.watch):
                self.show(body)
                return self._restored(document, body) if self.restorer else body
        verdict, document = await asyncio.to_thread(self._judge, body, document)
        events = [self.found.event(finding) for finding in verdict.findings[:MAX_FINDINGS]]
        self.show(body, (), [event.guardrail_id for event in events], verdict.outcome)
        if events:
            await self.ledger.record_events(events)
        if verdict.outcome == "rejected":
            culprit = verdict.rejected_by
            raise refusal(next(event for event, each in zip(events, verdict.findings, strict=False) if each is culprit))
        self.actions.extend(finding.action for finding in verdict.findings)
        return await asyncio.to_thread(self._rewritten, body, document, verdict)

    def show(
        self, body: bytes, texts: Sequence[str] = (), found: Sequence[str] = (), outcome: Outcome = "pass"
    ) -> None:
        """Show an answer to who wants to see it: its JSON, or its texts when it was streamed, and what was found."""
        call, key = self.found.call, self.found.key
        seen = Seen(
            call_id=call.id,
            endpoint=self.endpoint,
            caller=Caller(key.id, key.provider_id, self.found.model, self.endpoint.name),
            rules=self.watch.rules,
            direction="response",
            body=body,
            texts=tuple(texts),
            found=tuple(found),
            outcome=outcome,
            is_judged=bool(self.watch.active),
        )
        self.lookout.saw(seen)

    def _read(self, body: bytes) -> Document | None:
        """Read an answer strictly; None when it has no one meaning."""
        try:
            return strict_json.read(body, max_depth=self.max_depth)
        except BadJson:
            return None

    def _judge(self, body: bytes, document: Document | None) -> tuple[Verdict, Document | None]:
        document = document or self._read(body)
        if document is not None:
            return inspect(document, self.endpoint, self.watch), document
        # What cannot be read cannot be rewritten either: a kind in which nothing may be replaced.
        return inspect_text(body.decode(errors="replace"), self.watch, "I"), None

    def _rewritten(self, body: bytes, document: Document | None, verdict: Verdict) -> bytes:
        if document is None:
            return body
        if verdict.outcome == "replaced":
            body = _without_logprobs(strict_json.splice(document, verdict.changes))
            document = strict_json.read(body, max_depth=self.max_depth)
        return self._restored(document, body) if self.restorer else body

    def _restored(self, document: Document, body: bytes) -> bytes:
        changes = {}
        for text in walk(document.tree, self.endpoint):
            if text.literal is None or text.is_key:
                continue
            restored = restore_text(text.value, self.restorer, is_json=text.kind == "B")
            if restored != text.value:
                changes[text.literal] = restored
        return strict_json.splice(document, changes) if changes else body


def _without_logprobs(body: bytes) -> bytes:
    """Drop the log probabilities of an answer that was changed: they spell its text out again."""
    if b'"logprobs"' not in body:
        return body
    tree = orjson.loads(body)
    waiting: list[Any] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if node.get("logprobs"):
                node["logprobs"] = [] if isinstance(node["logprobs"], list) else None
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return orjson.dumps(tree)
