"""Guard rails: rules and texts in, a verdict and its findings out.

For every enabled rule: no body leaves here, unchanged or changed, in which the rule finds anything in a key, a string,
a long number, a string inside of JSON in a string, or in a view of one of them. What cannot be changed without breaking
it is refused instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from llm_proxy.core.detectors import compile_rule
from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.fields import REWRITABLE
from llm_proxy.core.gathering import Finding, Gathering, Subject, ask
from llm_proxy.core.rewriting import Issuer, Rewriter, Setting
from llm_proxy.core.strict_json import Document, clean
from llm_proxy.core.views import text_file
from llm_proxy.core.watch import Watch
from llm_proxy.errors import BadPattern, GuardrailUnavailable
from llm_proxy.records import Action, FieldClass, Guardrail, Mode

MAX_FINDINGS = 10_000  # in a call; each becomes an audit event, so a call that holds more is refused
_MOST_SIGHTINGS = 4 * MAX_FINDINGS  # what is found is seen again in other readings of the same texts

_ACTIONS: Mapping[Mode, Action] = {
    "reject": "replaced",  # in an earlier turn
    "replace": "replaced",
    "pseudonymise": "pseudonymised",
    "monitor": "monitored",
}


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

    def refused(self) -> "Verdict":
        """Return the verdict of a call that is refused, for whatever reason: nothing in it was rewritten."""
        findings = tuple(
            finding if finding.rule.mode == "monitor" else replace(finding, action="rejected")
            for finding in self.findings
        )
        return self if self.outcome == "rejected" else Verdict("rejected", findings)


def check_rule(rule: Guardrail) -> None:
    """Say whether a rule may be admitted; raises BadPattern with a reason for its author."""
    detector = compile_rule(rule)
    if rule.replace_by != clean(rule.replace_by):
        raise BadPattern("The replacement is not valid Unicode: it holds half of a surrogate pair.", param="replace_by")
    literal = detector.template.literal
    if rule.mode == "replace" and not detector.group and literal is not None and detector.matches(literal):
        reason = "The pattern matches its own replacement, so every match would be refused."
        raise BadPattern(reason, param="pattern")


def may_find(document: Document, endpoint: Endpoint, outside: Sequence[str], watch: Watch) -> bool:
    """Say whether any rule may find anything in a body or in strings that stand alone: false is certain, and quick.

    Raises as ``inspect``.
    """
    if not watch.active:
        return False
    return watch.may_find([*ask(document, endpoint).texts, *map(clean, outside)])


def inspect(document: Document, endpoint: Endpoint, watch: Watch, issuer: Issuer | None = None) -> Verdict:
    """Judge a body by the rules that apply to its call. ``issuer`` makes the placeholders of pseudonymise rules.

    Raises GuardrailUnavailable when the engine fails, and BadJson when the JSON in its strings is too large.
    """
    if not watch.active:
        return Verdict("pass", changes=document.repairs)
    asked = ask(document, endpoint)
    sightings = watch.find(asked.texts, _MOST_SIGHTINGS)
    if not sightings:
        return Verdict("pass", changes=document.repairs)
    gathering = Gathering(document.tree, endpoint, asked)
    for sighting in sightings:
        gathering.take(sighting)
    subjects = gathering.subjects()
    count = sum(len(subject.findings) for subject in subjects)
    if not count and len(sightings) == _MOST_SIGHTINGS:
        raise GuardrailUnavailable
    are_too_many = count > MAX_FINDINGS or len(sightings) == _MOST_SIGHTINGS
    return _judge(subjects, Rewriter(watch, issuer), document.repairs, are_too_many=are_too_many)


def inspect_text(text: str, watch: Watch, kind: FieldClass = "A", issuer: Issuer | None = None) -> Verdict:
    """Judge a string that stands alone. Its replacement, if any, is ``changes[0]``; where it cannot be put, reject."""
    text, watch = clean(text), watch.for_kind(kind)
    findings = [
        Finding(each.detector.rule, "", text, each.spans, kind, each.view, each.values) for each in watch.find([text])
    ]
    if not findings:
        return Verdict("pass")
    form: Literal["text", "fixed"] = "text" if kind in REWRITABLE else "fixed"
    return _judge([Subject(0, text, form, Setting(), findings)], Rewriter(watch, issuer), {})


def _judge(
    subjects: Sequence[Subject], rewriter: Rewriter, repairs: Mapping[int, str], *, are_too_many: bool = False
) -> Verdict:
    """Decide: any reject rule rejects on the original texts, then every text is rewritten or the call is rejected."""
    found = [(subject, finding) for subject in subjects for finding in subject.findings]
    rejecting = next((finding for subject, finding in found if subject.act(finding) == "reject"), None)
    if are_too_many:
        rejecting = rejecting or found[0][1]
        found = sorted(found, key=lambda each: each[0].act(each[1]) != "reject")[:MAX_FINDINGS]
    if rejecting:
        return _rejected(found, rejecting)
    changes = dict(repairs)
    for subject in subjects:
        if all(subject.act(finding) == "note" for finding in subject.findings):
            continue
        rewritten = _rewritten(subject, rewriter)
        if rewritten is None:
            culprit = next(finding for finding in subject.findings if subject.act(finding) != "note")
            return _rejected(found, culprit)
        changes[subject.literal] = rewritten
    findings = tuple(replace(finding, action=_ACTIONS[finding.rule.mode]) for _, finding in found)
    is_changed = any(finding.action != "monitored" for finding in findings)
    return Verdict("replaced" if is_changed else "pass", findings, changes)


def _rewritten(subject: Subject, rewriter: Rewriter) -> str | None:
    rewriter = replace(rewriter, watch=rewriter.watch.for_kind(subject.findings[0].kind))
    if subject.form == "key":
        return rewriter.key(subject.value)
    if subject.form == "json":
        return rewriter.rewrite_json(subject.value, subject.setting)
    if subject.form == "file" and (file := text_file(subject.value)) is not None:
        text = rewriter.rewrite_free(file.text, subject.setting)
        return None if text is None else file.with_text(text)
    return rewriter.rewrite_free(subject.value, subject.setting)


def _rejected(found: Sequence[tuple[Subject, Finding]], culprit: Finding) -> Verdict:
    """The call goes nowhere, so whatever was found was refused with it; a monitor rule only looked."""
    findings = [
        finding if subject.act(finding) != "note" else replace(finding, action="monitored")
        for subject, finding in found
    ]
    return Verdict("rejected", tuple(findings), rejected_by=culprit)
