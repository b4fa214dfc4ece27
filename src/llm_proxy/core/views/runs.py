"""Text behind base64 and hexadecimal digits: where in a text it stands, and what it says.

Whether a run of letters and digits is base64 is not told by its look, but by what comes out: text, or noise. All runs
are decoded at once and at each of the four places where a group of four may begin, because a run may be glued to a
path, a prefix or the next word. Only what is text for at least a dozen characters counts, so names, digests and images
are left alone.
"""

import re
from binascii import a2b_base64, unhexlify
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil
from typing import NamedTuple

from llm_proxy.core.patterns import Pattern, Span
from llm_proxy.core.views.dumps import SIGNS_OF_DUMPS, dumps
from llm_proxy.core.views.lines import SIGNS_OF_LINES, last_end, lines, short_lines
from llm_proxy.core.views.noise import is_hex_noise, is_noise, is_wordless
from llm_proxy.core.views.view import Edit, apart

SHORTEST_BASE64, SHORTEST_HEX = 20, 16
SHORTEST_PADDED = 17  # base64 that ends in an equals sign
SIGNS_OF_RUNS = (
    rf"[A-Za-z0-9+/_-]{{{SHORTEST_BASE64}}}|[0-9A-Fa-f]{{{SHORTEST_HEX}}}"
    rf"|[A-Za-z0-9+/_-]{{{SHORTEST_PADDED}}}="
    rf"|(?:(?:0x)?[0-9A-Fa-f]{{2}}[ :,-]{{1,2}}){{7}}|{SIGNS_OF_LINES}|{SIGNS_OF_DUMPS}"
)
# For each byte whether it is a digit (a) or not (space).
_BASE64_DIGITS, _HEX_DIGITS = (
    bytes(97 if byte in digits else 32 for byte in range(256))
    for digits in (b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-", b"0123456789ABCDEFabcdef")
)
# Pairs of digits as dumps and programs write them, and those of them that are all written in the same way.
_MAY_BE_PAIRS = Pattern(
    r"(?:\b|\\[nrt])(?:0x)?[0-9A-Fa-f]{2}(?:[ :,\t\r\n-]{1,2}\s*(?:0x)?[0-9A-Fa-f]{2}){7,}"
    f"|{SIGNS_OF_DUMPS}"
)
_FOUR = re.compile("[0-9A-Fa-f]{4}")
_PAIRS = re.compile(
    "|".join(
        f"{begin}[0-9A-Fa-f]{{2}}(?:{between}{begin}[0-9A-Fa-f]{{2}}){{7,}}"
        for begin in ("0x", "(?<!0x)")
        for between in (r"(?: {1,2}|\t| ?\r?\n *)", r":\s{0,20}", r"-\s{0,20}", r" ?, ?\s{0,20}")
    )
)
_PAIR = re.compile(r"(?:0x)?[0-9A-Fa-f]{2}")

# What may be text, in bytes that are read as Latin-1: UTF-8, and the UTF-16 that PowerShell wants its commands in.
_UTF_8 = r"(?:[\t\n\r -~]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})"
_UTF_16 = r"(?:[\t\n\r -~]\x00){8,}"
_LONGEST_WORD = 10  # letters: a line of fewer is rather the next word than the rest of a token
_WRAPPED = 60  # digits in a line: two such lines are a wrapped token, of shorter ones there must be more
_SHORTEST_TEXT = 8
_TEXT = Pattern(f"{_UTF_8}{{8,}}|{_UTF_16}")
# How a byte looks: like ASCII text (a), like the other half of UTF-16 (0), like the first or the second byte of a
# fullwidth letter in UTF-8 (e, b), or like something else.
_LOOKS = bytes(
    97 if 0x20 <= byte < 0x7F or byte in b"\t\n\r" else {0: 48, 0xEF: 101, 0xBC: 98, 0xBD: 98}.get(byte, 255)
    for byte in range(256)
)
_SURPRISE = 12  # characters of text in a row, where noise was to be expected
_FULLWIDTH = 4
_GREAT_SURPRISE = 18  # where there is much of it
_MUCH = 4096
_LONG = 4 * _MUCH  # digits: more than stand for that many bytes

# Four of them part two runs. In base64 and next to it they stand for no text, and they are no hexadecimal digit.
_PART = "GGGG"
_FILLERS = tuple(_PART + "G" * count for count in range(4))
_REST_BEFORE = re.compile(r"[A-Za-z0-9+/_-]+\Z")
_LINE_ENDS = frozenset({r"\n", r"\r", r"\t"})  # as programs write them: their letter is none of the digits
_REST_AFTER = re.compile(r"[A-Za-z0-9+/_-]+")
_STANDARD = bytes.maketrans(b"-_", b"+/")


class _Joined(NamedTuple):
    """The runs of a text in a row: each line of them begins at one of ``starts``, and came from ``sources``.

    At ``breaks`` begin those lines that do not look as if one token had been wrapped.
    """

    text: str
    starts: list[int]
    sources: list[Span]
    breaks: list[int]

    def origin(self, start: int, end: int) -> Span:
        """Return the place in the source of a part of the row."""
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        begin = self.sources[first][0] + start - self.starts[first]
        return begin, min(self.sources[last][0] + end - self.starts[last], self.sources[last][1])

    def borders(self, start: int, end: int) -> list[int]:
        """Return where another token may begin within a part of the row."""
        return self.breaks[bisect_right(self.breaks, start) : bisect_left(self.breaks, end)]


class _Said(NamedTuple):
    """A text behind digits. ``marks`` are where in the row, and in ``data``, tokens of it begin, and where it ends."""

    marks: list[tuple[int, int]]
    data: bytes


def runs(text: str) -> list[Edit]:
    """Return the edits that decode what is base64 or hexadecimal in a text, and text behind it."""
    plain = text.encode("ascii", "replace")
    edits = [*_pairs(text, plain)]
    if joined := _join(text, _spans(text, plain)):
        for said in (*_hex(joined), *_base64(joined)):
            edits += _lines(text, joined, said)
    return apart(edits)


def _spans(text: str, plain: bytes) -> list[Span]:
    """Return where runs stand, with the lines in which they go on."""
    found: list[Edit] = []
    position = 0
    for start, end in rows(plain, _BASE64_DIGITS, SHORTEST_PADDED):
        if start >= position and (end - start >= SHORTEST_BASE64 or text.startswith("=", end)):
            position = last_end(text, start, end)
            found.append((start, position, ""))
    short = [*rows(plain, _HEX_DIGITS, SHORTEST_HEX), *short_lines(text, plain)]
    return [(start, end) for start, end, _ in apart([*found, *((start, end, "") for start, end in short)])]


def rows(plain: bytes, digits: bytes, length: int) -> Iterator[Span]:
    """Yield where digits stand in a row. There is no faster search than that for so many of the same byte."""
    looks = plain.translate(digits)
    row = b"a" * length
    start = looks.find(row)
    while start >= 0:
        end = looks.find(b" ", start)
        end = len(looks) if end < 0 else end
        yield start, end
        start = looks.find(row, end)


def _join(text: str, spans: Sequence[Span]) -> _Joined | None:
    row: list[str] = []
    starts: list[int] = []
    sources: list[Span] = []
    breaks: list[int] = []
    length = 0
    for start, end in spans:
        run = text[start:end]
        begin, places = length, lines(run)
        alone = _alone(run, places) if len(places) > 1 else ()
        for number, (first, last) in enumerate(places):
            if number in alone:
                breaks.append(length)
            row.append(run[first:last])
            starts.append(length)
            sources.append((start + first, start + last))
            length += last - first
        row.append(_FILLERS[(begin - length) % 4])
        length += len(row[-1])
    return _Joined("".join(row), starts, sources, breaks) if row else None


def _alone(run: str, places: Sequence[Span]) -> set[int]:
    """Return the numbers of the lines that do not go on with the token of the line before.

    In a wrapped token all lines are as long as the first, but the last, which is shorter and ends with a whole group.
    """
    alone: set[int] = set()
    width, full = 0, 0  # of the token: the digits in a line, and how many lines have as many
    for number, (start, end) in enumerate(places):
        length = end - start
        is_last = length < width and (run.startswith("=", end) or (length % 4 == 0 and length > _LONGEST_WORD))
        if full and width % 4 == 0 and (length == width or (is_last and (full > 1 or width >= _WRAPPED))):
            full = full + 1 if length == width else 0
            continue
        if number:
            alone.add(number)
        width, full = length, 1
    return alone


def _base64(joined: _Joined) -> Iterator[_Said]:
    digits = joined.text.encode().translate(_STANDARD)
    if is_noise(digits) if len(digits) >= _LONG else is_wordless(digits):
        return
    enough = _surprise(digits)
    for shift in range(4):
        data = a2b_base64(digits[shift : len(digits) - (4 - shift) % 4])
        for start, end in _texts(data, enough):
            first, last = shift + start * 4 // 3, shift + ceil(end * 4 / 3)
            borders = [place for place in joined.borders(first, last) if (place - shift) % 4 == 0]
            marks = [(first, start), *((place, (place - shift) // 4 * 3) for place in borders), (last, end)]
            yield _Said(marks, data)


def _hex(joined: _Joined) -> Iterator[_Said]:
    row = _join(joined.text, list(rows(joined.text.encode(), _HEX_DIGITS, SHORTEST_HEX)))
    if row is None:
        return
    bounds = {(start, start + end - begin) for start, (begin, end) in zip(row.starts, row.sources, strict=True)}
    digits = row.text.replace("G", "0").encode()
    if len(digits) >= _LONG and is_hex_noise(digits):
        return
    enough = _surprise(digits)
    for shift in range(2):
        data = unhexlify(digits[shift : len(digits) - shift])
        for start, end in _texts(data, _SHORTEST_TEXT if enough == _SURPRISE else enough):
            place = shift + 2 * start, shift + 2 * end
            if end - start >= enough or place in bounds:
                first, last = row.origin(*place)
                borders = [each for each in joined.borders(first, last) if (each - first) % 2 == 0]
                yield _Said([(first, start), *((at, start + (at - first) // 2) for at in borders), (last, end)], data)


def _lines(text: str, joined: _Joined, said: _Said) -> Iterator[Edit]:
    """Yield the edits that decode a text behind digits, one for each token.

    Lines may be tokens of their own: what is found in one is no reason to replace the others.
    """
    data, (first, *marks, last) = said.data, said.marks
    code = "utf-16-le" if data[first[1] + 1] == 0 else "utf-8"
    whole = [first, *(mark for mark in marks if code == "utf-8" and data[mark[1]] & 0xC0 != 0x80), last]
    previous = -1
    for (place, begin), (end_place, end) in pairwise(whole):
        start, stop = joined.origin(place, end_place)
        start -= _rest(_REST_BEFORE.search(text, max(0, start - 4), start))
        start += text[max(0, start - 1) : start + 1] in _LINE_ENDS
        stop += _rest(_REST_AFTER.match(text, stop, stop + 4))
        while text.startswith("=", stop):
            stop += 1
        if previous >= 0:
            yield previous, start, ""  # between the lines
        yield start, stop, data[begin:end].decode(code, errors="replace")
        previous = stop


def _rest(found: re.Match[str] | None) -> int:
    """Return how much is left of a run beside the groups: it is taken in when it is no whole group."""
    return len(found[0]) if found and len(found[0]) < 4 else 0


def _pairs(text: str, plain: bytes) -> Iterator[Edit]:
    maybe = _MAY_BE_PAIRS.spans(plain)
    spans = [
        row
        for span in maybe
        if not _FOUR.search(text, *span)
        for row in ([each.span() for each in _PAIRS.finditer(text, *span)] or [span])
    ]
    found: list[tuple[bytes, list[Span]]] = [*dumps(text, plain)] if maybe else []
    for span in spans:
        pairs = [pair.span() for pair in _PAIR.finditer(text, *span)]
        found.append((bytes(int(text[stop - 2 : stop], 16) for _, stop in pairs), pairs))
    for data, places in found:
        for first, last in _texts(data, _SHORTEST_TEXT):
            yield places[first][0], places[last - 1][1], data[first:last].decode(errors="replace")


def _surprise(digits: bytes) -> int:
    return _SURPRISE if len(digits) < _MUCH else _GREAT_SURPRISE


def _texts(data: bytes, enough: int) -> list[Span]:
    if len(data) >= _MUCH and not _may_be_text(data, enough):
        return []
    spans = _TEXT.spans(data.decode("latin-1"))
    for number, ((before, end), (start, last)) in enumerate(pairwise(spans)):
        if start == end + 1 and data[end] == data[start + 1] == 0:  # UTF-16's first letter is not before it
            spans[number : number + 2] = (before, end - 1), (end - 1, last)
    return [(start, end) for start, end in spans if end - start >= enough]


def _may_be_text(data: bytes, enough: int) -> bool:
    """Say whether there may be text for somebody who looks for ASCII: in UTF-8, in UTF-16, or fullwidth."""
    looks = data.translate(_LOOKS)
    return b"a" * enough in looks or b"a0" * _SHORTEST_TEXT in looks or b"eb\xff" * _FULLWIDTH in looks
