"""What inspection costs: strict reading, the walk and the scan, by body size and rules, and what the prefilter saves.

Run it with ``.venv/bin/python bench/engine.py``. Times are the best of several rounds on this machine: compare the
ratios. The rules are made up in the style of a pack for vendors' keys; no text holds a match unless the table says so.
"""

import json
import random
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from rich.console import Console
from rich.table import Table

from llm_proxy.core.clean_texts import CleanTexts
from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import inspect
from llm_proxy.core.pattern_sets import PatternSet, Together
from llm_proxy.core.patterns import Prefilter, compile_pattern
from llm_proxy.core.strict_json import literal_spans, read, splice
from llm_proxy.core.watch import RuleSet, compile_rules
from llm_proxy.records import Guardrail

CHAT = ENDPOINTS["chat/completions"]
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "wu", "xa", "ye", "zi")
PROSE = (
    "the quick report about a late train was read by seven people who asked whether token counts and secret keys of "
    "the new service could be listed in one table; def key(value): return value['name'] == 3.14 and not is_open"
)
SHAPES = (
    r"\b{prefix}_[0-9a-zA-Z]{{36}}\b",
    r"(?i)\b({prefix}-[a-z0-9_\-]{{20,60}})(?:['\"\s;]|$)",
    r"(?i)[\w.-]{{0,40}}?{prefix}[ \t\w.-]{{0,20}}['\"]?\s*(?:=>|:=|=|:)\s*['\"]?([a-z0-9]{{32,64}})(?:['\"\s;]|$)",
    r"{prefix}[A-Z0-9]{{16}}",
    r"https://hooks\.{prefix}\.test/services/[A-Za-z0-9+/]{{43,56}}",
)
RULES = 220


def main() -> None:
    """Print the tables."""
    chance = random.Random(7)
    console = Console()
    pack = rules(chance, RULES)
    start = time.perf_counter()
    compiled = replace(compile_rules(pack, 1), clean=CleanTexts(most=0))
    console.print(f"{RULES} rules compiled in {(time.perf_counter() - start) * 1e3:.0f} ms")
    patterns = [detector.pattern for detector in compiled.detectors]
    one_by_one = replace(compiled, patterns=RuleByRule(patterns, Unknowing(patterns)))
    console.print(sizes(chance, {"inspect": compiled, "without prefilter": one_by_one}))
    console.print(hits(chance, compiled))
    console.print(hostile())


class Unknowing(Prefilter):
    """A prefilter that cannot tell."""

    def named(self, joined: bytes) -> frozenset[int] | None:
        """Return nothing that is known."""
        return None if joined else frozenset()


class RuleByRule(PatternSet):
    """A set that looks for no signs, so that every rule is asked when the prefilter names none."""

    _together = (Together(()), Together(()), Together(()))


def rules(chance: random.Random, count: int) -> list[Guardrail]:
    """Make up rules with distinct prefixes of six letters."""
    now = datetime.now(UTC)
    prefixes = chance.sample([a + b + c for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES], count)
    return [
        Guardrail(f"{number:04}", SHAPES[number % len(SHAPES)].format(prefix=prefix), "replace", "[KEY]", now, now)
        for number, prefix in enumerate(prefixes)
    ]


def sizes(chance: random.Random, compiled: dict[str, RuleSet]) -> Table:
    """Time bodies in which nothing is found."""
    table = Table("chat body", "read", "no rules", *compiled, title="Nothing found")
    nothing = compile_rules([], 1)
    for characters in (1_000, 11_600, 107_000, 1_000_000):
        for accent in ("", "é"):
            body = chat(chance, characters, accent)
            document = read(body)
            cells = [best(partial(read, body))]
            cells += [best(partial(inspect, document, CHAT, each.watch())) for each in (nothing, *compiled.values())]
            table.add_row(f"{len(body):,} bytes{', not ASCII' if accent else ''}", *cells)
    return table


def hits(chance: random.Random, pack: RuleSet) -> Table:
    """Time bodies with secrets, until the changed bytes."""
    table = Table("chat body", "inspect", "inspect and splice", title="Secrets found and replaced")
    prefix = pack.rules[0].pattern[2:8]
    for count in (1, 10):
        body = chat(chance, 11_600, f"{prefix}_{'a1' * 18}", count)
        document = read(body)
        literal_spans(document)
        table.add_row(
            f"{len(body):,} bytes, {count} secrets",
            best(partial(inspect, document, CHAT, pack.watch())),
            best(partial(lambda document: splice(document, inspect(document, CHAT, pack.watch()).changes), document)),
        )
    return table


def hostile() -> Table:
    """Time single patterns that backtracking engines cannot bear, on 1 MiB."""
    size = 1 << 20
    table = Table("pattern", "a…a", "a…ab", "hex digits", title="One pattern, all matches in 1 MiB")
    digits = "".join(random.Random(3).choices("0123456789abcdef", k=size))
    for source in ("(a+)+$", "(.*)*x", "|".join(f"{number:03x}" for number in range(1000))):
        patterns = PatternSet([compile_pattern(source)])
        texts = ("a" * size, "a" * (size - 1) + "b", digits)
        cells = [best(partial(patterns.find, [text]), 1) for text in texts]
        table.add_row(source if len(source) < 20 else "1,000 alternatives", *cells)
    return table


def chat(chance: random.Random, characters: int, extra: str = "", extras: int = 1) -> bytes:
    """Make up a conversation of about that many characters, ``extra`` in the first messages."""
    messages: list[dict[str, str]] = []
    while sum(len(message["content"]) + 30 for message in messages) < characters:
        words = chance.choices(PROSE.split(), k=45)
        words += [extra] if len(messages) < extras else []
        messages.append({"role": ("user", "assistant")[len(messages) % 2], "content": " ".join(words) + "\n"})
    body = {"model": "gpt-x", "messages": messages, "temperature": 0.7, "stream": True}
    return json.dumps(body, ensure_ascii=False).encode()


def best(call: Callable[[], object], rounds: int = 7) -> str:
    """Time the fastest of some rounds, each long enough to be measured."""
    start = time.perf_counter()
    call()
    number = max(1, int(0.02 / (time.perf_counter() - start + 1e-9))) if rounds > 1 else 1
    fastest = min(_seconds(call, number) for _ in range(rounds))
    return f"{fastest * 1e6:,.1f} µs" if fastest < 0.01 else f"{fastest * 1e3:,.1f} ms"


def _seconds(call: Callable[[], object], number: int) -> float:
    start = time.perf_counter()
    for _ in range(number):
        call()
    return (time.perf_counter() - start) / number


if __name__ == "__main__":
    main()
