"""MOCK: a programmable HTTP/1.1 upstream on raw sockets, with a ledger of every request and every socket event.

A script is what MOCK does with one request: an iterable of steps. ``bytes`` are sent, a number is a pause in seconds, a
``threading.Event`` waits until a test sets it, and ``Then`` stalls, closes or resets. The connection is kept when a
script ends. MOCK runs on its own thread, so that a test may block while it serves.
"""

import asyncio
import json
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Self

POLL_S = 0.003


class Then(Enum):
    """What a script may do besides sending and pausing."""

    STALL = auto()  # say nothing more until the other side leaves
    CLOSE = auto()  # end the connection in order (FIN)
    RESET = auto()  # break it (RST)


Step = bytes | float | threading.Event | Then
Script = Iterable[Step]


@dataclass
class Connection:
    """One accepted connection. Times are of ``time.monotonic``; ``ended_by`` is ``fin``, ``reset`` or ``mock``."""

    number: int
    opened_at: float
    closed_at: float | None = None
    ended_by: str = ""
    served: int = 0
    gone: threading.Event = field(default_factory=threading.Event)

    def wait_gone(self, timeout_s: float = 3.0) -> float:
        """Return when the peer had left; fails the test when it stays longer than ``timeout_s``."""
        assert self.gone.wait(timeout_s), f"the upstream connection was still open after {timeout_s} s"
        assert self.closed_at is not None
        return self.closed_at


@dataclass
class Received:
    """One request as it stood on the wire: names and values of ``headers`` are untouched, repeated ones kept."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    connection: Connection
    at: float
    body: bytes = b""

    def values(self, name: str) -> list[str]:
        """Return every value of a header, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def names(self) -> set[str]:
        """Every header name that was sent, in lower case."""
        return {key.lower() for key, _ in self.headers}

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


Answerer = Callable[[Received], Script]


class Mock:
    """The upstream. ``then`` queues answers for the next requests; ``always`` answers when the queue is empty."""

    def __init__(self, default: Answerer, ssl_context: ssl.SSLContext | None = None) -> None:
        self.home = default
        self.default = default
        self.requests: list[Received] = []
        self.connections: list[Connection] = []
        self._queue: deque[Script | Answerer] = deque()
        self._open: set[Wire] = set()
        self._tls = ssl_context
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="mock-upstream", daemon=True)
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(5)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(self, *_: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        return await self._loop.create_server(lambda: Wire(self), "127.0.0.1", 0, ssl=self._tls, backlog=1024)

    async def _stop(self) -> None:
        self._server.close()
        await self._drop_all()

    async def _drop_all(self) -> None:
        wires = list(self._open)
        for wire in wires:
            wire.drop()
        tasks = [wire.task for wire in wires if wire.task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

    @property
    def url(self) -> str:
        """The base URL a provider gets."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    def then(self, *scripts: Script | Answerer) -> None:
        """Queue scripts, one for each of the next requests."""
        self._queue.extend(scripts)

    def always(self, script: Script | Answerer) -> None:
        """Answer every request that finds the queue empty with this script."""
        self.default = script if callable(script) else lambda _request: script

    def reset(self) -> None:
        """Forget the ledger and every script, and close all connections."""
        asyncio.run_coroutine_threadsafe(self._drop_all(), self._loop).result(5)
        self._queue.clear()
        self.default = self.home
        self.requests, self.connections = [], []

    def script_for(self, request: Received) -> Script:
        """Return the next script for this request."""
        chosen = self._queue.popleft() if self._queue else self.default
        return chosen(request) if callable(chosen) else chosen

    def wait(self, count: int = 1, timeout_s: float = 5.0) -> Received:
        """Return the latest request once ``count`` have arrived."""
        deadline = time.monotonic() + timeout_s
        while len(self.requests) < count:
            assert time.monotonic() < deadline, f"MOCK saw {len(self.requests)} of {count} requests"
            time.sleep(POLL_S)
        return self.requests[count - 1]

    @property
    def last(self) -> Received:
        """The latest request."""
        assert self.requests, "MOCK saw no request"
        return self.requests[-1]


class Wire(asyncio.Protocol):
    """One connection at work: reads requests one after the other and plays their scripts."""

    def __init__(self, mock: Mock) -> None:
        self.mock = mock
        self.buffer = bytearray()
        self.task: asyncio.Task[None] | None = None
        self.arrived = asyncio.Event()
        self.writable = asyncio.Event()
        self.writable.set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.connection = Connection(len(self.mock.connections), time.monotonic())
        self.mock.connections.append(self.connection)
        self.mock._open.add(self)
        self.task = asyncio.get_running_loop().create_task(self.serve())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self.arrived.set()

    def eof_received(self) -> bool:
        self._leave("fin")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave("reset" if exc else "fin")
        self.mock._open.discard(self)
        if self.task is not None:
            self.task.cancel()
        self.arrived.set()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def drop(self, *, reset: bool = False) -> None:
        """End the connection from this side."""
        self._leave("mock")
        if reset:
            sock: socket.socket = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
            return
        self.transport.close()

    def _leave(self, how: str) -> None:
        if self.connection.closed_at is None:
            self.connection.closed_at, self.connection.ended_by = time.monotonic(), how
            self.connection.gone.set()

    async def _until(self, marker: bytes) -> bytes:
        while marker not in self.buffer:
            await self._more()
        return (await self._exactly(self.buffer.index(marker) + len(marker)))[: -len(marker)]

    async def _exactly(self, count: int) -> bytes:
        while len(self.buffer) < count:
            await self._more()
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    async def _more(self) -> None:
        self.arrived.clear()
        await self.arrived.wait()

    async def serve(self) -> None:
        while not self.transport.is_closing():
            request = await self._read()
            await self._play(self.mock.script_for(request))
            self.connection.served += 1

    async def _read(self) -> Received:
        head = (await self._until(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head.split("\r\n")
        method, target, _version = line.split(" ")
        pairs = [(name, value.strip()) for name, _, value in (row.partition(":") for row in fields)]
        request = Received(method, target, pairs, self.connection, time.monotonic())
        lengths = request.values("content-length")
        if lengths:
            request.body = await self._exactly(int(lengths[0]))
        elif "chunked" in request.values("transfer-encoding"):
            request.body = await self._chunks()
        self.mock.requests.append(request)
        return request

    async def _chunks(self) -> bytes:
        body = b""
        while size := int((await self._until(b"\r\n")).split(b";")[0], 16):
            body += await self._exactly(size)
            await self._until(b"\r\n")
        await self._until(b"\r\n")
        return body

    async def _play(self, script: Script) -> None:
        for step in script:
            if isinstance(step, bytes):
                self.transport.write(step)
                await self.writable.wait()
            elif isinstance(step, threading.Event):
                while not step.is_set():
                    await asyncio.sleep(POLL_S)
            elif isinstance(step, Then):
                await self._end(step)
            else:
                await asyncio.sleep(step)

    async def _end(self, step: Then) -> None:
        if step is Then.STALL:
            await asyncio.Event().wait()  # connection_lost cancels this
        self.drop(reset=step is Then.RESET)
        await asyncio.sleep(0)
