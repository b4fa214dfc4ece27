"""The rules that are in force, and which of them apply to a call: what do they find in texts and in their views?"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property
from typing import NamedTuple

from llm_proxy.core.clean_texts import CleanTexts, gathered
from llm_proxy.core.detectors import Detector, Match, compile_rule
from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.core.holdback import Holdback
from llm_proxy.core.pattern_sets import Glance, Hit, PatternSet
from llm_proxy.core.patterns import Span
from llm_proxy.core.text_rows import TextRow
from llm_proxy.core.views import SIGNS_OF_VIEWS, Window, suspects, views_of
from llm_proxy.errors import BadPattern
from llm_proxy.records import Audience, Direction, FieldClass, Guardrail, ViewName

_MOST_HOLDBACKS = 256  # choices of rules, by scope and kind of text


class Sighting(NamedTuple):
    """One rule's matches in one text, in one view of it.

    ``matches`` are in ``shown``, the text of the view; ``spans`` say where the same secrets stand in the text itself.
    """

    text: int  # the index of the text asked about
    number: int  # of the detector in its set
    detector: Detector
    view: ViewName
    shown: str
    matches: tuple[Match, ...]
    spans: tuple[Span, ...]

    @property
    def values(self) -> tuple[str, ...]:
        """The secrets as the view shows them: decoded."""
        return tuple(self.shown[match.start : match.end] for match in self.matches)


class Caller(NamedTuple):
    """Whose call it is, and what is asked of whom: what the scope of a rule looks at. Empty is anybody's."""

    key_id: str = ""
    provider_id: str = ""
    model: str = ""
    endpoint: str = ""


@dataclass(frozen=True, eq=False)
class RuleSet:
    """The enabled rules, compiled. ``version`` is the revision of the store they were read from."""

    version: int
    detectors: tuple[Detector, ...]
    patterns: PatternSet
    fingerprinter: Fingerprinter | None = None
    clean: CleanTexts = field(default_factory=CleanTexts)
    _holdbacks: dict[frozenset[int], Holdback] = field(default_factory=dict)

    @property
    def rules(self) -> tuple[Guardrail, ...]:
        """The rules, in the order of their detectors."""
        return tuple(detector.rule for detector in self.detectors)

    @cached_property
    def views(self) -> frozenset[ViewName]:
        """The views, besides the raw one, that any rule asks for."""
        return frozenset(view for detector in self.detectors for view in detector.rule.views) - {"raw"}

    def holdback(self, active: frozenset[int]) -> Holdback:
        """Return what of a streamed answer must wait because of some of the rules. It is made once for each choice."""
        made = self._holdbacks.get(active)
        if made is None:
            if len(self._holdbacks) >= _MOST_HOLDBACKS:
                self._holdbacks.clear()
            made = self._holdbacks[active] = Holdback(self.detectors[number] for number in sorted(active))
        return made

    def watch(
        self,
        direction: Direction = "request",
        caller: Caller | None = None,
        spend: Callable[[], None] | None = None,
    ) -> "Watch":
        """Return what applies to a call; without a caller, whatever its scope.

        ``spend`` is called again and again while the rules look, and raises when they have looked for too long.
        """
        active, scoped = self._by_direction[direction]
        if scoped:
            active |= {number for number in scoped if caller is None or self._covers(number, caller)}
        return Watch(self, active, spend)

    @cached_property
    def _by_direction(self) -> Mapping[Direction, tuple[frozenset[int], tuple[int, ...]]]:
        """The rules of each direction: those for every call, and those with a scope."""
        found: dict[Direction, tuple[frozenset[int], tuple[int, ...]]] = {}
        directions: tuple[Direction, ...] = ("request", "response")
        for direction in directions:
            numbers = [number for number, each in enumerate(self.rules) if direction in each.directions]
            scoped = tuple(number for number in numbers if any((*_lists(self.rules[number]),)))
            found[direction] = frozenset(numbers) - frozenset(scoped), scoped
        return found

    def _covers(self, number: int, caller: Caller) -> bool:
        scope = self.detectors[number].rule.scope
        only = all(not wanted or fits for wanted, fits in _fits(scope.only, caller))
        return only and not any(fits for _, fits in _fits(scope.exempt, caller))


