"""A pattern is refused for its own time, never because the machine stood still."""

from collections.abc import Iterator
from functools import partial

import pytest

from llm_proxy import admission
from llm_proxy.core.patterns import compile_pattern


def readings(rounds_s: list[float]) -> Iterator[float]:
    """A clock that is read before and after each round."""
    now_s = 0.0
    for taken_s in rounds_s:
        yield now_s
        now_s += taken_s
        yield now_s


@pytest.mark.parametrize(
    ("rounds_s", "is_slow"),
    [
        ([0.001], False),
        ([0.9, 0.001], False),
        ([0.9, 0.9, 0.001], False),
        ([0.06, 0.06, 0.06, 0.06, 0.001], False),
        ([0.06] * 5, True),
        ([0.9] * 3, True),
        ([1.1, 0.001], False),
        ([2.1], True),
    ],
)
def test_one_fast_round_admits_a_pattern(rounds_s: list[float], is_slow: bool) -> None:
    clock = partial(next, readings(rounds_s))
    assert admission._too_slow(compile_pattern("canary"), "no bird", clock) is is_slow
