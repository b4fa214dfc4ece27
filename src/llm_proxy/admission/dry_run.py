"""What would rules find in ordinary texts, in which they had better find nothing?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from llm_proxy.admission import benign
from llm_proxy.core.detectors import compile_rule
from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.core.watch import Watch, compile_rules
from llm_proxy.errors import BadPattern
from llm_proxy.records import Guardrail

_MOST_TOLD = 10  # of the texts that a rule flags
_MOST_CHARACTERS = 300  # of each
_MOST_REMEMBERED = 4096
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Flagged:
    """An ordinary text in which a rule finds something, as far as it is told, and where."""

    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a rule finds in the bundled ordinary texts: in ``flagged`` of ``texts``; some of them as examples."""

    texts: int
    flagged: int
    examples: tuple[Flagged, ...]


class DryRuns:
    """Remembers what rules find: of a rule that says the same, the same is told without looking again."""

    def __init__(self) -> None:
        self._known: dict[Guardrail, DryRun | None] = {}

    def read(self, rules: Sequence[Guardrail], fingerprinter: Fingerprinter) -> list[DryRun | None]:
        """Return the dry run of each rule, None for one that cannot be compiled. To be called in a thread."""
        asked = [said(rule, str(number)) for number, rule in enumerate(rules)]
        new = [each for each in asked if replace(each, id="") not in self._known]
        fit = [each for each in new if _compiles(each, fingerprinter)]
        watch = compile_rules(fit, 0, fingerprinter).watch()
        found = dict(zip((each.id for each in fit), dry_runs(watch, [each.id for each in fit]), strict=True))
        if len(self._known) > _MOST_REMEMBERED:
            self._known = {}
            return self.read(rules, fingerprinter)
        self._known |= {replace(each, id=""): found.get(each.id) for each in new}
        return [self._known[replace(each, id="")] for each in asked]


def dry_runs(watch: Watch, rule_ids: Sequence[str]) -> list[DryRun]:
    """Return what each of some rules of a set finds."""
    texts = benign.texts()
    flagged: dict[str, dict[int, list[tuple[int, int]]]] = {rule_id: {} for rule_id in rule_ids}
    for sighting in watch.find(texts):
        flagged[sighting.detector.rule.id].setdefault(sighting.text, []).extend(sighting.spans)
    return [
        DryRun(
            len(texts),
            len(flagged[rule_id]),
            tuple(_told(texts[index], spans) for index, spans in list(flagged[rule_id].items())[:_MOST_TOLD]),
        )
        for rule_id in rule_ids
    ]


def together(rules: Sequence[Guardrail], fingerprinter: Fingerprinter) -> tuple[int, list[int]]:
    """Return in how many ordinary texts any of some rules finds something, and in how many each of them does."""
    numbered = [said(rule, str(number)) for number, rule in enumerate(rules)]
    texts: dict[str, set[int]] = {rule.id: set() for rule in numbered}
    for sighting in compile_rules(numbered, 0, fingerprinter).watch().find(benign.texts()):
        texts[sighting.detector.rule.id].add(sighting.text)
    return len(set().union(*texts.values())), [len(each) for each in texts.values()]


def _told(text: str, spans: Sequence[tuple[int, int]]) -> Flagged:
    """Cut a long text around its first finding."""
    start = max(0, min(spans)[0] - _MOST_CHARACTERS // 3) if len(text) > _MOST_CHARACTERS else 0
    end = start + _MOST_CHARACTERS
    return Flagged(text[start:end], tuple((a - start, min(b, end) - start) for a, b in sorted(spans) if a < end))


def said(rule: Guardrail, rule_id: str = "") -> Guardrail:
    """Return what a rule says about texts, whoever wrote it when, and whether or not it is in force."""
    return Guardrail(
        rule_id,
        rule.pattern,
        "monitor",
        "",
        created_at=_EPOCH,
        updated_at=_EPOCH,
        secret_group=rule.secret_group,
        validators=rule.validators,
        near=rule.near,
        allow=rule.allow,
        views=rule.views,
    )


def _compiles(rule: Guardrail, fingerprinter: Fingerprinter) -> bool:
    try:
        compile_rule(rule, fingerprinter)
    except BadPattern:
        return False
    return True
