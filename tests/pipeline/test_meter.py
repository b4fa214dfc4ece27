"""The rule meter counts every call, times some of them, and loses nothing that it cannot write yet."""

import asyncio
from dataclasses import replace

from llm_proxy.core.tally import Reading
from llm_proxy.errors import StoreUnavailable
from llm_proxy.pipeline.lookout import Lookout
from llm_proxy.pipeline.meter import RuleMeter
from llm_proxy.records import Audience, Scope
from tests.fakes import FakeDirectory, FakeUpstream, World
from tests.pipeline.watching import rule_set, seen
from tests.scan.rules import rule


class Sink:
    """Adds readings up, unless it is broken."""

    def __init__(self) -> None:
        self.sums: dict[str, Reading] = {}
        self.is_broken = False

    async def write(self, readings) -> None:
        if self.is_broken:
            raise StoreUnavailable
        for each in readings:
            known = self.sums.get(each.guardrail_id, Reading(each.guardrail_id, 0, 0, 0))
            self.sums[each.guardrail_id] = replace(
                each,
                calls=known.calls + each.calls,
                hits=known.hits + each.hits,
                time_us=known.time_us + each.time_us,
                last_hit_at=each.last_hit_at or known.last_hit_at,
            )

    def told(self) -> dict[str, tuple[int, int]]:
        return {name: (each.calls, each.hits) for name, each in self.sums.items()}


async def test_calls_and_findings_are_counted_for_the_rules_that_looked():
    sink = Sink()
    meter = RuleMeter(sink.write)
    only = rule("x", id="scoped", scope=Scope(only=Audience(keys=("other",))))
    rules = rule_set(rule(), only, rule("y", id="answers", directions=("response",)))
    for _ in range(3):
        meter.offer(seen("nothing", rules))
    meter.offer(seen("canary-1", rules, key="other", found=("birds", "birds")))
    meter.offer(seen("nothing", rules, direction="response"))
    for direction in ("request", "response"):
        meter.offer(seen("nothing", rules, key="other", direction=direction))
        await meter.settle()
    assert sink.told() == {"birds": (5, 2), "scoped": (2, 0), "answers": (2, 0)}
    assert sink.sums["birds"].last_hit_at is not None


async def test_a_rule_that_takes_long_is_told_from_one_that_takes_little():
    sink = Sink()
    meter = RuleMeter(sink.write)
    slow = rule("(?:[a-z]+[0-9]){6}q", id="slow")
    rules = rule_set(rule(), slow, *(rule(f"never-{number}[a-z]", id=f"r{number}") for number in range(8)))
    for _ in range(20):
        meter.offer(seen("abcdefgh1" * 2000, rules))
        await meter.settle()
    assert sink.sums["slow"].time_us > 100 * max(1, sink.sums["r1"].time_us)


async def test_what_cannot_be_written_is_written_later():
    sink = Sink()
    meter = RuleMeter(sink.write)
    rules = rule_set(rule())
    sink.is_broken = True
    meter.offer(seen("canary-1", rules, found=("birds",)))
    await meter.settle()
    sink.is_broken = False
    meter.offer(seen("nothing", rules))
    await meter.flush()
    assert sink.told() == {"birds": (2, 1)}


async def test_the_chore_measures_and_flushes_by_itself(monkeypatch):
    monkeypatch.setattr("llm_proxy.pipeline.meter.FLUSH_S", 0.0)
    monkeypatch.setattr("llm_proxy.pipeline.meter._LOOK_S", 0.01)
    sink = Sink()
    meter = RuleMeter(sink.write)
    chore = asyncio.create_task(meter.keep_up())
    meter.offer(seen("nothing", rule_set(rule())))
    async with asyncio.timeout(5):
        while not sink.sums:
            await asyncio.sleep(0.01)
    chore.cancel()
    await asyncio.gather(chore, return_exceptions=True)
    assert sink.told() == {"birds": (1, 0)}


async def test_a_body_that_cannot_be_read_is_counted_and_not_timed():
    sink = Sink()
    meter = RuleMeter(sink.write)
    meter.offer(seen("", rule_set(rule()), body=b"["))
    await meter.settle()
    assert (sink.told(), sink.sums["birds"].time_us) == ({"birds": (1, 0)}, 0)


async def test_the_gateway_shows_every_judged_call_with_its_outcome():
    class Watcher:
        def __init__(self):
            self.seen = []

        def offer(self, seen):
            self.seen.append(seen)

        def wants(self, direction):
            return False

    watcher = Watcher()
    directory = FakeDirectory(guardrails=[rule(id="birds"), rule("egg", id="eggs", mode="replace", replace_by="X")])
    world = World(directory=directory, lookout=Lookout(watcher))
    for content in ("nothing", "canary-1 egg", "egg egg"):
        call = world.answer(b'{"model":"m","messages":[{"role":"user","content":"%s"}]}' % content.encode())
        await asyncio.gather(call, return_exceptions=True)
    requests = [each for each in watcher.seen if each.direction == "request"]
    assert [(each.outcome, each.found, each.is_judged) for each in requests] == [
        ("pass", (), True),
        ("rejected", ("birds", "eggs"), True),
        ("replaced", ("eggs",), True),
    ]
    answers = [each for each in watcher.seen if each.direction == "response"]
    assert [(each.outcome, each.found, each.is_judged) for each in answers] == [("pass", (), False)] * 2
    assert {(each.caller.model, each.endpoint.name, each.call_id) for each in watcher.seen} == {
        ("m", "chat/completions", "call-1")
    }


async def test_an_answer_is_shown_with_what_was_found_in_it():
    class Watcher:
        def __init__(self):
            self.seen = []

        def offer(self, seen):
            self.seen.append(seen)

        def wants(self, direction):
            return False

    watcher = Watcher()
    upstream = FakeUpstream(parts=(b'{"choices":[{"message":{"content":"canary-1"}}]}',))
    directory = FakeDirectory(guardrails=[rule(mode="monitor", directions=("response",))])
    world = World(directory=directory, upstream=upstream, lookout=Lookout(watcher))
    await world.answer(b'{"model":"m","messages":[]}')
    told = [(each.direction, each.found, each.outcome, each.body) for each in watcher.seen if each.found]
    assert told == [("response", ("birds",), "pass", upstream.parts[0])]


async def test_what_no_rule_looked_at_is_not_counted():
    sink = Sink()
    meter = RuleMeter(sink.write)
    meter.offer(seen("nothing", rule_set(rule()), is_judged=False))
    await meter.settle()
    assert sink.told() == {}
    assert not meter.wants("response")
