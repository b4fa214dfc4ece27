"""Texts that are read at once, as one: which of them stands at a place?"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from functools import cached_property
from itertools import accumulate

from llm_proxy.core.patterns import SEPARATOR

_SEPARATOR = SEPARATOR.encode()
_MOST_HOLDERS = 64  # more are not worth telling from the others


class TextRow:
    """Texts without lone surrogates, and ``data``: what they are in UTF-8 when they are joined by ``SEPARATOR``."""

    def __init__(self, texts: Sequence[str], data: bytes | None = None) -> None:
        self.texts = texts
        self.data = SEPARATOR.join(texts).encode() if data is None else data

    def holders(self, first: Callable[[bytes, int], int]) -> Sequence[int]:
        """Return the texts in which something is, by their indices: all of them when that is in many.

        ``first`` returns where in the data, from a place on, it begins; -1 when it is nowhere.
        """
        found: list[int] = []
        start = first(self.data, 0) if self.texts else -1
        while start >= 0:
            if len(found) == _MOST_HOLDERS:
                return range(len(self.texts))
            found.append(bisect_right(self.ends, start))
            start = self.ends[found[-1]]
            start = first(self.data, start) if start < len(self.data) else -1
        return found

    def only(self, indices: Sequence[int]) -> "TextRow":
        """Return the row of some of the texts."""
        if len(indices) == len(self.texts):
            return self
        return TextRow([self.texts[at] for at in indices], _SEPARATOR.join(self.parts[at] for at in indices))

    @cached_property
    def parts(self) -> Sequence[bytes]:
        """Each of the texts in UTF-8."""
        is_clear = self.data.count(0) == len(self.texts) - 1  # no text holds what may be a separator
        return self.data.split(_SEPARATOR) if is_clear else [text.encode() for text in self.texts]

    @cached_property
    def ends(self) -> Sequence[int]:
        """Where each text ends in the data, the separator behind it included."""
        return [*accumulate(len(part) + len(_SEPARATOR) for part in self.parts)]
