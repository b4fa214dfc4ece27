"""An answer is inspected as a request is, and says the client's own values where the provider saw placeholders."""

import json
from dataclasses import replace
from typing import Any

import orjson
import pytest

from llm_proxy.errors import AuditUnavailable, GuardrailRejected
from llm_proxy.records import Guardrail
from tests.fakes import FakeDirectory, FakeLedger, FakeUpstream, World, rule

ASK = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def answers(pattern: str, mode: Any = "reject", replace_by: str = "", **changes: Any) -> Guardrail:
    return replace(rule(pattern, mode, replace_by), directions=("response",), **changes)


def chat(content: str, **more: Any) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}} | more], "usage": USAGE}


def world(said: Any, *rules: Guardrail, **more: Any) -> World:
    return World(FakeDirectory(guardrails=list(rules)), FakeUpstream([orjson.dumps(said)]), **more)


async def test_an_answer_that_no_rule_touches_passes_to_the_byte() -> None:
    body = b'{ "choices" : [{"message":{"content":"nothing \\u0041"}}], "x": 1.0}'
    ground = World(FakeDirectory(guardrails=[answers("AKIA")]), FakeUpstream([body]))
    assert (await ground.answer(orjson.dumps(ASK)))[1] == body


async def test_a_rule_for_answers_refuses_one_with_a_400_and_an_event_and_the_call_is_paid_for() -> None:
    ground = world(chat("the key is AKIA42"), answers("AKIA[0-9]+"))
    with pytest.raises(GuardrailRejected) as refused:
        await ground.answer(orjson.dumps(ASK))
    (event,) = ground.ledger.events
    assert (event.direction, event.action, event.place) == ("response", "rejected", "choices[0].message.content")
    assert event.id in refused.value.message
    assert "AKIA42" not in refused.value.message
    (record,) = ground.ledger.booked
    assert (record.tokens.total, record.http_status) == (5, 400)


async def test_a_rule_for_answers_replaces_in_text_and_in_tool_arguments() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"key": "AKIA42"}'}}
    said = {"choices": [{"message": {"content": "AKIA42 é", "tool_calls": [call]}}], "keep": [1.0]}
    ground = world(said, answers("AKIA[0-9]+", "replace", "[key]"))
    reply, body = await ground.answer(orjson.dumps(ASK))
    message = json.loads(body)["choices"][0]["message"]
    assert message["content"] == "[key] é"
    assert message["tool_calls"][0]["function"]["arguments"] == '{"key": "[key]"}'
    assert ("x-llmp-guardrail", "redacted=2") in reply.headers


async def test_log_probabilities_do_not_spell_out_what_was_replaced() -> None:
    tokens = [{"token": "AKIA", "bytes": [65], "logprob": -1}, {"token": "42", "bytes": [52], "logprob": -1}]
    ground = world(chat("AKIA42", logprobs={"content": tokens}), answers("AKIA[0-9]+", "replace", "#"))
    (choice,) = json.loads((await ground.answer(orjson.dumps(ASK)))[1])["choices"]
    assert (choice["message"]["content"], choice["logprobs"]) == ("#", None)


async def test_a_rule_for_requests_does_not_look_at_answers() -> None:
    ground = world(chat("AKIA42"), rule("AKIA[0-9]+"))
    assert b"AKIA42" in (await ground.answer(orjson.dumps(ASK)))[1]


async def test_an_answer_that_cannot_be_read_is_refused_when_a_rule_finds_something_in_it() -> None:
    ground = World(
        FakeDirectory(guardrails=[answers("AKIA", "replace", "#")]), FakeUpstream([b'{"a": "AKIA", "a": 1}'])
    )
    with pytest.raises(GuardrailRejected):
        await ground.answer(orjson.dumps(ASK))
    assert len(ground.ledger.events) == 1


async def test_what_cannot_be_recorded_is_not_answered() -> None:
    ground = world(chat("AKIA42"), answers("AKIA", "monitor"), ledger=FakeLedger(is_broken=True))
    with pytest.raises(AuditUnavailable):
        await ground.answer(orjson.dumps(ASK))


class Echo(FakeUpstream):
    """Says what it was sent, in text and in a tool call's arguments."""

    async def send(self, request: Any) -> Any:
        said = json.loads(request.body)["messages"][0]["content"]
        arguments = json.dumps({"to": said})
        call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": arguments}}
        self.parts = [orjson.dumps({"choices": [{"message": {"content": said, "tool_calls": [call]}}]})]
        return await super().send(request)


async def test_a_pseudonym_is_what_the_provider_sees_and_the_value_what_the_client_gets_back() -> None:
    hidden = replace(rule(r'\S+@[\w."]+', "pseudonymise"), name="Mail")
    ground = World(FakeDirectory(guardrails=[hidden]), Echo())
    asked = {"model": "m", "messages": [{"role": "user", "content": 'write to a"b@example.org now'}]}
    _, body = await ground.answer(orjson.dumps(asked))
    assert b"@example.org" not in ground.upstream.requests[0].body
    assert b"<MAIL_" in ground.upstream.requests[0].body
    message = json.loads(body)["choices"][0]["message"]
    assert message["content"] == 'write to a"b@example.org now'
    assert json.loads(message["tool_calls"][0]["function"]["arguments"]) == {"to": 'write to a"b@example.org now'}


async def test_two_turns_have_the_same_redacted_beginning() -> None:
    hidden = replace(rule(r"\S+@\S+", "pseudonymise"), name="Mail")
    ground = World(FakeDirectory(guardrails=[hidden]), Echo())
    first = {"role": "user", "content": "write to a@example.org"}
    for messages in ([first], [first, {"role": "assistant", "content": "to a@example.org"}, first]):
        await ground.answer(orjson.dumps({"model": "m", "messages": messages}))
    one, two = (request.body for request in ground.upstream.requests)
    assert two.startswith(one[: one.rindex(b"]")])