@dataclass(frozen=True, eq=False)
class Watch:
    """The rules that apply to one call in one direction, by their numbers in the set."""

    rules: RuleSet
    active: frozenset[int]
    spend: Callable[[], None] | None = None

    @property
    def holdback(self) -> Holdback:
        """What of a streamed answer must wait because of these rules."""
        return self.rules.holdback(self.active)

    def for_kind(self, kind: FieldClass) -> "Watch":
        """Return those of the rules that look at texts of a kind."""
        detectors = self.rules.detectors
        numbers = frozenset(number for number in self.active if kind in detectors[number].rule.field_classes)
        return Watch(self.rules, numbers, self.spend)

    def for_view(self, view: ViewName) -> "Watch":
        """Return those of the rules that look at a view."""
        detectors = self.rules.detectors
        numbers = frozenset(number for number in self.active if view in detectors[number].rule.views)
        return Watch(self.rules, numbers, self.spend)

    def may_find(self, texts: Sequence[str]) -> bool:
        """Say whether any rule may find anything in texts without lone surrogates: false is certain.

        It takes linear time. Raises GuardrailUnavailable when the engine fails.
        """
        if not self.active:
            return False
        lots = self.rules.clean.unknown(texts)
        if not lots:
            return False
        row = gathered(texts, lots)
        patterns = self.rules.patterns
        glance, suspected = self._glance(row)
        if patterns.may_find(row, glance):
            return True
        windows = self._windows(row, suspected)
        if windows and patterns.may_find(TextRow([window.text for _, window in windows])):
            return True
        self.rules.clean.add(lots)
        return False

    def find(self, texts: Sequence[str], limit: int | None = None) -> list[Sighting]:
        """Return what the rules find in texts without lone surrogates, by text, then rule; at most ``limit``.

        A view repeats what it does not hide: such a sighting is left out. Raises GuardrailUnavailable when the engine
        fails.
        """
        if not self.active:
            return []
        lots = self.rules.clean.unknown(texts)
        if not lots:
            return []
        row = gathered(texts, lots)
        glance, suspected = self._glance(row)
        if not (glance.texts or suspected):
            self.rules.clean.add(lots)
            return []
        owners = [index for lot in lots for index in range(lot.start, lot.end)]
        found: list[Sighting] = []
        dirty: set[int] = set()
        for sighting in self._sightings(row, glance, suspected):
            dirty.add(owners[sighting.text])
            if sighting.number in self.active:
                found.append(sighting._replace(text=owners[sighting.text]))
                if limit is not None and len(found) == limit:
                    break
        else:
            self.rules.clean.add(lot for lot in lots if dirty.isdisjoint(range(lot.start, lot.end)))
        return sorted(found, key=lambda each: (each.text, each.number))

    def costs(self, texts: Sequence[str], clock: Callable[[], float]) -> dict[str, float]:
        """Return how long each rule takes for texts and their views, by its id, as if none had been seen before."""
        row = TextRow(texts)
        windows = self._windows(row, self._glance(row)[1])
        taken = self.rules.patterns.costs([*texts, *(window.text for _, window in windows)], self.active, clock)
        return {self.rules.detectors[number].rule.id: taken.get(number, 0.0) for number in self.active}

    def look(self, text: str) -> list[Sighting]:
        """Return what ``find`` returns for one text, which is not remembered: a piece of a stream does not come again.

        Raises as ``find``.
        """
        row = TextRow([text])
        found = [each for each in self._sightings(row, *self._glance(row)) if each.number in self.active]
        return sorted(found, key=lambda each: each.number)

    def _glance(self, row: TextRow) -> tuple[Glance, Sequence[int]]:
        """Return in which texts a rule may find something, and which may have views: no others."""
        glance, begun = self.rules.patterns.glance(row, SIGNS_OF_VIEWS)
        wanted = self.rules.views
        if "spaceless" in wanted:
            return glance, range(len(row.texts))
        return glance, suspects(row, begun) if wanted else ()

    def _sightings(self, row: TextRow, glance: Glance, suspected: Sequence[int]) -> Iterator[Sighting]:
        """Yield what every rule of the set finds, applicable or not: a text is clean when none finds anything."""
        known: dict[tuple[int, int], list[Span]] = {}
        for hit in self.rules.patterns.hits(row, glance):
            if sighting := self._sighting(hit, hit.text, row.texts[hit.text], None, known):
                yield sighting
        shown = self._windows(row, suspected)
        for hit in self.rules.patterns.hits(TextRow([window.text for _, window in shown])):
            owner, window = shown[hit.text]
            if sighting := self._sighting(hit, owner, window.text, window, known):
                yield sighting

    def _sighting(
        self, hit: Hit, owner: int, text: str, window: Window | None, known: dict[tuple[int, int], list[Span]]
    ) -> Sighting | None:
        """Return what of a hit is a finding that is not ``known`` yet, in the text ``owner``."""
        if self.spend is not None:
            self.spend()
        detector = self.rules.detectors[hit.pattern]
        name: ViewName = "raw" if window is None else window.view.name
        if name not in detector.rule.views:
            return None
        matches = detector.sift(text, hit.matches)
        spans = [(match.start, match.end) for match in matches]
        spots = known.setdefault((owner, hit.pattern), [])
        if window is not None:
            spans = [window.origin(*span) for span in spans]
            fresh = [number for number, span in enumerate(spans) if not _overlaps(span, spots)]
            matches, spans = [matches[number] for number in fresh], [spans[number] for number in fresh]
        if not matches:
            return None
        spots += spans
        return Sighting(owner, hit.pattern, detector, name, text, tuple(matches), tuple(spans))

    def _windows(self, row: TextRow, suspected: Sequence[int]) -> list[tuple[int, Window]]:
        """Return what is read of the texts in which something may be hidden, each with the index of its text."""
        found: list[tuple[int, Window]] = []
        for index in suspected:
            if self.spend is not None:
                self.spend()
            views = views_of(row.texts[index], self.rules.views)
            found += [(index, window) for view in views for window in view.windows()]
        return found


