r"""JSON in a string while it arrives: the arguments of a tool call.

Two readings at once. The JSON as it is written, in which a rule may find a member by its name; and each string in it,
decoded, for a secret may hide behind ``\u0041``. A part goes on when neither holds it back. What is cut is cut within
one string, whose escapes stay whole, so the JSON stays the JSON that it was; a match elsewhere (in a key, a number,
over a border) refuses the answer.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import replace

from llm_proxy.core.arguments import views
from llm_proxy.core.fields import names_a_secret
from llm_proxy.core.gathering import Finding
from llm_proxy.core.incoming import LONG_WORD, Cut, Decided, Incoming
from llm_proxy.core.json_reading import JsonReader, JsonString
from llm_proxy.core.members import member_view
from llm_proxy.core.rewriting import Rewriter, act
from llm_proxy.core.strict_json import escaped
from llm_proxy.core.watch import Sighting, Watch
from llm_proxy.errors import BadJson
from llm_proxy.records import Action

_IS_NESTED = re.compile(r'\s*[\[{"]')
_MOST_REMEMBERED = 64  # strings that a match in the JSON as it is written may stand in


class IncomingJson:
    """One text that is JSON, or should be."""

    def __init__(self, watch: Watch, place: str) -> None:
        self._watch = watch
        self._place = place
        self._written = Incoming(watch, place, "B")
        self._written_upto = 0
        self._reader = JsonReader()
        self._strings: list[JsonString] = []
        self._open: _Said | None = None
        self._upto = 0
        self._cuts: list[Cut] = []
        self._findings: list[Finding] = []
        self._rejected_by: Finding | None = None
        self._known: set[tuple[str, tuple[str, ...]]] = set()

    @property
    def end(self) -> int:
        """The length of what has arrived."""
        return self._reader.end

    @property
    def is_json(self) -> bool:
        """Whether it has begun as JSON."""
        return self._reader.is_json is True

    @property
    def is_whole(self) -> bool:
        """Whether the JSON is complete."""
        return self._reader.is_whole

    def feed(self, piece: str) -> None:
        """Take the next piece, without lone surrogates."""
        self._written.feed(piece)
        if not self._watch.active:
            self._reader.end += len(piece)
            return
        for string in self._reader.feed(piece):
            if self._open is None or self._open.string is not string:
                self._open = _Said(self._watch, self._place, string)
                self._strings = [*self._strings[-_MOST_REMEMBERED:], string]
            self._open.feed()
            if string.end is not None:
                self._take(self._open, self._open.decide(ended=True))
                self._open = None

    def decide(self, *, ended: bool = False) -> Decided | None:
        """Decide as ``Incoming`` does."""
        if self._open is not None:
            self._take(self._open, self._open.decide(ended=ended))
        written = self._written.decide(ended=ended)
        if written is not None:
            self._take_written(written)
        if self._rejected_by is not None:
            findings, self._findings = self._findings, []
            return Decided(self._upto, (), findings, self._rejected_by)
        upto = self._written_upto
        if self._open is not None:
            upto = min(upto, self._open.raw_upto)
        elif not ended and self._watch.active:
            upto = min(upto, self._reader.read)
        return self._decided(upto)

    def _decided(self, upto: int) -> Decided | None:
        cuts = _merged(self._cuts)
        upto = min([upto, *(start for start, end, _ in cuts if start < upto < end)])
        if upto <= self._upto:
            return None
        self._upto = upto
        self._cuts = [cut for cut in cuts if cut[1] > upto]
        findings, self._findings = self._findings, []
        return Decided(upto, [cut for cut in cuts if cut[1] <= upto], findings)

    def _take(self, said: "_Said", decided: Decided | None) -> None:
        """Take what was decided about a string by what it says."""
        if decided is None:
            return
        self._note(decided.findings, decided.rejected_by)
        for start, end, text in decided.cuts:
            raw = said.string.raw(start), said.string.raw(end)
            self._cuts.append((*raw, escaped(text)))

    def _take_written(self, decided: Decided) -> None:
        """Take what was decided about the JSON as it is written."""
        self._written_upto = decided.upto
        self._note(decided.findings, decided.rejected_by)
        if self._reader.is_json is False:
            self._cuts += decided.cuts
            return
        for start, end, text in decided.cuts:
            string = next((each for each in self._strings if _is_within(start, end, each)), None)
            if string is None:
                culprit = next(each for each in decided.findings if each.rule.mode != "monitor")
                self._rejected_by = self._rejected_by or replace(culprit, action="rejected")
            else:
                self._cuts.append((*string.widened(start, end), escaped(text)))

    def _note(self, findings: Iterable[Finding], rejected_by: Finding | None) -> None:
        """Note what is new: the two readings show the same secret twice."""
        for finding in findings:
            key = finding.rule.id, finding.values
            if key not in self._known or finding is rejected_by:
                self._known.add(key)
                self._findings.append(finding)
        self._rejected_by = self._rejected_by or rejected_by


class _Said:
    """What one string of the JSON says.

    A value whose name tells what it is, and JSON in the string, wait until they are whole, if they are short.
    """

    def __init__(self, watch: Watch, place: str, string: JsonString) -> None:
        self.string = string
        self._watch = watch.for_kind("B")
        self._place = place
        self._text = Incoming(watch, place, "B", is_fixed=string.is_key)
        self._fed = 0
        self._upto = 0
        self._is_named = bool(string.key) and names_a_secret(string.key)

    @property
    def raw_upto(self) -> int:
        """Up to where in the JSON all is decided."""
        return self.string.raw(self._upto)

    @property
    def _is_whole(self) -> bool:
        """Whether the string is inspected as a whole."""
        if self.string.is_key or self.string.length > LONG_WORD:
            return False
        return self._is_named or _IS_NESTED.match(self.string.said) is not None

    def feed(self) -> None:
        """Take what the string says by now."""
        if self._is_whole:
            return
        if not self._fed and self._is_named:
            head = member_view(self.string.key, "x")
            self._text = Incoming(self._watch, self._place, "B", "" if head is None else head.text[: head.start])
        self._text.feed(self.string.said[self._fed :])
        self._fed = self.string.length

    def decide(self, *, ended: bool) -> Decided | None:
        """Decide as ``Incoming`` does; places are those of what the string says."""
        if self._is_whole and not ended:
            return None
        decided = self._whole() if self._is_whole else self._text.decide(ended=ended)
        if decided is not None and decided.rejected_by is None:
            self._upto = decided.upto
        return decided

    def _whole(self) -> Decided:
        value = self.string.said
        sightings = self._sightings(value, is_nested=_IS_NESTED.match(value) is not None)
        acts = [act(each.detector.rule, is_past=False) for each in sightings]
        changed: str | None = value
        if "reject" in acts:
            changed = None
        elif "rewrite" in acts:
            member = f'{{"{escaped(self.string.key)}": "{escaped(value)}"}}'
            member_changed = Rewriter(self._watch).rewrite_json(member)
            changed = None if member_changed is None else next(iter(json.loads(member_changed).values()))
        findings = [self._finding(each, is_rejected=changed is None) for each in sightings]
        if changed is None:
            return Decided(0, (), findings, findings[acts.index("reject" if "reject" in acts else "rewrite")])
        cuts = [(0, len(value), changed)] if changed != value else []
        return Decided(len(value), cuts, findings)

    def _sightings(self, value: str, *, is_nested: bool) -> list[Sighting]:
        try:
            inner = views(value) if is_nested else []
        except BadJson:  # too large to be read: the value is all there is
            inner = []
        found = [sighting for text in (value, *inner) for sighting in self._watch.look(text)]
        view = member_view(self.string.key, value) if self._is_named else None
        return found if view is None else [*found, *view.sightings(self._watch)]

    def _finding(self, sighting: Sighting, *, is_rejected: bool) -> Finding:
        rule = sighting.detector.rule
        became: Action = "rejected" if is_rejected else "replaced"
        action: Action = "monitored" if rule.mode == "monitor" else became
        return Finding(rule, self._place, sighting.shown, sighting.spans, "B", sighting.view, sighting.values, action)


def _is_within(start: int, end: int, string: JsonString) -> bool:
    return not string.is_key and string.start <= start and (string.end is None or end <= string.end)


def _merged(cuts: Iterable[Cut]) -> list[Cut]:
    """Unite cuts that overlap: the longest one's replacement stands."""
    merged: list[Cut] = []
    for start, end, text in sorted(cuts, key=lambda cut: (cut[0], -cut[1])):
        if merged and start < merged[-1][1]:
            first, last, kept = merged[-1]
            merged[-1] = (first, max(last, end), kept)
        else:
            merged.append((start, end, text))
    return merged
