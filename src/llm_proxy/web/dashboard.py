"""``/dashboard``: the page and its files, as the build left them in the package. What the page may do stands here."""

import re
import secrets
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import PurePath

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from llm_proxy.errors import NotFound
from llm_proxy.web import assets

# The client side's own routes: for anything else the page shows that there is nothing, and the status says it too.
PAGES = frozenset(
    ("", "login", "providers", "keys", "guardrails", "events", "usage", "playground", "activity", "settings")
)
PLACEHOLDER = b"__CSP_NONCE__"

_ID = rb"[A-Za-z0-9-]{1,64}"
_PATH = re.compile(rb"/dashboard(?:/([A-Za-z0-9-]{0,64}))?(?:(?<!/)/%b|(?<=/events)/secrets/%b)?" % (_ID, _ID))
_FILES = "/dashboard/assets/"
_MISSING = "This installation was built without the dashboard. The admin API is there all the same: see /docs."

# Nothing from elsewhere, no inline script, no page around this one, no form that is sent by the browser itself. The
# nonce is for style elements that the page's own script makes; it is worth nothing to a script.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_COMMON = {"x-content-type-options": "nosniff", "cross-origin-resource-policy": "same-origin"}
_PAGE = _COMMON | {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
}
# The name of a built file tells its content, so it never changes. An SVG that is opened as a page runs no script.
_FILE = _COMMON | {
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


class Build:
    """The built files in memory, each read when it is first asked for. ``folder`` has ``index.html`` and ``assets``."""

    def __init__(self, folder: Traversable) -> None:
        self._folder = folder
        self._contents: dict[str, assets.Content] = {}

    @cached_property
    def index(self) -> bytes:
        """The page; raises NotFound when the installation has none."""
        try:
            return self._folder.joinpath("index.html").read_bytes()
        except OSError as exc:
            raise NotFound(_MISSING) from exc

    @cached_property
    def _files(self) -> dict[str, Traversable]:
        """What may be served, by name. No path is ever made from a request: it only picks from this table."""
        try:
            listed = list(self._folder.joinpath("assets").iterdir())
        except OSError as exc:
            raise NotFound(_MISSING) from exc
        return {file.name: file for file in listed if _media_type(file.name) and file.is_file()}

    def file(self, name: str) -> assets.Content:
        """Return a file by its exact name; raises NotFound, also for one that went with an upgrade under our feet."""
        if name not in self._files:
            raise NotFound
        if name not in self._contents:
            try:
                self._contents[name] = assets.read(self._files[name], _media_type(name))
            except FileNotFoundError as exc:
                raise NotFound from exc
        return self._contents[name]


def routes(folder: Traversable | None = None) -> list[BaseRoute]:
    """Return the routes of the page, of its files and of the way there. ``folder`` stands in for the package's."""
    build = Build(folder or files("llm_proxy.web").joinpath("assets", "dashboard"))

    def page(request: Request) -> Response:
        path = _PATH.fullmatch(request.scope["raw_path"])
        if path is None:
            raise NotFound
        nonce = secrets.token_urlsafe(18)
        headers = _PAGE | {"content-security-policy": _POLICY.format(nonce=nonce)}
        body = build.index.replace(PLACEHOLDER, nonce.encode())
        status = 200 if (path[1] or b"").decode() in PAGES else 404
        return Response(body, status, headers, "text/html; charset=utf-8")

    def file(request: Request) -> Response:
        return assets.send(request, build.file(request.scope["raw_path"].decode("latin-1").removeprefix(_FILES)), _FILE)

    def home(_: Request) -> Response:
        return RedirectResponse("/dashboard")

    return [
        Route("/", home),
        Route(_FILES + "{name:path}", file),
        Route("/dashboard", page),
        Route("/dashboard/{path:path}", page),
    ]


def _media_type(name: str) -> str:
    return assets.MEDIA_TYPES.get(PurePath(name).suffix, "")
