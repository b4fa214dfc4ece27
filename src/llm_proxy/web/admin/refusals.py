"""Every failure of the admin application, in the one shape that all errors of the gateway have."""

import re
from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route

from llm_proxy.errors import BadRequest, InternalError, MethodNotAllowed, NotFound, ProxyError
from llm_proxy.web import problems

_MAX_ECHO = 100


def response_to(error: ProxyError) -> Response:
    """Return the answer that tells of an error."""
    status, headers, body = problems.render(error)
    response = Response(body, status)
    response.raw_headers = headers
    return response


def install(app: FastAPI) -> None:
    """Make ``app`` answer every failure through ``response_to``."""
    app.add_exception_handler(ProxyError, _known)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _unrouted)
    app.add_exception_handler(Exception, _unknown)


def _known(_: Request, error: Exception) -> Response:
    return response_to(error if isinstance(error, ProxyError) else InternalError())


def _unknown(_: Request, error: Exception) -> Response:  # noqa: ARG001 (the server logs it; the client learns nothing)
    return response_to(InternalError())


def _unrouted(request: Request, error: Exception) -> Response:
    """Answer what the router refused. Its 405 knows one route only; ``Allow`` names the methods of all on the path."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 405:
        return response_to(MethodNotAllowed(", ".join(sorted(_methods(request)))))
    return response_to(NotFound() if status == 404 else BadRequest() if status < 500 else InternalError())


def _methods(request: Request) -> set[str]:
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    return {
        method for route in routes if route.matches(request.scope)[0] != Match.NONE for method in route.methods or ()
    }


def _invalid(_: Request, error: Exception) -> Response:
    """Tell of the first thing that is wrong, never of the value that was sent: it may be a credential."""
    found = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    return response_to(told(found))


def _rendered(place: tuple[object, ...]) -> str:
    """Return ``examples[2].text`` for a member of a member. Bare numbers are positions in a text that is no JSON."""
    steps = [f"[{step}]" if isinstance(step, int) else f".{step}" for step in place]
    return "".join(steps).removeprefix(".") if any(isinstance(step, str) for step in place) else ""


def told(found: Mapping[str, object], depth: int = 1) -> BadRequest:
    """Return the refusal for one of pydantic's errors; the first ``depth`` steps of its place are not told."""
    place = found.get("loc")
    name = _rendered(place[depth:])[:_MAX_ECHO] if isinstance(place, tuple) else ""
    if not name:
        return BadRequest("The request body must be a JSON object.")
    extra = "is not a member of this body" if depth else "is not a member known here"
    reasons = {"missing": "is required", "extra_forbidden": extra}
    kind, told = str(found.get("type")), str(found.get("msg"))
    bounds = found.get("ctx")
    if kind in {"too_short", "string_too_short"} and isinstance(bounds, Mapping) and bounds.get("min_length") == 1:
        told = "must not be empty"
    if kind == "string_pattern_mismatch" and ".hashes[" in name:
        told = "must be a fingerprint as events tell it: 32 hexadecimal digits, small"
    told = re.sub(r"^(?:Value error, |\w+ (?=should\b))", "", told)  # pydantic's subject: "String should …"
    return BadRequest(f"{name} {reasons.get(kind, told)}.", param=name)
