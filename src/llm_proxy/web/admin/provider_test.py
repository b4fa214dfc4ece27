"""Does a provider answer, and does it take the credential? What a list of its models would say, in a sentence."""

import asyncio
import time
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.errors import (
    UpstreamBadResponse,
    UpstreamError,
    UpstreamForbidden,
    UpstreamInterrupted,
    UpstreamNameUnknown,
    UpstreamTimeout,
    UpstreamTlsError,
    UpstreamUnavailable,
)
from llm_proxy.ports import Upstream
from llm_proxy.providers import ADAPTERS
from llm_proxy.records import Provider, UpstreamReply, UpstreamRequest
from llm_proxy.web.admin.trials import ProviderTested

LIMIT_S = 10.0

Outcome = Literal["connected", "credential_refused", "not_found", "refused", "failing", "unreachable", "timed_out"]
StatusClass = Literal["2xx", "3xx", "4xx", "5xx"]
_CLASSES: dict[int, StatusClass] = {2: "2xx", 3: "3xx", 4: "4xx", 5: "5xx"}


class Finding(NamedTuple):
    """What an answer, or none, means; ``advice`` says what to do next, ``{host}`` stands for the host."""

    outcome: Outcome
    advice: str


_CONNECTED = Finding("connected", "The provider answered and took the credential.")
_NO_JSON = Finding(
    "not_found",
    "{host} answered with a page, not with a list of models (2xx): the base URL probably names a web site. Check it.",
)
_BY_STATUS = {
    401: Finding("credential_refused", "The provider refused the credential (4xx): check the API key."),
    403: Finding(
        "credential_refused",
        "The provider refused the credential (4xx): check the API key, what it may do, and from which addresses.",
    ),
    404: Finding(
        "not_found",
        "There is no list of models below this base URL (4xx): the base URL is probably wrong. Some providers have no "
        "such list: if yours is one of them, try a call in the playground.",
    ),
    429: Finding("refused", "The provider's own rate limit is used up (4xx): try again later, or check its quota."),
}
_BY_CLASS: dict[int, Finding] = {
    3: Finding(
        "refused",
        "The provider answered with a redirect (3xx), which is never followed: give the base URL that it leads to, "
        "with https and its full host name.",
    ),
    4: Finding("refused", "The provider refused the request (4xx): check the base URL and what the API key may do."),
    5: Finding("failing", "The provider is failing (5xx): try again later, or look at its status page."),
}
_NO_STATUS = Finding("failing", "{host} answered with a status that HTTP does not know: check the base URL.")
_TIMED_OUT = Finding(
    "timed_out", "{host} did not answer in time: check the host, the port, and the firewalls on the way."
)
# The first that an error is an instance of.
_BY_ERROR: tuple[tuple[type[UpstreamError], Finding], ...] = (
    (UpstreamTimeout, _TIMED_OUT),
    (
        UpstreamNameUnknown,
        Finding("unreachable", "The host name {host} does not resolve (DNS): check its spelling in the base URL."),
    ),
    (
        UpstreamTlsError,
        Finding(
            "unreachable",
            "The TLS connection to {host} failed: its certificate is not valid for this name or not trusted here, or "
            "it does not speak https at this port.",
        ),
    ),
    (
        UpstreamForbidden,
        Finding(
            "unreachable",
            "{host} leads to an address that may not be connected to: link-local, cloud metadata, or private under "
            "PRIVATE_UPSTREAMS=deny.",
        ),
    ),
    (
        UpstreamUnavailable,
        Finding(
            "unreachable",
            "{host} refused the connection, or cannot be reached: check host and port, and that the server is running.",
        ),
    ),
    (
        UpstreamInterrupted,
        Finding("unreachable", "{host} closed the connection without an answer: check the port, and http or https."),
    ),
    (
        UpstreamBadResponse,
        Finding("unreachable", "{host} did not answer as HTTP wants it: check the port, and http or https."),
    ),
    (UpstreamError, Finding("unreachable", "{host} could not be asked: check the base URL.")),
)


async def ask(provider: Provider, upstream: Upstream, limit_s: float = LIMIT_S) -> ProviderTested:
    """Ask a provider for its models, for at most ``limit_s`` seconds. Nothing of its answer is read or told."""
    endpoint, adapter = ENDPOINTS["models"], ADAPTERS[provider.kind]
    headers = adapter.headers(provider, endpoint, {"accept": "application/json"})
    request = UpstreamRequest(endpoint.method, adapter.url(provider, endpoint), headers, b"", provider.id)
    started, status = time.perf_counter(), 0
    try:
        async with asyncio.timeout(limit_s):
            reply = await upstream.send(request)
    except TimeoutError:
        found = _TIMED_OUT
    except UpstreamError as error:
        found = next(finding for kind, finding in _BY_ERROR if isinstance(error, kind))
    else:
        reply.close()
        found, status = _judge(reply), reply.status
    return ProviderTested(
        ok=found.outcome == "connected",
        outcome=found.outcome,
        status_class=_CLASSES.get(status // 100),
        message=found.advice.format(host=urlsplit(provider.base_url).netloc or "The built-in model"),
        duration_ms=round((time.perf_counter() - started) * 1000, 2),
        kind=provider.kind,
    )


def _judge(reply: UpstreamReply) -> Finding:
    status = reply.status
    if 200 <= status <= 299:
        content_type = next((value for name, value in reply.headers if name == "content-type"), "")
        return _NO_JSON if content_type.lower().startswith("text/html") else _CONNECTED
    return _BY_STATUS.get(status) or _BY_CLASS.get(status // 100, _NO_STATUS)
