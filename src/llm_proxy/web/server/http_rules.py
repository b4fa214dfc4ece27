"""What a request's bytes may look like: the rules that the HTTP parser leaves to its caller.

Pure: bytes in, a fact or a refusal out. llhttp is strict about grammar (line ends, header characters, two framings at
once). What it lets pass and a gateway must not, because a proxy in front may read it otherwise, is refused here: names
of other protocols, targets that are no path, doubtful ``Host``, codings before ``chunked``, and sizes of any kind.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from llm_proxy.errors import (
    ExpectationFailed,
    HeadersTooLarge,
    MalformedHttp,
    RequestLineTooLong,
    UnsupportedHttpVersion,
    UnsupportedTransferCoding,
)

MAX_FIELD_BYTES = 16 << 10  # one header line; servers commonly stop at 8 KiB
MAX_CHUNK_LINE_BYTES = 1 << 10  # a chunk's size with its extensions, which nobody sends
MAX_TRAILER_BYTES = 8 << 10

# One empty line may precede a request (RFC 9112, 2.2). The rest may not vary: single spaces, a path of printable ASCII
# without "#", an exact version.
_LINE = re.compile(rb'(?:\r\n)?([A-Z][A-Z-]*) (/[!"$-~]*) HTTP/1\.([01])\r\n')
_OTHER_VERSION = re.compile(rb'[A-Z][A-Z-]* /[!"$-~]* HTTP/[0-9]\.[0-9]\r\n')
# A name or an address, and a port. Names of containers have underscores; nothing else beyond RFC 952 is a host.
_HOST = re.compile(rb"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;[^\r\n]{0,1000})?\r\n")
_SINGLE = (b"host", b"content-length", b"transfer-encoding", b"expect")
_NO_LINE = "The request line is not 'METHOD /path HTTP/1.1' with a path in ASCII."


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What one client connection may cost. Sizes in bytes, times in seconds."""

    request_line_bytes: int = 8 << 10
    header_bytes: int = 64 << 10
    header_count: int = 100
    header_timeout_s: float = 15.0
    body_grace_s: float = 10.0
    body_min_bytes_per_s: int = 1024
    write_stall_s: float = 60.0
    keep_alive_s: float = 75.0
    drain_s: float = 30.0


class Body(Protocol):
    """Follows a body through the bytes of a connection to its last one."""

    ended: bool

    def take(self, data: bytes) -> int:
        """Return how many of these bytes belong to the body."""
        ...


def read_line(head: bytes, limits: ServerLimits) -> tuple[str, bytes, bool]:
    """Return method, target and whether this is HTTP/1.0, from a whole head up to its empty line.

    Raises MalformedHttp when the first line is no request line, or anything in the head is too long.
    """
    check_sizes(head, limits)
    line = _LINE.match(head)
    if line is None:
        raise UnsupportedHttpVersion if _OTHER_VERSION.match(head) else MalformedHttp(_NO_LINE)
    method, target, minor = line.groups()
    return method.decode("ascii"), target, minor == b"0"


def check_sizes(head: bytes, limits: ServerLimits) -> None:
    """Refuse a head, whole or as far as it has come, that is too long in a line, in lines or at all."""
    size = len(head)
    if size > limits.request_line_bytes and head.find(b"\r\n", 2, limits.request_line_bytes + 2) < 0:
        raise RequestLineTooLong
    # The request line and the empty line at the end are no headers.
    if size > limits.header_bytes or head.count(b"\r\n") > limits.header_count + 2:
        raise HeadersTooLarge
    if size > MAX_FIELD_BYTES and max(map(len, head.split(b"\r\n")[1:]), default=0) > MAX_FIELD_BYTES:
        raise HeadersTooLarge


