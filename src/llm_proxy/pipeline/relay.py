"""Pass a stream on, event by event, and read what it says of its cost."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from dataclasses import replace

import orjson

from llm_proxy.core import strict_json
from llm_proxy.core.answer_stream import AnswerStream
from llm_proxy.core.mending import mended
from llm_proxy.core.sse import BOM, EventTooLarge, SseEvent, SseParser, render, rewritten
from llm_proxy.errors import (
    GuardrailRejected,
    ProxyError,
    UpstreamBadResponse,
    UpstreamError,
    UpstreamIdle,
    UpstreamInterrupted,
)
from llm_proxy.pipeline.account import Account
from llm_proxy.pipeline.answer_guard import OFF_LOOP_BYTES
from llm_proxy.pipeline.bounds import Bounds
from llm_proxy.pipeline.inband import error_event
from llm_proxy.pipeline.opening import Opening
from llm_proxy.pipeline.question import Question
from llm_proxy.pipeline.scrub import scrub, scrub_json
from llm_proxy.records import Notes, UpstreamReply, UsageStatus

_WITH_DONE = {"chat", "completions"}  # their streams end with [DONE], the others with their last event
_SAYING_NOTHING = {b"", b"[DONE]"}
_LARGE_BYTES = 1 << 20
_END_GRACE_S = 0.05  # time for the connection's own end after the last event, so that it can be used again


async def next_part(reply: UpstreamReply, limit_s: float) -> bytes | None:
    """Return the body's next part, None at its end; raises UpstreamIdle when none comes within ``limit_s`` seconds."""
    try:
        async with asyncio.timeout(limit_s):
            return await anext(reply.body, None)
    except TimeoutError as exc:
        raise UpstreamIdle from exc


class Relay:
    """One event stream on its way to the client. Iterate it once.

    Its end, however it comes, closes the upstream and the account.
    """

    def __init__(self, question: Question, reply: UpstreamReply, bounds: Bounds) -> None:
        self._reply = reply
        self._form = question.endpoint.stream
        self._account = question.account
        self._credential = question.provider.credential
        self._withhold_usage = question.guarded.asks_usage
        self._guard = question.answer
        self._inspected = self._guard.stream()
        self._bounds = bounds
        self._parser = SseParser(bounds.max_event_bytes)
        self._opening = Opening(is_held=self._guard.holds_opening)
        self._before_error = b""
        self._done = False
        self._events = 0
        self._is_told = False  # the client has a status
        self._http_status = reply.status

    async def stream(self, notes: Notes) -> AsyncGenerator[bytes, None]:
        """Yield the client's bytes. Nothing is awaited once the stream is being closed: the account would be lost."""
        status: UsageStatus = "cancelled"
        try:
            while not self._done and (part := await self._next()) is not None:
                if out := self._opening.passed(await self._pass(self._parse(part)), is_over=self._is_under_way):
                    self._account.first_byte()
                    self._is_told = True
                    yield out
            if out := self._opening.passed(await self._last(), is_over=True):
                self._is_told = True
                yield out if out.endswith(b"\n\n") else out + b"\n\n" * (not self._ended)
            self._require_end()
            status = "ok"
            await self._release()
        except ProxyError as error:
            is_refusal = not isinstance(error, UpstreamError)
            begun = b"" if is_refusal else self._opening.passed(b"", is_over=True)
            status = "interrupted"
            if not self._is_told and not begun:  # nothing was sent yet: the client can still be told by a status
                status = status if is_refusal else "error"  # a refusal is not the provider's fault
                self._http_status = error.status
                raise
            if isinstance(error, GuardrailRejected):  # only then all that was found before it is on record
                begun += self._before_error
            yield begun + error_event(self._form, error, self._events)
        finally:
            self._opening.close()
            self._reply.close()
            if self._inspected is not None:
                self._guard.show(b"", self._inspected.texts)
            self._account.close(self._judge(status, notes), self._http_status)

    @property
    def _is_under_way(self) -> bool:
        """Whether the client is to be told at once, because something was said or nothing more will be."""
        return self._inspected is None or not self._inspected.is_silent or self._ended

    async def _next(self) -> bytes | None:
        """Return the next part. After the last event of a protocol without ``[DONE]`` little is waited for."""
        if self._account.meter.finished and self._form not in _WITH_DONE:
            with suppress(UpstreamError):
                return await next_part(self._reply, _END_GRACE_S)
            return None
        limit_s = self._bounds.idle_s if self._events else self._bounds.first_byte_s
        return await self._opening.next(lambda: next_part(self._reply, limit_s))

    async def _last(self) -> bytes:
        """Return what is left at the end: an event whose blank line never came, and words that waited."""
        out = await self._pass([event for event in self._parser.finish() if _is_whole(event)])
        if self._inspected is None or not self._ended:
            return out
        with self._guard.found.effort:
            held = self._inspected.finish()
        await self._record(self._inspected)
        return out + scrub(held, self._credential)

    def _parse(self, part: bytes) -> list[SseEvent]:
        try:
            return self._parser.feed(part)
        except EventTooLarge as exc:
            raise UpstreamBadResponse("The provider sent too large an event.") from exc

    async def _pass(self, events: list[SseEvent]) -> bytes:
        """Read the events and return the bytes of those the client gets; events after the end are dropped."""
        with self._guard.found.effort:
            kept = [await self._passed(event) for event in events if not self._done]
        out = scrub(b"".join(kept), self._credential)
        if self._inspected is not None:
            self._before_error = out  # of what was clean before it, in case there is one
            await self._record(self._inspected)
            self._before_error = b""
        return out

    async def _passed(self, event: SseEvent) -> bytes:
        self._events += 1
        self._guard.found.effort.read_bytes += len(event.raw)
        if self._inspected is not None and len(event.raw) > OFF_LOOP_BYTES:
            return await asyncio.to_thread(self._read, event)
        return self._read(event)

    async def _record(self, inspected: AnswerStream) -> None:
        """Return when all that was found is on record, or raise: before that nothing of it goes to the client."""
        findings, inspected.findings = inspected.findings, []
        await self._guard.record(findings, inspected.rejected_by)

    def _read(self, event: SseEvent) -> bytes:
        """Meter one event; return what the client gets because of it, nothing of a chunk it did not ask for."""
        if event.raw.startswith(BOM):  # it may not be the first that goes on
            event = replace(event, raw=event.raw.removeprefix(BOM))
        data, inspected = event.data, self._inspected
        if data == b"[DONE]":
            self._done = True
            held = b"" if inspected is None else inspected.finish()
            return held if inspected is not None and inspected.rejected_by is not None else held + event.raw
        if inspected is None and data is not None and _tells_nothing(data):
            return event.raw  # reading it would hold up every other call
        try:
            chunk = None if data is None else orjson.loads(data)
        except orjson.JSONDecodeError:
            if inspected is not None and data is not None and data.strip() not in _SAYING_NOTHING:
                return self._read(_mended(event, data))
            data = None  # not ours to judge: it is passed on as it came
        if data is None:
            return event.raw if inspected is None else inspected.take_text(event)
        # What reads as it would be written repeats no key, and that is quickly told.
        if inspected is not None and orjson.dumps(chunk) != data and strict_json.repeats_a_key(data):
            raise UpstreamBadResponse("The provider sent an event that can be read in two ways.")
        self._account.meter.read_chunk(chunk)
        self._guard.turn.told(chunk)
        if self._account.meter.failed and b"\\" in data:
            data = scrub_json(data, chunk, self._credential)
            event, chunk = SseEvent(render(data, event.name), data, event.name), orjson.loads(data)
        if self._withhold_usage and self._account.meter.is_usage_only(chunk):
            return b""
        return event.raw if inspected is None else inspected.take(event, chunk)

    def _require_end(self) -> None:
        """A stream that ends without its protocol's end was cut: silence would look like success to every SDK."""
        if not self._ended:
            raise UpstreamInterrupted

    @property
    def _ended(self) -> bool:
        return self._done or self._account.meter.finished or self._account.meter.failed

    async def _release(self) -> None:
        """Read the connection's own end, so that it can be used again; whatever else comes there is nobody's."""
        with suppress(UpstreamError, StopAsyncIteration, TimeoutError):
            async with asyncio.timeout(_END_GRACE_S):
                await anext(self._reply.body)

    def _judge(self, status: UsageStatus, notes: Notes) -> UsageStatus:
        meter = self._account.meter
        if meter.failed:
            return "error"
        if status == "cancelled" and (self._done or (meter.finished and self._form not in _WITH_DONE)):
            return "ok"  # the client left when it had everything
        return _blame(status, notes)


