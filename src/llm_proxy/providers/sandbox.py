"""The built-in offline model: an OpenAI- and Anthropic-compatible provider for trying things out and for tests.

It echoes the last thing the user said, word by word when streamed, and counts tokens as words and marks. The model's
name chooses the behaviour (``MODELS``); any other name echoes too. ``sandbox:?pace_ms=50`` sets the pause between two
streamed words.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import orjson

from llm_proxy.core.endpoints import ENDPOINTS, Endpoint
from llm_proxy.providers import sandbox_shapes as shapes
from llm_proxy.providers.sandbox_shapes import Answer
from llm_proxy.providers.sandbox_streams import STREAMS
from llm_proxy.records import Provider, UpstreamRequest

DEFAULT_PACE_S = 0.01
SLOW_PACE_S = 0.25
_URL = re.compile(r"sandbox:(\?pace_ms=\d{1,5})?")

MODELS = {
    "sandbox-echo": "answers with the last user message",
    "sandbox-raw": "answers with the whole request body it received",
    "sandbox-slow": "echoes with a pause of 250 ms before each word",
    "sandbox-tool-call": "calls the first tool it was given",
    "sandbox-no-usage": "echoes and never tells its usage",
    "sandbox-break": "breaks its answer off in the middle",
    "sandbox-hang": "never answers",
    "sandbox-error-429": "answers with that HTTP status (any 4xx or 5xx)",
    "sandbox-error-500": "answers with that HTTP status (any 4xx or 5xx)",
}

_JSON = (("content-type", "application/json"),)
_SSE = (("content-type", "text/event-stream; charset=utf-8"),)


@dataclass(frozen=True, slots=True)
class Script:
    """What the sandbox will do: a status, headers, then parts, each after a pause in seconds.

    ``ending`` tells how it ends.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    parts: Iterator[tuple[float, bytes]] = field(default_factory=lambda: iter(()))
    ending: str = "complete"  # complete · break (the connection dies) · hang (silence, before anything was sent)


class Sandbox:
    """The adapter: no host, no credential."""

    def url(self, provider: Provider, endpoint: Endpoint) -> str:
        """Return ``sandbox:<endpoint>?pace_ms=…``."""
        scheme, _, query = provider.base_url.partition("?")
        return f"{scheme}{endpoint.name}" + (f"?{query}" if query else "")

    def headers(self, provider: Provider, endpoint: Endpoint, forwarded: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG002 (Adapter)
        """Return the forwarded headers as they are."""
        return dict(forwarded)


def is_valid_url(base_url: str) -> bool:
    """Whether this is a base URL of the sandbox: ``sandbox:`` or ``sandbox:?pace_ms=50``."""
    return _URL.fullmatch(base_url) is not None


def play(request: UpstreamRequest, *, now_s: int) -> Script:
    """Return what the sandbox answers to a request; ``now_s`` is the Unix time it stamps answers with."""
    address = urlsplit(request.url)
    endpoint = ENDPOINTS[address.path]
    pace_s = float(parse_qs(address.query).get("pace_ms", [DEFAULT_PACE_S * 1000])[0]) / 1000
    if endpoint.name == "models":
        return _whole(shapes.models(MODELS, now_s))
    body = _read(request.body)
    model = body.get("model") if isinstance(body.get("model"), str) else "sandbox-echo"
    if model.startswith("sandbox-error-"):
        return _error(model)
    if model == "sandbox-hang":
        return Script(200, _JSON, ending="hang")
    answer = _answer(endpoint, model, body, request.body, now_s)
    if body.get("stream") is True and endpoint.stream in STREAMS:
        return _streamed(endpoint, answer, SLOW_PACE_S if model == "sandbox-slow" else pace_s)
    return _at_once(endpoint, answer, 4 * SLOW_PACE_S if model == "sandbox-slow" else 0.0)


def _read(body: bytes) -> Any:  # noqa: ANN401 (JSON)
    """Read a body that the gateway has read already: numbers of hundreds of digits too, which orjson knows no more."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return json.loads(body)


def _answer(endpoint: Endpoint, model: str, body: dict[str, Any], raw: bytes, now_s: int) -> Answer:
    """Decide what to say. The id is drawn from the request, so the same request gets the same answer."""
    tool = shapes.first_tool(body) if model == "sandbox-tool-call" else None
    text = raw.decode() if model == "sandbox-raw" else shapes.last_said(body, endpoint)
    options = body.get("stream_options")
    return Answer(
        id=hashlib.sha256(raw).hexdigest()[:24],
        model=model,
        created=now_s,
        text=text,
        prompt_tokens=shapes.count_tokens(shapes.all_text(body, endpoint)),
        inputs=shapes.inputs(body),
        tool=tool,
        tells_usage=model != "sandbox-no-usage",
        asked_usage=isinstance(options, dict) and options.get("include_usage") is True,
        breaks=model == "sandbox-break",
    )


def _whole(answer: object) -> Script:
    return Script(200, _JSON, iter([(0.0, orjson.dumps(answer))]))


def _at_once(endpoint: Endpoint, answer: Answer, pause_s: float) -> Script:
    if endpoint.name == "audio/speech":
        return Script(200, (("content-type", "audio/wav"),), iter([(pause_s, shapes.SILENCE_WAV)]))
    body = orjson.dumps(shapes.WHOLE[endpoint.name](answer))
    if answer.breaks:
        return Script(200, _JSON, iter([(pause_s, body[: len(body) // 2])]), "break")
    return Script(200, _JSON, iter([(pause_s, body)]))


def _streamed(endpoint: Endpoint, answer: Answer, pace_s: float) -> Script:
    events = list(STREAMS[endpoint.stream](answer))
    if answer.breaks:
        events = events[: max(1, len(events) // 2)]
    paced = ((pace_s if index else 0.0, event) for index, event in enumerate(events))
    return Script(200, _SSE, paced, "break" if answer.breaks else "complete")


def _error(model: str) -> Script:
    digits = model.removeprefix("sandbox-error-")
    status = int(digits) if re.fullmatch(r"[45][0-9][0-9]", digits) else 500
    error = {
        "message": f"The sandbox was asked to fail with {status}.",
        "type": "sandbox_error",
        "param": None,
        "code": "sandbox",
    }
    headers = (*_JSON, ("retry-after", "1")) if status == 429 else _JSON
    return Script(status, headers, iter([(0.0, orjson.dumps({"error": error}))]))
