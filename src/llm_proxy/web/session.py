"""The wall in front of ``/admin``: who may pass, and how often one may guess.

It stands before the router, so that a stranger learns nothing from it: an unknown path is 401 without the token and 404
with it.
"""

import hashlib
import hmac
import time
from collections import OrderedDict, deque
from collections.abc import Awaitable, Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope

from llm_proxy.errors import InvalidAdminToken, NotFound, ProxyError, TooManyAttempts
from llm_proxy.records import Secret
from llm_proxy.web.accept import Head
from llm_proxy.web.admin.refusals import response_to

log = structlog.get_logger()

Send = Callable[[Any], Awaitable[None]]  # Starlette's and ours differ in the kind of mapping alone

GUESSES = 10
WINDOW_S = 60.0
MAX_SOURCES = 4096
_NEVER: deque[float] = deque(maxlen=0)

# One path has one spelling: these are how a front proxy and a router come to read it differently.
_AMBIGUOUS = (b"%", b"//", b";", b"\\")


class AdminWall:
    """Lets a request for ``/admin`` pass when it shows the admin token; everything else passes untouched.

    Another way in (a dashboard's session) is another check in ``_admit``, before the token's.
    """

    def __init__(self, app: ASGIApp, token: Secret, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._digest = hashlib.sha256(token.reveal().encode()).digest()
        self._clock = clock
        self._guesses = Guesses()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request; each of ``/admin`` leaves one log line."""
        if scope["type"] != "http" or not is_admin(scope["path"]):
            await self._app(scope, receive, send)
            return
        started, status, remote = self._clock(), 0, _remote(scope)

        async def noting(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            self._admit(scope, remote)
        except ProxyError as error:
            await response_to(error)(scope, receive, noting)
        else:
            await self._app(scope, receive, noting)
        finally:
            # The route's template, not the path: what a stranger wrote into it stays out of the log.
            route = getattr(scope.get("route"), "path", None)
            elapsed_ms = round((self._clock() - started) * 1000, 2)
            log.info("admin.done", method=scope["method"], route=route, status=status, ms=elapsed_ms, remote=remote)

    def _admit(self, scope: Scope, remote: str) -> None:
        """Raise InvalidAdminToken, TooManyAttempts or NotFound unless the request may go on."""
        self._check_token(Head(scope["headers"]), remote)
        raw_path: bytes = scope["raw_path"]
        if any(mark in raw_path for mark in _AMBIGUOUS):
            raise NotFound

    def _check_token(self, head: Head, remote: str) -> None:
        """An address that guessed too often is refused with any token: else a right guess would still get in."""
        token = bearer(head)
        if token is None:
            raise InvalidAdminToken
        now_s = self._clock()
        wait_s = self._guesses.wait_s(remote, now_s)
        if wait_s > 0:
            raise TooManyAttempts(retry_after_s=wait_s)
        if not hmac.compare_digest(hashlib.sha256(token).digest(), self._digest):
            self._guesses.add(remote, now_s)
            raise InvalidAdminToken


class Guesses:
    """Counts wrong tokens by source: an IPv4 address, or an IPv6 /64, in which a host can choose its addresses.

    Ten in any 60 seconds, then no more until the first of them is a minute old. At most 4096 sources are remembered,
    the longest silent one is forgotten first.
    """

    def __init__(self) -> None:
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, remote: str, now_s: float) -> float:
        """Return for how many seconds this address must wait; 0 when it may try."""
        times = self._times.get(_source(remote), _NEVER)
        return max(0.0, times[0] + WINDOW_S - now_s) if len(times) == GUESSES else 0.0

    def add(self, remote: str, now_s: float) -> None:
        """Note a wrong token."""
        source = _source(remote)
        self._times.setdefault(source, deque(maxlen=GUESSES)).append(now_s)
        self._times.move_to_end(source)
        if len(self._times) > MAX_SOURCES:
            self._times.popitem(last=False)


def is_admin(path: str) -> bool:
    """Whether a decoded path belongs to the admin API, whatever is or is not there."""
    return path == "/admin" or path.startswith("/admin/")


def bearer(head: Head) -> bytes | None:
    """Return the token of the one ``Authorization: Bearer …`` field; None when there are none, two, another scheme."""
    given = head.one(b"authorization")
    scheme, _, token = (given or "").partition(" ")
    token = token.strip(" ")
    return token.encode("latin-1") if scheme.lower() == "bearer" and token else None


def _remote(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _source(remote: str) -> str:
    try:
        address = ip_address(remote)
    except ValueError:  # a Unix socket, a test
        return remote
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((int(address), 64), strict=False))
    return str(address)
