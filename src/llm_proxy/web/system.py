"""``/livez`` and ``/readyz``: is the process alive, and should it be sent calls?"""

from collections.abc import Callable

import orjson

from llm_proxy.web.accept import Scope
from llm_proxy.web.exchange import Receive, Send
from llm_proxy.web.problems import COMMON

PATHS = ("/livez", "/readyz")


class System:
    """Answers the probes. ``faults`` returns what keeps the process from being ready; nothing here asks an upstream."""

    def __init__(self, faults: Callable[[], list[str]]) -> None:
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 (ASGI's signature)
        """Answer a probe."""
        faults = [] if scope["path"] == "/livez" else self._faults()
        status = 503 if faults else 200
        document: dict[str, object] = {"status": "not ready", "faults": faults} if faults else {"status": "ok"}
        if scope["method"] not in {"GET", "HEAD"}:
            status, document = 405, {"status": "method not allowed"}
        body = orjson.dumps(document)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), *COMMON]
        if status == 405:
            headers.append((b"allow", b"GET, HEAD"))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
