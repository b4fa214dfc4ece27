"""The plain client of the black-box tests: whole answers, answers as they arrive, and raw bytes on a socket."""

import http.client
import json
import re
import socket
import struct
import threading
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """A whole answer. ``complete`` is False when the body broke off before its framing said so."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    complete: bool = True

    def header(self, name: str) -> str | None:
        """Return a header's value, or None; fails when the header was sent twice."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(values) <= 1, f"{name} was sent {len(values)} times"
        return values[0] if values else None

    @property
    def names(self) -> set[str]:
        """Every header name, in lower case."""
        return {name.lower() for name, _ in self.headers}

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The ``error`` object, after asserting that it has OpenAI's shape and says it is JSON."""
        content_type = self.header("content-type")
        assert content_type is not None
        assert content_type.startswith("application/json")
        error = self.json()["error"]
        assert {"message", "type", "param", "code"} <= set(error)
        assert isinstance(error["message"], str)
        assert error["message"]
        return dict(error)


def encode(body: object) -> bytes | None:
    """Return what goes on the wire: bytes as they are, None as no body, anything else as JSON."""
    if body is None or isinstance(body, bytes):
        return body
    return json.dumps(body).encode()


class OpenCall:
    """One call under way: the request is out, the answer is read as it arrives, the client may leave at any time."""

    def __init__(
        self,
        port: int,
        method: str,
        path: str,
        *,
        headers: Headers | None = None,
        body: object = None,
        source: str = "127.0.0.1",
        timeout_s: float = 20.0,
    ) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout_s, source_address=(source, 0))
        sent = dict(headers or {})
        payload = encode(body)
        if payload is not None and not any(name.lower() == "content-type" for name in sent):
            sent["Content-Type"] = "application/json"
        self.connection.request(method, path, payload, sent)
        self.taken = b""

    def start(self) -> http.client.HTTPResponse:
        """Wait for the answer's head and return it."""
        self.response = self.connection.getresponse()
        return self.response

    def until(self, marker: bytes) -> bytes:
        """Read until ``marker`` has arrived; return everything that has."""
        while marker not in self.taken:
            part = self.response.read1(65536)
            assert part, f"the answer ended before {marker!r}: {self.taken[-500:]!r}"
            self.taken += part
        return self.taken

    def rest(self) -> Answer:
        """Read to the end, orderly or not."""
        complete = True
        parts = [self.taken]
        try:
            while part := self.response.read1(1 << 20):
                parts.append(part)
        except (http.client.HTTPException, OSError):
            complete = False
        answer = Answer(self.response.status, self.response.getheaders(), b"".join(parts), complete)
        self.leave()
        return answer

    def leave(self, *, reset: bool = False) -> float:
        """Close the connection (FIN, or RST); return the time of ``time.monotonic``."""
        if reset and self.connection.sock is not None:
            self.connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        at = time.monotonic()
        if hasattr(self, "response"):
            self.response.close()
        self.connection.close()
        return at


def call(port: int, method: str, path: str, **more: Any) -> Answer:
    """Make one call on a connection of its own and return the whole answer."""
    under_way = OpenCall(port, method, path, **more)
    try:
        under_way.start()
        return under_way.rest()
    finally:
        under_way.leave()


@dataclass(frozen=True)
class Heard:
    """What came back on a raw socket, whether the other side closed it, and after how long."""

    data: bytes
    closed: bool
    seconds: float

    @property
    def statuses(self) -> list[int]:
        """The status of every answer in ``data``."""
        return [int(status) for status in re.findall(rb"HTTP/1\.[01] ([1-5][0-9]{2}) ", self.data)]


def exchange(port: int, *parts: bytes | float, quiet_s: float = 0.5, limit_s: float = 10.0) -> Heard:
    """Send bytes (a number is a pause) on a raw socket; listen until it closes or, once answered, is quiet."""
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), limit_s) as sock:
        sending = threading.Thread(target=_send, args=(sock, parts), daemon=True)
        sending.start()
        heard, closed = _listen(sock, quiet_s, started + limit_s)
        seconds = time.monotonic() - started
    sending.join()
    return Heard(heard, closed, seconds)


def _send(sock: socket.socket, parts: Iterable[bytes | float]) -> None:
    with suppress(OSError):  # refused while sending: the answer is there to read
        for part in parts:
            time.sleep(part) if isinstance(part, float) else sock.sendall(part)


def _listen(sock: socket.socket, quiet_s: float, deadline: float) -> tuple[bytes, bool]:
    heard = b""
    while (left := deadline - time.monotonic()) > 0:
        sock.settimeout(min(quiet_s, left) if heard else left)
        try:
            data = sock.recv(65536)
        except TimeoutError:
            return heard, False
        except OSError:
            return heard, True
        if not data:
            return heard, True
        heard += data
    return heard, False


def parse_sse(body: bytes) -> list[dict[str, str]]:
    """Read an event stream as the HTML standard says: one mapping of field names to values for each event.

    Comments and empty blocks are no events; several ``data`` lines are joined. A last event needs no blank line here.
    """
    events: list[dict[str, str]] = [{}]
    for line in re.split(r"\r\n|\n|\r", body.decode().removeprefix("\ufeff")):
        name, _, value = line.partition(":")
        if not line:
            events.append({})
        elif name:
            value = value.removeprefix(" ")
            events[-1][name] = f"{events[-1][name]}\n{value}" if name in events[-1] else value
    return [event for event in events if event]


def sse_json(body: bytes) -> list[Any]:
    """Return the data of every event, JSON decoded; ``[DONE]`` as that text."""
    texts = [event["data"] for event in parse_sse(body) if "data" in event]
    return [text if text == "[DONE]" else json.loads(text) for text in texts]


class BlackHole:
    """A host that never finishes a handshake: a listener whose queue is full, so that the kernel drops every SYN."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=0)
        self.port = int(self.listener.getsockname()[1])
        self.fillers = [socket.socket() for _ in range(3)]
        for filler in self.fillers:
            filler.setblocking(False)
            filler.connect_ex(("127.0.0.1", self.port))
        self.own = self._knocking()

    def close(self) -> None:
        """Give everything back."""
        for sock in [*self.fillers, self.listener]:
            sock.close()

    @property
    def url(self) -> str:
        """The base URL a provider gets."""
        return f"http://127.0.0.1:{self.port}"

    def _knocking(self) -> int:
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(row[2].endswith(f":{self.port:04X}") and row[3] == "02" for row in rows)

    def waiting(self) -> int:
        """Return how many connections of others are in the state SYN-SENT towards it."""
        return self._knocking() - self.own
