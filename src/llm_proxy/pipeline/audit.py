"""What was found becomes audit records, and a refusal that names one of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter
from types import TracebackType
from typing import Any, NamedTuple
from uuid import uuid4

from llm_proxy.core.fingerprints import Fingerprinter, masked
from llm_proxy.core.gathering import Finding
from llm_proxy.core.watch import RuleSet
from llm_proxy.errors import GuardrailRejected
from llm_proxy.records import ApiKey, Call, Direction, GuardrailEvent

OUTSIDE = "headers"  # the place of what is not in the body: forwarded headers and the query string


class Effort:
    """What reading and inspecting took so far. Time passes within ``with``."""

    __slots__ = ("_since", "read_bytes", "seconds")

    def __init__(self, read_bytes: int = 0) -> None:
        self.read_bytes = read_bytes
        self.seconds = 0.0
        self._since: float | None = None

    def __enter__(self) -> None:
        self._since = perf_counter()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.seconds, self._since = self._passed, None

    @property
    def microseconds(self) -> int:
        """How long it took until now."""
        return round(self._passed * 1e6)

    @property
    def _passed(self) -> float:
        return self.seconds + (0.0 if self._since is None else perf_counter() - self._since)


class Found(NamedTuple):
    """Where findings come from: whose call, which way the text went, under which rules, and what it took."""

    call: Call
    key: ApiKey
    model: str  # as records may call it
    direction: Direction
    rules: RuleSet
    effort: Effort

    def events(self, findings: Sequence[Finding], *, is_forwarded: bool) -> list[GuardrailEvent]:
        """Make the audit records of findings. ``is_forwarded``: the provider got the request, or will."""
        namer, call = self.rules.fingerprinter, self.call
        told: dict[str, Any] = {
            # Where a rule found something in it, nobody repeats it.
            "request_id": "" if call.notes.found_outside else call.request_id,
            "ruleset_version": self.rules.version,
            "latency_us": self.effort.microseconds,
            "body_bytes": self.effort.read_bytes,
            "client_hash": "" if namer is None else namer.of_client(call.remote),
            "is_forwarded": is_forwarded,
        }
        return [replace(self._event(finding, namer), **told) for finding in findings]

    def _event(self, finding: Finding, namer: Fingerprinter | None) -> GuardrailEvent:
        """Make the audit record of one rule's findings in one text. What the rule says is copied.

        The event outlives the rule.
        """
        rule, values = finding.rule, finding.values
        return GuardrailEvent(
            id=str(uuid4()),
            guardrail_id=rule.id,
            api_key_id=self.key.id,
            pattern=rule.pattern,
            mode=rule.mode,
            input_text=finding.text,
            created_at=datetime.now(UTC),
            call_id=self.call.id,
            endpoint=self.call.endpoint,
            place=finding.place or OUTSIDE,
            spans=finding.spans,
            action=finding.action,
            provider_id=self.key.provider_id,
            model=self.model,
            rule_name=rule.name,
            rule_version=rule.version,
            severity=rule.severity,
            direction=self.direction,
            field_class=finding.kind,
            view=finding.view,
            fingerprints=tuple(map(namer.of, values)) if namer else (),
            previews=tuple(masked(value, rule.pattern) for value in values),
        )


def refusal(event: GuardrailEvent) -> GuardrailRejected:
    """Name the rule and the event, so that whoever may look can find both; never the pattern or the text."""
    what = "request" if event.direction == "request" else "answer"
    name = f"{event.rule_name}, " if event.rule_name else ""
    return GuardrailRejected(
        f"The {what} was blocked by guard rail {name}{event.guardrail_id} ({event.place}). Event {event.id}.",
        param=event.place,
    )


def summary(actions: Sequence[str]) -> str:
    """Return what the client is told of a call that went through: ``redacted=2;monitored=1``, "" for nothing."""
    monitored = actions.count("monitored")
    redacted = len(actions) - monitored
    told = (("redacted", redacted), ("monitored", monitored))
    return ";".join(f"{name}={count}" for name, count in told if count)
