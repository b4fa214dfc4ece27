"""Letters and the marks behind them made one, as those write who know them by their own code point.

Some systems write an accented letter as two characters. A reader sees no difference, a rule does.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from llm_proxy.core.patterns import Pattern
from llm_proxy.core.views.lookalikes import ACCENTED, MARKS
from llm_proxy.core.views.view import Edit, View, with_each

_LETTERS_WITH_MARKS = r"\x{c0}-\x{24f}\x{370}-\x{52f}\x{1e00}-\x{1fff}"
# Of Latin letters beyond ASCII, Greek and Cyrillic; the parts of hangul, kana, and alef and its kin. ASCII letters with
# marks are a sign of folding anyway.
SIGNS_OF_COMPOSING = (
    rf"[{_LETTERS_WITH_MARKS}][{MARKS}]|[\x{{1100}}-\x{{1112}}][\x{{1161}}-\x{{1175}}]"
    r"|[\x{3046}-\x{30fe}][\x{3099}\x{309a}]|[\x{627}\x{648}\x{64a}\x{6c1}\x{6d2}\x{6d5}][\x{653}-\x{655}]"
)
_IS_MARK = Pattern(f"[{MARKS}]")
_MAY_COMPOSE = Pattern(rf"[{MARKS}{ACCENTED}\x{{1161}}-\x{{1175}}\x{{3099}}\x{{309a}}\x{{653}}-\x{{655}}]")
_FIRST_MARK = "\u0300"
_VOWELS, _ENDS = ("\u1161", "\u1175"), ("\u11a8", "\u11c2")  # of hangul: no marks, but parts of the syllable


class _Compositions:
    """The edits that compose a text. Most are never asked for."""

    def __init__(self, source: str) -> None:
        self._source = source

    def __iter__(self) -> Iterator[Edit]:
        start, may_change = 0, False  # a character with what is behind it and may become a part of it
        for place, char in enumerate(self._source):
            if char >= _FIRST_MARK and _is_part(char):
                may_change = True
                continue
            if may_change:
                yield from self._edit(start, place)
            start, may_change = place, not char.isascii()
        yield from self._edit(start, len(self._source))

    def _edit(self, start: int, end: int) -> Iterator[Edit]:
        cluster = self._source[start:end]
        if (whole := unicodedata.normalize("NFC", cluster)) != cluster:
            yield start, end, whole


@lru_cache(maxsize=8192)
def _is_part(char: str) -> bool:
    """Say whether a character may become a part of the one before it."""
    is_hangul = any(first <= char <= last for first, last in (_VOWELS, _ENDS))
    return is_hangul or unicodedata.category(char)[0] == "M"


@lru_cache(maxsize=8192)
def may_compose(character: str) -> bool:
    """Say whether a character is a letter with a mark, or a mark that may become a part of one."""
    return bool(_MAY_COMPOSE.matches(character))


def composed(plain: View, rare: Iterable[str]) -> View:
    """Return the view of a view in which marks are one with their letters, and those left over are gone.

    ``rare`` are its characters, at least those that are not ASCII.
    """
    whole = unicodedata.normalize("NFC", plain.text)
    if whole != plain.text:
        plain = View(plain.name, whole, plain.text, _Compositions(plain.text), plain, plain.depth)
    marks = {char: "" for char in rare if char in whole and _IS_MARK.matches(char)}
    return with_each(plain.name, whole, marks, plain) if marks else plain
