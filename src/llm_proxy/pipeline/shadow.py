"""Drafts in the shadow of live calls. No call waits for them: what they have no time for, they do not look at."""

import asyncio
import time
from collections import deque
from contextlib import suppress

from llm_proxy.errors import Conflict
from llm_proxy.pipeline.lookout import Seen
from llm_proxy.pipeline.shadow_run import Draft, ShadowRun
from llm_proxy.records import Direction

MOST_LIVE = 4
_MOST_KEPT = 20  # runs, ended ones among them
_MOST_WAITING = 64  # calls
_MOST_WAITING_BYTES = 16 << 20
_SHARE = 4  # looking at a call is followed by so many times its own length without looking


class Shadows:
    """The runs of this process. They end with it, and nothing of them is written anywhere."""

    def __init__(self) -> None:
        self._runs: dict[str, ShadowRun] = {}
        self._live: tuple[ShadowRun, ...] = ()
        self._waiting: deque[Seen] = deque()
        self._waiting_bytes = 0
        self._arrived = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._worker: asyncio.Task[None] | None = None

    def start(self, draft: Draft, seconds: float, max_calls: int) -> ShadowRun:
        """Begin a run; raises Conflict when too many are live."""
        self._settle()
        if len(self._live) >= MOST_LIVE:
            raise Conflict(f"{MOST_LIVE} shadow runs are live. End one of them first.")
        run = ShadowRun(draft, seconds, max_calls)
        self._runs[run.id] = run
        self._live += (run,)
        for old in [each for each in self._runs.values() if not each.is_live][: max(0, len(self._runs) - _MOST_KEPT)]:
            del self._runs[old.id]
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="shadow runs")
        return run

    def find(self, run_id: str) -> ShadowRun | None:
        """Return a run, live or ended."""
        self._settle()
        return self._runs.get(run_id)

    def list(self) -> list[ShadowRun]:
        """Return all runs, newest first."""
        self._settle()
        return list(self._runs.values())[::-1]

    def remove(self, run_id: str) -> bool:
        """End a run and forget it; False when there is none of this id."""
        run = self._runs.pop(run_id, None)
        if run is not None:
            run.end()
            self._settle()
        return run is not None

    def offer(self, seen: Seen) -> None:
        """Let a judged call wait for the runs, if there are any and there is room."""
        if not self._live or not any(run.wants(seen) for run in self._live):
            return
        size = len(seen.body) + sum(map(len, seen.texts))
        if len(self._waiting) >= _MOST_WAITING or self._waiting_bytes + size > _MOST_WAITING_BYTES:
            for run in self._live:
                run.dropped += run.wants(seen)
            return
        self._waiting.append(seen)
        self._waiting_bytes += size
        self._arrived.set()
        self._idle.clear()

    def wants(self, direction: Direction) -> bool:
        """Say whether a live draft is for texts of a direction."""
        return any(direction in run.draft.rule.directions and run.is_live for run in self._live)

    async def stop(self) -> None:
        """End all runs."""
        for run in self._live:
            run.end()
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)

    async def drained(self) -> None:
        """Return when no call waits, or after a second: whoever asks for results sees those of the calls before."""
        await _within(1.0, self._idle)

    def _settle(self) -> None:
        self._live = tuple(run for run in self._live if run.is_live)
        if not self._live:
            self._waiting.clear()
            self._waiting_bytes = 0
            self._idle.set()

    async def _work(self) -> None:
        """Judge what waits, one call at a time, in a thread, and mostly rest."""
        while self._live:
            if not self._waiting:
                self._idle.set()
                self._arrived.clear()
                self._settle()
                await _within(1.0, self._arrived)  # runs end by the clock, too
                continue
            seen = self._waiting.popleft()
            started = time.perf_counter()
            await asyncio.to_thread(_judge, self._live, seen)
            self._waiting_bytes = max(0, self._waiting_bytes - len(seen.body) - sum(map(len, seen.texts)))
            self._settle()
            await asyncio.sleep(_SHARE * (time.perf_counter() - started))


async def _within(seconds: float, event: asyncio.Event) -> None:
    """Wait for an event, but not for longer than that."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


def _judge(runs: tuple[ShadowRun, ...], seen: Seen) -> None:
    for run in runs:
        if run.wants(seen):
            run.judge(seen)
