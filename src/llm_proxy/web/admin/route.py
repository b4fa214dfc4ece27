"""How an admin route reads and answers: a body has one strict reading, and no answer is kept by a cache."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect
from starlette.types import Message

from llm_proxy.core import strict_json
from llm_proxy.errors import BadRequest, BodyTooLarge
from llm_proxy.web.accept import Head, check_media_type
from llm_proxy.web.problems import COMMON

MAX_BODY_BYTES = 4 << 20  # room to be told what is wrong with a pattern of a megabyte

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class AdminRoute(APIRoute):
    """A route whose body, if it takes one, is JSON whatever its content type says, as ``curl -d`` sends it."""

    max_body_bytes: ClassVar[int] = MAX_BODY_BYTES

    def get_route_handler(self) -> Handler:
        """Wrap FastAPI's handler."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            response = await answer(await _read(request, self.max_body_bytes) if self.body_field else request)
            for name, value in COMMON:
                response.headers.setdefault(name.decode(), value.decode())
            return response

        return handle


async def _read(request: Request, most: int) -> Request:
    """Return the request with its body read; raises BadRequest, BodyTooLarge and UnsupportedMediaType."""
    head = Head(request.scope["headers"])
    check_media_type(head)
    announced = head.one(b"content-length") or ""
    if announced.isdecimal() and int(announced) > most:
        raise _too_large(most)
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > most:
                raise _too_large(most)
    except ClientDisconnect as exc:
        raise BadRequest from exc
    strict_json.read(bytes(body))
    headers = [(name, value) for name, value in request.scope["headers"] if name != b"content-type"]
    headers.append((b"content-type", b"application/json"))

    async def replay() -> Message:
        return {"type": "http.request", "body": bytes(body), "more_body": False}

    return Request({**request.scope, "headers": headers}, replay)


def _too_large(most: int) -> BodyTooLarge:
    return BodyTooLarge(f"The request body is larger than {most} bytes.")
