"""The buckets of one process."""

from llm_proxy.limits.memory import _SWEEP_EVERY, MemoryLimiter


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


async def test_R12_each_key_has_its_own_bucket() -> None:
    limiter = MemoryLimiter(Clock())
    flooded = [(await limiter.take("a", 5)).granted for _ in range(9)]
    assert flooded == [True] * 5 + [False] * 4
    assert (await limiter.take("b", 5)).granted


async def test_R04_a_changed_limit_applies_to_the_next_call() -> None:
    limiter = MemoryLimiter(Clock())
    assert [(await limiter.take("a", rpm)).granted for rpm in (1, 1, 3, 3, 3)] == [True, False, True, True, False]


async def test_R19_buckets_of_idle_keys_are_forgotten() -> None:
    clock = Clock()
    limiter = MemoryLimiter(clock)
    for number in range(_SWEEP_EVERY - 1):
        await limiter.take(str(number), 60)
    clock.now_s = 61.0
    await limiter.take("last", 60)
    await limiter.take("last", 60)
    assert len(limiter._buckets) <= 2
