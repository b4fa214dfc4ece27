"""Ask the provider, and make of its answer what a client may see."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection
from dataclasses import replace
from typing import TypeVar

import orjson

from llm_proxy.core.sse import BOM
from llm_proxy.errors import ProxyError, UpstreamAuthError, UpstreamBadResponse, UpstreamError, UpstreamRateLimited
from llm_proxy.pipeline.answer_guard import Headers
from llm_proxy.pipeline.bounds import Bounds
from llm_proxy.pipeline.question import Question
from llm_proxy.pipeline.relay import Relay, next_part, pass_bytes
from llm_proxy.pipeline.scrub import scrub, scrub_json, scrub_text
from llm_proxy.ports import Upstream
from llm_proxy.providers import ADAPTERS
from llm_proxy.records import Reply, Tokens, UpstreamReply, UpstreamRequest

# Headers of an answer that may cross. Everything else stays: cookies, credentials, framing, the server's name.
_CROSSING = {"content-type", "openai-processing-ms", "openai-version", "openai-model", "request-id"}
_RETRY = {"retry-after", "retry-after-ms"}
_UNTOLD = "application/octet-stream"  # what an answer without a content type is
_SAYING_NOTHING = (_UNTOLD, "text/plain")
_USUAL_TYPES = {
    f"{each}{charset}"
    for each in ("application/json", "text/event-stream", "text/plain", "audio/mpeg")
    for charset in ("", "; charset=utf-8", ";charset=utf-8")
}
_BEGINNINGS = (b"data:", b"event:", b"id:", b":", BOM)
_REFUSALS = {400, 422}  # how providers refuse a member they do not know

_MOST_NESTING = 200  # levels; orjson writes at most 254
_OFF_LOOP_BYTES = 1 << 20  # a larger answer is read and scrubbed in a thread

T = TypeVar("T")


class Primed:
    """A body whose first part was already pulled, so that its generator has begun and its end is certain to run."""

    def __init__(self, first: bytes | None, rest: AsyncGenerator[bytes, None]) -> None:
        self._first = first
        self._rest = rest

    def __aiter__(self) -> "Primed":
        return self

    async def __anext__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        return await anext(self._rest)

    async def aclose(self) -> None:
        """Close the generator: its account and its upstream connection with it."""
        await self._rest.aclose()


async def forward(question: Question, upstream: Upstream, bounds: Bounds) -> Reply:
    """Return the client's answer, or raise UpstreamError. The account is closed by whatever ends the call."""
    call, account = question.call, question.account
    try:
        reply = await upstream.send(_request(question))
        if reply.status in _REFUSALS and question.guarded.asks_usage:
            return await _refused(question, reply, upstream, bounds)
        return await _answer(question, reply, bounds)
    except UpstreamError as exc:
        account.close("error", exc.status, Tokens())
        raise
    except (
        BaseException
    ):  # a cancel: the client left, or the process is stopping; also whatever the last wall will name
        account.close("interrupted" if call.notes.stopped else "cancelled", 0)
        raise


async def _refused(question: Question, reply: UpstreamReply, upstream: Upstream, bounds: Bounds) -> Reply:
    """Answer a refusal of a request that we had asked for usage.

    If it is the asking that was refused, the client's own request is sent, and the provider is not asked again.
    """
    body = await _whole(reply, bounds)
    if b"stream_options" not in body:
        return await _failure(question, reply, body)
    guarded = replace(question.guarded, body=question.guarded.unasked(), asks_usage=False)
    plain = replace(question, guarded=guarded)
    reply = await upstream.send(_request(plain))
    if reply.status < 400:  # else it was the client's own request that was refused
        question.refusers.add(question.provider.id)
    return await _answer(plain, reply, bounds)


def _request(question: Question) -> UpstreamRequest:
    call, endpoint, provider = question.call, question.endpoint, question.provider
    adapter = ADAPTERS[provider.kind]
    url = adapter.url(provider, endpoint)
    return UpstreamRequest(
        method=endpoint.method,
        url=f"{url}{'&' if '?' in url else '?'}{call.query}" if call.query else url,
        headers=adapter.headers(provider, endpoint, call.headers),
        body=question.guarded.body,
        provider_id=provider.id,
    )


async def _answer(question: Question, reply: UpstreamReply, bounds: Bounds) -> Reply:
    status = question.call.notes.upstream_status = reply.status
    content_type = next((value for name, value in reply.headers if name == "content-type"), _UNTOLD).lower()
    if status in {401, 403}:
        reply.close()
        raise UpstreamAuthError
    if not 200 <= status <= 599:
        reply.close()
        raise UpstreamBadResponse("The provider answered with a status that HTTP does not know.")
    if 300 <= status < 400:
        reply.close()
        raise UpstreamBadResponse("The provider answered with a redirect, which is not followed.")
    if status >= 400:
        return await _failure(question, reply, await _whole(reply, bounds))
    try:
        headers = await _crossing(question, reply, _CROSSING)
    except ProxyError as error:
        reply.close()
        question.account.close("interrupted", error.status)
        raise
    if _is_stream(question, content_type):
        relay = Relay(question, reply, bounds)
        return await _begin(relay.stream(question.call.notes), status, headers)
    if question.endpoint.stream == "bytes" and not content_type.startswith("application/json"):
        return await _begin(pass_bytes(reply, question.account, bounds, question.call.notes), status, headers)
    body = await _whole(reply, bounds)
    if question.guarded.is_streaming and body.lstrip().startswith(_BEGINNINGS):  # events that call themselves JSON
        relay = Relay(question, replace(reply, body=_again(body)), bounds)
        return await _begin(relay.stream(question.call.notes), status, headers)
    question.account.first_byte()
    await _aside(_read, question, body)
    try:
        body = await question.answer.whole(body)
    except ProxyError as error:
        question.account.close("ok", error.status)  # the provider has done its work, and is paid for it
        raise
    body = await _aside(_scrubbed, question, body)
    question.account.close("ok", status)
    return Reply(status, headers, body)


