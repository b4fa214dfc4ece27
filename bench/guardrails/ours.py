"""The gateway's own packs, as they ship, compiled and asked as calls are."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bench.guardrails.corpus import Span
from bench.guardrails.detectors import Body

from llm_proxy import __version__
from llm_proxy.core.clean_texts import CleanTexts
from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import inspect, inspect_text
from llm_proxy.core.strict_json import clean, read, splice
from llm_proxy.core.watch import RuleSet, compile_rules
from llm_proxy.packs import PACKS, load_pack
from llm_proxy.records import Guardrail

SECRETS, PERSONAL_DATA, WATCHING = "secrets", "personal-data", "watching"
_PLACEHOLDER = "[REDACTED]"
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Ours:
    """Some rules. Texts that were clean are not remembered here: every look is a first look."""

    version = __version__

    def __init__(self, name: str, rules: Sequence[Guardrail], kinds: set[str]) -> None:
        self.name, self.kinds = name, frozenset(kinds)
        self.rules = compile_rules(rules, 1)
        self.watch = forgetful(self.rules).watch()
        self._replacing = forgetful(compile_rules([replacing(rule) for rule in rules], 1)).watch()

    def found(self, text: str) -> list[Span]:
        """Return the secrets' spans, in whatever view they were seen."""
        return [span for sighting in self.watch.find([clean(text)]) for span in sighting.spans]

    def sighted(self, text: str) -> list[tuple[str, str, Span]]:
        """Return rule, view and span of each."""
        sightings = self.watch.find([clean(text)])
        return [(each.detector.rule.label, each.view, span) for each in sightings for span in each.spans]

    def replaced(self, text: str) -> str | None:
        """Return the text with all findings replaced, whatever the rules' own modes; None when it is refused."""
        verdict = inspect_text(text, self._replacing)
        return None if verdict.outcome == "rejected" else verdict.changes.get(0, text)

    def sent(self, endpoint: str, body: Body) -> Body | None:
        """Return what would be sent of a request."""
        document = read(json.dumps(body).encode())
        verdict = inspect(document, ENDPOINTS[endpoint], self.watch)
        return None if verdict.outcome == "rejected" else json.loads(splice(document, verdict.changes))


def packs() -> dict[str, list[Guardrail]]:
    """Return the rules that act, by pack, and those that only watch, as if each were enabled."""
    rules = [replace(rule, enabled=True) for name in PACKS for rule in load_pack(name).rules]
    acting = {
        name: [rule for rule in rules if rule.pack == name and rule.mode != "monitor"]
        for name in (SECRETS, PERSONAL_DATA)
    }
    return acting | {WATCHING: [rule for rule in rules if rule.mode == "monitor"]}


def detectors() -> list[Ours]:
    """Return our rows."""
    rules = packs()
    secrets, personal = rules[SECRETS], rules[PERSONAL_DATA]
    return [
        Ours("ours, secrets", secrets, {"secret"}),
        Ours("ours, personal data", personal, {"pii"}),
        Ours("ours, both", [*secrets, *personal], {"secret", "pii"}),
        Ours("ours, both and what only watches", [*secrets, *personal, *rules[WATCHING]], {"secret", "pii"}),
    ]


def one_rule(pattern: str, *, rejects: bool) -> Ours:
    """Return a rule alone, for what does not depend on packs."""
    mode = "reject" if rejects else "replace"
    return Ours(f"ours, {mode}", [Guardrail("r", pattern, mode, _PLACEHOLDER, _NOW, _NOW)], {"secret"})


def without_views(rules: Sequence[Guardrail], name: str = "ours, without views") -> Ours:
    """Return the rules looking at texts as they stand only."""
    return Ours(name, [replace(rule, views=("raw",)) for rule in rules], {"secret"})


def replacing(rule: Guardrail) -> Guardrail:
    """Return the rule as one that replaces."""
    return replace(rule, mode="replace", replace_by=_PLACEHOLDER, template="literal")


def forgetful(rules: RuleSet) -> RuleSet:
    """Return the set without its memory of clean texts."""
    return replace(rules, clean=CleanTexts(0))


def keywords(rules: Sequence[Guardrail]) -> list[str]:
    """Return the words that stand in patterns: what makes the engine look closer."""
    words = {word for rule in rules for word in re.findall(r"[A-Za-z_-]{3,}", rule.pattern)}
    return sorted(words - {"a-z", "A-Z", "a-zA-Z", "A-Za-z", "a-f", "A-F"})


def examples(rules: Sequence[Guardrail]) -> list[str]:
    """Return one bare secret for each rule that knows it without its surroundings: made up, from the examples."""
    values = []
    for rule in rules:
        alone = Ours(rule.label, [replace(rule, enabled=True)], {"secret"})
        for example in rule.examples:
            spans = alone.found(example.text) if example.match else []
            value = example.text[slice(*spans[0])] if spans else ""
            if value and "\n" not in value and alone.found(f"use {value} for this"):
                values.append(value)
                break
    return values
