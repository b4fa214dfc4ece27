"""One text of an answer while it arrives: what of it may go on, and in which words.

What is delivered cannot be taken back, so a part goes on only when no more text can make a match of it or change one in
it. A few hundred delivered characters are kept and looked at again, for a match may begin there whose secret does not.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from llm_proxy.core.detectors import Detector
from llm_proxy.core.fields import REWRITABLE
from llm_proxy.core.gathering import Finding
from llm_proxy.core.holdback import CONTEXT
from llm_proxy.core.rewriting import Rewriter, act
from llm_proxy.core.watch import Sighting, Watch
from llm_proxy.core.words import last_word
from llm_proxy.records import Action, FieldClass

MOST_HELD = 16 << 10  # characters: a private key and more; what would have to wait for longer is refused
LONG_WORD = 4 << 10  # characters of a word after which it is asked how much of it may go on
KEPT_OF_WORD = 2 << 10  # of such a word, for it may be an encoded text

Cut = tuple[int, int, str]  # start, end, and what stands in this place


class Decided(NamedTuple):
    """What became of a text up to ``upto``: parts are cut, or it is refused. Places are from the text's beginning."""

    upto: int
    cuts: Sequence[Cut] = ()
    findings: Sequence[Finding] = ()
    rejected_by: Finding | None = None


