"""One request and its answer on the ASGI side: the body in, the reply out, and noticing that the client left."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from typing import Any

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.errors import BodyTooLarge, ProxyError, ShuttingDown, UpstreamError
from llm_proxy.pipeline.inband import error_event
from llm_proxy.records import ApiKey, Notes, Reply
from llm_proxy.web import problems
from llm_proxy.web.accept import Head, Scope
from llm_proxy.web.server.connection import ON_LEAVE

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

_SAFE_VALUE = re.compile(r"[\x20-\x7e]*")


class ClientLeft(Exception):
    """The client closed the connection before its request was complete."""


class Exchange:
    """Receives one body and sends one reply. A client that leaves cancels the task that serves it, in any phase."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, max_body_bytes: int) -> None:
        self._state = scope.setdefault("state", {})
        self._receive = receive
        self._send = send
        self._max_body_bytes = max_body_bytes
        self._task = asyncio.current_task()
        self._finished = False
        self._sends_events = False
        self.head = Head(scope["headers"])
        self.endpoint: Endpoint | None = None
        self.acting_key: ApiKey | None = None  # on whose behalf an administrator calls
        self.request_id = ""
        self.call_id = ""
        self.notes = Notes()
        self.status = 0
        self.error_code = ""
        self.left = False

    # --- in ---

    async def receive_body(self) -> bytes:
        """Return the request's body; raises BodyTooLarge as soon as that is known, and ClientLeft."""
        length = self.head.one(b"content-length")
        if length is not None and int(length) > self._max_body_bytes:
            raise self._too_large()
        body = bytearray()
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self.left = True
                raise ClientLeft
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._max_body_bytes:
                raise self._too_large()
        self.watch()
        return bytes(body)

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(f"The request body is larger than {self._max_body_bytes} bytes.")

    def watch(self) -> None:
        """Be told from now on when the client leaves; call it once the body is there."""
        self._state[ON_LEAVE] = self._leave

    def unwatch(self) -> None:
        """Be told no more."""
        self._finished = True

    def _leave(self) -> None:
        if not self._finished and self._task is not None:
            self.left = True
            self._task.cancel()

    def stop(self) -> None:
        """End this exchange because the process stops."""
        if self._task is not None and not self._finished:
            self.notes.stopped = True
            self._task.cancel()

    @property
    def ended_by_us(self) -> bool:
        """Whether a cancel of the task came from here: the client left or the process stops."""
        return self.left or self.notes.stopped

    # --- out ---

    async def reply(self, reply: Reply) -> None:
        """Send a reply, its body part by part.

        A body that breaks leaves the answer unfinished, so that the connection closes.
        """
        if isinstance(reply.body, bytes):
            await self._start(reply, (("content-length", str(len(reply.body))),))
            await self._finish(reply.body)
            return
        body: Any = reply.body
        self._sends_events = any(name == "content-type" and "event-stream" in value for name, value in reply.headers)
        async with aclosing(body):
            await self._start(reply, (("x-accel-buffering", "no"),))
            with suppress(UpstreamError):
                async for part in body:
                    await self._send({"type": "http.response.body", "body": part, "more_body": True})
                await self._finish(b"")

    async def fail(self, error: ProxyError) -> None:
        """Answer with an error, or end a stream that has begun with one in its own form."""
        self.error_code = error.code
        if self._sends_events and self.endpoint is not None:
            await self._finish(error_event(self.endpoint.stream, error))
        elif not self.status:
            dialect = self.endpoint.dialect if self.endpoint else "openai"
            status, headers, body = problems.render(error, dialect=dialect)
            self.status = status
            headers += self._names()
            await self._send({"type": "http.response.start", "status": status, "headers": headers})
            await self._finish(body)

    async def end_cancelled(self) -> None:
        """After a cancel of ours: tell the client that the process stops, if it is still there."""
        if self._task is not None:
            self._task.uncancel()
        if self.notes.stopped and not self.left:
            await self.fail(ShuttingDown(retry_after_s=1.0))

    async def _start(self, reply: Reply, more: tuple[tuple[str, str], ...]) -> None:
        self.status = reply.status
        given = [(name, value) for name, value in (*reply.headers, *more) if _SAFE_VALUE.fullmatch(value)]
        headers = [(name.encode(), value.encode()) for name, value in given]
        headers += [*self._names(), *problems.COMMON]
        await self._send({"type": "http.response.start", "status": reply.status, "headers": headers})

    def _names(self) -> problems.RawHeaders:
        """What a client can tell an operator: its own name of the call, and ours once there is one."""
        names = [(b"x-request-id", self.request_id.encode())]
        return [*names, (b"x-llmp-call-id", self.call_id.encode())] if self.call_id else names

    async def _finish(self, body: bytes) -> None:
        self._finished = True
        await self._send({"type": "http.response.body", "body": body, "more_body": False})
