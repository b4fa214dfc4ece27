"""The wall in front of ``/admin`` and the pages: who may pass.

It stands before the router, so that a stranger learns nothing from it: an unknown path is 401 without the token and 404
with it.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope

from llm_proxy.errors import HostNotAllowed, InvalidAdminToken, NotFound, ProxyError
from llm_proxy.web.accept import Head, fresh_id
from llm_proxy.web.admin.refusals import response_to
from llm_proxy.web.origin import Hosts, check_origin
from llm_proxy.web.problems import COMMON
from llm_proxy.web.session import Entrance, presented
from llm_proxy.web.token import AdminToken, bearer

log = structlog.get_logger()

Send = Callable[[Any], Awaitable[None]]  # Starlette's and ours differ in the kind of mapping alone

LOGIN = ("POST", b"/admin/session")
# A page that nobody has touched for a while says so: what it asks for by itself does not keep a session alive.
UNATTENDED = b"x-llmp-unattended"

# What the admin API answers with. Nothing else is named to a browser.
_TYPES = (b"application/json", b"text/event-stream", b"text/csv")
_INERT = (
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; sandbox"),
    (b"cross-origin-resource-policy", b"same-origin"),
)

# One path has one spelling: these are how a front proxy and a router come to read it differently.
AMBIGUOUS = (b"%", b"//", b";", b"\\")


class AdminWall:
    """Lets a request for ``/admin`` pass when it shows the admin token, or the cookie of a session and its origin.

    Every other path passes when its host is one that browsers may ask for.
    """

    def __init__(
        self,
        app: ASGIApp,
        token: AdminToken,
        entrance: Entrance,
        hosts: Hosts,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._token = token
        self._entrance = entrance
        self._hosts = hosts
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif is_admin(scope["path"]):
            await self._admin(scope, receive, send)
        else:
            await self._page(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self._hosts.check(Head(scope["headers"]))
        except HostNotAllowed as error:
            log.info("request.refused", status=error.status, code=error.code, remote=_remote(scope))
            await _refusal(error, Head(scope["headers"]))(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _admin(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or refuse a request for ``/admin``; each leaves one log line."""
        started, status, remote = self._clock(), 0, _remote(scope)
        request_id = fresh_id()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _dress(message, request_id)
            await send(message)

        try:
            await self._admit(scope, remote)
        except ProxyError as error:
            await _refusal(error, Head(scope["headers"]))(scope, receive, noting)
        else:
            await self._app(scope, receive, noting)
        finally:
            # The route's template, not the path: what a stranger wrote into it stays out of the log.
            route = getattr(scope.get("route"), "path", None)
            elapsed_ms = round((self._clock() - started) * 1000, 2)
            fields = {"method": scope["method"], "route": route, "status": status, "ms": elapsed_ms, "remote": remote}
            log.info("admin.done", request_id=request_id, **fields)

    async def _admit(self, scope: Scope, remote: str) -> None:
        """Raise unless the request may go on. A bearer token decides alone: no page of another site can send one."""
        head = Head(scope["headers"])
        token = bearer(head)
        if token is not None:
            self._token.check(token, remote)
        else:
            await self._admit_browser(scope, head)
        raw_path: bytes = scope["raw_path"]
        if any(mark in raw_path for mark in AMBIGUOUS):
            raise NotFound

    async def _admit_browser(self, scope: Scope, head: Head) -> None:
        """Raise HostNotAllowed, CrossSiteRequest, InvalidAdminToken or StoreUnavailable; a login may pass."""
        self._hosts.check(head)
        has_cookie, cookie = presented(head)
        is_login = (scope["method"], scope["raw_path"]) == LOGIN
        check_origin(dict(scope), head, self._hosts, has_cookie=has_cookie, is_login=is_login)
        if not is_login and (
            cookie is None or await self._entrance.find(cookie, is_attended=head.one(UNATTENDED) is None) is None
        ):
            raise InvalidAdminToken


def _dress(start: Message, request_id: str) -> None:
    """Put into an answer the id by which its log line is found, and what keeps a browser from running it.

    A call of the playground has an id of its own, and a provider's words: whatever type they claim to be of, no page is
    made of them on the gateway's own origin.
    """
    headers = [pair for pair in start.get("headers", ()) if pair[0] != b"content-type" or pair[1].startswith(_TYPES)]
    if len(headers) < len(start.get("headers", ())):
        headers.append((b"content-type", b"application/octet-stream"))
    if all(name != b"x-request-id" for name, _ in headers):
        headers.append((b"x-request-id", request_id.encode()))
    start["headers"] = [*headers, *_INERT]


def is_admin(path: str) -> bool:
    """Whether a decoded path belongs to the admin API, whatever is or is not there."""
    return path == "/admin" or path.startswith("/admin/")


def _refusal(error: ProxyError, head: Head) -> Response:
    """Return the answer of a refusal: one sentence for a person whose browser asked for a page under a wrong name."""
    if isinstance(error, HostNotAllowed) and any("text/html" in accept for accept in head.all(b"accept")):
        headers = {name.decode(): value.decode() for name, value in COMMON}
        return PlainTextResponse(f"{error.message}\n", error.status, headers)
    return response_to(error)


def _remote(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""