def compile_rules(
    guardrails: Iterable[Guardrail],
    version: int,
    fingerprinter: Fingerprinter | None = None,
    defenders: Collection[Detector] = (),
) -> RuleSet:
    """Compile the enabled rules; raises BadPattern, which names the rule that cannot be compiled.

    ``defenders`` are detectors that were made without a rule of anybody's.
    """
    detectors = [_compiled(rule, fingerprinter) for rule in guardrails if rule.enabled]
    return _rule_set(version, [*detectors, *defenders], fingerprinter)


def with_rule(rules: RuleSet, rule: Guardrail) -> RuleSet:
    """Return the set with one rule more, or with it in the place of the rule that has its id.

    Only this rule is compiled; raises BadPattern as ``compile_rules``.
    """
    others = [detector for detector in rules.detectors if detector.rule.id != rule.id]
    added = [_compiled(rule, rules.fingerprinter)] if rule.enabled else []
    return _rule_set(rules.version, [*others, *added], rules.fingerprinter)


def with_defenders(rules: RuleSet, defenders: Iterable[Detector]) -> RuleSet:
    """Return the set with these in the place of the built-in detectors. What has not changed is not compiled again."""
    others = [detector for detector in rules.detectors if detector.rule.origin != "built-in"]
    changed = _ordered([*others, *defenders])
    if [each.pattern.source for each in changed] == [each.pattern.source for each in rules.detectors]:
        return RuleSet(rules.version, changed, rules.patterns, rules.fingerprinter)
    return _rule_set(rules.version, changed, rules.fingerprinter)


def _rule_set(version: int, detectors: Iterable[Detector], fingerprinter: Fingerprinter | None) -> RuleSet:
    ordered = _ordered(detectors)
    return RuleSet(version, ordered, PatternSet([detector.pattern for detector in ordered]), fingerprinter)


def _ordered(detectors: Iterable[Detector]) -> tuple[Detector, ...]:
    """Order by id: the order in which rules were made must not matter."""
    return tuple(sorted(detectors, key=lambda detector: detector.rule.id))


def _compiled(rule: Guardrail, fingerprinter: Fingerprinter | None) -> Detector:
    try:
        return compile_rule(rule, fingerprinter)
    except BadPattern as exc:
        raise BadPattern(f"Guard rail {rule.id}: {exc.message}") from exc


def _overlaps(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _lists(rule: Guardrail) -> Iterator[tuple[str, ...]]:
    for audience in (rule.scope.only, rule.scope.exempt):
        yield from (audience.keys, audience.providers, audience.models, audience.endpoints)


def _fits(audience: Audience, caller: Caller) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield each list of an audience, and whether the caller is on it."""
    yield audience.keys, caller.key_id in audience.keys
    yield audience.providers, caller.provider_id in audience.providers
    yield audience.models, any(fnmatchcase(caller.model, glob) for glob in audience.models)
    yield audience.endpoints, caller.endpoint in audience.endpoints
