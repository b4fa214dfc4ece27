"""One draft rule in the shadow of live calls: what it would find and change, and what it takes. It changes nothing."""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from llm_proxy.core import strict_json
from llm_proxy.core.comparing import Change, Spot, compare, spots, spots_in
from llm_proxy.core.fingerprints import masked
from llm_proxy.core.gathering import ask, told
from llm_proxy.core.strict_json import clean
from llm_proxy.core.watch import RuleSet, Watch
from llm_proxy.errors import BadJson, GuardrailUnavailable
from llm_proxy.pipeline.lookout import Outcome, Seen
from llm_proxy.records import Direction, Guardrail, ViewName

OUTSIDE = "headers"

_MOST_SAMPLES = 50
_MOST_FOUND = 1000  # in a call
_MOST_S = 1.0  # of this thread's time for one call


@dataclass(frozen=True, slots=True)
class ShadowSample:
    """One secret that a draft finds, or no longer finds, in a live call: masked, where it stands, and whose it is."""

    call_id: str
    at: datetime
    key_id: str
    provider_id: str
    model: str
    endpoint: str
    direction: Direction
    place: str
    view: ViewName
    change: Change
    outcome: Outcome  # of the call, by the rules in force
    preview: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule that is tried, compiled alone, and the stored rule in whose place it would stand, or None."""

    rule: Guardrail
    rules: RuleSet
    before: RuleSet | None = None


class ShadowRun:
    """A draft's run over live calls, for some seconds or calls. All that it keeps is sums and masked samples."""

    def __init__(self, draft: Draft, seconds: float, max_calls: int) -> None:
        self.id = str(uuid4())
        self.draft = draft
        self.max_calls = max_calls
        self.seconds = seconds
        self.started_at = datetime.now(UTC)
        self.ended_at: datetime | None = None
        self._until = time.monotonic() + seconds
        self.calls = self.matched = self.dropped = self.failed = self.out_of_scope = 0
        self.newly_matched = self.no_longer_matched = 0
        self.newly_rejected = 0
        self.outcomes: Counter[Outcome] = Counter()  # by the rules in force, of the calls that the draft matches
        self.by_key: Counter[str] = Counter()
        self.by_model: Counter[str] = Counter()
        self.samples: deque[ShadowSample] = deque(maxlen=_MOST_SAMPLES)
        self._taken_s = self._longest_s = 0.0

    @property
    def is_live(self) -> bool:
        """Whether more calls are wanted."""
        if self.ended_at is None and (self.calls >= self.max_calls or time.monotonic() >= self._until):
            self.end()
        return self.ended_at is None

    @property
    def added_us_per_call(self) -> float | None:
        """The draft's own time for a call, on average, as the rule meter measures it; None before the first."""
        return self._taken_s / self.calls * 1e6 if self.calls else None

    @property
    def longest_us(self) -> float | None:
        """The most that it has taken for a call."""
        return self._longest_s * 1e6 if self.calls else None

    def end(self) -> None:
        """Want no more calls."""
        self.ended_at = self.ended_at or datetime.now(UTC)

    def wants(self, seen: Seen) -> bool:
        """Say whether a call is to be judged."""
        return seen.direction in self.draft.rule.directions and self.is_live

    def judge(self, seen: Seen) -> None:
        """Judge a call by the draft. In a thread: it may take long."""
        watch = self.draft.rules.watch(seen.direction, seen.caller, _budget())
        if not watch.active:
            self.out_of_scope += 1
            return
        try:
            found, texts = _found(seen, watch)
            taken_s = sum(watch.costs(texts, time.thread_time).values())
            changes = compare(found, self._before(seen) if found or self.draft.before else [])
        except (BadJson, GuardrailUnavailable):
            self.failed += 1
            return
        self.calls += 1
        self._taken_s += taken_s
        self._longest_s = max(self._longest_s, taken_s)
        self._note(seen, changes)

    def _before(self, seen: Seen) -> list[Spot]:
        """Return what the stored rule finds, whose place the draft would take; or what all rules in force find."""
        rules = self.draft.before or seen.rules
        found, _ = _found(seen, rules.watch(seen.direction, seen.caller, _budget()))
        return found

    def _note(self, seen: Seen, changes: list[tuple[Change, Spot]]) -> None:
        kinds = {change for change, _ in changes}
        self.newly_matched += "new" in kinds
        if kinds & {"new", "same"}:
            self.matched += 1
            self.outcomes[seen.outcome] += 1
            self.newly_rejected += self.draft.rule.mode == "reject" and seen.outcome != "rejected"
            self.by_key[seen.caller.key_id] += 1
            self.by_model[seen.caller.model] += 1
        if self.draft.before is not None:
            self.no_longer_matched += "gone" in kinds
        else:
            changes = [each for each in changes if each[0] != "gone"]  # other rules' findings are theirs
        self.samples.extend(self._sample(seen, change, spot) for change, spot in changes[:5])

    def _sample(self, seen: Seen, change: Change, spot: Spot) -> ShadowSample:
        fingerprinter = self.draft.rules.fingerprinter
        return ShadowSample(
            call_id=seen.call_id,
            at=datetime.now(UTC),
            key_id=seen.caller.key_id,
            provider_id=seen.caller.provider_id,
            model=seen.caller.model,
            endpoint=seen.endpoint.name,
            direction=seen.direction,
            place=spot.place or (OUTSIDE if seen.direction == "request" else "stream"),
            view=spot.view,
            change=change,
            outcome=seen.outcome,
            preview=masked(spot.value, self.draft.rule.pattern),
            fingerprint=fingerprinter.of(spot.value) if fingerprinter else "",
        )


def _found(seen: Seen, watch: Watch) -> tuple[list[Spot], list[str]]:
    """Return what rules find in a call, and the texts that they looked at."""
    found: list[Spot] = []
    texts = [clean(text) for text in seen.texts]
    outside = watch.for_kind("J" if seen.direction == "request" else "A")
    for text in texts:
        found += spots_in(text, outside.find([text], _MOST_FOUND))
    if not seen.body:
        return found, texts
    document = strict_json.read(seen.body)
    asked = ask(document, seen.endpoint)
    sightings = watch.find(asked.texts, _MOST_FOUND)
    return found + spots(told(document, seen.endpoint, asked, sightings)), [*texts, *asked.texts]


def _budget() -> Callable[[], None]:
    end = time.thread_time() + _MOST_S

    def spend() -> None:
        if time.thread_time() > end:
            raise GuardrailUnavailable("The draft takes too long for this call.")

    return spend
