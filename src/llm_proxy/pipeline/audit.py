"""What was found becomes audit records, and a refusal that names one of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from llm_proxy.core.fingerprints import Fingerprinter, masked
from llm_proxy.core.gathering import Finding
from llm_proxy.errors import GuardrailRejected
from llm_proxy.records import ApiKey, Call, Direction, GuardrailEvent

OUTSIDE = "headers"  # the place of what is not in the body: forwarded headers and the query string


class Found(NamedTuple):
    """Where findings come from: whose call, which way the text went, and who names secrets without telling them."""

    call: Call
    key: ApiKey
    model: str  # as records may call it
    direction: Direction
    fingerprinter: Fingerprinter | None

    def event(self, finding: Finding) -> GuardrailEvent:
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
            fingerprints=tuple(map(self.fingerprinter.of, values)) if self.fingerprinter else (),
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
