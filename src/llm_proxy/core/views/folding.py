"""The folded view: the text as a reader sees it, without what is invisible and with look-alikes in ASCII.

A text is folded only where something in it can stand for ASCII: a word of Russian, an accented one, an em dash or an
emoji changes nothing, a Cyrillic letter in a token with Latin ones or digits does.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import filterfalse
from typing import TypeAlias

from llm_proxy.core.patterns import Pattern
from llm_proxy.core.views.composing import SIGNS_OF_COMPOSING, composed, may_compose
from llm_proxy.core.views.lookalikes import (
    ACCENTED,
    COMPATIBLE,
    CONTROLS,
    INVISIBLE,
    LETTERS,
    MARKS,
    PUNCTUATION,
    RAISED,
    TWINS,
)
from llm_proxy.core.views.view import Edit, View, apart, edited, replaced, with_each


def _class(characters: Iterable[str]) -> str:
    return "".join(f"\\x{{{ord(character):x}}}" for character in characters)


def _signs(meaning: str) -> str:
    """Return a class of the signs that mean one of some characters."""
    return f"[{_class(sign for sign, to in PUNCTUATION.items() if to in meaning)}]"


_UNSEEN = INVISIBLE + MARKS + CONTROLS
_IS_ACCENTED, _IS_RAISED = Pattern(f"[{ACCENTED}]"), Pattern(f"[{RAISED}]")
_IS_UNSEEN = Pattern(f"[{_UNSEEN}]")
_LONG_TOKEN = 8  # of nothing but look-alikes: no word
_LONG_ROW = 4  # of raised digits: no footnote
_ALIKE = frozenset(letter for letter in LETTERS if not _IS_ACCENTED.matches(letter))
_ALIKE_CLASS = _class(_ALIKE)
_SIGNS = _class(PUNCTUATION)
_IS_FOLDED = Pattern(f"[{_UNSEEN}{COMPATIBLE}{_SIGNS}]")
_TAGS = r"\x{e0020}-\x{e007e}"
_SELECTORS = r"\x{fe00}-\x{fe0f}\x{e0100}-\x{e01ef}"

_SELECTOR, _KEYCAP = r"\x{fe0f}", r"\x{20e3}"  # they dress up a digit, an emoji
_UNDRESSED = INVISIBLE.replace(r"\x{fe00}-\x{fe0f}", r"\x{fe00}-\x{fe0e}") + CONTROLS


_SIGNS_OF_TOKENS = (
    rf"[A-Za-z0-9]\S*[{_ALIKE_CLASS}{RAISED}]|[{_ALIKE_CLASS}{RAISED}]\S*[A-Za-z0-9]"
    rf"|[{_class(TWINS)}]{{{_LONG_TOKEN}}}|[{RAISED}]{{{_LONG_ROW}}}"
    rf"|[0-9]\S*[{ACCENTED}]|[{ACCENTED}]\S*[0-9]"
)
# A text without any of these reads as it is written. Quotes, dashes and odd spaces are everywhere in prose: they count
# next to what is no word, in rows of numbers, and where a value begins.
SIGNS_OF_FOLDING = "|".join(
    (
        f"[!-~](?:[{_UNDRESSED}{MARKS}]|{_SELECTOR}(?:[^{_KEYCAP}]|$))",
        f"[{_UNDRESSED}{_KEYCAP}][!-~]",
        f"[{COMPATIBLE}]",
        _SIGNS_OF_TOKENS,
        f"[{_SIGNS}][!-~]{{16}}",
        f"[=:] ?[{_SIGNS}][!-~]{{6}}",
        f"[!-~]{_signs('=:')}[ {_SIGNS}]?[!-~]{{6}}",
        f"[!-~]{_signs('@')}|{_signs('@')}[!-~]",
        f"[A-Za-z0-9]{_signs('_/.+%&#$~')}[A-Za-z0-9]",
        f"[0-9A-Za-z][{_SIGNS}][0-9A-Za-z]{{4}}[{_SIGNS}][0-9A-Za-z]{{4}}",
        f"[0-9][{_SIGNS}][0-9]{{2,}}[{_SIGNS}][0-9]{{2}}",
        f"[0-9][{_SIGNS}][0-9]{{5}}",
        f"[{_SIGNS}]BEGIN|BEGIN[{_SIGNS}]",
        f"[{_TAGS}{_SELECTORS}]{{4}}",
        SIGNS_OF_COMPOSING,
    )
)
_SIGN = Pattern(SIGNS_OF_FOLDING)
_TOKEN_SIGN = Pattern(_SIGNS_OF_TOKENS)
# What is more than one character: a terminal's colours, and halfwidth letters with their mark.
_UNITS = Pattern(r"\x1b\[[0-9;:?]*[A-Za-z]|[\x{ff66}-\x{ff9d}][\x{ff9e}\x{ff9f}]")
_CARRIERS = Pattern(f"[{_TAGS}]{{4,}}|[{_SELECTORS}]{{4,}}")
_LOOKS = bytes(97 if 0x20 < byte < 0x7F else 32 if byte < 0x80 else 110 for byte in range(256))
_LONG_AND_RARE = b"a" * 16 + b"n"
_SEEN = bytes({*range(0x20, 0x7F), *b"\t\r\n"})
_NO_TOKEN = bytes({*range(0x100)} - {*b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"})
_NO_DIGIT = bytes({*range(0x100)} - {*b"0123456789"})
_ASCII = bytes(range(0x80))
_NO_TWINS = dict.fromkeys(map(ord, TWINS))
_FIRST_TAG, _LAST_TAG = "\U000e0020", "\U000e007e"

_Table: TypeAlias = Mapping[int, str]


def ends_token(encoded: bytes) -> bool:
    """Say whether a long ASCII token ends at a character beyond ASCII, which may stand for a quote or a space."""
    return not encoded.isascii() and _LONG_AND_RARE in encoded.translate(_LOOKS)


def folded_views(text: str, parent: View | None) -> tuple[list[View], list[View]]:
    """Return the folded view, if there is one, and another when something is written in unseen characters.

    Of what was decoded there is only one: who writes there in unseen characters does not also strew them. Beside it,
    in a list of its own, is the one in which letters have kept their marks, if it says more.
    """
    encoded = text.encode()
    if not (_SIGN.may_match(encoded) or ends_token(encoded)):
        return [], []
    carried, units, rare = _carried(text), [*_units(text)], _rare(encoded)
    views = [] if parent and carried else [_folded(_without(text, units, parent), rare)]
    if carried:
        base = _without(text, [*carried, *units], parent)
        views.insert(0, _folded(base, _rare(base[0].encode())))
    whole = [_composed(_without(text, units, parent), rare)] if any(map(may_compose, rare)) else []
    said = {text, "", *(view.text for view in views)}
    return [view for view in views if view.text and view.text != text], [
        view for view in whole if view.text not in said
    ]


@lru_cache(maxsize=8192)
def fold_character(character: str) -> str:
    """Return what a character reads as: nothing, ASCII, or its compatibility form."""
    if _IS_UNSEEN.matches(character):
        return ""
    if character in LETTERS:
        return LETTERS[character]
    parts = unicodedata.normalize("NFKD", character)
    plain = "".join(LETTERS.get(part, part) for part in parts if not unicodedata.combining(part))
    if plain.isascii():
        return plain
    digit = unicodedata.digit(character, None)
    return unicodedata.normalize("NFKC", character) if digit is None else str(digit)


def _without(text: str, units: list[Edit], parent: View | None) -> tuple[str, View | None]:
    """Return a text without what is more than one character, and the view that it is the text of."""
    if not units:
        return text, parent
    view = edited("folded", text, apart(units), parent)
    return view.text, view


def _folded(base: tuple[str, View | None], rare: set[str]) -> View:
    same, others = _one_for_one(base[0], _table(rare))
    return with_each("folded", _fold_tokens(same, rare), others, base[1])


def _composed(base: tuple[str, View | None], rare: set[str]) -> View:
    same, others = _one_for_one(base[0], _table(char for char in rare if not may_compose(char)))
    return composed(with_each("folded", same, others, base[1]), rare)


def _one_for_one(text: str, table: Mapping[str, str]) -> tuple[str, Mapping[str, str]]:
    """Replace characters where no place moves. Return the text, and the rest of the table."""
    same = replaced(text, {char: to for char, to in table.items() if len(to) == 1})
    return same, {char: to for char, to in table.items() if len(to) != 1}


def _rare(encoded: bytes) -> set[str]:
    """Return which characters a text has besides those of plain ASCII text."""
    return set(encoded.translate(None, _SEEN).decode())


def _table(rare: Iterable[str]) -> dict[str, str]:
    return {char: to for char in rare if (to := _always(char)) is not None}


@lru_cache(maxsize=8192)
def _always(character: str) -> str | None:
    """Return what a character reads as wherever it stands; None when that depends, or is the character itself."""
    if character in PUNCTUATION:
        return PUNCTUATION[character]
    return fold_character(character) if _IS_FOLDED.matches(character) else None


@lru_cache(maxsize=8192)
def _accent(character: str) -> str | None:
    """Return the letter below an accent; None when it is no such character."""
    plain = fold_character(character) if _IS_ACCENTED.matches(character) else ""
    return plain if len(plain) == 1 else None


@lru_cache(maxsize=8192)
def _lowered(character: str) -> str | None:
    """Return the digit or letter that was raised or lowered; None when it is no such character."""
    plain = fold_character(character) if _IS_RAISED.matches(character) else ""
    return plain if len(plain) == 1 else None


def _units(text: str) -> Iterator[Edit]:
    for start, end in _UNITS.spans(text):
        yield start, end, "" if text[start] == "\x1b" else unicodedata.normalize("NFKC", text[start:end])


def _fold_tokens(text: str, rare: set[str]) -> str:
    """Fold look-alikes in tokens that are ASCII otherwise, or twins of it altogether; accents next to digits.

    What is raised or lowered counts as what it would be on the line. One for one, so that no place moves.
    """
    alike = {ord(char): LETTERS[char] for char in rare if char in _ALIKE}
    accented = {ord(char): to for char in rare if (to := _accent(char)) is not None}
    raised = {ord(char): to for char in rare if (to := _lowered(char)) is not None}
    if not (alike or accented or raised) or not _TOKEN_SIGN.may_match(text.encode()):
        return text
    pieces: list[str] = []
    position = 0
    for token in filterfalse(str.isascii, text.split()):
        start = text.index(token, position)
        pieces += (text[position:start], _fold_token(token.translate(raised), alike, accented))
        position = start + len(token)
    return "".join((*pieces, text[position:]))


def _fold_token(token: str, alike: _Table, accented: _Table) -> str:
    encoded = token.encode()
    if encoded.translate(None, _NO_DIGIT):
        return token.translate({**alike, **accented})
    if encoded.translate(None, _NO_TOKEN) or not encoded.translate(None, _ASCII).decode().translate(_NO_TWINS):
        return token.translate(alike)
    return token


def _carried(text: str) -> list[Edit]:
    """Return the edits that show what is written in tag characters, or byte by byte in variation selectors."""
    edits = []
    for start, end in _CARRIERS.spans(text):
        run = text[start:end]
        if _FIRST_TAG <= run[0] <= _LAST_TAG:
            edits.append((start, end, "".join(chr(ord(char) - 0xE0000) for char in run)))
        else:
            data = bytes(ord(char) - (0xFE00 if char <= "\ufe0f" else 0xE0100 - 16) for char in run)
            edits.append((start, end, data.decode(errors="replace")))
    return edits
