"""A text read in another way, and the way back: where in the source each part of it came from."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, TypeAlias

from llm_proxy.core.patterns import SEPARATOR, Span
from llm_proxy.records import ViewName

Edit: TypeAlias = tuple[int, int, str]  # source[start:end] reads as this

_FEW = 20  # characters are replaced one by one faster than all at once
_WHOLE, _AROUND = 1 << 15, 1 << 12  # characters: of a longer view only so many around each edit are read


class _Pieces(NamedTuple):
    """The parts that a view is made of: where each begins in the view, and what it stands for in the source.

    Of a part that is as long as what it stands for, each character stands for one.
    """

    starts: list[int]
    sources: list[Span]


@dataclass(frozen=True, eq=False)
class View:
    """A derived text: the ``source`` with edits, which are sorted and apart from each other.

    ``source`` is the text itself, or as long and its characters one for one, or that of ``parent``.
    ``depth`` counts how often something was decoded to get there.
    """

    name: ViewName
    text: str
    source: str
    edits: Iterable[Edit]
    parent: "View | None" = None
    depth: int = 0

    def origin(self, start: int, end: int) -> Span:
        """Return what ``text[start:end]`` stands for in the original: never less, in encoded tokens more."""
        last = max(start, end - 1)
        span = self._source(start)[0], self._source(last)[1]
        return span if self.parent is None else self.parent.origin(*span)

    def changed(self, reach: int) -> str:
        """Return what the edits have put there, with what stands around it as far as ``reach``."""
        spans = self._changed()
        return SEPARATOR.join(self.text[max(0, start - reach) : end + reach] for start, end in spans)

    def windows(self) -> "list[Window]":
        """Return what of the view may say more than what it was made from.

        Of a long one these are the edits and what stands around them, to where a line or a word ends.
        """
        if len(self.text) <= _WHOLE or self.name not in ("joined", "decoded"):
            return [Window(self, 0, self.text)]
        found: list[Window] = []
        begin, close = 0, -1
        for start, end in self._changed():
            first = self._break_before(start - _AROUND)
            if first > close >= 0:
                found.append(Window(self, begin, self.text[begin:close]))
            begin = first if first > close else begin
            close = self._break_behind(end + _AROUND) if end + _AROUND > close else close
        return [*found, Window(self, begin, self.text[begin:close])] if close >= 0 else found

    def _changed(self) -> Iterator[Span]:
        """Yield where the edits' texts stand."""
        shift = 0
        for start, end, text in self.edits:
            yield start + shift, start + shift + len(text)
            shift += len(text) - (end - start)

    def _break_before(self, place: int) -> int:
        """Return where a line begins before a place, or where a space is if the line is long."""
        line = self.text.rfind("\n", max(0, place - _AROUND), max(0, place)) + 1
        return line or max(0, self.text.rfind(" ", 0, max(0, place)))

    def _break_behind(self, place: int) -> int:
        """Return where a line ends behind a place, or where a space is if the line is long."""
        line = self.text.find("\n", place, place + _AROUND)
        space = self.text.find(" ", place) + 1 if line < 0 else 0
        return line if line >= 0 else space or len(self.text)

    def _source(self, position: int) -> Span:
        """Return the span of the source that one character stands for."""
        starts, sources = self._pieces
        index = bisect_right(starts, position) - 1
        start, end = sources[index]
        piece_end = starts[index + 1] if index + 1 < len(starts) else len(self.text)
        if piece_end - starts[index] != end - start:
            return start, end
        offset = min(position - starts[index], end - start - 1)
        return start + offset, start + offset + 1

    @cached_property
    def _pieces(self) -> _Pieces:
        """What ``origin`` needs: most views never hold a match, so it is made when it is asked for."""
        starts: list[int] = []
        sources: list[Span] = []
        length = position = 0
        for start, end, text in (*self.edits, (len(self.source), len(self.source), "")):
            for size, origin in ((start - position, (position, start)), (len(text), (start, end))):
                if size:
                    starts.append(length)
                    sources.append(origin)
                    length += size
            position = end
        return _Pieces(starts, sources)


class Window(NamedTuple):
    """A stretch of a view's text, which begins ``start`` characters behind the view's beginning."""

    view: View
    start: int
    text: str

    def origin(self, start: int, end: int) -> Span:
        """Return what ``text[start:end]`` stands for in the original."""
        return self.view.origin(self.start + start, self.start + end)


def edited(name: ViewName, source: str, edits: Sequence[Edit], parent: View | None = None) -> View:
    """Return the view in which ``edits`` were made to ``source``, which is the text of ``parent`` if there is one."""
    texts: list[str] = []
    position = 0
    for start, end, text in edits:
        texts += (source[position:start], text)
        position = end
    texts.append(source[position:])
    depth = (parent.depth if parent else 0) + (name == "decoded")
    return View(name, "".join(texts), source, edits, parent, depth)


def apart(edits: Iterable[Edit]) -> list[Edit]:
    """Sort edits; of two that overlap keep the longer one."""
    kept: list[Edit] = []
    for edit in sorted(edits):
        if not kept or kept[-1][1] <= edit[0]:
            kept.append(edit)
        elif edit[1] - edit[0] > kept[-1][1] - kept[-1][0]:
            kept[-1] = edit
    return kept


class _Each:
    """The edits that a table makes to each of the characters in it."""

    def __init__(self, source: str, table: Mapping[str, str]) -> None:
        self._source = source
        self._table = table

    def __iter__(self) -> Iterator[Edit]:
        for index, character in enumerate(self._source):
            if (text := self._table.get(character)) is not None:
                yield index, index + 1, text


def replaced(text: str, table: Mapping[str, str]) -> str:
    """Return a text with each of the characters of a table replaced."""
    if len(table) > _FEW:
        return text.translate({ord(char): to for char, to in table.items()})
    for char, to in table.items():
        text = text.replace(char, to)
    return text


def with_each(name: ViewName, source: str, table: Mapping[str, str], parent: View | None) -> View:
    """Return the view in which each of the characters of a table is replaced; ``source`` is as in ``View``."""
    edits = _Each(source, table) if table else ()
    return View(name, replaced(source, table), source, edits, parent, parent.depth if parent else 0)
