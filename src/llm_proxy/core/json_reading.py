r"""The strings of a JSON text while it arrives: where each of them stands, under which name, and what it says."""

import re
from bisect import bisect_right
from typing import NamedTuple

_UNIT = re.compile(r'[^"\\]+|"|\\u[0-9A-Fa-f]{4}|\\[^u]|\\u?[0-9A-Fa-f]{0,3}\Z|\\', re.DOTALL)
_BETWEEN = re.compile(r'[^"{}\[\],]+|.', re.DOTALL)
_PLAIN = dict(zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True))
_TRAIL = re.compile(r"\\u[dD][c-fC-F][0-9A-Fa-f]{2}")
_UNICODE = 6  # characters of an escaped code unit


class _Escape(NamedTuple):
    place: int  # in what the string says
    start: int  # in the JSON
    end: int


class JsonString:
    """One string. ``start`` is where it begins in the JSON, behind its quote; ``end`` where it ends, None if open."""

    def __init__(self, start: int, key: str, *, is_key: bool) -> None:
        self.start = start
        self.end: int | None = None
        self.key = key  # the name of the member whose value it is
        self.is_key = is_key
        self.said = ""  # since it was last asked
        self.length = 0
        self._escapes: list[_Escape] = []

    def take(self, said: str, start: int, raw_length: int) -> None:
        """Take what the next part says, which stands at ``start`` in the JSON."""
        if raw_length != len(said):
            self._escapes.append(_Escape(self.length, start, start + raw_length))
        self.said += said
        self.length += len(said)

    def raw(self, place: int) -> int:
        """Return where a place of what the string says stands in the JSON."""
        index = bisect_right(self._escapes, place, key=lambda escape: escape.place + 1) - 1
        if index < 0:
            return self.start + place
        escape = self._escapes[index]
        return escape.end + place - escape.place - 1

    def widened(self, start: int, end: int) -> tuple[int, int]:
        """Widen a span of the JSON so that it cuts no escape sequence in two."""
        for escape in self._escapes:
            if escape.start < start < escape.end:
                start = escape.start
            if escape.start < end < escape.end:
                end = escape.end
        return start, end


class JsonReader:
    """Feed it a JSON text in pieces; it tells the strings that went on. Of a text that is no JSON there are none."""

    def __init__(self) -> None:
        self.end = 0  # the length of what was fed
        self.open: JsonString | None = None
        self._pending = ""  # an escape sequence that is not complete
        self._nesting: list[str] = []
        self._expects_key = False
        self._key = ""
        self.is_json: bool | None = None  # None before anything was said

    @property
    def read(self) -> int:
        """How much was read: an incomplete escape sequence is not."""
        return self.end - len(self._pending)

    @property
    def is_whole(self) -> bool:
        """Whether all that was opened is closed."""
        return self.is_json is True and self.open is None and not self._nesting

    def feed(self, piece: str) -> list[JsonString]:
        """Return the strings that the piece is a part of, in order; all but the last one are complete."""
        text, at = self._pending + piece, self.read
        self.end += len(piece)
        self._pending = ""
        touched: list[JsonString] = [] if self.open is None else [self.open]
        position = 0
        if self.is_json is None and (begun := text.lstrip(" \t\r\n")):
            self.is_json = begun[0] in '{["'
        while self.is_json and position < len(text):
            if self.open is None:
                position = self._between(text, position, at)
                touched += [] if self.open is None else [self.open]
            elif (following := self._within(self.open, text, position, at)) is None:
                self._pending = text[position:]
                break
            else:
                position = following
        return touched

    def _between(self, text: str, position: int, at: int) -> int:
        found = _BETWEEN.match(text, position)
        sign = found[0] if found else ""
        position += len(sign)
        if sign == '"':
            self.open = JsonString(at + position, "" if self._expects_key else self._key, is_key=self._expects_key)
        elif sign in {"{", "["}:
            self._nesting.append(sign)
        elif sign in {"}", "]"} and self._nesting:
            self._nesting.pop()
        if sign in {"{", ",", "["}:
            self._expects_key = self._nesting[-1:] == ["{"]
        return position

    def _within(self, string: JsonString, text: str, position: int, at: int) -> int | None:
        """Read one unit of a string; return where it ends, None when more of it must come."""
        found = _UNIT.match(text, position)
        unit = found[0] if found else text[position]
        if unit == '"':
            string.end, self.open = at + position, None
            self._key = string.said if string.is_key else ""  # it names the next string, be that in a list
            self._expects_key = False
            return position + 1
        if unit[0] != "\\":
            string.take(unit, at + position, len(unit))
            return position + len(unit)
        decoded = _meaning(text, position, unit)
        if decoded is None:
            return None
        said, length = decoded
        string.take(said, at + position, length)
        return position + length


def _meaning(text: str, position: int, unit: str) -> tuple[str, int] | None:
    """Return what an escape sequence says, and its length; None when more of it must come."""
    if unit == "\\" or (unit[1] == "u" and len(unit) < _UNICODE):
        return None if position + len(unit) == len(text) else ("\\", 1)  # malformed
    if unit[1] != "u":
        return _PLAIN.get(unit[1], unit[1]), len(unit)
    code = int(unit[2:], 16)
    following = text[position + _UNICODE : position + 2 * _UNICODE]
    if 0xD800 <= code < 0xDC00:
        if len(following) < _UNICODE and following[:2] == "\\u"[: len(following)]:
            return None
        if _TRAIL.fullmatch(following):
            return chr(0x10000 + ((code - 0xD800) << 10) + int(following[2:], 16) - 0xDC00), 2 * _UNICODE
    return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code), _UNICODE
