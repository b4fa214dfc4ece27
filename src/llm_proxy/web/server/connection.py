"""One client connection: uvicorn's httptools protocol with deadlines, limits and one reading of every byte.

Requests are served strictly one after the other. Bytes behind a request wait unread until its answer is complete, so
nothing is parsed of a connection that is going to be closed. A client that half-closes has left.
"""

import asyncio
import re
from collections.abc import Coroutine
from typing import Any
from urllib.parse import unquote

import httptools
import structlog
from uvicorn._types import ASGISendEvent, HTTPResponseStartEvent
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from llm_proxy.errors import BodyTimeout, MalformedHttp, ProxyError
from llm_proxy.web.problems import render
from llm_proxy.web.server.http_rules import (
    Body,
    ServerLimits,
    check_sizes,
    read_framing,
    read_line,
)

ON_LEAVE = "llm_proxy.on_leave"  # in a scope's state: what an application wants called when its client leaves
LINGER_S = 5.0
WAITING_BYTES = 64 << 10

_UPGRADE = re.compile(rb"\r\nupgrade:[^\r\n]*", re.IGNORECASE)

log = structlog.get_logger()


class StrictCycle(RequestResponseCycle):
    """One request and its answer. uvicorn's, except for HTTP/1.0 and for who closes the connection: the protocol does.

    ``is_last``: the connection ends with this answer, which says so. An answer that starts before its request has
    wholly arrived is the last one, because the rest of that request must never be read as another.
    """

    is_last = False
    _ends_with_connection = False

    def send(self, message: ASGISendEvent) -> Coroutine[Any, Any, None]:
        """Send a part of the answer (ASGI)."""
        if message["type"] == "http.response.start":
            if self.more_body or self.is_last:
                self.keep_alive = False
            if self.scope["http_version"] == "1.0":
                self._end_with_connection(message)
            return super().send(message)
        if not self.keep_alive:  # the client was told; uvicorn would close now, whatever is still unread
            self.is_last = self.keep_alive = True
        if self._ends_with_connection and message["type"] == "http.response.body":
            self.expected_content_length = len(message.get("body", b""))
        return super().send(message)

    def _end_with_connection(self, message: HTTPResponseStartEvent) -> None:
        # HTTP/1.0 knows no chunks: a body without a length ends where the connection does.
        if all(name.lower() != b"content-length" for name, _ in message.get("headers", ())):
            self._ends_with_connection = True
            self.chunked_encoding = False


