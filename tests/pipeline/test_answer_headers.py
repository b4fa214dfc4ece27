"""The headers of an answer are inspected as its body is: one in which something is found is left out."""

import json
from dataclasses import replace
from typing import Any

import pytest

from llm_proxy.core.self_defence import defend
from llm_proxy.core.watch import RuleSet, compile_rules
from llm_proxy.errors import AuditUnavailable
from llm_proxy.records import Guardrail, Secret
from tests.fakes import FakeDirectory, FakeLedger, FakeUpstream, World, rule

ASK = b'{"model":"m","messages":[{"role":"user","content":"hello"}]}'
BODY = b'{"choices":[{"index":0,"message":{"role":"assistant","content":"hello"}}]}'
STREAM = (
    b'data: {"choices":[{"index":0,"delta":{"content":"word"},"finish_reason":"stop"}]}\n\n',
    b"data: [DONE]\n\n",
)
SECRET = "AKIA42"
NAMES = ["openai-model", "openai-version", "openai-processing-ms", "request-id"]


def looking(mode: Any, **changes: Any) -> Guardrail:
    return replace(rule("AKIA[0-9]+", mode, "[X]"), directions=("response",), **changes)


def world(*rules: Guardrail, ledger: FakeLedger | None = None, **upstream: Any) -> World:
    given = {"parts": (BODY,), **upstream}
    return World(FakeDirectory(guardrails=list(rules)), FakeUpstream(**given), ledger=ledger or FakeLedger())


@pytest.mark.parametrize("mode", ["reject", "replace", "pseudonymise"])
@pytest.mark.parametrize("name", NAMES)
async def test_a_header_in_which_a_rule_finds_something_is_left_out(name: str, mode: Any) -> None:
    ground = world(looking(mode), headers=((name, f"is {SECRET}"), ("openai-version", "1")))
    reply, body = await ground.answer(ASK)
    assert body == BODY
    assert SECRET not in str(reply.headers)
    assert ("openai-version", "1") in reply.headers
    assert ("content-type", "application/json") in reply.headers
    assert ("x-llmp-guardrail", "redacted=1") in reply.headers
    (event,) = ground.ledger.events
    assert (event.action, event.place, event.direction) == ("replaced", f"headers.{name}", "response")
    assert event.field_class == "J"


async def test_so_it_is_in_a_stream() -> None:
    told = {"parts": STREAM, "content_type": "text/event-stream", "headers": (("request-id", SECRET),)}
    ground = world(looking("reject"), **told)
    reply, body = await ground.answer(ASK[:-1] + b',"stream":true}')
    assert body == b"".join(STREAM)
    assert SECRET not in str(reply.headers)
    assert ("content-type", "text/event-stream") in reply.headers


async def test_so_it_is_when_to_try_again() -> None:
    told = {"status": 429, "headers": (("retry-after", f"7 {SECRET}"), ("retry-after-ms", "7000"))}
    reply, _ = await world(looking("reject"), **told).answer(ASK)
    assert SECRET not in str(reply.headers)
    assert ("retry-after-ms", "7000") in reply.headers


@pytest.mark.parametrize(
    ("told", "heard"),
    [
        ("application/json; profile=AKIA42", "application/json"),
        ("text/AKIA42", "application/octet-stream"),
        ("application/json; charset=utf-8", "application/json; charset=utf-8"),
    ],
)
async def test_of_a_content_type_the_type_is_left(told: str, heard: str) -> None:
    reply, _ = await world(looking("reject"), content_type=told).answer(ASK)
    assert [value for name, value in reply.headers if name == "content-type"] == [heard]


async def test_a_rule_that_watches_leaves_it() -> None:
    ground = world(looking("monitor"), headers=(("request-id", SECRET),))
    reply, _ = await ground.answer(ASK)
    assert ("request-id", SECRET) in reply.headers
    assert [event.action for event in ground.ledger.events] == ["monitored"]


async def test_a_rule_that_is_not_for_headers_does_not_look() -> None:
    ground = world(looking("reject", field_classes=("A",)), headers=(("request-id", SECRET),))
    reply, _ = await ground.answer(ASK)
    assert ("request-id", SECRET) in reply.headers


async def test_the_gateways_own_secrets_are_left_out() -> None:
    own = "sk-another-providers-9Zk3v7q2m4Yw8Rt1"

    class Defended(FakeDirectory):
        @property
        def rules(self) -> RuleSet:
            return compile_rules([], 1, None, defend(set(), [Secret(own)]).detectors)

    ground = World(Defended(), FakeUpstream((BODY,), headers=(("openai-model", f"m {own}"), ("request-id", "r1"))))
    reply, _ = await ground.answer(ASK)
    assert own not in str(reply.headers)
    assert ("request-id", "r1") in reply.headers
    assert [event.action for event in ground.ledger.events] == ["replaced"]


async def test_what_cannot_be_recorded_does_not_go_on() -> None:
    ground = world(looking("reject"), headers=(("request-id", SECRET),), ledger=FakeLedger(is_broken=True))
    with pytest.raises(AuditUnavailable):
        await ground.answer(ASK)
    assert ground.upstream.closed
    (record,) = ground.ledger.booked
    assert record.status == "interrupted"


async def test_headers_of_a_clean_answer_pass() -> None:
    told = (("openai-model", "m-1"), ("request-id", "req_17"), ("openai-processing-ms", "12"))
    ground = world(looking("reject"), headers=told)
    reply, body = await ground.answer(ASK)
    assert set(told) <= set(reply.headers)
    assert json.loads(body) == json.loads(BODY)
    assert ground.ledger.events == []
