"""Rewrite a text until no rule that enforces anything finds anything in it, or say that it cannot be had."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from llm_proxy.core.arguments import hidden, is_document, is_json, rewrite, views
from llm_proxy.core.members import member_view
from llm_proxy.core.strict_json import clean, escaped, find_literals, is_key
from llm_proxy.core.watch import Sighting, Watch
from llm_proxy.errors import BadJson
from llm_proxy.records import Guardrail, Severity

MAX_PASSES = 3  # a replacement that still holds a match is replaced again, this often
REDACTED = "[REDACTED]"

_RANKS: dict[Severity, int] = {"low": 0, "medium": 1, "high": 2, "critical": 3}
_ESCAPE = re.compile(r"\\(?:u[0-9A-Fa-f]{4}|.)")


class Issuer(Protocol):
    """Who makes placeholders, and remembers what each of them stands for."""

    def issue(self, kind: str, value: str) -> str:
        """Return the placeholder of a value; ``kind`` is what the rule calls it."""
        ...


class Setting(NamedTuple):
    """Where a text stands: ``is_past`` in an earlier turn of the chat, ``key`` names the member whose value it is."""

    is_past: bool = False
    key: str = ""


Act = Literal["reject", "rewrite", "note"]


def act(rule: Guardrail, *, is_past: bool) -> Act:
    """Say what a finding of a rule asks for in a text that may be rewritten."""
    if rule.mode == "monitor":
        return "note"
    if rule.mode == "reject" and not (is_past and rule.history == "redact"):
        return "reject"
    return "rewrite"


class _Cut(NamedTuple):
    """A secret that must go, and what stands in its place."""

    start: int
    end: int
    rank: tuple[int, int, int]  # of cuts that overlap, the greatest gives the replacement
    sighting: Sighting
    number: int  # of the match in its sighting

    @property
    def rule(self) -> Guardrail:
        return self.sighting.detector.rule


@dataclass(frozen=True, slots=True)
class Rewriter:
    """Rewrites texts of one call. ``put`` are the replacements in the text at hand, ``new`` those of this pass."""

    watch: Watch
    issuer: Issuer | None = None
    put: set[str] = field(default_factory=set)
    new: set[str] = field(default_factory=set)

    def rewrite(self, value: str, setting: Setting = Setting()) -> str | None:  # noqa: B008 (it is immutable)
        """Return a text in which nothing is found any more; None when that cannot be had, or a rule rejects it."""
        return self._passes(value, setting, self._redact, lambda text: [text])

    def rewrite_json(self, value: str, setting: Setting = Setting()) -> str | None:  # noqa: B008 (it is immutable)
        """Do the same for JSON in a string: it stays the JSON that it was, with other strings in it."""
        if not is_json(value):
            return self._passes(value, setting, self._redact, lambda text: [text, *views(text)])
        return self._passes(value, setting, self._redact_json, lambda text: [text, *views(text)])

    def rewrite_free(self, value: str, setting: Setting = Setting()) -> str | None:  # noqa: B008 (it is immutable)
        """Do the same for free text: what is JSON, as a tool's result often is, stays JSON where that can be had."""
        if not is_document(value):
            return self.rewrite(value, setting)
        rewritten = self.rewrite_json(value, setting)
        if rewritten is None:
            return self._passes(value, setting, self._redact, lambda text: [text, *hidden(text)])
        return rewritten

    def key(self, value: str) -> str | None:
        """Do the same for a key of a tool's input, in which nothing but a pseudonym may stand."""
        return self._passes(value, Setting(), lambda text, _: self._renamed(text), lambda text: [text])

    def _passes(
        self,
        value: str,
        setting: Setting,
        change: Callable[[str, Setting], str],
        shown: Callable[[str], list[str]],
    ) -> str | None:
        self.put.clear()  # what was put elsewhere says nothing of this text: a secret may be spelled like it
        for _ in range(MAX_PASSES):
            self.new.clear()
            try:
                value = change(value, setting)
                self.put.update(self.new)
                left = self.enforced(self._find(shown(value), setting))
            except BadJson:  # replacements have made it too large to be read
                return None
            if not left:
                return value
            if any(act(each.detector.rule, is_past=setting.is_past) == "reject" for each in left):
                return None
        return None

    def replacements(self, text: str, sightings: Iterable[Sighting]) -> list[tuple[int, int, str]]:
        """Return what stands in the place of each part of a text that was sighted: start, end and replacement."""
        self.put.clear()
        self.new.clear()
        made = self._replacements(text, self._sorted(sightings, Setting()))
        self.put.update(self.new)
        return made

    def enforced(self, sightings: Iterable[Sighting]) -> list[Sighting]:
        """Return the sightings that must not stand in what is sent.

        A rule with a secret group finds what surrounds the secret again; when the secret is a replacement, that is as
        it should be. So it is with placeholders, whatever the rule.
        """
        return [
            sighting
            for sighting in sightings
            if sighting.detector.rule.mode != "monitor"
            and not (self.put and _keeps_label(sighting) and all(self._was_put(value) for value in sighting.values))
        ]

    def _was_put(self, value: str) -> bool:
        """Say whether a secret is a replacement, or some with signs: ``\\S+`` takes the end of JSON along."""
        if any(value in piece for piece in self.put):
            return True
        left = value
        for piece in sorted(self.put, key=len, reverse=True):
            left = left.replace(piece, "")
        return left != value and not any(char.isalnum() for char in left)

    def _find(self, texts: Sequence[str], setting: Setting) -> list[Sighting]:
        return [*self.watch.find(texts), *self._find_member(texts[0], setting)]

    def _find_member(self, value: str, setting: Setting) -> list[Sighting]:
        """Return what is found in a value because of the name it goes by: ``"password": "…"``."""
        view = member_view(setting.key, value) if setting.key else None
        return [] if view is None else view.sightings(self.watch)

    def _redact(self, text: str, setting: Setting) -> str:
        """Replace what is to be rewritten in a text: all matches are found before anything is changed.

        Where matches overlap, their union is replaced as the rule of the highest severity says, of those the one with
        the longest match, of equals the first by id: no fragment between two of them survives, and the order in which
        rules were made does not matter.
        """
        return _joined(text, self._replacements(text, self._cuts(text, setting)))

    def _renamed(self, key: str) -> str:
        """Return a key of a tool's input: only a pseudonym may stand in it, for it becomes the key again.

        Where anything else is found in it, the key stays as it is, and is found again.
        """
        found = self.enforced(self._find([key], Setting()))
        if self.issuer is None or any(each.detector.rule.mode != "pseudonymise" for each in found):
            return key
        return _joined(key, self._replacements(key, self._sorted(found, Setting())))

    def _redact_json(self, text: str, setting: Setting) -> str:
        """Replace what a rule finds in the JSON itself, within one string, then in each string what it says.

        A placeholder stands for what a string says, not for how JSON writes it: what else the JSON shows comes last.
        """
        text = self._redact_written(text, setting, lambda rule: rule.mode != "pseudonymise")
        text = rewrite(text, lambda each, key: self._redact(each, setting._replace(key=key)), self._renamed)
        return self._redact_written(text, setting, lambda rule: rule.mode == "pseudonymise")

    def _redact_written(self, text: str, setting: Setting, is_due: Callable[[Guardrail], bool]) -> str:
        literals = [span for span in find_literals(text) if not is_key(text, span)]
        cuts = [cut for cut in self._cuts(text, setting._replace(key="")) if is_due(cut.rule)]
        replacements = []
        for cut_start, cut_end, cut in self._unions(cuts):
            literal = next((span for span in literals if span[0] < cut_start and cut_end < span[1]), None)
            if literal is not None:
                start, end = _whole_escapes(text, literal, cut_start, cut_end)
                value = str(json.loads(f'"{text[start:end]}"', strict=False))
                replacements.append((start, end, escaped(self._replacement(cut, value))))
        return _joined(text, replacements)

    def _cuts(self, text: str, setting: Setting) -> list[_Cut]:
        return self._sorted(self._find([text], setting), setting)

    def _sorted(self, sightings: Iterable[Sighting], setting: Setting) -> list[_Cut]:
        return sorted(
            _Cut(*span, (_RANKS[each.detector.rule.severity], span[1] - span[0], -each.number), each, index)
            for each in self.enforced(sightings)
            if act(each.detector.rule, is_past=setting.is_past) == "rewrite"
            for index, span in enumerate(each.spans)
        )

    def _replacements(self, text: str, cuts: Sequence[_Cut]) -> list[tuple[int, int, str]]:
        return [(start, end, self._replacement(cut, text[start:end])) for start, end, cut in self._unions(cuts)]

    def _unions(self, cuts: Sequence[_Cut]) -> list[tuple[int, int, _Cut]]:
        """Merge cuts, sorted by their start, that overlap directly or through others: a span, and who decides in it."""
        unions: list[tuple[int, int, _Cut]] = []
        for cut in cuts:
            if unions and cut.start < unions[-1][1]:
                start, end, winner = unions[-1]
                unions[-1] = (start, max(end, cut.end), max(winner, cut, key=lambda each: each.rank))
            else:
                unions.append((cut.start, cut.end, cut))
        return unions

    def _replacement(self, cut: _Cut, value: str) -> str:
        """Return what stands in the place of ``value``, the secret and whatever overlaps it."""
        rule, sighting = cut.rule, cut.sighting
        if rule.mode == "pseudonymise" and self.issuer is not None:
            replacement = self.issuer.issue(rule.name or "SECRET", value)
        elif rule.mode == "replace" or rule.replace_by:
            replacement = clean(sighting.detector.replacement(sighting.shown, sighting.matches[cut.number]))
        else:
            replacement = REDACTED
        if value not in replacement and sighting.values[cut.number] not in replacement:  # else nothing is hidden
            self.new.add(replacement)
        return replacement


def _keeps_label(sighting: Sighting) -> bool:
    return sighting.detector.group != 0 or sighting.detector.rule.mode == "pseudonymise"


def _joined(text: str, replacements: Iterable[tuple[int, int, str]]) -> str:
    pieces: list[str] = []
    position = 0
    for start, end, replacement in replacements:
        pieces += (text[position:start], replacement)
        position = end
    return "".join((*pieces, text[position:]))


def _whole_escapes(text: str, literal: tuple[int, int], start: int, end: int) -> tuple[int, int]:
    """Widen a span so that it cuts no escape sequence of its literal in two, nor a pair of surrogates."""
    for match in _ESCAPE.finditer(text, literal[0] + 1, literal[1] - 1):
        if match.start() < start < match.end():
            start = match.start()
        if match.start() < end < match.end():
            end = match.end()
    return start, end
