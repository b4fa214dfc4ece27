"""The buckets of one process, in memory."""

import time
from collections.abc import Callable

from llm_proxy.core import bucket as buckets
from llm_proxy.core.bucket import Bucket
from llm_proxy.records import Admission

_SWEEP_EVERY = 4096


class MemoryLimiter:
    """A bucket for each key that has a limit.

    Nothing awaits between looking and taking, so no race can admit one too many.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, Bucket] = {}
        self._taken = 0

    async def take(self, key_id: str, rpm: int) -> Admission:
        """Take one request from the key's bucket."""
        now_s = self._clock()
        self._sweep(now_s)
        bucket = self._buckets.get(key_id)
        if bucket is None:
            bucket = self._buckets[key_id] = Bucket(updated_s=now_s)
        return buckets.take(bucket, now_s=now_s, rpm=rpm)

    def _sweep(self, now_s: float) -> None:
        """Forget full buckets now and then, so memory follows the keys in use."""
        self._taken += 1
        if self._taken % _SWEEP_EVERY == 0:
            self._buckets = {key: each for key, each in self._buckets.items() if not buckets.idle(each, now_s=now_s)}
