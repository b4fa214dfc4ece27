"""A failure as HTTP: status, headers and a body in OpenAI's shape.

Every error the gateway answers with is made here.
"""

import orjson

from llm_proxy.errors import ProxyError
from llm_proxy.pipeline.inband import error_object

RawHeaders = list[tuple[bytes, bytes]]

COMMON: RawHeaders = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


def render(error: ProxyError, *, dialect: str = "openai") -> tuple[int, RawHeaders, bytes]:
    """Return status, headers and body. Anthropic's dialect gets its ``"type".

    "error"`` around the same error object.
    """
    document = {"error": error_object(error)}
    body = orjson.dumps({"type": "error", **document} if dialect == "anthropic" else document)
    headers: RawHeaders = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        *COMMON,
    ]
    headers += [(name.encode(), value.encode()) for name, value in error.headers.items()]
    return error.status, headers, body
