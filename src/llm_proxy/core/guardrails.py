"""Guard rails: rules and texts in, a verdict and its findings out.

For every enabled rule: no body leaves here, unchanged or changed, in which the rule matches a key, a string, a long
number, or a string inside of JSON in a string. What cannot be changed without breaking it is refused instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from llm_proxy.core.arguments import rewrite, views
from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.fields import REWRITABLE
from llm_proxy.core.patterns import Groups, Pattern, PatternSet, Span, compile_pattern
from llm_proxy.core.strict_json import MAX_STRINGS, Document, clean
from llm_proxy.core.templates import Template, parse_template
from llm_proxy.core.texts import Text, flatten, render, walk
from llm_proxy.errors import BadJson, BadPattern
from llm_proxy.records import Guardrail

MAX_FINDINGS = 10_000  # in a call; each becomes an audit event, so a call that holds more is refused
MAX_PASSES = 3  # a replacement that still holds a match is replaced again, this often


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The enabled rules, ordered by id, compiled. ``version`` is the revision of the store they were read from."""

    version: int
    rules: tuple[Guardrail, ...]
    compiled: tuple[tuple[Pattern, Template], ...]
    patterns: PatternSet


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's matches in one text. ``spans`` are code-point offsets into ``text``, the text as it was inspected."""

    rule: Guardrail
    place: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a call. ``findings`` are in document order, whatever the outcome, and complete up to a bound.

    ``changes`` maps literal indices to new values, for ``strict_json.splice``. A body that passes has changes only
    where it held lone surrogates. ``rejected_by`` is the finding that decided: of a reject rule, or of a replace rule
    in a place where nothing may be replaced, or the first of more than ``MAX_FINDINGS``.
    """

    outcome: Literal["pass", "replaced", "rejected"]
    findings: tuple[Finding, ...] = ()
    changes: Mapping[int, str] = field(default_factory=dict)
    rejected_by: Finding | None = None


class _Subject(NamedTuple):
    """A text in which something was found, and what may be done about it."""

    literal: int  # its index; no matter when it is fixed
    value: str
    form: Literal["text", "json", "fixed"]
    findings: list[Finding]


class _Cut(NamedTuple):
    """A match of a replace rule."""

    start: int
    end: int
    rule: int
    groups: Groups


def compile_rules(guardrails: Sequence[Guardrail], version: int) -> RuleSet:
    """Compile the enabled rules; raises BadPattern, which names the rule that cannot be compiled."""
    rules = tuple(sorted((rule for rule in guardrails if rule.enabled), key=lambda rule: rule.id))
    compiled = []
    for rule in rules:
        try:
            compiled.append((compile_pattern(rule.pattern), parse_template(rule.replace_by)))
        except BadPattern as exc:
            raise BadPattern(f"Guard rail {rule.id}: {exc.message}") from exc
    return RuleSet(version, rules, tuple(compiled), PatternSet([pattern for pattern, _ in compiled]))


def with_rule(rules: RuleSet, rule: Guardrail) -> RuleSet:
    """Return the set with one rule more, or with it in the place of the rule that has its id.

    Only this rule is compiled; raises BadPattern as ``compile_rules``.
    """
    added = compile_rules([rule], rules.version)
    others = [pair for pair in zip(rules.rules, rules.compiled, strict=True) if pair[0].id != rule.id]
    pairs = sorted([*others, *zip(added.rules, added.compiled, strict=True)], key=lambda pair: pair[0].id)
    compiled = tuple(each for _, each in pairs)
    patterns = PatternSet([pattern for pattern, _ in compiled])
    return RuleSet(rules.version, tuple(each for each, _ in pairs), compiled, patterns)


def check_rule(pattern: str, mode: str, replace_by: str) -> None:
    """Say whether a rule may be admitted; raises BadPattern with a reason for its author."""
    compiled = compile_pattern(pattern)
    if replace_by != clean(replace_by):
        raise BadPattern("The replacement is not valid Unicode: it holds half of a surrogate pair.")
    literal = parse_template(replace_by).literal
    if mode == "replace" and literal is not None and compiled.matches(literal):
        raise BadPattern("The pattern matches its own replacement, so every match would be refused.")


def may_find(document: Document, outside: Sequence[str], rules: RuleSet) -> bool:
    """Say whether any rule may match in a body or in strings that stand alone: false is certain, and quickly told.

    Raises as ``inspect``.
    """
    if not rules.rules:
        return False
    asked, _ = _asked(document)
    return rules.patterns.may_find([*asked, *map(clean, outside)])


def inspect(document: Document, endpoint: Endpoint, rules: RuleSet) -> Verdict:
    """Judge a body by all rules.

    Raises GuardrailUnavailable when the engine fails, and BadJson when the JSON in its strings is too large.
    """
    if not rules.rules:
        return Verdict("pass", changes=document.repairs)
    asked, inner = _asked(document)
    hits = rules.patterns.find(asked, MAX_FINDINGS + 1)
    if not hits:
        return Verdict("pass", changes=document.repairs)
    are_too_many = len(hits) > MAX_FINDINGS
    del hits[MAX_FINDINGS:]
    texts = walk(document.tree, endpoint)
    literals = [position for position, text in enumerate(texts) if text.literal is not None]
    numbers = [position for position, text in enumerate(texts) if text.literal is None]
    owners = literals + numbers + [literals[index] for index in inner]
    found_keys = {asked[hit.text] for hit in hits if texts[owners[hit.text]].is_key}
    subjects: dict[int, _Subject] = {}
    seen = set()
    for hit in sorted(hits, key=lambda hit: (owners[hit.text], hit.text, hit.pattern)):
        owner = owners[hit.text]
        subject = subjects.setdefault(owner, _subject(texts[owner]))
        if (owner, hit.pattern) not in seen:  # decoded views repeat what the string itself has shown
            place = _place(texts[owner], found_keys)
            spans = tuple(groups[0] for groups in hit.matches)
            subject.findings.append(Finding(rules.rules[hit.pattern], place, asked[hit.text], spans))
            seen.add((owner, hit.pattern))
    return _judge(list(subjects.values()), rules, document.repairs, are_too_many=are_too_many)


def inspect_text(text: str, rules: RuleSet) -> Verdict:
    """Judge a string that stands alone. Its replacement, if any, is ``changes[0]``; where it cannot be put, reject."""
    text = clean(text)
    findings = [
        Finding(rules.rules[hit.pattern], "", text, tuple(groups[0] for groups in hit.matches))
        for hit in rules.patterns.find([text])
    ]
    return _judge([_Subject(0, text, "text", findings)], rules, {}) if findings else Verdict("pass")


def _asked(document: Document) -> tuple[list[str], list[int]]:
    """Return what the rules are asked about: literals, numbers, views; and the literal that each view is of."""
    strings = flatten(document.tree)
    asked = [*strings.literals, *strings.numbers]
    inner: list[int] = []
    for index in strings.json:
        seen = views(strings.literals[index])
        asked += seen
        inner += [index] * len(seen)
        if len(inner) > MAX_STRINGS:
            raise BadJson(f"The request body holds more than {MAX_STRINGS} strings in JSON in strings.")
    return asked, inner


def _judge(
    subjects: Sequence[_Subject], rules: RuleSet, repairs: Mapping[int, str], *, are_too_many: bool = False
) -> Verdict:
    """Decide: any reject rule rejects on the original texts, then every text is rewritten or the call is rejected."""
    findings = tuple(finding for subject in subjects for finding in subject.findings)
    rejecting = next((finding for finding in findings if finding.rule.mode == "reject"), None)
    if are_too_many:
        rejecting = rejecting or findings[0]
    if rejecting:
        return Verdict("rejected", findings, rejected_by=rejecting)
    changes = dict(repairs)
    for subject in subjects:
        rewritten = _rewrite(subject, rules)
        if rewritten is None:
            return Verdict("rejected", findings, rejected_by=subject.findings[0])
        changes[subject.literal] = rewritten
    return Verdict("replaced", findings, changes)


def _rewrite(subject: _Subject, rules: RuleSet) -> str | None:
    """Return the text with all matches replaced and no rule matching any more, or None when that cannot be had."""
    if subject.form == "fixed":
        return None
    value = subject.value
    is_json = subject.form == "json"
    for _ in range(MAX_PASSES):
        try:
            value = rewrite(value, lambda text: _redact(text, rules)) if is_json else _redact(value, rules)
            hits = rules.patterns.find([value, *(views(value) if is_json else ())])
        except BadJson:  # replacements have made it too large to be read
            return None
        if not hits:
            return value
        if any(rules.rules[hit.pattern].mode == "reject" for hit in hits):
            return None
    return None


def _redact(text: str, rules: RuleSet) -> str:
    """Replace what the replace rules match in a text: all matches are found before anything is changed.

    Where matches overlap, their union is replaced by the longest one's replacement (of equals, the first rule's by id),
    so that no fragment between two of them survives and the order in which rules were made does not matter.
    """
    cuts = sorted(
        _Cut(*groups[0], hit.pattern, groups)
        for hit in rules.patterns.find([text])
        if rules.rules[hit.pattern].mode == "replace"
        for groups in hit.matches
    )
    pieces: list[str] = []
    position = 0
    for overlapping in _unions(cuts):
        winner = max(overlapping, key=lambda cut: (cut.end - cut.start, -cut.rule))
        pattern, template = rules.compiled[winner.rule]
        pieces += (text[position : overlapping[0].start], template.expand(text, winner.groups, pattern.group_names))
        position = max(cut.end for cut in overlapping)
    return "".join((*pieces, text[position:]))


def _unions(cuts: Sequence[_Cut]) -> list[list[_Cut]]:
    """Group cuts, sorted by their start, that overlap directly or through others."""
    unions: list[list[_Cut]] = []
    end = 0
    for cut in cuts:
        if cut.start < end:
            unions[-1].append(cut)
        else:
            unions.append([cut])
        end = max(end, cut.end)
    return unions


def _subject(text: Text) -> _Subject:
    if text.literal is None or text.is_key or text.kind not in REWRITABLE:
        return _Subject(-1, text.value, "fixed", [])
    return _Subject(text.literal, text.value, "json" if text.kind == "B" else "text", [])


def _place(text: Text, found_keys: set[str]) -> str:
    """Render a place without the keys that are findings themselves: places are told to clients and logged."""
    path = (*text.path[:-1], "*") if text.is_key else text.path
    return render(tuple("*" if step in found_keys else step for step in path))
