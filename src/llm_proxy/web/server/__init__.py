"""The server: uvicorn's, with a sweep that enforces every connection's deadlines, and an orderly end."""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import FrameType
from typing import Any, cast

import uvicorn

from llm_proxy.web.server.connection import StrictProtocol, protocol_class
from llm_proxy.web.server.http_rules import ServerLimits
from llm_proxy.web.server.listen import bind

AsgiApp = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

SWEEP_TICKS = 5  # uvicorn's main loop ticks ten times a second
LAST_WORDS_S = 1.0


def is_no_cancel(record: logging.LogRecord) -> bool:
    """Whether a log record tells of a fault: an answer that was cut at the end of the drain time does not."""
    return not record.exc_info or record.exc_info[0] is not asyncio.CancelledError


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the server tells of its life. ``on_drain`` is called inside a signal handler: it may set a flag, no more."""

    on_ready: Callable[[int], None] = lambda _port: None
    on_drain: Callable[[], None] = lambda: None
    on_deadline: Callable[[], None] = lambda: None


class GatewayServer(uvicorn.Server):
    """The server's life: start, sweep, and an end in which open answers finish.

    First signal: ``on_drain``, listeners and idle connections close, answers finish within ``drain_s``. Then, or on a
    second signal: ``on_deadline``, and what has not ended a second later is cut. The application is always shut down.
    """

    def __init__(self, app: AsgiApp, limits: ServerLimits, hooks: Hooks) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=protocol_class(limits),
                ws="none",
                lifespan="on",
                interface="asgi3",
                log_config=None,
                log_level="error",
                access_log=False,
                proxy_headers=False,
                server_header=False,
            )
        )
        logging.getLogger("uvicorn.error").addFilter(is_no_cancel)
        self.limits = limits
        self.hooks = hooks
        self._is_hurried = False

    @property
    def _connections(self) -> tuple[StrictProtocol, ...]:
        return tuple(cast("set[StrictProtocol]", self.server_state.connections))

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, then listen."""
        await super().startup(sockets)
        if self.started and sockets:
            self.hooks.on_ready(int(sockets[0].getsockname()[1]))

    async def on_tick(self, counter: int) -> bool:
        """Sweep twice a second."""
        if counter % SWEEP_TICKS == 0:
            self._sweep()
        return await super().on_tick(counter)

    def _sweep(self) -> None:
        now = asyncio.get_running_loop().time()
        for connection in self._connections:
            connection.sweep(now)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 (the signature of a handler)
        """Begin the end, or hurry it. uvicorn would raise the signal again after the end, which is no clean exit."""
        if self.should_exit:
            self._is_hurried = True
            return
        self.should_exit = True
        self.hooks.on_drain()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End as the class says."""
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        for connection in self._connections:
            connection.shutdown()
        if not await self._settles(self.limits.drain_s, lambda: self._is_hurried):
            self.hooks.on_deadline()
            await self._settles(LAST_WORDS_S, lambda: False)
        for connection in self._connections:
            connection.transport.abort()
        tasks = tuple(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LAST_WORDS_S)
        await self.lifespan.shutdown()

    async def _settles(self, within_s: float, hurried: Callable[[], bool]) -> bool:
        loop = asyncio.get_running_loop()
        end = loop.time() + within_s
        while self.server_state.connections or self.server_state.tasks:
            if loop.time() >= end or hurried():
                return False
            self._sweep()
            await asyncio.sleep(0.05)
        return True


def run(
    app: AsgiApp,
    *,
    address: tuple[str, int],
    limits: ServerLimits,
    hooks: Hooks,
    sockets: list[socket.socket] | None = None,
) -> int:
    """Serve until a signal; return the exit code: 0 after an orderly end, else uvicorn's 3 or a failed flush's 1.

    ``address`` is host and port as ``listen.parse_addr`` returns them; ``sockets`` are bound ones to use instead.
    Raises StartupError when the address cannot be had.
    """
    server = GatewayServer(app, limits, hooks)
    bound = sockets or bind(*address)
    try:
        server.run(bound)
    except SystemExit as exc:
        return int(exc.code or 0)
    finally:
        for sock in bound:
            sock.close()
    return 1 if server.lifespan.should_exit else 0
