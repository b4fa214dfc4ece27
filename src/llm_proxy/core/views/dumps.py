"""Bytes in rows, as programs dump them: an address, pairs of hexadecimal digits, and often the same in letters."""

import re
from collections.abc import Iterator

from llm_proxy.core.patterns import Pattern, Span

_ADDRESS = r"[ \t]*[0-9A-Fa-f]{4,16}:?[ \t]+"
_GROUP = r"(?:[0-9A-Fa-f]{2}){1,4}"
_MOST = 16  # bytes in a row: what follows are letters, and may look like digits
# In twos and fours, which are not told by their pairs.
SIGNS_OF_DUMPS = r"[0-9A-Fa-f]{7,8}:? {1,2}(?:(?:[0-9A-Fa-f]{4}){1,2} ){2}"
_MAY_BE_DUMP = Pattern(rf"(?m)^{_ADDRESS}(?:{_GROUP}[ \t]{{1,3}}){{2}}")
_BYTES = rf"(?:{_GROUP}+(?:-|[ \t]{{1,2}}(?=[0-9A-Fa-f]{{2}})|(?=\s|\Z))){{1,{_MOST}}}"
_ROW = re.compile(rf"{_ADDRESS}(?P<all>(?P<bytes>{_BYTES})[^\r\n]*)(?:\r?\n|\Z)")
_PAIR = re.compile(r"[0-9A-Fa-f]{2}")


def dumps(text: str, plain: bytes) -> Iterator[tuple[bytes, list[Span]]]:
    """Yield what is dumped, and for each byte from where to where it stands; ``plain`` is the text in ASCII.

    A byte stands there until the end of its row: that may show its letter once more.
    """
    position = 0
    for start, _ in _MAY_BE_DUMP.spans(plain):
        if start < position:
            continue
        digits: list[str] = []
        spans: list[Span] = []
        row = _ROW.match(text, start)
        while row:
            pairs = [*_PAIR.finditer(text, *row.span("bytes"))][:_MOST]
            digits += [pair[0] for pair in pairs]
            spans += [(pair.start(), row.end("all")) for pair in pairs]
            position = row.end()
            row = _ROW.match(text, position)
        yield bytes.fromhex("".join(digits)), spans
