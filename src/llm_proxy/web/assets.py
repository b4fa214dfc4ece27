"""Files of pages, from the package: read once, told apart by their content, packed for whoever takes gzip."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
_PACKED_ALREADY = ("image/png", "font/woff2")
_LEAST_BYTES = 1024  # less fits one packet anyway


@dataclass(frozen=True, slots=True)
class Content:
    """A file in memory. ``packed`` is its gzip form, None when that saves nothing; ``tag`` names the content."""

    body: bytes
    packed: bytes | None
    media_type: str
    tag: str


def read(file: Traversable, media_type: str) -> Content:
    """Read and pack one file; raises FileNotFoundError when the installation lacks it."""
    body = file.read_bytes()
    packed = None
    if media_type not in _PACKED_ALREADY and len(body) >= _LEAST_BYTES:
        packed = gzip.compress(body, 9, mtime=0)
    return Content(body, packed, media_type, hashlib.sha256(body).hexdigest()[:32])


def send(request: Request, content: Content, headers: Mapping[str, str]) -> Response:
    """Return the file, or 304 when the client has it. A ``Range`` is ignored, as RFC 9110 (14.2) allows."""
    is_packed = content.packed is not None and takes_gzip(request.headers.get("accept-encoding", ""))
    tag = f'"{content.tag}{"-gzip" if is_packed else ""}"'
    told = {**headers, "etag": tag} | ({} if content.packed is None else {"vary": "accept-encoding"})
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=told)
    if content.packed is not None and is_packed:
        return Response(content.packed, headers=told | {"content-encoding": "gzip"}, media_type=content.media_type)
    return Response(content.body, headers=told, media_type=content.media_type)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether an ``Accept-Encoding`` names gzip, with a weight that is not zero."""
    for part in accept_encoding.lower().split(","):
        coding, _, weight = (piece.strip() for piece in part.partition(";"))
        if coding == "gzip":
            return weight.replace(" ", "").rstrip("0").rstrip(".") not in {"q=", "q=0"}
    return False
