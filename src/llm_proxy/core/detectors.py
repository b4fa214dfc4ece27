"""One rule, compiled: which of its pattern's matches are findings, and what in them is the secret."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.core.patterns import Groups, Pattern, Span, compile_pattern
from llm_proxy.core.templates import Template, literal_template, parse_template
from llm_proxy.core.validators import Validator, parse_validator
from llm_proxy.errors import BadPattern
from llm_proxy.records import Allow, Guardrail


class Match(NamedTuple):
    """One finding's secret in a text, ``start`` to ``end``, and all groups of the match around it."""

    start: int
    end: int
    groups: Groups


@dataclass(frozen=True, slots=True)
class _Near:
    pattern: Pattern
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class _Allowed:
    regexes: tuple[Pattern, ...]
    stopwords: tuple[str, ...]
    hashes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Detector:
    """A rule that can be asked. ``pattern`` finds candidates; everything else only takes some of them away."""

    rule: Guardrail
    pattern: Pattern
    template: Template
    group: int = 0
    validators: tuple[Validator, ...] = ()
    near: _Near | None = None
    allowed: _Allowed | None = None
    fingerprint: Callable[[str], str] | None = None

    def matches(self, text: str) -> list[Match]:
        """Return what the rule finds in a text without lone surrogates, in order."""
        return self.sift(text, self.pattern.matches(text))

    def sift(self, text: str, found: Iterable[Groups]) -> list[Match]:
        """Return those of the pattern's matches in ``text`` that are findings."""
        matches: list[Match] = []
        last = self.pattern.most_matches(text)
        valid: dict[str, bool] = {}
        for number, groups in enumerate(found, 1):
            if number == last:  # it stands for all that follows, in which nobody has looked for what counts
                return [*matches, Match(*groups[0], groups)]
            start, end = self._secret(groups)
            value = text[start:end]
            if value not in valid:
                valid[value] = all(is_valid(value) for is_valid in self.validators)
            if valid[value] and self._counts(text, value, groups[0]):
                matches.append(Match(start, end, groups))
        return matches

    def replacement(self, text: str, match: Match) -> str:
        """Return what stands in the place of a match's secret, by the rule's template."""
        return self.template.expand(text, match.groups, self.pattern.group_names)

    def _secret(self, groups: Groups) -> Span:
        """Return the span of the secret group; of the whole match where that group took no part or is empty."""
        span = groups[self.group]
        return span if span[0] < span[1] else groups[0]

    def _counts(self, text: str, value: str, whole: Span) -> bool:
        return self._is_near(text, whole) and not self._is_allowed(text, value, whole)

    def _is_near(self, text: str, whole: Span) -> bool:
        if self.near is None:
            return True
        before = text[max(0, whole[0] - self.near.before) : whole[0]]
        after = text[whole[1] : whole[1] + self.near.after]
        return bool(self.near.pattern.matches(before) or self.near.pattern.matches(after))

    def _is_allowed(self, text: str, value: str, whole: Span) -> bool:
        if self.allowed is None:
            return False
        target = _target(text, value, whole, self.rule.allow)
        lowered = target.lower()
        return (
            any(word in lowered for word in self.allowed.stopwords)
            or any(regex.matches(target) for regex in self.allowed.regexes)
            or (self.fingerprint is not None and self.fingerprint(value) in self.allowed.hashes)
        )


def compile_rule(rule: Guardrail, fingerprinter: Fingerprinter | None = None) -> Detector:
    """Compile a rule; raises BadPattern with the reason, which names the part of the rule that is wrong."""
    pattern = _part(rule.pattern, "pattern")
    return Detector(
        rule=rule,
        pattern=pattern,
        template=parse_template(rule.replace_by) if rule.template == "go" else literal_template(rule.replace_by),
        group=_group(rule.secret_group, pattern),
        validators=tuple(map(_validator, rule.validators)),
        near=_near(rule),
        allowed=_allowed(rule.allow),
        fingerprint=None if fingerprinter is None or not rule.allow.hashes else fingerprinter.of,
    )


def _group(wanted: int | str, pattern: Pattern) -> int:
    number = pattern.group_names.get(wanted, -1) if isinstance(wanted, str) else wanted
    if not 0 <= number <= pattern.groups:
        reason = f"The pattern has no group {wanted!r} to be the secret: it has {pattern.groups}."
        raise BadPattern(reason, param="secret_group")
    return number


def _near(rule: Guardrail) -> _Near | None:
    if rule.near is None:
        return None
    return _Near(_part(rule.near.pattern, "near.pattern"), rule.near.before, rule.near.after)


def _allowed(allow: Allow) -> _Allowed | None:
    if not (allow.regexes or allow.stopwords or allow.hashes):
        return None
    regexes = tuple(_shared(regex) for regex in allow.regexes)
    return _Allowed(regexes, tuple(word.lower() for word in allow.stopwords), frozenset(allow.hashes))


@lru_cache(maxsize=1024)
def _shared(regex: str) -> Pattern:
    """Compile what the rules of an import allow in common once for all of them."""
    return _part(regex, "allow.regexes")


def _part(source: str, part: str) -> Pattern:
    try:
        return compile_pattern(source)
    except BadPattern as exc:
        reason = exc.message if part == "pattern" else f"In {part}: {exc.message}"
        raise BadPattern(reason, param=part) from exc


def _validator(text: str) -> Validator:
    try:
        return parse_validator(text)
    except BadPattern as exc:
        raise BadPattern(exc.message, param="validators") from exc


def _target(text: str, value: str, whole: Span, allow: Allow) -> str:
    if allow.target == "secret":
        return value
    if allow.target == "match":
        return text[whole[0] : whole[1]]
    start = text.rfind("\n", 0, whole[0]) + 1
    end = text.find("\n", whole[1])
    return text[start : len(text) if end < 0 else end]