def _mended(event: SseEvent, data: bytes) -> SseEvent:
    """Return an event as strict JSON; raises UpstreamBadResponse for what no client is bound to understand.

    Some read more than JSON, and would put together what was not inspected together.
    """
    strict = mended(data)
    if strict is None:
        raise UpstreamBadResponse("The provider sent an event that is no JSON.")
    return SseEvent(rewritten(event, strict), strict, event.name)


def _tells_nothing(data: bytes) -> bool:
    """Whether an event is large and tells nothing of the call's cost."""
    return len(data) > _LARGE_BYTES and b'"usage"' not in data and b'"error"' not in data


def _blame(status: UsageStatus, notes: Notes) -> UsageStatus:
    """A cancel is the client's leaving, unless the process stopped the call."""
    return "interrupted" if status == "cancelled" and notes.stopped else status


def _is_whole(event: SseEvent) -> bool:
    """Whether an event whose blank line never came is all there: half a JSON would only break the client's parser."""
    if event.data is None or event.data == b"[DONE]":
        return True
    try:
        orjson.loads(event.data)
    except orjson.JSONDecodeError:
        return False
    return True


async def pass_bytes(
    reply: UpstreamReply, account: Account, bounds: Bounds, notes: Notes
) -> AsyncGenerator[bytes, None]:
    """Yield an answer that is not text (audio) as it comes; a break raises: the client's connection breaks too."""
    status: UsageStatus = "cancelled"
    http_status, sent = reply.status, 0
    try:
        limit_s = bounds.first_byte_s
        while (part := await next_part(reply, limit_s)) is not None:
            limit_s = bounds.idle_s
            account.first_byte()
            sent += len(part)
            if sent > bounds.max_answer_bytes:
                raise UpstreamBadResponse("The provider's answer is too large.")
            yield part
        status = "ok"
    except UpstreamError as error:
        status, http_status = ("interrupted", http_status) if sent else ("error", error.status)
        raise
    finally:
        reply.close()
        account.close(_blame(status, notes), http_status)
