"""``/docs``: Swagger UI over ``/openapi.json``. All of it comes from this process: closed networks have no CDN."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from llm_proxy.errors import NotFound
from llm_proxy.web import assets

# Nothing from elsewhere, nothing inline, and no page around this one. Swagger UI's own icons are data: images.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_DAY = "public, max-age=86400"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of the page: where it is served, where it lies in the package, and how it is told to be."""

    path: str
    file: str
    media_type: str
    cache_control: str = _DAY


# What is not in this table is not served: no path is ever made from a request.
ASSETS = (
    Asset("/docs", "docs.html", "text/html; charset=utf-8", "no-cache"),
    Asset("/assets/docs.js", "docs.js", assets.MEDIA_TYPES[".js"]),
    Asset("/assets/swagger-ui-bundle.js", "swagger/swagger-ui-bundle.js", assets.MEDIA_TYPES[".js"]),
    Asset("/assets/swagger-ui.css", "swagger/swagger-ui.css", assets.MEDIA_TYPES[".css"]),
)


def routes() -> list[BaseRoute]:
    """Return the routes of the page and its files."""
    return [_route(asset) for asset in ASSETS]


def _route(asset: Asset) -> Route:
    @cache
    def load() -> assets.Content:
        """Read the file at first use."""
        return assets.read(files("llm_proxy.web").joinpath("assets", asset.file), asset.media_type)

    def serve(request: Request) -> Response:
        try:
            content = load()
        except FileNotFoundError as exc:
            raise NotFound("This installation was built without the assets of the documentation page.") from exc
        return assets.send(request, content, _HEADERS | {"cache-control": asset.cache_control})

    return Route(asset.path, serve)
