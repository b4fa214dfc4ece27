"""A text read in another way, and the way back: where in the source each part of it came from."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from llm_proxy.core.patterns import Span
from llm_proxy.records import ViewName

Edit: TypeAlias = tuple[int, int, str]  # source[start:end] reads as this


class _Pieces(NamedTuple):
    """The parts that a view is made of: where each begins in the view, and what it stands for in the source.

    Of a part that is as long as what it stands for, each character stands for one.
    """

    starts: list[int]
    sources: list[Span]


@dataclass(frozen=True, slots=True)
class View:
    """A derived text. ``depth`` counts how often something was decoded to get there."""

    name: ViewName
    text: str
    pieces: _Pieces
    parent: "View | None" = None
    depth: int = 0

    def origin(self, start: int, end: int) -> Span:
        """Return what ``text[start:end]`` stands for in the source: never less, in encoded tokens more."""
        if not self.pieces.starts:
            return (0, 0)
        last = max(start, end - 1)
        span = self._source(start)[0], self._source(last)[1]
        return span if self.parent is None else self.parent.origin(*span)

    def _source(self, position: int) -> Span:
        """Return the span of the source that one character stands for."""
        starts, sources = self.pieces
        index = max(0, bisect_right(starts, position) - 1)
        start, end = sources[index]
        piece_end = starts[index + 1] if index + 1 < len(starts) else len(self.text)
        if piece_end - starts[index] != end - start:
            return start, end
        offset = min(position - starts[index], end - start - 1)
        return start + offset, start + offset + 1


def edited(name: ViewName, source: str, edits: Sequence[Edit], parent: View | None = None) -> View:
    """Return the view in which ``edits``, sorted and apart from each other, were made to ``source``.

    ``parent`` is the view whose places those of ``source`` are, if it is not the original.
    """
    texts: list[str] = []
    starts: list[int] = []
    sources: list[Span] = []
    length = position = 0
    for start, end, text in (*edits, (len(source), len(source), "")):
        for piece, origin in ((source[position:start], (position, start)), (text, (start, end))):
            if piece:
                texts.append(piece)
                starts.append(length)
                sources.append(origin)
                length += len(piece)
        position = end
    depth = (parent.depth if parent else 0) + (name == "decoded")
    return View(name, "".join(texts), _Pieces(starts, sources), parent, depth)


def is_apart(edit: Edit, others: Sequence[Edit]) -> bool:
    """Say whether an edit overlaps none of others, which are in order and overlap each other nowhere."""
    at = bisect_left(others, edit[1], key=lambda other: other[0])
    return at == 0 or others[at - 1][1] <= edit[0]
