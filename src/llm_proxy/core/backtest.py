"""A draft rule over the texts of recorded events: what would it find, what would change, and what does it take?"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from llm_proxy.core.comparing import Change, Spot, compare, spots_in
from llm_proxy.core.strict_json import clean
from llm_proxy.core.watch import Caller, RuleSet, Watch
from llm_proxy.records import GuardrailEvent, Mode

Outcome = Literal["pass", "monitored", "replaced", "rejected"]

_OUTCOMES: Mapping[Mode, Outcome] = {
    "monitor": "monitored",
    "replace": "replaced",
    "pseudonymise": "replaced",
    "reject": "rejected",
}
_RANKS: Mapping[Outcome, int] = {"pass": 0, "monitored": 1, "replaced": 2, "rejected": 3}
_MOST_FOUND = 1000  # in a text


class Inspected(NamedTuple):
    """A text of a call in which rules found something, and their events."""

    text: str
    events: tuple[GuardrailEvent, ...]

    @property
    def event(self) -> GuardrailEvent:
        """Any of the events: what they tell of the call and the place is the same."""
        return self.events[0]


class Changed(NamedTuple):
    """A text in which the draft finds something, or no longer does: each secret with what becomes of it."""

    inspected: Inspected
    changes: list[tuple[Change, Spot]]

    @property
    def kinds(self) -> set[Change]:
        """What happens to its secrets."""
        return {change for change, _ in self.changes}


@dataclass(slots=True)
class Group:
    """Sums over the texts of one key, one model, or all."""

    texts: int = 0
    matched: int = 0
    newly_matched: int = 0
    no_longer_matched: int = 0

    def count(self, kinds: set[Change]) -> None:
        """Count one text."""
        self.texts += 1
        self.matched += bool(kinds & {"new", "same"})
        self.newly_matched += "new" in kinds
        self.no_longer_matched += "gone" in kinds


@dataclass(slots=True)
class Backtest:
    """A draft at work. ``before`` is the stored rule in whose place it would stand, alone; None for a new rule.

    A new rule is compared with all that the events tell of a text; then nothing can be gone.
    """

    draft: RuleSet
    before: RuleSet | None
    clock: Callable[[], float]
    total: Group = field(default_factory=Group)
    by_key: defaultdict[str, Group] = field(default_factory=lambda: defaultdict(Group))
    by_model: defaultdict[str, Group] = field(default_factory=lambda: defaultdict(Group))
    measured: int = 0  # texts that the draft looks at
    characters: int = 0  # of these
    seconds: float = 0.0  # that it takes for them
    _calls: dict[str, tuple[Outcome, Outcome]] = field(default_factory=dict)

    def measure(self, inspected: Sequence[Inspected]) -> None:
        """Add up what the draft itself takes for texts at once, as those of a call are looked at. Raises as ``judge``.

        What trying it takes besides, such as to read views and to compare, is nothing that a call would wait for.
        """
        texts = [clean(each.text) for each in inspected if self._watch(self.draft, each.event).active]
        self.measured += len(texts)
        self.characters += sum(map(len, texts))
        watch = self.draft.watch(self.draft.rules[0].directions[0])
        self.seconds += sum(watch.costs(texts, self.clock).values())

    def judge(self, inspected: Inspected) -> Changed:
        """Judge one text, and count what changes. Raises GuardrailUnavailable."""
        event, text = inspected.event, clean(inspected.text)
        found = self._found(self.draft, event, text)
        before = _recorded(inspected) if self.before is None else self._found(self.before, event, text)
        changes = [each for each in compare(found, before) if self.before is not None or each[0] != "gone"]
        changed = Changed(inspected, changes)
        for group in (self.total, self.by_key[event.api_key_id], self.by_model[event.model]):
            group.count(changed.kinds)
        self._conclude(changed)
        return changed

    @property
    def newly_rejected(self) -> int:
        """Calls that would be refused and were not."""
        return sum(after == "rejected" != before for before, after in self._calls.values())

    @property
    def no_longer_rejected(self) -> int:
        """Calls that were refused and would not be."""
        return sum(before == "rejected" != after for before, after in self._calls.values())

    @property
    def calls(self) -> int:
        """How many calls the texts are of."""
        return len(self._calls)

    def _found(self, rules: RuleSet, event: GuardrailEvent, text: str) -> list[Spot]:
        return spots_in(text, self._watch(rules, event).find([text], _MOST_FOUND))

    def _watch(self, rules: RuleSet, event: GuardrailEvent) -> Watch:
        caller = Caller(event.api_key_id, event.provider_id, event.model, event.endpoint)
        return rules.watch(event.direction, caller).for_kind(event.field_class)

    def _conclude(self, changed: Changed) -> None:
        """Note what became of the call and what would become of it, as far as its recorded texts tell."""
        rule = self.draft.rules[0]
        events = changed.inspected.events
        others = [_OUTCOMES[event.mode] for event in events if event.guardrail_id != rule.id]
        then = [_OUTCOMES[rule.mode]] if changed.kinds & {"new", "same"} else []
        known = self._calls.get(events[0].call_id, ("pass", "pass"))
        before = _worst([known[0], *(_OUTCOMES[event.mode] for event in events)])
        self._calls[events[0].call_id] = before, _worst([known[1], *others, *then])


def inspected_texts(events: Sequence[GuardrailEvent]) -> list[Inspected]:
    """Put the events of one text together, whichever rule they are of. Those without a text are left out."""
    texts: defaultdict[tuple[str, str, str], list[GuardrailEvent]] = defaultdict(list)
    for event in events:
        if event.input_text:
            texts[event.call_id, event.place, event.input_text].append(event)
    return [Inspected(text, tuple(found)) for (_, _, text), found in texts.items()]


def _recorded(inspected: Inspected) -> list[Spot]:
    text = inspected.text
    return [Spot("", text, span, text[slice(*span)], event.view) for event in inspected.events for span in event.spans]


def _worst(outcomes: Sequence[Outcome]) -> Outcome:
    return max(outcomes, key=_RANKS.__getitem__)
