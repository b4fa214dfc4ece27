"""Text behind base64 and hexadecimal digits: where in a text it stands, and what it says.

Whether a run of letters and digits is base64 is not told by its look, but by what comes out: text, or noise. All runs
are decoded at once and at each of the four places where a group of four may begin, because a run may be glued to a
path, a prefix or the next word. Only what is text for at least a dozen characters counts, so names, digests and images
are left alone.
"""

import re
from binascii import a2b_base64, unhexlify
from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from math import ceil
from typing import NamedTuple

from llm_proxy.core.patterns import Pattern, Span
from llm_proxy.core.views.view import Edit, is_apart

SHORTEST_BASE64, SHORTEST_HEX = 20, 16
SIGNS_OF_RUNS = (
    rf"[A-Za-z0-9+/_-]{{{SHORTEST_BASE64}}}|[0-9A-Fa-f]{{{SHORTEST_HEX}}}"
    r"|(?:(?:0x)?[0-9A-Fa-f]{2}[ :,-]{1,2}){7}"
)
# A run may go on in the next line, as in mail and PEM.
_RUNS = Pattern(
    rf"[A-Za-z0-9+/_-]{{{SHORTEST_BASE64},}}(?:\r?\n[ \t]*[A-Za-z0-9+/_-]+)*={{0,2}}|[0-9A-Fa-f]{{{SHORTEST_HEX},}}"
)
_LINES = Pattern(r"[^\r\n\t =]+")
_HEX = Pattern(rf"[0-9A-Fa-f]{{{SHORTEST_HEX},}}")
_PAIRS = Pattern(r"(?:0x)?[0-9A-Fa-f]{2}(?:[ :,-]{1,2}\s*(?:0x)?[0-9A-Fa-f]{2}){7,}")
_PAIR = re.compile(r"[0-9A-Fa-f]{2}(?![xX])")

# What may be text, in bytes that are read as Latin-1: UTF-8, and the UTF-16 that PowerShell wants its commands in.
_UTF_8 = r"(?:[\t\n\r -~]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})"
_UTF_16 = r"(?:[\t\n\r -~]\x00){8,}"
_TEXT = Pattern(f"{_UTF_8}{{8,}}|{_UTF_16}")
_SURPRISE = 12  # characters of text in a row, where noise was to be expected
_GREAT_SURPRISE = 18  # where there is much of it
_MUCH = 4096

# Four of them part two runs. In base64 and next to it they stand for no text, and they are no hexadecimal digit.
_PART = "GGGG"
_REST_BEFORE = re.compile(r"[A-Za-z0-9+/_-]+\Z")
_REST_AFTER = re.compile(r"[A-Za-z0-9+/_-]+")
_STANDARD = bytes.maketrans(b"-_", b"+/")


class _Joined(NamedTuple):
    """The runs of a text in a row: each line of them begins at one of ``starts``, and came from ``sources``."""

    text: str
    starts: list[int]
    sources: list[Span]

    def origin(self, start: int, end: int) -> Span:
        """Return the place in the source of a part of the row."""
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, end - 1) - 1
        begin = self.sources[first][0] + start - self.starts[first]
        return begin, min(self.sources[last][0] + end - self.starts[last], self.sources[last][1])


def runs(text: str) -> list[Edit]:
    """Return the edits that decode what is base64 or hexadecimal in a text, and text behind it."""
    joined = _join(text, _RUNS.spans(text))
    said = [*_pairs(text)]
    if joined.text:
        said += (_extended(text, *each) for each in (*_hex(joined), *_base64(joined)))
    taken: list[Edit] = []
    for edit in sorted(said, key=lambda edit: edit[0] - edit[1]):
        if is_apart(edit, taken):
            insort(taken, edit)
    return taken


def _join(text: str, spans: Sequence[Span]) -> _Joined:
    row: list[str] = []
    starts: list[int] = []
    sources: list[Span] = []
    length = 0
    for start, end in spans:
        run = text[start:end]
        lines = _LINES.spans(run) if "\n" in run or run[-1] == "=" else [(0, len(run))]
        begin = length
        for first, last in lines:
            row.append(run[first:last])
            starts.append(length)
            sources.append((start + first, start + last))
            length += last - first
        filler = _PART + "G" * ((begin - length) % 4)
        row.append(filler)
        length += len(filler)
    return _Joined("".join(row), starts, sources)


def _base64(joined: _Joined) -> Iterator[Edit]:
    digits = joined.text.encode().translate(_STANDARD)
    enough = _SURPRISE if len(digits) < _MUCH else _GREAT_SURPRISE
    for shift in range(4):
        data = a2b_base64(digits[shift : len(digits) - (4 - shift) % 4])
        for start, end in _texts(data):
            if end - start >= enough:
                source = joined.origin(shift + start * 4 // 3, shift + ceil(end * 4 / 3))
                yield (*source, _read(data[start:end]))


def _hex(joined: _Joined) -> Iterator[Edit]:
    spans = _HEX.spans(joined.text)
    if not spans:
        return
    row = _join(joined.text, spans)
    bounds = {(start, start + end - begin) for start, (begin, end) in zip(row.starts, row.sources, strict=True)}
    digits = row.text.replace("G", "0")
    for shift in range(2):
        data = unhexlify(digits[shift : len(digits) - shift])
        for start, end in _texts(data):
            place = shift + 2 * start, shift + 2 * end
            if end - start >= _SURPRISE or place in bounds:
                yield (*joined.origin(*row.origin(*place)), _read(data[start:end]))


def _pairs(text: str) -> Iterator[Edit]:
    for start, end in _PAIRS.spans(text):
        data = bytes.fromhex("".join(_PAIR.findall(text[start:end])))
        if _texts(data) == [(0, len(data))]:
            yield start, end, _read(data)


def _texts(data: bytes) -> list[Span]:
    return _TEXT.spans(data.decode("latin-1"))


def _read(data: bytes) -> str:
    return data.decode("utf-16-le" if data[1] == 0 else "utf-8", errors="replace")


def _extended(text: str, start: int, end: int, said: str) -> Edit:
    """Take in what is left of the run when that is no whole group, and the padding."""
    before = _REST_BEFORE.search(text, max(0, start - 4), start)
    after = _REST_AFTER.match(text, end, end + 4)
    start -= len(before[0]) if before and len(before[0]) < 4 else 0
    end += len(after[0]) if after and len(after[0]) < 4 else 0
    while text.startswith("=", end):
        end += 1
    return start, end, said
