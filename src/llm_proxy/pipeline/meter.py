"""What does each rule take of the time, and what does it find?

Calls and findings are counted, every one. How long a rule takes is measured off the data path: now and then one call is
inspected again, rule by rule, in a thread, for at most a hundredth of the time.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from llm_proxy.core import strict_json
from llm_proxy.core.gathering import ask
from llm_proxy.core.strict_json import clean
from llm_proxy.core.tally import Reading, Tally
from llm_proxy.core.watch import Caller, RuleSet
from llm_proxy.errors import BadJson, GuardrailUnavailable, StoreUnavailable
from llm_proxy.pipeline.lookout import Seen
from llm_proxy.records import Direction

FLUSH_S = 5.0
_LOOK_S = 0.25  # between two measurements, at least
_SHARE = 100  # a measurement is followed by so many times its own length without one
_MOST_BYTES = 1 << 20  # of a call that is measured

Write = Callable[[Sequence[Reading]], Awaitable[None]]


class RuleMeter:
    """Counts for this process; what it has counted is added to the sums of all processes every few seconds."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._tally = Tally()
        self._calls: Counter[tuple[RuleSet, Direction, Caller]] = Counter()
        self._sample: Seen | None = None  # the last one
        self._turn = asyncio.Lock()

    def offer(self, seen: Seen) -> None:
        """Count a call and its findings."""
        if not seen.is_judged:
            return
        self._calls[seen.rules, seen.direction, seen.caller] += 1
        if seen.found:
            now = datetime.now(UTC)
            for rule in seen.found:
                self._tally.hit(rule, now)
        if len(seen.body) <= _MOST_BYTES:
            self._sample = seen

    def wants(self, direction: Direction) -> bool:  # noqa: ARG002 (the port's signature)
        """Say no: there is nothing to measure in texts that nobody reads."""
        return False

    async def keep_up(self) -> None:
        """Measure and flush for ever."""
        flushed = time.monotonic()
        while True:
            rest_s = await self._measure()
            await asyncio.sleep(max(_LOOK_S, rest_s))
            if time.monotonic() - flushed >= FLUSH_S:
                flushed = time.monotonic()
                await self.flush()

    async def flush(self) -> None:
        """Add what was counted to the sums of all processes. What cannot be added now is added later."""
        async with self._turn:
            self._count()
            readings = self._tally.take()
            if not readings:
                return
            try:
                await self._write(readings)
            except StoreUnavailable:
                self._tally.give_back(readings)

    async def settle(self) -> None:
        """Measure the call that waits for it, and flush: whoever asks now sees the calls before."""
        await self._measure()
        await self.flush()

    async def _measure(self) -> float:
        """Measure one call, if one waits; return the seconds to pause."""
        seen, self._sample = self._sample, None
        if seen is None:
            return 0.0
        try:
            taken_s, spent_s = await asyncio.to_thread(_timed, seen)
        except (BadJson, GuardrailUnavailable):  # it was judged somehow: nothing to be told here
            return 0.0
        self._tally.timed(taken_s)
        return _SHARE * spent_s

    def _count(self) -> None:
        """Put the calls to the rules that looked at them."""
        counted, self._calls = self._calls, Counter()
        for (rules, direction, caller), calls in counted.items():
            watch = rules.watch(direction, caller)
            self._tally.count((rules.detectors[number].rule.id for number in watch.active), calls)


def _timed(seen: Seen) -> tuple[dict[str, float], float]:
    """Return what each rule takes for a call, in seconds of this thread, and what measuring that took."""
    started = time.thread_time()
    texts = [clean(text) for text in seen.texts]
    if seen.body:
        texts += ask(strict_json.read(seen.body), seen.endpoint).texts
    taken_s = seen.rules.watch(seen.direction, seen.caller).costs(texts, time.thread_time)
    return taken_s, time.thread_time() - started