class Incoming:
    """One text. ``head`` is what stands before it although nobody sends it: the name of the member that holds it.

    In a text that ``is_fixed`` nothing can be cut, so what would have to be refuses the answer.
    """

    def __init__(
        self, watch: Watch, place: str, kind: FieldClass = "A", head: str = "", *, is_fixed: bool = False
    ) -> None:
        self._watch = watch.for_kind(kind)
        self._rewriter = Rewriter(self._watch)
        self._holds = self._watch.holdback
        self._place = place
        self._kind: FieldClass = kind
        self._is_fixed = is_fixed or kind not in REWRITABLE
        self._text = head  # what is kept
        self._base = -len(head)  # where that begins
        self._upto = 0  # what is decided
        self._word = 0  # where the unfinished word begins
        self._asked, self._open = 0, 0  # the word for which it was asked what before it must wait, and the answer
        self._culprit: Detector | None = None  # because of which rule
        self._cuts: list[Cut] = []  # in what is kept

    @property
    def end(self) -> int:
        """The length of what has arrived."""
        return self._base + len(self._text)

    @property
    def held(self) -> str:
        """What has arrived and is not decided."""
        return self._text[self._upto - self._base :]

    def tail(self, most: int) -> str:
        """Return the end of what has arrived, of a few hundred characters."""
        return self._text[-most:]

    def feed(self, piece: str) -> None:
        """Take the next piece, without lone surrogates."""
        self._text += piece
        if broken := last_word(piece):
            self._word = self.end - len(piece) + broken

    def decide(self, *, ended: bool = False) -> Decided | None:
        """Decide as much as can be; None when that is nothing. ``ended``: no more text comes."""
        if not self._watch.active:
            self._base, self._text, self._upto = self.end, "", self.end
            return Decided(self.end)
        limit = self.end if ended else self._limit()
        if limit > self._upto:
            sightings = self._watch.look(self._text)
            limit = limit if ended else self._whole(sightings, limit)
            if limit > self._upto:
                return self._settle(limit, self._within(sightings, limit))
        if self.end - self._upto > MOST_HELD:
            return self._overdue()
        return None

    def _limit(self) -> int:
        """Return up to where no more text can make a match of what has arrived."""
        if not self._holds.by_word(self._text[max(0, self._word - self._base) :]):
            opening = self._holds.begun_from(self._text)
            self._culprit = opening.detector
            return max(self._upto, self._base + opening.start)
        if self._word != self._asked:
            opening = self._holds.open_from(self._text[: self._word - self._base])
            self._asked, self._open, self._culprit = self._word, self._base + opening.start, opening.detector
        limit = min(self._word, self._open)
        if limit < self._word:
            limit = self._aligned(limit)
        if self.end - max(limit, self._upto) > LONG_WORD:
            opening = self._holds.begun_from(self._text)
            self._culprit = opening.detector
            limit = max(limit, min(self._base + opening.start, self.end - KEPT_OF_WORD))
        return max(limit, self._upto)

    def _aligned(self, place: int) -> int:
        """Return the beginning of the word at a place."""
        return self._base + last_word(self._text[: max(0, place - self._base)])

    def _whole(self, sightings: Iterable[Sighting], limit: int) -> int:
        """Return the limit, or an earlier one that cuts no match in two."""
        enforced = [each for each in sightings if each.detector.rule.mode != "monitor"]
        spans = sorted((*span, each.number, each.detector) for each in enforced for span in each.spans)
        for start, end, _, detector in reversed(spans):
            if start + self._base < limit < end + self._base:
                limit, self._culprit = self._aligned(start + self._base), detector
        return limit

    def _within(self, sightings: Iterable[Sighting], limit: int) -> list[Sighting]:
        """Return what is sighted between what was decided before and the limit."""
        begin = self._upto - self._base
        found = _between(sightings, begin, limit - self._base)
        return [each._replace(spans=tuple((max(begin, start), end) for start, end in each.spans)) for each in found]

    def _settle(self, limit: int, sightings: Sequence[Sighting]) -> Decided:
        text, begin = self._text[: limit - self._base], self._upto - self._base
        acts = [act(each.detector.rule, is_past=False) for each in sightings]
        if self._is_fixed:
            acts = ["reject" if each == "rewrite" else each for each in acts]
        if "reject" in acts:
            return self._rejected(limit, text, sightings, acts.index("reject"))
        cuts = [
            (self._base + start, self._base + end, replacement)
            for start, end, replacement in self._rewriter.replacements(self._text, sightings)
        ]
        if (cuts or self._cuts) and (left := self._left([*self._cuts, *cuts], text, begin)):
            return self._rejected(limit, text, [left, *sightings], 0)
        self._upto = limit
        self._trim(sightings, cuts)
        return Decided(limit, cuts, [self._finding(text, each) for each in sightings])

    def _left(self, cuts: Sequence[Cut], text: str, begin: int) -> Sighting | None:
        """Return what is still found in what is to be delivered, when it stands there as cut."""
        before = len(rewritten(text[:begin], self._base, [cut for cut in cuts if cut[1] <= self._upto]))
        delivered = len(rewritten(text, self._base, cuts))
        found = self._watch.look(rewritten(self._text, self._base, cuts))
        return next(iter(self._rewriter.enforced(_between(found, before, delivered))), None)

    def _trim(self, sightings: Sequence[Sighting], cuts: Sequence[Cut]) -> None:
        """Forget what was delivered long ago, but no part of a match."""
        self._cuts += cuts
        if self._upto - self._base <= 2 * CONTEXT:
            return
        keep = self._holds.context_from(self._text[: self._upto - self._base])
        spans = sorted(
            (span for each in sightings for match in each.matches for span in (match.groups[0],)), reverse=True
        )
        for start, end in spans:
            keep = start if start < keep < end else keep
        self._text, self._base = self._text[keep:], self._base + keep
        self._cuts = [cut for cut in self._cuts if cut[0] >= self._base]

    def _overdue(self) -> Decided | None:
        """Refuse what has waited for too long."""
        if self._culprit is None:
            return None
        found = Finding(self._culprit.rule, self._place, self._text[:LONG_WORD], (), self._kind)
        return Decided(self._upto, (), [found], found)

    def _rejected(self, limit: int, text: str, sightings: Sequence[Sighting], number: int) -> Decided:
        findings = [self._finding(text, each, "rejected") for each in sightings]
        return Decided(limit, (), findings, findings[number])

    def _finding(self, text: str, sighting: Sighting, became: Action = "replaced") -> Finding:
        rule = sighting.detector.rule
        action: Action = "monitored" if rule.mode == "monitor" else became
        return Finding(rule, self._place, text, sighting.spans, self._kind, sighting.view, sighting.values, action)


def _between(sightings: Iterable[Sighting], begin: int, stop: int) -> list[Sighting]:
    """Return the sightings of what ends behind a place, and not behind another."""
    found = []
    for each in sightings:
        chosen = [number for number, (_, end) in enumerate(each.spans) if begin < end <= stop]
        if chosen:
            matches = tuple(each.matches[number] for number in chosen)
            found.append(each._replace(matches=matches, spans=tuple(each.spans[number] for number in chosen)))
    return found


def rewritten(text: str, base: int, cuts: Iterable[Cut]) -> str:
    """Return a text that begins at ``base`` as it was cut."""
    pieces: list[str] = []
    position = 0
    for start, end, replacement in cuts:
        pieces += (text[position : start - base], replacement)
        position = end - base
    return "".join((*pieces, text[position:]))
