"""``/openapi.json`` and ``/openapi.yaml``: the HTTP interface as OpenAPI 3.1, made from the tables that route it."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import orjson
import yaml
from fastapi.openapi.utils import get_openapi
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from llm_proxy import __version__
from llm_proxy.errors import (
    BadRequest,
    BodyTooLarge,
    Conflict,
    CrossSiteRequest,
    HostNotAllowed,
    InvalidAdminToken,
    NotFound,
    ProxyError,
    StoreUnavailable,
    TooManyAttempts,
    UnsupportedMediaType,
)
from llm_proxy.web import openapi_playground, openapi_v1
from llm_proxy.web.problems import COMMON
from llm_proxy.web.session import COOKIE

_DESCRIPTION = (
    "A self-hosted gateway between applications and their LLM providers. `/v1` is what clients call with a key of this "
    "gateway; `/admin` is how keys, providers and guard rails are managed and what happened is read."
)
_TAGS = (
    ("models", "The data path: OpenAI's and Anthropic's protocols."),
    ("providers", "Upstream accounts."),
    ("keys", "Keys that clients present."),
    ("guardrails", "What no request may carry."),
    ("guard-rail events", "What guard rails found."),
    ("usage", "What calls cost."),
    ("admin log", "Who changed or looked at what."),
    ("playground", "Calls on behalf of a key, by an administrator."),
    ("system", "Is the process alive and ready, how is it set up, and who is in?"),
)
_SECURITY_SCHEMES = {
    "adminToken": {"type": "http", "scheme": "bearer", "description": "The gateway's `ADMIN_TOKEN`."},
    "dashboardSession": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "A session of the dashboard, opened by `POST /admin/session`, for its own page alone.",
    },
    "proxyKey": {"type": "http", "scheme": "bearer", "description": "A key of this gateway: `llmp-…`."},
    "proxyKeyHeader": {
        "type": "apiKey",
        "in": "header",
        "name": "x-api-key",
        "description": "As Anthropic clients do.",
    },
    "azureKeyHeader": {"type": "apiKey", "in": "header", "name": "api-key", "description": "As Azure clients do."},
}


class Description:
    """The document, made when it is first asked for."""

    def __init__(self, admin: Sequence[BaseRoute]) -> None:
        self._admin = admin

    @cached_property
    def document(self) -> dict[str, Any]:
        """The document as a tree."""
        return describe(self._admin)

    @cached_property
    def json(self) -> bytes:
        """The document as JSON."""
        return orjson.dumps(self.document)

    @cached_property
    def yaml(self) -> bytes:
        """The document as YAML, from the JSON: a tree without shared branches has no anchors."""
        text: str = yaml.safe_dump(orjson.loads(self.json), sort_keys=False, allow_unicode=True, width=120)
        return text.encode()


def routes(admin: Sequence[BaseRoute]) -> list[BaseRoute]:
    """Return the routes that serve the document. ``admin``: the routes of the admin API."""
    description = Description(admin)

    def as_json(_: Request) -> Response:
        return _answer(description.json, "application/json")

    def as_yaml(_: Request) -> Response:
        return _answer(description.yaml, "application/yaml")

    return [Route("/openapi.json", as_json), Route("/openapi.yaml", as_yaml)]


def describe(admin: Sequence[BaseRoute]) -> dict[str, Any]:
    """Return the OpenAPI document of the gateway."""
    document = get_openapi(
        title="LLM Proxy",
        version=__version__,
        openapi_version="3.1.0",
        description=_DESCRIPTION,
        routes=admin,
        tags=[{"name": name, "description": told} for name, told in _TAGS],
        servers=[{"url": "/"}],
    )
    document["paths"] |= openapi_playground.paths()
    for path, item in document["paths"].items():
        for operation in item.values():
            _complete(path, operation)
    document["paths"] |= openapi_v1.paths()
    components = document["components"]
    components["schemas"] |= openapi_v1.SCHEMAS | openapi_playground.SCHEMAS
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    components["responses"] = openapi_v1.failures() | {error.__name__: openapi_v1.failure(error) for error in _ERRORS}
    components["securitySchemes"] = _SECURITY_SCHEMES
    return document


_ERRORS: tuple[type[ProxyError], ...] = (
    BadRequest,
    InvalidAdminToken,
    CrossSiteRequest,
    NotFound,
    Conflict,
    BodyTooLarge,
    UnsupportedMediaType,
    HostNotAllowed,
    TooManyAttempts,
    StoreUnavailable,
)
# Changes that may collide with what there is, or with what is changed elsewhere.
_COLLIDING = ("/admin/providers", "/admin/guardrails", "/admin/packs")
# What may befall any admin operation: the wall's refusals, and the database's.
_COMMON_ERRORS = {InvalidAdminToken, CrossSiteRequest, HostNotAllowed, TooManyAttempts, StoreUnavailable}


def _complete(path: str, operation: dict[str, Any]) -> None:
    """Say what holds for every admin route, so that no route can forget it: the token, and how it fails."""
    is_login = operation["operationId"] == "logIn"
    operation["security"] = [] if is_login else [{"adminToken": []}, {"dashboardSession": []}]
    operation["summary"] = operation["description"].partition(".")[0]
    answers = operation["responses"]
    answers.pop("422", None)
    errors: set[type[ProxyError]] = {*_COMMON_ERRORS}
    errors |= {NotFound} if "/{" in path else {BadRequest} if "parameters" in operation else set()
    if path.startswith(_COLLIDING) and not operation["operationId"].startswith(("get", "list", "test", "check")):
        errors |= {Conflict}
    if "requestBody" in operation:
        errors |= {BadRequest, BodyTooLarge, UnsupportedMediaType}
    for error in sorted(errors, key=lambda error: error.status):
        answers[str(error.status)] = {"$ref": f"#/components/responses/{error.__name__}"}


def _answer(body: bytes, media_type: str) -> Response:
    response = Response(body, media_type=media_type)
    for name, value in COMMON:
        response.headers[name.decode()] = value.decode()
    return response
