"""Long runs of digits behind which there is no text for certain, told without decoding them.

Three bytes are a group of four digits of base64, wherever the groups begin. So text is groups of certain digits in a
row, and one search, in which the groups may begin anywhere, is as good as to decode the digits at all four places.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import cycle, islice

from llm_proxy.core.patterns import Pattern

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TEXT = frozenset({*range(0x20, 0x7F), *b"\t\n\r"})
_ZERO = frozenset({0})
_ANY = frozenset(range(256))
_WIDE = (frozenset({0xEF}), frozenset({0xBC, 0xBD}), _ANY)  # a fullwidth letter in UTF-8
_MORE = frozenset(range(0x80, 0xC0))
_TWO = (frozenset(range(0xC2, 0xE0)), _MORE)  # letters of two bytes in UTF-8, and of three
_THREE = (frozenset(range(0xE0, 0xF0)), _MORE, _MORE)


def _class(numbers: Iterable[int]) -> str:
    return f"[{''.join(_DIGITS[number] for number in sorted(numbers))}]"


def _group(first: frozenset[int], second: frozenset[int], third: frozenset[int]) -> str:
    """Return the pattern of the digits behind three bytes, each one of some."""
    highs, lows = {byte >> 4 for byte in second}, {byte & 15 for byte in second}
    head = _pairs(lambda one, two: (one << 2 | two >> 4) in first and two & 15 in highs)
    tail = _pairs(lambda one, two: ((one & 3) << 6 | two) in third and one >> 2 in lows)
    return f"(?:{head})(?:{tail})"


def _pairs(fits: Callable[[int, int], bool]) -> str:
    """Return the pattern of two digits whose values fit each other."""
    firsts: dict[tuple[int, ...], list[int]] = {}
    for digit in range(64):
        firsts.setdefault(tuple(other for other in range(64) if fits(digit, other)), []).append(digit)
    return "|".join(_class(ones) + _class(others) for others, ones in firsts.items() if others)


def _rows(letter: Sequence[frozenset[int]], groups: int) -> str:
    """Return the pattern of so many groups of letters that are written alike, beginning with any of their bytes."""
    bytes_ = [*islice(cycle(letter), 3 * groups + len(letter) - 1)]
    starts = range(len(letter))
    return "|".join(
        "".join(_group(*bytes_[at : at + 3]) for at in range(start, start + 3 * groups, 3)) for start in starts
    )


_WIDE_TEXT = f"{_rows((_TEXT, _ZERO), 4)}|{_rows(_WIDE, 3)}"  # of eight letters in UTF-16, and four fullwidth ones
# Of eighteen bytes of text five groups are whole; of eight bytes, or three letters of three, two.
_MAY_BE_TEXT = Pattern(f"{_rows((_TEXT,), 5)}|{_WIDE_TEXT}")
_MAY_BE_WORD = Pattern(f"{_rows((_TEXT,), 2)}|{_WIDE_TEXT}|{_rows(_TWO, 2)}|{_rows(_THREE, 2)}")
_HEX_TEXT = r"(?:[2-6][0-9A-Fa-f]|7[0-9A-Ea-e]|0[9ADad])"
_MAY_BE_HEX_TEXT = Pattern(rf"{_HEX_TEXT}{{18}}|(?:{_HEX_TEXT}00){{8}}|(?:[Ee][Ff][Bb][CDcd][0-9A-Fa-f]{{2}}){{4}}")


def is_noise(digits: bytes) -> bool:
    """Say whether base64 digits hide no eighteen bytes of ASCII, wherever they begin: true is certain.

    Nor eight letters in UTF-16, nor four fullwidth ones in UTF-8.
    """
    return not _MAY_BE_TEXT.may_match(digits)


def is_wordless(digits: bytes) -> bool:
    """Say whether base64 digits hide no eight bytes of ASCII in a row, wherever they begin: true is certain.

    Nor eight letters in UTF-16, nor in UTF-8 four of two bytes or three of three.
    """
    return not _MAY_BE_WORD.may_match(digits)


def is_hex_noise(digits: bytes) -> bool:
    """Say of hexadecimal digits what ``is_noise`` says."""
    return not _MAY_BE_HEX_TEXT.may_match(digits)