def read_framing(headers: list[tuple[bytes, bytes]], *, is_http_10: bool) -> tuple["Body | None", bool]:
    """Return the body to expect, None when there is none, and whether the client waits for ``100 Continue``.

    Names come in lower case, values without white space around. Raises MalformedHttp for a ``Host`` that is missing
    (HTTP/1.1), repeated or no host, for a transfer coding in HTTP/1.0 and for any of these headers repeated.
    """
    found = dict(headers)
    if len(found) < len(headers):
        _refuse_repeated(headers)
    host = found.get(b"host")
    if host is None and not is_http_10:
        raise MalformedHttp("The header 'host' is missing.")
    if host is not None and not _HOST.fullmatch(host):
        raise MalformedHttp("The header 'host' is not one host with an optional port.")
    expect = found.get(b"expect")
    if expect is not None and expect.lower() != b"100-continue":
        raise ExpectationFailed
    # An HTTP/1.0 client cannot be told to continue (RFC 9110, 10.1.1).
    return _read_body(found, is_http_10=is_http_10), expect is not None and not is_http_10


def _read_body(found: dict[bytes, bytes], *, is_http_10: bool) -> "Body | None":
    length = found.get(b"content-length")
    coding = found.get(b"transfer-encoding")
    if coding is not None:
        if is_http_10 or length is not None:
            raise MalformedHttp("The request's framing is ambiguous.")
        if coding.lower() != b"chunked":
            raise UnsupportedTransferCoding
        return ChunkedBody()
    if length is None or length == b"0":
        return None
    if not length.isdigit():
        raise MalformedHttp("The header 'content-length' is not a number.")
    return FixedBody(int(length)) if int(length) else None


def _refuse_repeated(headers: list[tuple[bytes, bytes]]) -> None:
    names = [name for name, _ in headers]
    for name in _SINGLE:
        if names.count(name) > 1:
            raise MalformedHttp(f"The header '{name.decode('ascii')}' is repeated.")


class FixedBody:
    """A body of a known length in bytes."""

    __slots__ = ("_left", "ended")

    def __init__(self, length: int) -> None:
        self._left = length
        self.ended = False

    def take(self, data: bytes) -> int:
        """Return how many of these bytes belong to the body."""
        taken = min(len(data), self._left)
        self._left -= taken
        self.ended = self._left == 0
        return taken


class ChunkedBody:
    """A body in chunks (RFC 9112, 7.1): where it ends, and that its framing is no larger than it need be.

    The parser judges the grammar too, but it has no limit for extensions, trailers and leading zeros. Hence the lines
    are read here first. Raises MalformedHttp.
    """

    __slots__ = ("_in_trailers", "_left", "_line", "_trailer_bytes", "ended")

    def __init__(self) -> None:
        self.ended = False
        self._left = 0  # bytes of the chunk under way, with its line end
        self._line = b""  # a line of which the end is missing
        self._in_trailers = False
        self._trailer_bytes = 0

    def take(self, data: bytes) -> int:
        """Return how many of these bytes belong to the body."""
        at, end, left = 0, len(data), self._left
        while at < end and not self.ended:
            if left >= end - at:
                left -= end - at
                at = end
                break
            at += left
            # Almost always a whole line is there; a block of tiny chunks is a cheap attack unless this is quick.
            size = None if self._line or self._in_trailers else _CHUNK_LINE.match(data, at)
            if size is None:
                at, left = self._take_line(data, at)
            else:
                at, left = size.end(), self._begin_chunk(size[1])
        self._left = left
        return at

    def _begin_chunk(self, size: bytes) -> int:
        number = int(size, 16)
        self._in_trailers = number == 0  # the last chunk has no data
        return number + 2 if number else 0

    def _take_line(self, data: bytes, at: int) -> tuple[int, int]:
        end = data.find(b"\n", at) + 1
        self._line += data[at : end or at + MAX_CHUNK_LINE_BYTES + 1]
        if len(self._line) > MAX_CHUNK_LINE_BYTES:
            raise HeadersTooLarge if self._in_trailers else MalformedHttp("A chunk's extension is too long.")
        if not end:
            return len(data), 0
        line, self._line = self._line, b""
        if self._in_trailers:
            self._end_trailer(line)
            return end, 0
        size = _CHUNK_LINE.fullmatch(line)
        if size is None:
            raise MalformedHttp("A chunk's size is not valid.")
        return end, self._begin_chunk(size[1])

    def _end_trailer(self, line: bytes) -> None:
        self._trailer_bytes += len(line)
        if self._trailer_bytes > MAX_TRAILER_BYTES:
            raise HeadersTooLarge
        self.ended = line == b"\r\n"
