"""An error after the status line: each protocol's own form of saying that a stream broke."""

from typing import Any

import orjson

from llm_proxy.core.endpoints import StreamForm
from llm_proxy.core.sse import render
from llm_proxy.errors import ProxyError


def error_object(error: ProxyError) -> dict[str, Any]:
    """Return OpenAI's error object: ``message``, ``type``, ``param``, ``code``."""
    return {"message": error.message, "type": error.type, "param": error.param, "code": error.code}


def error_event(form: StreamForm, error: ProxyError, sequence: int = 0) -> bytes:
    """Return the event that ends a broken stream.

    Chat and completions: a ``data:`` line with an ``error`` member and no ``[DONE]``. Responses and Anthropic: their
    ``error`` event; it carries the ``error`` member too, for that is what OpenAI's SDK raises on.
    """
    inner = error_object(error)
    if form in {"chat", "completions"}:
        return render(orjson.dumps({"error": inner}))
    outer: dict[str, Any] = {"type": "error", "error": inner}
    if form == "responses":
        outer |= {"code": error.code, "message": error.message, "param": error.param, "sequence_number": sequence}
    return render(orjson.dumps(outer), b"error")
