"""An event tells under which rules, at what cost, from where and in which request something was found."""

import orjson
import pytest

from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.core.watch import RuleSet, compile_rules
from llm_proxy.errors import GuardrailRejected
from llm_proxy.pipeline.audit import Effort
from llm_proxy.records import GuardrailEvent, Secret
from tests.fakes import FakeDirectory, FakeUpstream, World, rule
from tests.pipeline.test_answer_guard import answers, chat

BODY = orjson.dumps({"model": "m", "messages": [{"role": "user", "content": "see AKIA42"}]})
STREAM = orjson.dumps({"model": "m", "stream": True, "messages": [{"role": "user", "content": "hello"}]})
NAMER = Fingerprinter(Secret("a key"))


class Directory(FakeDirectory):
    """Whose rules have a revision and a key."""

    @property
    def rules(self) -> RuleSet:
        return compile_rules(self.guardrails or (), 7, NAMER)


async def events(world: World, body: bytes = BODY, **changes: object) -> list[GuardrailEvent]:
    reply = await world.gateway.answer(world.call(body, **changes))
    if not isinstance(reply.body, bytes):
        assert [part async for part in reply.body]
    return world.ledger.events


def test_time_passes_only_while_something_is_inspected() -> None:
    effort = Effort(5)
    assert (effort.read_bytes, effort.microseconds) == (5, 0)
    with effort:
        first = effort.microseconds
        assert effort.microseconds >= first
    after = effort.microseconds
    assert effort.microseconds == after
    with effort:
        pass
    assert effort.microseconds >= after


def test_a_client_is_told_by_what_is_no_fingerprint_of_a_text() -> None:
    assert NAMER.of_client("192.0.2.1") == NAMER.of_client("192.0.2.1") != NAMER.of_client("192.0.2.2")
    assert NAMER.of_client("192.0.2.1") != Fingerprinter(Secret("another")).of_client("192.0.2.1")
    assert len(NAMER.of_client("192.0.2.1")) == 32
    said = [
        NAMER.of(text) for text in ("192.0.2.1", "client 192.0.2.1", "\xffclient 192.0.2.1", "\udcffclient 192.0.2.1")
    ]
    assert NAMER.of_client("192.0.2.1") not in said
    assert NAMER.of_client("") == ""


async def test_a_request_that_goes_on() -> None:
    world = World(Directory(guardrails=[rule("AKIA[0-9]+", "replace", "#")]), FakeUpstream([orjson.dumps(chat("x"))]))
    (event,) = await events(world, remote="192.0.2.1")
    assert (event.request_id, event.ruleset_version, event.body_bytes) == ("req_1", 7, len(BODY))
    assert (event.client_hash, event.is_forwarded) == (NAMER.of_client("192.0.2.1"), True)
    assert 0 < event.latency_us < 60_000_000


async def test_a_request_that_is_refused_did_not_go_on_whatever_else_was_found() -> None:
    world = World(Directory(guardrails=[rule("AKIA[0-9]+"), rule("see", "monitor", rule_id="r2")]))
    with pytest.raises(GuardrailRejected):
        await events(world)
    assert [event.is_forwarded for event in world.ledger.events] == [False, False]


async def test_a_request_id_in_which_something_is_found_is_not_repeated() -> None:
    world = World(Directory(guardrails=[rule("AKIA[0-9]+")]))
    with pytest.raises(GuardrailRejected):
        await events(world, outside=("AKIA1",))
    assert {event.request_id for event in world.ledger.events} == {""}


async def test_an_answer() -> None:
    said = orjson.dumps(chat("see AKIA42"))
    world = World(Directory(guardrails=[answers("AKIA[0-9]+", "replace", "#")]), FakeUpstream([said]))
    (event,) = await events(world)
    assert (event.direction, event.body_bytes, event.is_forwarded) == ("response", len(said), True)
    assert event.latency_us


async def test_a_stream_tells_what_of_it_was_read() -> None:
    parts = [
        b'data: {"choices": [{"index": 0, "delta": {"content": "see AKIA42 "}}]}\n\n',
        b'data: {"choices": [{"index": 0, "delta": {"content": "there"}, "finish_reason": "stop"}]}\n\n',
        b"data: [DONE]\n\n",
    ]
    upstream = FakeUpstream(parts, content_type="text/event-stream")
    world = World(Directory(guardrails=[answers("AKIA[0-9]+", "replace", "#")]), upstream)
    (event,) = await events(world, STREAM)
    assert (event.body_bytes, event.ruleset_version) == (len(parts[0]), 7)
    assert event.latency_us