async def _crossing(question: Question, reply: UpstreamReply, names: Collection[str]) -> Headers:
    """Return the headers of these names as the client gets them: what it must not see is left out.

    Of a content type the bare type is left. Raises as ``AnswerGuard.outside``.
    """
    credential = question.provider.credential
    told = [(name, scrub_text(value, credential)) for name, value in reply.headers if name in names]
    usual = [each for each in told if each[1].lower() in _USUAL_TYPES]
    others = tuple(each for each in told if each not in usual)
    kept = await question.answer.outside(others)
    gone = [value.partition(";")[0].lower() for name, value in set(others) - set(kept) if name == "content-type"]
    return (*usual, *kept, *(("content-type", value if value in _USUAL_TYPES else _UNTOLD) for value in gone))


async def _again(body: bytes) -> AsyncGenerator[bytes, None]:
    """Yield a body that was read."""
    yield body


async def _aside(function: Callable[[Question, bytes], T], question: Question, body: bytes) -> T:
    """Do something with an answer; with a large one in a thread, so that other calls go on."""
    if len(body) > _OFF_LOOP_BYTES:
        return await asyncio.to_thread(function, question, body)
    return function(question, body)


def _read(question: Question, body: bytes) -> None:
    """Meter a whole answer, and learn by which name it can be gone on with."""
    said = _json(body)
    question.account.meter.read_answer(said)
    question.answer.turn.told(said)


def _scrubbed(question: Question, body: bytes) -> bytes:
    """Return an answer without the credential, escaped forms of it included."""
    credential = question.provider.credential
    said = _json(body) if b"\\" in body else None
    return scrub(body, credential) if said is None else scrub_json(body, said, credential)


async def _begin(stream: AsyncGenerator[bytes, None], status: int, headers: Headers) -> Reply:
    """Pull the first part before the status is sent; a generator that never began would never book its call."""
    return Reply(status, headers, Primed(await anext(stream, None), stream))


async def _whole(reply: UpstreamReply, bounds: Bounds) -> bytes:
    """Read a whole answer, up to the limit; a broken one raises rather than become half a JSON with status 200."""
    collected = bytearray()
    limit_s = bounds.first_byte_s
    try:
        while (part := await next_part(reply, limit_s)) is not None:
            limit_s = bounds.idle_s
            collected += part
            if len(collected) > bounds.max_answer_bytes:
                raise UpstreamBadResponse("The provider's answer is too large.")
    finally:
        reply.close()
    return bytes(collected)


def _is_stream(question: Question, content_type: str) -> bool:
    """Whether an answer is events: it says so, or they were asked for and it does not say what else it is."""
    asked = question.guarded.is_streaming and question.endpoint.stream not in {"none", "bytes"}
    return content_type.startswith("text/event-stream") or (asked and content_type.startswith(_SAYING_NOTHING))


async def _failure(question: Question, reply: UpstreamReply, body: bytes) -> Reply:
    """Keep the provider's status and its JSON error; anything else it says becomes a JSON error of the same status.

    An error is an answer: some quote what they were told. Raises as ``AnswerGuard.whole``.
    """
    said, status = _json(body), reply.status
    if not isinstance(said, dict):
        said = _unreadable(question, status)
        body = orjson.dumps(said)
    if status == 429:
        error = said.get("error")
        given = (
            error
            if isinstance(error, dict)
            else {"message": UpstreamRateLimited.public, "type": UpstreamRateLimited.type}
        )
        said = {**said, "error": {"param": None, **given, "code": UpstreamRateLimited.code}}
        body = orjson.dumps(said)
    question.account.close("error", status, Tokens())
    kept = await _crossing(question, reply, _RETRY)
    body = await question.answer.whole(scrub_json(body, said, question.provider.credential))
    return Reply(status, (("content-type", "application/json"), *kept), body)


def _unreadable(question: Question, status: int) -> dict[str, object]:
    """Return the error that stands for an answer nobody can read, in the form of the endpoint's protocol."""
    message = f"The provider answered with status {status} and no readable error."
    error = {"message": message, "type": "upstream_error", "param": None, "code": "upstream_error"}
    return {"type": "error", "error": error} if question.endpoint.dialect == "anthropic" else {"error": error}


def _json(body: bytes) -> object:
    """Return what a body means, None when it is no JSON or nested too deeply for anything honest."""
    try:
        said: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return said if body.count(b"[") + body.count(b"{") < _MOST_NESTING or _is_shallow(said) else None


def _is_shallow(said: object) -> bool:
    """Whether a value can be written again: orjson reads deeper than it writes."""
    level = [said]
    for _ in range(_MOST_NESTING):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return True
    return False
