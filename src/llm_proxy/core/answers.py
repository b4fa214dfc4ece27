"""A whole JSON answer: the rules judge it as they judge a request, then placeholders become what they stand for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from llm_proxy.core.arguments import views
from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.fields import Path, is_tool_input
from llm_proxy.core.gathering import Finding
from llm_proxy.core.guardrails import inspect, may_find
from llm_proxy.core.placeholders import Restorer
from llm_proxy.core.restoring import restore_text
from llm_proxy.core.rewriting import act
from llm_proxy.core.strict_json import MAX_DEPTH, Document, clean, read, span_of, splice
from llm_proxy.core.texts import Text, walk
from llm_proxy.core.watch import Watch
from llm_proxy.errors import BadJson
from llm_proxy.records import Action

_SPELLED = "logprobs"  # the member that spells a text out, token by token


@dataclass(frozen=True, slots=True)
class Judged:
    """What a client may see of an answer, and what was found in it. ``body`` is empty when it is refused."""

    body: bytes
    findings: Sequence[Finding] = ()
    rejected_by: Finding | None = None


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the answers to one call."""

    endpoint: Endpoint
    watch: Watch
    restorer: Restorer = field(default_factory=lambda: Restorer({}))
    max_depth: int = MAX_DEPTH

    def lets_pass(self, body: bytes) -> bool:
        """Say whether an answer may go on as it is: true is certain, and quickly told."""
        if self._may_restore(body):
            return False
        try:
            return not may_find(read(body, self.max_depth), self.endpoint, (), self.watch)
        except BadJson:
            return False

    def may_find(self, tree: object) -> bool:
        """Say whether a rule may find anything in JSON that was read: false is certain."""
        if not isinstance(tree, dict):
            return True
        try:
            return may_find(Document(tree, ""), self.endpoint, (), self.watch)
        except BadJson:
            return True

    def _may_restore(self, body: bytes) -> bool:
        return bool(self.restorer) and (b"<" in body or b"003c" in body or b"003C" in body)

    def judge(self, body: bytes) -> Judged:
        """Judge a whole answer. Raises GuardrailUnavailable when the engine fails."""
        try:
            document = read(body, self.max_depth)
        except BadJson:
            return self.judge_text(clean(body.decode(errors="replace")), body)
        return self._read(document, body)

    def _read(self, document: Document, body: bytes) -> Judged:
        try:
            verdict = inspect(document, self.endpoint, self.watch)
        except BadJson:  # the JSON in its strings is too large to be read
            return self.judge_text(clean(body.decode(errors="replace")), body)
        if verdict.rejected_by is not None:
            return self._unspelled(document, verdict.findings, verdict.rejected_by)
        findings = [_without_placeholder(finding) for finding in verdict.findings]
        changes = dict(verdict.changes)
        may_restore = self._may_restore(body)
        if not changes and not may_restore:
            return Judged(body, findings)
        texts = walk(document.tree, self.endpoint)
        gone = _spelled(texts, [index for index in changes if index not in document.repairs])
        if may_restore:
            changes |= self._restored(texts, changes)
        by_literal = {text.literal: text for text in texts if text.literal is not None}
        kept = {index: value for index, value in changes.items() if not _is_below(by_literal[index].path, gone)}
        edits = _left_out(document, gone)
        return Judged(splice(document, kept, edits) if kept or edits else body, findings)

    def _unspelled(self, document: Document, findings: Sequence[Finding], rejected_by: Finding) -> Judged:
        """Judge an answer that is refused because of what spells a text out: that may be left out instead."""
        if rejected_by.rule.mode == "reject" or _SPELLED not in rejected_by.place:
            return Judged(b"", findings, rejected_by)
        spellers = _spellers(walk(document.tree, self.endpoint))
        judged = self.judge(splice(document, document.repairs, _left_out(document, sorted(spellers, key=str))))
        known = {(each.rule.id, each.values) for each in judged.findings}
        spelled = [each for each in findings if (each.rule.id, each.values) not in known]
        action: Action = "rejected" if judged.rejected_by else "replaced"
        more = [each if each.rule.mode == "monitor" else replace(each, action=action) for each in spelled]
        return replace(judged, findings=(*judged.findings, *more))

    def _restored(self, texts: Sequence[Text], changes: Mapping[int, str]) -> dict[int, str]:
        restored = {}
        for text in texts:
            if text.literal is None or text.kind == "H" or (text.is_key and not is_tool_input(text.path)):
                continue  # what is signed would be refused by the provider, if it came back otherwise
            value = changes.get(text.literal, text.value)
            shown = restore_text(value, self.restorer, is_json=text.kind == "B")
            if shown != value:
                restored[text.literal] = shown
        return restored

    def judge_text(self, text: str, body: bytes = b"", place: str = "body") -> Judged:
        """Judge what is no JSON, or none that can be changed in its strings: as one text, in which nothing is cut."""
        findings: list[Finding] = []
        rejected_by = None
        for shown in (text, *views(text)):
            for sighting in self.watch.look(shown):
                rule = sighting.detector.rule
                action: Action = "monitored" if act(rule, is_past=False) == "note" else "rejected"
                finding = Finding(rule, place, shown, sighting.spans, "K", sighting.view, sighting.values, action)
                findings.append(finding)
                rejected_by = rejected_by or (finding if action == "rejected" else None)
        return Judged(b"" if rejected_by else body, findings, rejected_by)


def _without_placeholder(finding: Finding) -> Finding:
    """Nobody puts anything back into what a client gets, so there a secret is replaced for good."""
    return replace(finding, action="replaced") if finding.action == "pseudonymised" else finding


def _spelled(texts: Sequence[Text], changed: Sequence[int]) -> list[Path]:
    """Return the paths of what spells out a text that was changed: all that stands next to it or around it."""
    wanted = set(changed)
    changed_paths = [text.path for text in texts if text.literal in wanted and not text.is_key]
    return sorted(
        (path for path in _spellers(texts) if any(changed[: len(path) - 1] == path[:-1] for changed in changed_paths)),
        key=str,
    )


def _spellers(texts: Sequence[Text]) -> set[Path]:
    return {text.path[: text.path.index(_SPELLED) + 1] for text in texts if _SPELLED in text.path}


def _left_out(document: Document, paths: Sequence[Path]) -> list[tuple[int, int, str]]:
    """Return the edits that leave nothing at some paths."""
    return [(*(span := span_of(document.text, path)), _nothing(document.text[span[0]])) for path in paths]


def _is_below(path: Path, places: Sequence[Path]) -> bool:
    return any(path[: len(place)] == place for place in places)


def _nothing(opening: str) -> str:
    return "[]" if opening == "[" else "null"
