"""What looking costs: processor time of this thread, so that a busy machine blurs it less. Compare the ratios."""

import json
import random
import time
from collections.abc import Callable, Sequence
from itertools import cycle

BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
LARGE = 100_000


def cost_s(call: Callable[[], object], rounds: int = 5) -> float:
    """Return the least time that a call took, each round long enough for the clock."""
    once = _seconds(call, 1)
    number = max(1, int(0.01 / (once + 1e-9)))
    return min(once if number == 1 else 9e9, *(_seconds(call, number) for _ in range(rounds))) if once < 1 else once


def each_s(call: Callable[[str], object], texts: Sequence[str], rounds: int = 3) -> list[float]:
    """Return the least time for each text."""
    least = [9e9] * len(texts)
    for _ in range(rounds):
        for index, text in enumerate(texts):
            start = time.thread_time_ns()
            call(text)
            least[index] = min(least[index], (time.thread_time_ns() - start) / 1e9)
    return least


def hostile(keywords: Sequence[str]) -> dict[str, str]:
    """Return texts that are dear: made of the words that rules begin with, or of what they take for random."""
    chance = random.Random(5)
    words = list(keywords) or ["key"]
    return {
        "100 KB of the rules' keywords": " ".join(chance.choices(words, k=LARGE))[:LARGE],
        "100 KB of keywords and =": " = ".join(chance.choices(words, k=LARGE // 4))[:LARGE],
        "100 KB of base64": "".join(chance.choices(BASE64, k=LARGE)),
        "100 KB of one letter": "a" * LARGE,
        "100 KB of dots and words": ("a.b-" * LARGE)[:LARGE],
        "100 KB of spaces": " " * LARGE,
        "100 KB of half-open strings": ('password="' * LARGE)[:LARGE],
        "100 KB of hexadecimal": "".join(chance.choices("0123456789abcdef", k=LARGE)),
        "100 KB of digits and spaces": "".join(chance.choices("0123456789 ", k=LARGE)),
        "100 KB of @ and dots": ("a@a." * LARGE)[:LARGE],
        "100 KB of percent escapes": ("%41" * LARGE)[:LARGE],
    }


def joined(prompts: Sequence[str]) -> str:
    """Return a long text of prompts."""
    return "\n\n".join(prompts)[:LARGE]


def conversation(prompts: Sequence[str], size: int) -> bytes:
    """Return a chat of prompts, as large as asked for."""
    messages: list[dict[str, str]] = []
    for text in cycle(prompts):
        if sum(len(message["content"]) + 30 for message in messages) >= size:
            break
        messages.append({"role": ("user", "assistant")[len(messages) % 2], "content": text})
    return json.dumps({"model": "gpt-x", "messages": messages}, ensure_ascii=False).encode()


def _seconds(call: Callable[[], object], number: int) -> float:
    start = time.thread_time_ns()
    for _ in range(number):
        call()
    return (time.thread_time_ns() - start) / 1e9 / number
