"""The HTTP client towards providers. Every foreign exception is renamed here.

What the pipeline sees is UpstreamError.
"""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.request import getproxies, proxy_bypass
from weakref import WeakSet

import aiohttp
from aiohttp import ClientResponse
from aiohttp.connector import Connection
from yarl import URL

from llm_proxy import __version__
from llm_proxy.core.addresses import numeric_host, refusal
from llm_proxy.errors import (
    UpstreamBadResponse,
    UpstreamError,
    UpstreamForbidden,
    UpstreamInterrupted,
    UpstreamNameUnknown,
    UpstreamTimeout,
    UpstreamTlsError,
    UpstreamUnavailable,
)
from llm_proxy.records import UpstreamReply, UpstreamRequest
from llm_proxy.upstream.decode import ENCODINGS, decoded
from llm_proxy.upstream.resolver import AddressRefused, GuardedResolver

_POOL_IDLE_S = 15.0  # shorter than servers keep idle connections, so that few die at the instant of reuse
_STALE_S = 0.25  # a reused connection that dies this soon, unanswered, was dead before the request
_READ_AHEAD_BYTES = 32 << 10  # aiohttp takes twice as much from a provider before a slow client holds it back
_HEADER_BYTES = 64 << 10


@dataclass(frozen=True, slots=True)
class ClientLimits:
    """Seconds to connect (name, TCP and TLS together) and to the answer's headers.

    Whether private addresses are allowed.
    """

    connect_s: float
    first_byte_s: float
    private_allowed: bool = True
    proxy_from_env: bool = False


class HttpUpstream:
    """One pool for all providers. aiohttp closes the connection of a cancelled call at once.

    That is why it is the client.
    """

    def __init__(self, limits: ClientLimits) -> None:
        self._limits = limits
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the pool; needs a running loop."""
        connector = _Pool(
            limit=0,
            keepalive_timeout=_POOL_IDLE_S,
            resolver=GuardedResolver(private_allowed=self._limits.private_allowed),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(
                total=None, connect=self._limits.connect_s, sock_connect=self._limits.connect_s
            ),
            read_bufsize=_READ_AHEAD_BYTES,
            max_line_size=_HEADER_BYTES,
            max_field_size=_HEADER_BYTES,
            skip_auto_headers=("user-agent", "accept", "content-type"),
        )

    async def stop(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()

    async def send(self, request: UpstreamRequest) -> UpstreamReply:
        """Send and return when the answer's headers are there; raises UpstreamError. A cancel closes the connection."""
        url = URL(request.url, encoded=True)
        if _is_refused(url.host or "", private_allowed=self._limits.private_allowed):
            raise UpstreamForbidden
        await asyncio.sleep(
            0
        )  # lets the loop see connections that servers have closed, before one is taken from the pool
        try:
            async with asyncio.timeout(self._limits.first_byte_s):
                response = await self._ask(request, url)
        except TimeoutError as exc:
            raise UpstreamTimeout from exc
        headers = tuple(
            (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.raw_headers
        )
        return UpstreamReply(response.status, headers, _body(response), response.close)

    async def _ask(self, request: UpstreamRequest, url: URL) -> ClientResponse:
        """Ask, and ask again when a pooled connection turned out to be dead before it carried the request.

        Servers close idle connections whenever they like; a fresh connection is never retried, and a late failure
        neither.
        """
        began = time.monotonic()
        try:
            return await self._once(request, url)
        except UpstreamInterrupted:
            if not _reused.get() or time.monotonic() - began > _STALE_S:
                raise
        _wants_fresh.set(True)
        try:
            return await self._once(request, url)
        finally:
            _wants_fresh.set(False)

    async def _once(self, request: UpstreamRequest, url: URL) -> ClientResponse:
        if self._session is None:
            raise UpstreamUnavailable
        try:
            return await self._session.request(
                request.method,
                url,
                headers={"user-agent": f"llm-proxy/{__version__}", "accept-encoding": "identity", **request.headers},
                data=request.body or None,
                allow_redirects=False,
                proxy=_proxy(url) if self._limits.proxy_from_env else None,
            )
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise _renamed(exc) from exc


@lru_cache(maxsize=1024)
def _is_refused(host: str, *, private_allowed: bool) -> bool:
    """Whether a host that is an address, in any spelling, is forbidden; names are judged by what they resolve to."""
    address = host if ":" in host else numeric_host(host)
    return address is not None and refusal(address, private_allowed=private_allowed) is not None


_reused: ContextVar[bool] = ContextVar("reused", default=False)
_wants_fresh: ContextVar[bool] = ContextVar("wants_fresh", default=False)


class _Pool(aiohttp.TCPConnector):
    """Connections that are used again; tells the calling task whether the one it got had been used before."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (aiohttp's options)
        super().__init__(**options)
        self._used: WeakSet[object] = WeakSet()

    async def connect(self, req: Any, traces: Any, timeout: Any) -> Connection:  # noqa: ANN401, ASYNC109 (aiohttp's signature)
        """Return a connection, from the pool if there is one."""
        connection = await super().connect(req, traces, timeout)
        while _wants_fresh.get() and connection.protocol in self._used:
            connection.close()  # as likely dead as the one before
            connection = await super().connect(req, traces, timeout)
        _reused.set(connection.protocol in self._used)
        self._used.add(connection.protocol)
        return connection


def _proxy(url: URL) -> str | None:
    """Return the proxy the environment names for this URL."""
    if proxy_bypass(url.host or ""):
        return None
    return getproxies().get(url.scheme)


def _body(response: ClientResponse) -> AsyncIterator[bytes]:
    """Return the plain body; raises UpstreamBadResponse for a compression that was not asked for and is not known."""
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding in {"", "identity"}:
        return _parts(response)
    if encoding not in ENCODINGS:
        response.close()
        raise UpstreamBadResponse("The provider compressed its answer in a way it was not asked for.")
    return decoded(_parts(response))


async def _parts(response: ClientResponse) -> AsyncIterator[bytes]:
    """Yield the body as it arrives; raises UpstreamInterrupted when the connection dies before its end."""
    while True:
        try:
            part = await response.content.readany()
        except (aiohttp.ClientError, OSError) as exc:
            raise UpstreamInterrupted from exc
        if not part:
            return
        yield part


def _renamed(exc: Exception) -> UpstreamError:
    """Name a failure to get an answer in our words; none of them tells an address."""
    if isinstance(getattr(exc, "os_error", exc), AddressRefused):
        return UpstreamForbidden()
    for kinds, error in _NAMES:
        if isinstance(exc, kinds):
            return error()
    return UpstreamBadResponse()


_NAMES: tuple[tuple[tuple[type[BaseException], ...], type[UpstreamError]], ...] = (
    ((aiohttp.ConnectionTimeoutError, aiohttp.ServerTimeoutError), UpstreamTimeout),
    ((aiohttp.ClientSSLError,), UpstreamTlsError),
    ((aiohttp.ClientConnectorDNSError, socket.gaierror), UpstreamNameUnknown),
    ((aiohttp.ClientConnectorError,), UpstreamUnavailable),
    ((aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, ConnectionError), UpstreamInterrupted),
    ((aiohttp.ClientPayloadError,), UpstreamInterrupted),
    ((aiohttp.ClientError, ValueError), UpstreamBadResponse),
    ((OSError,), UpstreamUnavailable),
)
