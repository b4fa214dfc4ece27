"""Twice the text takes twice the time, whatever the pattern: told by the ratio, not by the clock."""

import time
from collections.abc import Callable

import pytest

from llm_proxy.core.pattern_sets import PatternSet
from llm_proxy.core.patterns import compile_pattern

SMALL, FACTOR = 1 << 15, 16
# Squared time would be 16 times the linear one; what a busy machine adds is less than half of that.
MOST = 7 * FACTOR

# Patterns that a backtracking engine needs squared or exponential time for, each with a text that makes it.
PATTERNS = {
    "^(a+)+$": "a",
    "(a|a)*b": "a",
    "(.*)*x": "a",
    r"[\w.-]*?(?:zzz)=": "a.b-",
    r"(\w+\s?)*$[^\n]z": "word ",
    "(x+x+)+y": "x",
    r"(?i)(?:key|token)[\s\S]*?secret": "key ",
    r"\b(?:[a-z]+\.)+[a-z]+@": "a.",
    r"^\s*(.*?,){11}P": "1,",
    r"(?:[A-Za-z0-9+/]{4})*={3}": "QUJD",
    "a{0,200}b": "a",
}


@pytest.mark.parametrize("source", PATTERNS)
def test_time_grows_with_the_text_and_not_with_its_square(source: str) -> None:
    patterns = PatternSet([compile_pattern(source)])
    piece = PATTERNS[source]

    def look(size: int) -> Callable[[], object]:
        text = piece * (size // len(piece)) + "!"
        return lambda: patterns.find([text])

    assert least(look(SMALL * FACTOR)) < MOST * least(look(SMALL))


def least(call: Callable[[], object]) -> float:
    """The least processor time of some calls, of this thread alone."""
    times = []
    for _ in range(5):
        start = time.thread_time_ns()
        call()
        times.append(time.thread_time_ns() - start)
    return min(times)
