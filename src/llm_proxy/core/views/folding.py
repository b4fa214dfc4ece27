"""The folded view: the text as a reader sees it, without what is invisible and with look-alikes in ASCII.

A text is folded only where something in it can stand for ASCII: a word of Russian, an accented one, an em dash or an
emoji changes nothing, a Cyrillic letter in a token with Latin ones or digits does.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from llm_proxy.core.patterns import Pattern
from llm_proxy.core.views.lookalikes import (
    ACCENTED,
    COMPATIBLE,
    CONTROLS,
    INVISIBLE,
    LETTERS,
    MARKS,
    PUNCTUATION,
    TWINS,
)
from llm_proxy.core.views.view import Edit, View, edited


def _class(characters: Iterable[str]) -> str:
    return "".join(f"\\x{{{ord(character):x}}}" for character in characters)


_UNSEEN = INVISIBLE + MARKS + CONTROLS
_IS_ACCENTED = Pattern(f"[{ACCENTED}]")
_IS_UNSEEN = Pattern(f"[{_UNSEEN}]")
_ALIKE = "".join(letter for letter in LETTERS if not _IS_ACCENTED.matches(letter))
_ALIKE_CLASS = _class(_ALIKE)
_SIGNS = _class(PUNCTUATION)
_TAGS = r"\x{e0020}-\x{e007e}"
_SELECTORS = r"\x{fe00}-\x{fe0f}\x{e0100}-\x{e01ef}"

# A text without any of these reads as it is written.
SIGNS_OF_FOLDING = "|".join(
    (
        f"[!-~][{_UNSEEN}]",
        f"[{INVISIBLE}{CONTROLS}][!-~]",
        f"[{COMPATIBLE}]",
        rf"[A-Za-z0-9]\S*[{_ALIKE_CLASS}]",
        rf"[{_ALIKE_CLASS}]\S*[A-Za-z0-9]",
        f"[{_class(TWINS)}]{{8}}",
        rf"[0-9]\S*[{ACCENTED}]",
        rf"[{ACCENTED}]\S*[0-9]",
        f"[0-9_=:@/-] ?[{_SIGNS}]",
        f"[{_SIGNS}] ?[A-Za-z]*[0-9_=:@/-]",
        f"[{_SIGNS}]{{2}}",
        f"[{_TAGS}{_SELECTORS}]{{4}}",
    )
)
_SIGN = Pattern(SIGNS_OF_FOLDING)
_RUNS = Pattern(rf"\x1b\[[0-9;:?]*[A-Za-z]|[{_UNSEEN}{COMPATIBLE}]+")
_TOKENS = Pattern(rf"\S*[{_ALIKE_CLASS}{ACCENTED}]\S*")
_CARRIERS = Pattern(f"[{_TAGS}]{{4,}}|[{_SELECTORS}]{{4,}}")
_ASCII = bytes(range(0x80))
_VOICED = "\uff9e\uff9f"  # halfwidth marks, which NFKC composes with the letter before them
_FIRST_TAG, _LAST_TAG = 0xE0020, 0xE007E


def folded_views(text: str, parent: View | None) -> list[View]:
    """Return the folded view, if there is one, and another when something is written in unseen characters.

    Of what was decoded there is only one: who writes there in unseen characters does not also strew them.
    """
    if not _SIGN.may_match(text.encode()):
        return []
    carried = _carried(text)
    readings = [carried] if parent or not carried else [carried, []]
    views = [_folded(text, parent, reading) for reading in readings]
    return [view for view in views if view.text and view.text != text]


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


def _folded(text: str, parent: View | None, carried: list[Edit]) -> View:
    rare = set(text.encode().translate(None, _ASCII).decode())
    edits = {edit[0]: edit for edit in carried}
    inside = {index for start, end, _ in carried for index in range(start, end)}
    found = [*_fold_runs(text), *(_fold_tokens(text) if rare else ())]
    edits.update((edit[0], edit) for edit in found if edit[0] not in inside)
    for sign in rare & PUNCTUATION.keys():  # one for one, so no place moves
        text = text.replace(sign, PUNCTUATION[sign])
    return edited("folded", text, _merged(sorted(edits.values())), parent)


def _fold_runs(text: str) -> Iterator[Edit]:
    for start, end in _RUNS.spans(text):
        if text[start] == "\x1b":  # a terminal's colours
            yield start, end, ""
            continue
        for index in range(start, end):
            if text[index] in _VOICED and index > start:
                continue
            width = 2 if text[index + 1 : index + 2] and text[index + 1] in _VOICED else 1
            unit = text[index : index + width]
            yield index, index + width, fold_character(unit) if width == 1 else unicodedata.normalize("NFKC", unit)


def _fold_tokens(text: str) -> Iterator[Edit]:
    """Fold look-alikes in tokens that are ASCII otherwise, or look like it altogether; accents next to digits."""
    for start, end in _TOKENS.spans(text):
        token = text[start:end]
        plain = [folded for char in token if char not in LETTERS and (folded := fold_character(char)).isascii()]
        has_digit = any(map(str.isdigit, plain))
        is_alike = len(token) >= 8 and all(char in LETTERS for char in token)
        if not (is_alike or any(map(str.isalnum, plain))):
            continue
        for index, char in enumerate(token, start):
            if char in _ALIKE or (has_digit and _IS_ACCENTED.matches(char)):
                yield index, index + 1, fold_character(char)


def _carried(text: str) -> list[Edit]:
    """Return the edits that show what is written in tag characters, or byte by byte in variation selectors."""
    edits = []
    for start, end in _CARRIERS.spans(text):
        run = text[start:end]
        if _FIRST_TAG <= ord(run[0]) <= _LAST_TAG:
            edits.append((start, end, "".join(chr(ord(char) - 0xE0000) for char in run)))
        else:
            data = bytes(ord(char) - (0xFE00 if char <= "\ufe0f" else 0xE0100 - 16) for char in run)
            edits.append((start, end, data.decode(errors="replace")))
    return edits


def _merged(edits: list[Edit]) -> list[Edit]:
    """Join neighbours that keep the length, for which a place in the view is a place in the source."""
    merged: list[Edit] = []
    for start, end, text in edits:
        keeps = len(text) == end - start
        if merged and keeps and merged[-1][1] == start and len(merged[-1][2]) == start - merged[-1][0]:
            merged[-1] = (merged[-1][0], end, merged[-1][2] + text)
        else:
            merged.append((start, end, text))
    return merged
