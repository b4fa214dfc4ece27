"""Plays what the built-in offline model answers."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

from llm_proxy.errors import UpstreamInterrupted
from llm_proxy.providers.sandbox import Script, play
from llm_proxy.records import UpstreamReply, UpstreamRequest

_OFF_LOOP_BYTES = 64 << 10  # counting the words of a larger prompt is done in a thread


class SandboxUpstream:
    """An upstream without a network. ``seen`` is told each request's body."""

    def __init__(self, seen: Callable[[bytes], None]) -> None:
        self._seen = seen

    async def send(self, request: UpstreamRequest) -> UpstreamReply:
        """Answer as the script for this request says."""
        self._seen(request.body)
        now_s = int(time.time())
        is_large = len(request.body) > _OFF_LOOP_BYTES
        script = await asyncio.to_thread(play, request, now_s=now_s) if is_large else play(request, now_s=now_s)
        if script.ending == "hang":
            await asyncio.Event().wait()
        return UpstreamReply(script.status, script.headers, _perform(script), lambda: None)


async def _perform(script: Script) -> AsyncIterator[bytes]:
    for pause_s, part in script.parts:
        if pause_s:
            await asyncio.sleep(pause_s)
        yield part
    if script.ending == "break":
        raise UpstreamInterrupted
