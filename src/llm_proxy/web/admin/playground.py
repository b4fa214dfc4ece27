"""``/admin/playground``: calls on behalf of a key, by an administrator who does not have it.

They take the data path: the key's provider and rate limit, the guard rails, the same relay and errors. Usage is booked
to the key and events name it, so opening a call here needs no entry in the admin log. Nothing of the request's own
credentials is read: an admin token is no key, and never goes on to a provider.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter
from starlette.routing import Match, Route

from llm_proxy.core.endpoints import ENDPOINTS, Endpoint
from llm_proxy.errors import NotFound
from llm_proxy.web.accept import Scope
from llm_proxy.web.admin.refusals import response_to
from llm_proxy.web.admin.services import AdminServices
from llm_proxy.web.exchange import Receive
from llm_proxy.web.openapi_playground import PATHS

Send = Callable[[Any], Awaitable[None]]  # Starlette's and ours differ in the kind of mapping alone


def routes() -> APIRouter:
    """Return the routes."""
    return APIRouter(routes=[PlaygroundRoute(path, ENDPOINTS[name]) for path, name in PATHS.items()])


class PlaygroundRoute(Route):
    """A route that a plain ASGI callable answers, with its one method, and that the wall's log line can name."""

    def __init__(self, path: str, endpoint: Endpoint) -> None:
        super().__init__(path, Playground(endpoint), methods=[endpoint.method])
        self.methods = {endpoint.method}  # no admin route answers HEAD

    def matches(self, scope: Scope) -> tuple[Match, Scope]:  # type: ignore[override]  # Starlette's scope is a mutable mapping
        """Say whether this is the route of a request, as FastAPI's routes do."""
        match, found = super().matches(scope)
        return match, {**found, "route": self}


class Playground:
    """One endpoint of the data path, on behalf of the key that the path names."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request that has passed the wall."""
        services: AdminServices = scope["app"].state.services
        key = services.directory.find_key_by_id(scope["path_params"]["id"].lower())
        if key is None or services.proxy is None:
            await response_to(NotFound("There is no key with this id, or it is revoked."))(scope, receive, send)
            return
        await services.proxy.serve_as(key, self._endpoint, scope, receive, send)
