"""What inspecting a streamed answer costs, event by event. Run: python -m bench.streams."""

import random
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import orjson
from bench.engine import PROSE, rules
from rich.console import Console
from rich.table import Table

from llm_proxy.core.answer_stream import AnswerStream
from llm_proxy.core.answers import Judge
from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.self_defence import defend
from llm_proxy.core.sse import SseParser
from llm_proxy.core.usage import Meter
from llm_proxy.core.watch import Watch, compile_rules
from llm_proxy.records import Secret

WORDS = 2_000
BEST_OF = 7


def main() -> None:
    """Print the table."""
    chance = random.Random(7)
    words = [f" {word}" for word in chance.choices(PROSE.split(), k=WORDS)]
    events = [event(word) for word in words]
    table = Table("events of one word", "bytes", "µs an event", "more", title="A streamed answer, chat")
    plain = best(partial(relay, events, None))
    table.add_row("not inspected", f"{sum(map(len, events)) // len(events)}", f"{plain:.1f}", "")
    for name, watch in watches(chance):
        table.add_row(name, "", f"{(cost := best(partial(relay, events, watch))):.1f}", f"{cost - plain:+.1f}")
    Console().print(table)


def watches(chance: random.Random) -> list[tuple[str, Watch]]:
    """Return what answers are judged by: the gateway's own secrets alone, and rules of the usual shapes."""
    defence = defend({"0" * 64}, [Secret("sk-up-0123456789abcdef")])
    chosen = [("the gateway's own secrets", compile_rules([], 1, None, defence.detectors).watch("response"))]
    for count in (1, 20, 220):
        pack = [replace(rule, directions=("response",)) for rule in rules(chance, count)]
        chosen.append((f"{count} rules", compile_rules(pack, 1, None, defence.detectors).watch("response")))
    return chosen


def event(text: str) -> bytes:
    """Return one event as a provider sends it."""
    choice = {"index": 0, "delta": {"content": text}, "logprobs": None, "finish_reason": None}
    told = {"id": "chatcmpl-0123456789abcdef", "object": "chat.completion.chunk", "created": 1790000000, "model": "m-1"}
    return b"data: " + orjson.dumps(told | {"choices": [choice]}) + b"\n\n"


def relay(events: list[bytes], watch: Watch | None) -> int:
    """Do what the gateway does with events: parse, meter, inspect."""
    endpoint = ENDPOINTS["chat/completions"]
    parser, meter = SseParser(), Meter(endpoint, 0)
    stream = None if watch is None else AnswerStream(Judge(endpoint, watch))
    sent = 0
    for raw in events:
        for each in parser.feed(raw):
            chunk = orjson.loads(each.data or b"")
            meter.read_chunk(chunk)
            sent += len(each.raw if stream is None else stream.take(each, chunk))
    return sent


def best(run: Callable[[], object]) -> float:
    """Return the shortest time for an event, in microseconds."""
    times = []
    for _ in range(BEST_OF):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return min(times) / WORDS * 1e6


if __name__ == "__main__":
    main()
