"""Characters that a program makes of their numbers: ``chr(65) + chr(75)``, ``String.fromCharCode(65, 75)``."""

import re
from collections.abc import Iterator

from llm_proxy.core.patterns import Pattern
from llm_proxy.core.views.view import Edit

_NAME = (
    r"\b(?i:chrw?|char|unichr|(?:String\.)?from(?:CharCode|CodePoint)"
    r"|bytes|bytearray|(?:Uint8Array|Buffer)\.(?:from|of))"
)
_NUMBER = r"\s{0,9}(?:0[xX][0-9A-Fa-f]{1,6}|[0-9]{1,7})\s{0,9}"
SIGNS_OF_CALLS = rf"{_NAME}\$?\(\s?\[?\s?[0-9]"
_CALLS = Pattern(rf"{_NAME}\$?\(\s{{0,9}}\[?{_NUMBER}(?:,{_NUMBER})*\]?\s{{0,9}}\)")
_OPERATORS = frozenset("+.&|~")
_NEAR = 10  # characters
_NUMBERS = re.compile("0[xX][0-9A-Fa-f]+|[0-9]+")


def calls(text: str, plain: bytes) -> Iterator[Edit]:
    """Yield the edits that put the string in the place of the call; ``plain`` is the text in ASCII.

    Of one number alone only where it is put together with something: of a column of ten characters SQL says CHAR(10).
    """
    for start, end in _CALLS.spans(plain):
        numbers = [_number(digits) for digits in _NUMBERS.findall(text[text.index("(", start) : end])]
        if len(numbers) == 1:
            before, behind = text[max(0, start - _NEAR) : start].rstrip(), text[end : end + _NEAR].lstrip()
            if _OPERATORS.isdisjoint((before[-1:], behind[:1])):
                continue
        if all(number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF for number in numbers):
            said = "".join(map(chr, numbers))
            yield start, end, said if '"' in said else f'"{said}"'


def _number(digits: str) -> int:
    return int(digits, 16 if digits[:2] in {"0x", "0X"} else 10)