class StrictProtocol(HttpToolsProtocol):
    """One client connection. The server's sweep calls ``sweep`` twice a second: there are no timers here."""

    limits = ServerLimits()
    cycle: StrictCycle

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head = b""  # of a request whose head is not complete yet
        self._probe: httptools.HttpRequestParser | None = None  # reads that head as it comes
        self._body: Body | None = None  # of the request in progress, while bytes of it are missing
        self._is_parsed = False  # the parser has seen the request's end
        self._keeps_alive = False  # the client wants the connection to stay
        self._is_busy = False  # a request is in progress
        self._is_ending = False  # we have said our last word and wait for the client to hear it
        self._waiting = b""  # what came behind the request in progress
        self._deadline = 0.0  # for the head, for the next request, or for the end
        self._window_end = 0.0  # of the stretch of time in which the body's rate is measured
        self._window_bytes = 0
        self._unsent = 0
        self._unsent_since = 0.0

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the request in progress at once: waiting for it in ``receive()`` would cost every call a task."""
        super().connection_lost(exc)
        if self._is_busy and (on_leave := self.scope["state"].get(ON_LEAVE)) is not None:
            on_leave()

    # --- bytes in -----------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Start the time for the first head."""
        super().connection_made(transport)
        self._deadline = self.loop.time() + self.limits.header_timeout_s

    def data_received(self, data: bytes) -> None:
        """Read on; anything that is not plainly HTTP/1.1 is answered with an error and the end of the connection."""
        try:
            while data and not self._is_ending:
                data = self._take(data)
        except ProxyError as exc:
            self._refuse(exc)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            self._refuse(MalformedHttp())

    def _take(self, data: bytes) -> bytes:
        if self._body is not None:
            return self._take_body(self._body, data)
        if not self._is_busy:
            return self._take_head(data)
        self._waiting += data
        if len(self._waiting) > WAITING_BYTES:
            # Not reading on would mean not to hear when the client leaves. Nobody sends this much ahead of an answer.
            self.transport.abort()
        return b""

    def _take_head(self, data: bytes) -> bytes:
        head = self._head + data
        end = head.find(b"\r\n\r\n") + 4
        if end == 3:
            self._keep_head(head, data)
            return b""
        self._head, self._probe = b"", None
        self._begin(head[:end])
        return head[end:]

    def _keep_head(self, head: bytes, data: bytes) -> None:
        check_sizes(head, self.limits)
        if self._probe is None:
            self._probe = httptools.HttpRequestParser(object())
            if self.cycle is not None:
                self._deadline = self.loop.time() + self.limits.header_timeout_s
        self._probe.feed_data(data)  # nonsense is refused when it comes, not when it is complete
        self._head = head

    def _begin(self, head: bytes) -> None:
        method, target, is_http_10 = read_line(head, self.limits)
        self._is_parsed = False
        try:
            self.parser.feed_data(head)
        except httptools.HttpParserUpgrade:
            # An offer of h2c or websocket, which may be ignored (RFC 9110, 7.8). Without it this is a plain request.
            self._is_parsed = False
            self.parser.feed_data(_UPGRADE.sub(b"", head))
        self._body, expects_100 = read_framing(self.headers, is_http_10=is_http_10)
        self.headers = []  # for trailers, which are no headers: they go nowhere
        if (self._body is None) != self._is_parsed:
            raise MalformedHttp  # two readings of one request
        raw_path, _, query = target.partition(b"?")
        path = raw_path.decode("ascii")
        self.scope["method"] = method
        self.scope["http_version"] = "1.0" if is_http_10 else "1.1"
        self.scope["path"] = unquote(path) if "%" in path else path
        self.scope["raw_path"] = raw_path
        self.scope["query_string"] = query
        self._start_cycle(expects_100=expects_100, keep_alive=not is_http_10 and self._keeps_alive)

    def _start_cycle(self, *, expects_100: bool, keep_alive: bool) -> None:
        self._is_busy = True
        self._window_end = 0.0
        self.cycle = cycle = StrictCycle(
            scope=self.scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=expects_100,
            keep_alive=keep_alive,
            on_response=self.on_response_complete,
        )
        if self._body is None:
            cycle.more_body = False
            cycle.message_event.set()
        self._start_asgi_task(cycle, self.app)

    def _take_body(self, body: Body, data: bytes) -> bytes:
        taken = body.take(data)
        self._window_bytes += taken
        self.parser.feed_data(data[:taken])
        if body.ended != self._is_parsed:
            raise MalformedHttp  # two readings of one request
        if body.ended:
            self.flow.resume_reading()  # to hear it when the client leaves: nobody calls receive() any more
            self._body = None
            self.cycle.more_body = False
            self.cycle.message_event.set()
        return data[taken:]

    # --- the parser's callbacks ---------------------------------------------------------------------------------------

    def on_header(self, name: bytes, value: bytes) -> None:
        """Note a header, without the white space around its value."""
        self.headers.append((name.lower(), value.rstrip(b" \t")))

    def on_headers_complete(self) -> None:
        """Note what the parser tells only now. The head is judged later: no exception of ours crosses C code."""
        self._keeps_alive = self.parser.should_keep_alive()

    def on_message_complete(self) -> None:
        """Note that the parser has seen the request's end."""
        self._is_parsed = True

    # --- the end of an answer, of a connection ------------------------------------------------------------------------

    def on_response_complete(self) -> None:
        """Close, or go on with what waits."""
        self.server_state.total_requests += 1
        self._is_busy = False
        if self.transport.is_closing():
            return
        if self.cycle.is_last:
            self._linger() if self._body is not None else self.transport.close()
            return
        self._deadline = self.loop.time() + self.limits.keep_alive_s
        self.flow.resume_reading()
        if self._waiting:
            data, self._waiting = self._waiting, b""
            self.data_received(data)

    def eof_received(self) -> None:
        """Let the connection close. With an answer under way the client has left, and is owed nothing more."""
        if self._is_busy:
            self.transport.abort()

    def shutdown(self) -> None:
        """Take no further request: close at once when idle, else after the answer."""
        if self._is_busy:
            self.cycle.is_last = True
        else:
            self.transport.close()

    def _refuse(self, error: ProxyError) -> None:
        if self._is_busy:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self.transport.abort()
                return
        log.info("request.refused", status=error.status, code=error.code, remote=self.client and self.client[0])
        status, headers, body = render(error)
        lines = b"".join(
            name + b": " + value + b"\r\n"
            for name, value in (*self.server_state.default_headers, *headers, (b"connection", b"close"))
        )
        self.transport.write(STATUS_LINE[status] + lines + b"\r\n" + body)
        self._linger()

    def _linger(self) -> None:
        # Closing while the client still sends makes the kernel reset the connection, and the answer may be lost with it
        # (RFC 9112, 9.6). So only our half is closed, and what still comes is dropped for a while.
        self._is_ending, self._is_busy = True, False
        self._head = self._waiting = b""
        self._body = self._probe = None
        self._deadline = self.loop.time() + LINGER_S
        self.flow.resume_reading()
        self.transport.write_eof()

    # --- time ---------------------------------------------------------------------------------------------------------

    def sweep(self, now: float) -> None:
        """Enforce every deadline of the connection. ``now`` is the loop's time."""
        if self._is_stalled(now):
            self.transport.abort()
        elif self.transport.is_closing():
            return
        elif self._is_ending:
            if now >= self._deadline:
                self.transport.abort()
        elif self._body is not None:
            self._check_pace(now)
        elif not self._is_busy and now >= self._deadline:
            self._refuse(BodyTimeout()) if self._head.strip() else self.transport.close()

    def _is_stalled(self, now: float) -> bool:
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent != self._unsent:
            self._unsent, self._unsent_since = unsent, now
            return False
        return now - self._unsent_since >= self.limits.write_stall_s

    def _check_pace(self, now: float) -> None:
        # While we do not read, or the client waits to be told to go on, its pace is ours.
        if self._window_end == 0 or self.flow.read_paused or self.cycle.waiting_for_100_continue:
            self._window_end, self._window_bytes = now + self.limits.body_grace_s, 0
        elif now >= self._window_end:
            if self._window_bytes < self.limits.body_min_bytes_per_s * self.limits.body_grace_s:
                self._refuse(BodyTimeout())
            self._window_end = 0


def protocol_class(limits: ServerLimits) -> type[StrictProtocol]:
    """Return the protocol bound to these limits."""
    return type("StrictProtocol", (StrictProtocol,), {"limits": limits})
