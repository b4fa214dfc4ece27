"""A long text in overlapping windows: every match is seen whole, memory stays bounded, and nothing is left out."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from llm_proxy.core.patterns import Span

# Small, because the engine counts the matches of a long text up to a bound only (``Pattern.matches``).
WINDOW = 1 << 15  # characters that a window answers for
AHEAD = 1 << 14  # and those after them that it reads, so that a match that begins in it is whole
BEHIND = 1 << 11  # and before them: the words that a rule wants near a match


class Region(NamedTuple):
    """Where something stands in a file: lines and columns from 1, the end column after the last character.

    ``offset`` and ``length`` count characters (code points).
    """

    line: int
    column: int
    end_line: int
    end_column: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a file's text, where it begins, and which of its characters it answers for."""

    text: str
    own: Span
    offset: int = 0
    line: int = 1
    column: int = 1

    def owns(self, span: Span) -> bool:
        """Say whether what begins there is this window's to tell; else another one tells it."""
        return self.own[0] <= span[0] < self.own[1]

    def region(self, span: Span) -> Region:
        """Return where a span of the window's text stands in the file."""
        start, end = span
        return Region(*self._mark(start), *self._mark(end), self.offset + start, end - start)

    def lines(self, span: Span) -> str:
        """Return the lines that a span touches."""
        start = self.text.rfind("\n", 0, span[0]) + 1
        end = self.text.find("\n", span[1])
        return self.text[start : len(self.text) if end < 0 else end]

    def without(self, behind: int) -> "Window":
        """Return the window without its first characters; what it answers for begins where it ended."""
        line, column = self._mark(behind)
        own_from = self.own[1] - behind
        return Window(self.text[behind:], (own_from, own_from), self.offset + behind, line, column)

    def _mark(self, position: int) -> tuple[int, int]:
        break_before = self.text.rfind("\n", 0, position)
        if break_before < 0:
            return self.line, self.column + position
        return self.line + self.text.count("\n", 0, position), position - break_before


def windows(parts: Iterable[str]) -> Iterator[Window]:
    """Cut a text, which comes in parts, into windows, which end with a line where they can; a short one is one."""
    window = Window("", (0, 0))
    for part in parts:
        window = _longer(window, part)
        while len(window.text) - window.own[0] > WINDOW + AHEAD:
            full = _ended(window, _border(window.text, window.own[0]))
            yield full
            window = full.without(max(0, full.own[1] - BEHIND))
    if window.own[0] < len(window.text):
        yield _ended(window, len(window.text))


def _longer(window: Window, part: str) -> Window:
    return Window(window.text + part, window.own, window.offset, window.line, window.column)


def _ended(window: Window, end: int) -> Window:
    return Window(window.text, (window.own[0], end), window.offset, window.line, window.column)


def _border(text: str, start: int) -> int:
    """Return where a window that answers from ``start`` on ends."""
    end = start + WINDOW
    line_end = text.rfind("\n", start + WINDOW // 2, end) + 1
    return line_end or end
