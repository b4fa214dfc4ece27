"""A real server around a tiny application that records what it was asked; in a thread, or as a process of its own."""

import asyncio
import json
import os
import re
import select
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from llm_proxy.web.server import GatewayServer, Hooks, run
from llm_proxy.web.server.http_rules import ServerLimits
from llm_proxy.web.server.listen import bind

PART = b"x" * 65536
_STATUS = re.compile(rb"HTTP/1\.1 ([1-5][0-9][0-9]) ")


@dataclass(frozen=True)
class Heard:
    """What came back on a raw socket, whether the server closed its side, and after how long."""

    data: bytes
    closed: bool
    seconds: float

    @property
    def statuses(self) -> list[int]:
        """The status of every answer."""
        return [int(status) for status in _STATUS.findall(self.data)]


def exchange(port: int, *parts: bytes | float, quiet_s: float = 2.0) -> Heard:
    """Send bytes (a number is a pause) and hear what comes meanwhile; then listen until the end, or to silence."""
    started = time.monotonic()
    heard, closed = b"", False
    with socket.create_connection(("127.0.0.1", port), 10) as sock, suppress(OSError):
        closed = True  # what an OSError means
        for part in (*parts, None):
            if isinstance(part, bytes):
                sock.sendall(part)
                continue
            silence = part if part is not None else quiet_s if heard else 10.0
            while select.select([sock], [], [], silence)[0]:
                data = sock.recv(65536)
                if not data:
                    return Heard(heard, True, time.monotonic() - started)
                heard += data
                silence = quiet_s if part is None else 0.0
        closed = False
    return Heard(heard, closed, time.monotonic() - started)


@dataclass(frozen=True)
class Seen:
    """One request that reached the application whole."""

    scope: dict[str, Any]
    body: bytes

    def values(self, name: bytes) -> list[bytes]:
        """Return every value of a header, as it came."""
        return [value for key, value in self.scope["headers"] if key == name]


@dataclass
class RecordingApp:
    """Does what the path says. ``seen``: requests that came whole; ``left``: clients that went away meanwhile."""

    seen: list[Seen] = field(default_factory=list)
    left: int = 0
    running: int = 0
    is_past_deadline: bool = False
    log: list[str] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        path = scope["path"]
        self.running += 1
        try:
            if path == "/early":
                await self._answer(send, 401, b'{"refused": true}')
                return
            body = await self._read(receive)
            if body is None:
                self.left += 1
                return
            self.seen.append(Seen(dict(scope), body))
            await self._act(path, receive, send)
        finally:
            self.running -= 1

    async def _live(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self.log.append("flushed")
        await send({"type": "lifespan.shutdown.complete"})

    async def _read(self, receive: ASGIReceiveCallable) -> bytes | None:
        body, more = b"", True
        while more:
            message: Any = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message["body"]
            more = message["more_body"]
        return body

    async def _act(self, path: str, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if path == "/boom":
            raise LookupError("boom")
        if path in ("/stream", "/endless", "/stubborn", "/flood", "/short", "/deaf"):
            await self._stream(path, receive, send)
        elif path == "/wait":
            await receive()
            self.left += 1
        elif path == "/big":
            await self._answer(send, 200, PART)
        else:
            await self._answer(send, 200, json.dumps({"path": path}).encode())

    async def _answer(self, send: ASGISendCallable, status: int, body: bytes) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": status, "headers": headers, "trailers": False})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _stream(self, path: str, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [], "trailers": False})
        leaving = asyncio.ensure_future(receive())
        if path == "/deaf":
            await asyncio.sleep(60)
        number = 0
        while not leaving.done() and not (path == "/endless" and self.is_past_deadline):
            part = PART if path == "/flood" else b"part %d\n" % number
            await send({"type": "http.response.body", "body": part, "more_body": True})
            number += 1
            if number == {"/stream": 10, "/short": 2}.get(path):
                break
            await asyncio.sleep({"/flood": 0, "/short": 0}.get(path, 0.1))
        self.left += leaving.done()
        leaving.cancel()
        last = b"error\n" if self.is_past_deadline else b"end\n"
        await send({"type": "http.response.body", "body": last, "more_body": False})


class ThreadServer:
    """The server in a thread. ``port`` is its port, ``app`` what it serves."""

    def __init__(self, limits: ServerLimits | None = None) -> None:
        self.app = RecordingApp()
        self.server = GatewayServer(self.app, limits or ServerLimits(drain_s=0.0), Hooks(on_ready=self._note))
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        self.server.run(bind("127.0.0.1", 0))

    def _note(self, port: int) -> None:
        self.port = port
        self._ready.set()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()


def until(condition: Callable[[], object], within_s: float = 5.0) -> None:
    """Wait until something holds; fail when it does not."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.02)


def resident_bytes() -> int:
    """Return the memory of this process, which is the server's too."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def open_files() -> int:
    """Return how many file descriptors this process has."""
    return len(list(Path("/proc/self/fd").iterdir()))


def main() -> int:
    """Serve until a signal, telling on standard output what happens. The argument is the drain time in seconds."""
    app = RecordingApp()

    def on_deadline() -> None:
        app.is_past_deadline = True
        print("deadline", flush=True)

    hooks = Hooks(
        on_ready=lambda port: print(f"port {port}", flush=True),
        on_drain=lambda: app.log.append("drain"),
        on_deadline=on_deadline,
    )
    limits = replace(ServerLimits(), drain_s=float(sys.argv[1]))
    code = run(app, address=("127.0.0.1", 0), limits=limits, hooks=hooks)
    print(*app.log, f"code {code}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
