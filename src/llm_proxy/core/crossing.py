"""The border between two texts of a streamed answer: a secret may be cut in two by the end of one.

Clients put the parts of an answer together, so the end of a text waits for the first word of the next, and both are
judged as one. Only what crosses the border counts: all else is a finding of its own text. Nothing can be cut there.
"""

from collections.abc import Iterable

from llm_proxy.core.deltas import Channel, Piece
from llm_proxy.core.incoming import Decided, Incoming
from llm_proxy.core.patterns import Span
from llm_proxy.core.views import REACH
from llm_proxy.core.watch import Sighting, Watch
from llm_proxy.core.words import last_word
from llm_proxy.records import FieldClass


class _Row(Incoming):
    """Texts that are read as one, from the end of the first on. ``glue`` stands between parts of one message."""

    def __init__(self, watch: Watch, place: str, kind: FieldClass, tail: str, glue: str) -> None:
        super().__init__(watch, place, kind, tail, is_fixed=True)
        self._word = self._base + last_word(tail)
        self._glue = glue
        self._borders: list[Span] = []  # where a text ends, and where the next one begins

    def part(self, *, is_same: bool) -> None:
        """End a text; ``is_same``: the next one is a part of the same message."""
        glue = self._glue if is_same else ""
        self._borders.append((self.end, self.end + len(glue)))
        self.feed(glue)

    def is_over(self, upto: int) -> bool:
        """Say whether nothing that begins before the last border can be found any more."""
        return upto > self._borders[-1][1] or self.end - self._borders[0][1] >= REACH

    def _within(self, sightings: Iterable[Sighting], limit: int) -> list[Sighting]:
        crossing = (self._crossing(each) for each in sightings)
        return super()._within([each for each in crossing if each.spans], limit)

    def _crossing(self, sighting: Sighting) -> Sighting:
        chosen = [at for at, span in enumerate(sighting.spans) if self._crosses(span, sighting)]
        matches, spans = sighting.matches, sighting.spans
        return sighting._replace(
            view="joined", matches=tuple(matches[at] for at in chosen), spans=tuple(spans[at] for at in chosen)
        )

    def _crosses(self, span: Span, sighting: Sighting) -> bool:
        start, end = span[0] + self._base, span[1] + self._base
        if not any(start < left and right < end for left, right in self._borders):
            return False
        return not any(first < end and start < last for first, last in self._alone(sighting.number))

    def _alone(self, number: int) -> list[Span]:
        """Return where a rule finds something in one of the texts alone: then more of it is no news."""
        begins = [self._base, *(right for _, right in self._borders)]
        ends = [*(left for left, _ in self._borders), self.end]
        found = []
        for begin, end in zip(begins, ends, strict=True):
            sightings = self._watch.look(self._text[begin - self._base : end - self._base])
            spans = (span for each in sightings if each.number == number for span in each.spans)
            found += [(begin + start, begin + stop) for start, stop in spans]
        return found


class Crossing:
    """What may go on from a text that has ended into the next one that begins."""

    def __init__(self, watch: Watch, ended: Piece, message: Channel, tail: str) -> None:
        self._rows = [_Row(watch, ended.place, ended.kind, tail, glue) for glue in ("", "\n")]
        self._channel: Channel | None = None
        self._message = message  # of the last text

    def begin(self, channel: Channel, message: Channel) -> bool:
        """Go on with a text that begins in a message, unless another one has begun; say whether that is so."""
        if self._channel is not None:
            return False
        is_same, self._channel, self._message = message == self._message, channel, message
        for row in self._rows:
            row.part(is_same=is_same)
        return True

    def end(self, channel: Channel) -> None:
        """End a text; the next one that begins goes on with it."""
        if self._channel == channel:
            self._channel = None

    def take(self, piece: Piece) -> list[Decided]:
        """Take a piece; return what was found across a border because of it."""
        found: list[Decided] = []
        for row in [*self._rows] if piece.channel == self._channel else ():
            row.feed(piece.text)
            decided = row.decide()
            if row.is_over(0 if decided is None else decided.upto):
                self._rows.remove(row)
            found += [decided] if decided is not None and decided.findings else []
        return found

    def look(self) -> list[Decided]:
        """Return what is found by now, for no more is waited for."""
        decided = [row.decide(ended=True) for row in self._rows]
        return [each for each in decided if each is not None and each.findings]

    @property
    def is_over(self) -> bool:
        """Whether nothing can cross the border any more."""
        return not self._rows
