"""Bytes → server-sent events, and back.

Lines end in ``\\n``, ``\\r\\n`` or ``\\r`` and in nothing else (WHATWG HTML, section 9.2.6): U+2028 is text. Every
byte fed comes out again in some event's ``raw``, so that an event nobody changed is passed on as it came.
"""

import re
from dataclasses import dataclass

BOM = b"\xef\xbb\xbf"
# Two line ends in a row. The groups are atomic, or the two bytes of one CRLF would count as two ends.
_BLANK_LINE = re.compile(rb"(?>\r\n|\n|\r)(?>\r\n|\n|\r)")
_LONGEST_END = 4


class EventTooLarge(ValueError):
    """An event exceeds the parser's limit."""


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One event. ``raw`` is all its bytes with the blank line.

    ``data`` its data lines joined by ``\\n``, None for a comment.
    """

    raw: bytes
    data: bytes | None
    name: bytes = b""


class SseParser:
    """Feed it bytes as they come, cut anywhere; it returns the events that are complete."""

    def __init__(self, max_event_bytes: int = 16 << 20) -> None:
        self._buffer = bytearray()
        self._searched = 0
        self._owes_newline = False  # the last event was given the second half of a CRLF that is still to come
        self._max = max_event_bytes

    def feed(self, chunk: bytes) -> list[SseEvent]:
        """Return the events that ``chunk`` completed; raises EventTooLarge when an incomplete one exceeds the limit."""
        if self._owes_newline and chunk:
            chunk, self._owes_newline = chunk.removeprefix(b"\n"), False
        buffer = self._buffer
        buffer += chunk
        events: list[SseEvent] = []
        start, position = 0, self._searched
        while (end := _BLANK_LINE.search(buffer, position)) is not None:
            raw = bytes(buffer[start : end.end()])
            start = position = end.end()
            if start == len(buffer) and raw.endswith(b"\n\r"):  # cut within a CRLF: whole, whatever goes on behind it
                raw, self._owes_newline = raw + b"\n", True
            events.append(_event(raw))
        if start:
            del buffer[:start]
        self._searched = max(0, len(buffer) - _LONGEST_END + 1)
        if len(buffer) > self._max or any(len(event.raw) > self._max for event in events):
            raise EventTooLarge
        return events

    def finish(self) -> list[SseEvent]:
        """Return what is left at the end of the stream: an event whose blank line never came, or nothing."""
        left, self._buffer, self._searched = bytes(self._buffer), bytearray(), 0
        return [_event(left)] if left.strip(b"\r\n") else []


def _event(raw: bytes) -> SseEvent:
    if raw.startswith(b"data: ") and raw.endswith(b"\n\n") and raw.count(b"\n") == 2 and b"\r" not in raw:
        return SseEvent(raw, raw[6:-2])  # the common form, unparsed
    data: list[bytes] = []
    name = b""
    for line in raw.removeprefix(BOM).splitlines():
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            data.append(value)
        elif field == b"event":
            name = value
    return SseEvent(raw, b"\n".join(data) if data else None, name)


def render(data: bytes, name: bytes = b"") -> bytes:
    """Return one event's bytes; ``data`` must be free of line ends (compact JSON is)."""
    head = b"event: " + name + b"\n" if name else b""
    return head + b"data: " + data + b"\n\n"


def rewritten(event: SseEvent, data: bytes) -> bytes:
    """Return the bytes of an event with other data (free of line ends), its other fields as they were."""
    if event.raw.startswith(b"data:") and event.raw.count(b"\n") == 2:
        return render(data)
    lines = event.raw.removeprefix(BOM).splitlines()
    others = [line for line in lines if line and line.partition(b":")[0] != b"data"]
    return b"".join(line + b"\n" for line in (*others, b"data: " + data)) + b"\n"
