"""Long runs of digits behind which there is no text for certain, told without decoding them.

Three bytes are a group of four digits of base64, wherever the groups begin. So text is groups of certain digits in a
row, and one search, in which the groups may begin anywhere, is as good as to decode the digits at all four places.
"""

from collections.abc import Callable, Iterable

from llm_proxy.core.patterns import Pattern

_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_TEXT = frozenset({*range(0x20, 0x7F), *b"\t\n\r"})
_ZERO = frozenset({0})
_ANY = frozenset(range(256))
_WIDE = (frozenset({0xEF}), frozenset({0xBC, 0xBD}), _ANY)  # a fullwidth letter in UTF-8


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


def _fullwidth() -> str:
    """Return the pattern of fullwidth letters, of which a group begins with any byte."""
    turns = ((0, 1, 2), (1, 2, 0), (2, 0, 1))
    return "|".join(f"(?:{_group(_WIDE[one], _WIDE[two], _WIDE[three])}){{3}}" for one, two, three in turns)


# Of eighteen bytes of text five groups are whole, of eight letters in UTF-16 four, of four fullwidth ones three.
_MAY_BE_TEXT = Pattern(
    f"(?:{_group(_TEXT, _TEXT, _TEXT)}){{5}}"
    f"|(?:{_group(_TEXT, _ZERO, _TEXT)}{_group(_ZERO, _TEXT, _ZERO)}){{2}}"
    f"|(?:{_group(_ZERO, _TEXT, _ZERO)}{_group(_TEXT, _ZERO, _TEXT)}){{2}}"
    f"|{_fullwidth()}"
)
_HEX_TEXT = r"(?:[2-6][0-9A-Fa-f]|7[0-9A-Ea-e]|0[9ADad])"
_MAY_BE_HEX_TEXT = Pattern(rf"{_HEX_TEXT}{{18}}|(?:{_HEX_TEXT}00){{8}}|(?:[Ee][Ff][Bb][CDcd][0-9A-Fa-f]{{2}}){{4}}")


def is_noise(digits: bytes) -> bool:
    """Say whether base64 digits hide no eighteen bytes of ASCII, wherever they begin: true is certain.

    Nor eight letters in UTF-16, nor four fullwidth ones in UTF-8.
    """
    return not _MAY_BE_TEXT.may_match(digits)


def is_hex_noise(digits: bytes) -> bool:
    """Say of hexadecimal digits what ``is_noise`` says."""
    return not _MAY_BE_HEX_TEXT.may_match(digits)
