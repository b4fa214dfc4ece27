"""``/admin/session``: the dashboard's way in. The admin token opens a session, a cookie carries it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from llm_proxy.errors import InvalidAdminToken, NotFound
from llm_proxy.web.accept import Head
from llm_proxy.web.admin.reports import Session
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk
from llm_proxy.web.admin.trials import LoginRequest
from llm_proxy.web.origin import over_tls
from llm_proxy.web.session import Entrance, clear_cookie, presented


class SessionRoute(AdminRoute):
    """A route that reads little: whoever logs in is still a stranger."""

    max_body_bytes = 16 << 10


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/session", tags=["system"], route_class=SessionRoute)
    router.post("", operation_id="logIn")(log_in)
    router.get("", operation_id="getSession")(get_session)
    router.delete("", status_code=204, operation_id="logOut")(log_out)
    return router


def _entrance(desk: AtDesk) -> Entrance:
    if desk.services.entrance is None:
        raise NotFound
    return desk.services.entrance


AtEntrance = Annotated[Entrance, Depends(_entrance)]


async def log_in(
    body: LoginRequest, request: Request, response: Response, desk: AtDesk, entrance: AtEntrance
) -> Session:
    """Open a session for the admin token. The answer sets its cookie; the session of a cookie that came along ends."""
    _, cookie = presented(_head(request))
    value, visit = await entrance.log_in(body.token, cookie, desk.entry("session.login"))
    response.headers["set-cookie"] = entrance.set_cookie(value, is_secure=_is_secure(request))
    return Session.model_validate(visit)


async def get_session(request: Request, entrance: AtEntrance) -> Session:
    """Return the session of the request's cookie."""
    _, cookie = presented(_head(request))
    visit = None if cookie is None else await entrance.find(cookie)
    if visit is None:
        raise InvalidAdminToken("This request belongs to no session. Open one with POST /admin/session.")
    return Session.model_validate(visit)


async def log_out(request: Request, desk: AtDesk, entrance: AtEntrance, *, everywhere: bool = False) -> Response:
    """End the session of the request's cookie, at once; with ``everywhere`` all sessions."""
    _, cookie = presented(_head(request))
    if everywhere:
        await entrance.log_out_everywhere(desk.entry("session.logout", {"everywhere": True}))
    elif cookie is not None:
        await entrance.log_out(cookie, desk.entry("session.logout"))
    return Response(status_code=204, headers={"set-cookie": clear_cookie(is_secure=_is_secure(request))})


def _head(request: Request) -> Head:
    return Head(request.scope["headers"])


def _is_secure(request: Request) -> bool:
    return over_tls(dict(request.scope), _head(request))
