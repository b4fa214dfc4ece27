"""Digits of base64 or hexadecimal that go on in the next line: how far, and where in each line they stand.

Between two lines there may be what sets them off in a quotation, a comment, a difference or a list of strings, or a
line's end as a program writes it. Then both must be longer than most words.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from llm_proxy.core.patterns import Pattern, Span

SHORTEST_LINE = 12  # digits
_DIGIT = "[A-Za-z0-9+/_-]"
_LONG = 20  # digits, which may go on behind a mere space
# The end of a line and what may stand before the next one, as it is, and as a program writes it; a list of strings.
_BREAK = r"(?:[ \t]*\r?\n){1,2}[ \t]*(?:[>#*|;%]{1,4}[ \t]*|(?://+|--|[+-])[ \t]+){0,3}"
_WRITTEN = r"[ \t]*(?:\\{1,4}[rn])+(?:\\{1,4}t|[ \t])*"
_COMMA = r"""\\{0,2}["'][ \t]*,\s*\\{0,2}["']"""
_BETWEEN = f"(?:{_BREAK}|{_WRITTEN}|{_COMMA})"
# Lines that are too short to count by themselves.
SIGNS_OF_LINES = f"{_DIGIT}{{{SHORTEST_LINE}}}{_BETWEEN}{_DIGIT}{{{SHORTEST_LINE}}}"

_TWO_LINES = Pattern(f"{_DIGIT}{{{SHORTEST_LINE},}}{_BETWEEN}{_DIGIT}{{{SHORTEST_LINE}}}")
_ENDS = frozenset("\r\n= \t\"'\\")  # what may stand behind a line that is not the last, or is padded
_SPACE = rf"[ \t]{{1,4}}{_DIGIT}{{{_LONG},}}+"
_NEXT = re.compile(rf"{_BETWEEN}(?={_DIGIT}{{{SHORTEST_LINE}}})|(?={_SPACE})[ \t]+")
_DIGITS = re.compile(f"{_DIGIT}++")
_PLAIN = re.compile(rf"(?:\r?\n[ \t]*{_DIGIT}++)*+={{0,2}}")
_MORE = re.compile(
    rf"(?:{_BETWEEN}{_DIGIT}{{{SHORTEST_LINE},}}+|\r?\n[ \t]*{_DIGIT}++|{_SPACE})*+"
    rf"(?:{_BETWEEN}{_DIGIT}{{2,}}+(?==))?={{0,2}}"
)
_LINE = re.compile(rf"(?:{_BETWEEN}|\s+)?({_DIGIT}++)")
_SIGNS = frozenset("+-")  # of a difference; they may be digits as well
_WRITTEN_ENDS = frozenset({r"\n", r"\r", r"\t"})  # their letters may be digits, too


def short_lines(text: str, plain: bytes) -> Iterator[Span]:
    """Yield where lines stand that are too short to count by themselves; ``plain`` is the text in ASCII."""
    if not (b"\n" in plain or b"\\" in plain or b"," in plain):
        return
    position = 0
    for begin, second in _TWO_LINES.spans(plain):
        for start in (begin, second - SHORTEST_LINE):
            digits = _DIGITS.match(text, start)
            if start >= position and digits and goes_on(text, start, digits.end()):
                position = last_end(text, start, digits.end())
                yield start, position


def goes_on(text: str, start: int, end: int) -> bool:
    """Say whether the digits that stand there are a line, and behind it stands another one, as long or padded."""
    if text[end : end + 1] not in _ENDS or (gap := _NEXT.match(text, end)) is None:
        return False
    width, first = end - start, gap.end()
    if text[max(0, start - 1) : start + 1] in _WRITTEN_ENDS:
        width -= 1
    digits = _DIGITS.match(text, first)
    next_end = digits.end() if digits else first
    length = next_end - first - (text[first] in _SIGNS and next_end - first == width + 1)
    return length == width or (length < width and text.startswith("=", next_end))


def last_end(text: str, start: int, end: int) -> int:
    """Return where the last of the lines ends of which the first stands there, and its padding."""
    if text[end : end + 1] not in _ENDS:
        return end
    more = (_MORE if goes_on(text, start, end) else _PLAIN).match(text, end)
    return more.end() if more else end


def lines(run: str) -> Sequence[Span]:
    """Return where in lines, as they stand in a text, their digits are."""
    is_one = not ("\n" in run or " " in run or "\\" in run or '"' in run or "'" in run or "\t" in run or run[-1] == "=")
    return [(0, len(run))] if is_one else _without_signs(run, [line.span(1) for line in _LINE.finditer(run)])


def _without_signs(run: str, found: list[Span]) -> list[Span]:
    """Return lines without the signs of a difference: which it is looks like a digit at the beginning of each."""
    if len(found) < 2 or (sign := run[found[1][0]]) not in _SIGNS:
        return found
    signed = [*takewhile(lambda place: run[place[0]] == sign, found[1:])]
    (start, end), (start_next, end_next) = found[:2]
    if run[start] == sign and (len(signed) > 1 or (end - start) % 4 == 1):
        signed.insert(0, found[0])
    elif end_next - start_next != end - start + 1:
        return found
    rest = found[found.index(signed[0]) + len(signed) :]
    return [*found[: found.index(signed[0])], *((start + 1, end) for start, end in signed if start + 1 < end), *rest]
