"""The story of a call, told with fakes at the ports."""

import json

import orjson
import pytest

from llm_proxy.errors import (
    AuditUnavailable,
    BadJson,
    GuardrailRejected,
    GuardrailUnavailable,
    InvalidKey,
    Overloaded,
    ProviderGone,
    ProxyError,
    RateLimited,
    UpstreamAuthError,
    UpstreamBadResponse,
    UpstreamInterrupted,
    UpstreamUnavailable,
)
from llm_proxy.pipeline.bounds import Bounds
from tests.fakes import CREDENTIAL, FakeDirectory, FakeLedger, FakeUpstream, World, api_key, rule

BODY = b'{ "messages" : [{"role":"user","content":"hi \\u0041KIA"}], "model":"m", "x": 1.0 }'
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


async def test_P37_a_body_that_no_rule_touches_is_forwarded_to_the_byte() -> None:
    world = World(FakeDirectory(guardrails=[rule("nowhere")]))
    await world.answer(BODY)
    assert world.upstream.requests[0].body == BODY


async def test_a_call_is_booked_with_what_the_provider_tells() -> None:
    world = World(upstream=FakeUpstream([orjson.dumps({"model": "m-2026", "usage": USAGE})]))
    await world.answer(BODY)
    (record,) = world.ledger.booked
    assert (record.id, record.model, record.status, record.http_status) == ("call-1", "m", "ok", 200)
    assert (record.tokens.total, record.tokens.source) == (5, "provider")
    assert world.ledger.opened[0].status == "interrupted"  # what stands if the process dies


@pytest.mark.parametrize("keys", [[], [api_key(digest="0" * 64)]])
async def test_an_unknown_key_is_refused_before_anything_else(keys: list) -> None:
    world = World(FakeDirectory(keys=keys))
    with pytest.raises(InvalidKey):
        await world.answer(b"not even json")
    assert world.upstream.requests == []


async def test_a_call_on_behalf_of_a_key_looks_at_no_presented_one() -> None:
    world = World(FakeDirectory(keys=[api_key()]))
    await world.gateway.answer_as(world.call(BODY, key=""), api_key(id="key-2"))
    assert [record.api_key_id for record in world.ledger.booked] == ["key-2"]
    with pytest.raises(InvalidKey):
        await world.gateway.answer(world.call(BODY, key=""))


async def test_R10_a_limited_call_is_neither_read_nor_forwarded_nor_booked() -> None:
    world = World(FakeDirectory(keys=[api_key(rate_limit_rpm=1)]))
    reply, _ = await world.answer(BODY)
    assert ("x-ratelimit-remaining-requests", "0") in reply.headers
    with pytest.raises(RateLimited) as caught:
        await world.answer(BODY)
    assert caught.value.headers["retry-after"] == "60"
    assert caught.value.headers["x-ratelimit-limit-requests"] == "1"
    assert len(world.upstream.requests) == len(world.ledger.booked) == 1
    assert world.ledger.limited_keys == [("key-1", "provider-1")]


async def test_a_bad_body_is_refused() -> None:
    world = World()
    with pytest.raises(BadJson):
        await world.answer(b'{"a":1,"a":2}')
    assert world.upstream.requests == []


async def test_G01_a_reject_rule_stops_the_call_and_leaves_an_event() -> None:
    world = World(FakeDirectory(guardrails=[rule("AKIA")]))
    with pytest.raises(GuardrailRejected) as caught:
        await world.answer(BODY)
    (event,) = world.ledger.events
    assert (event.guardrail_id, event.place, event.action, event.input_text) == (
        "rule-1", "messages[0].content", "rejected", "hi AKIA",
    )  # fmt: skip
    assert event.id in caught.value.message
    assert "rule-1" in caught.value.message
    assert "AKIA" not in caught.value.message
    assert world.upstream.requests == world.ledger.opened == []


async def test_G13_a_replace_rule_leaves_an_event_and_changes_only_its_literal() -> None:
    world = World(FakeDirectory(guardrails=[rule("AKIA", "replace", "[KEY]")]))
    reply, _ = await world.answer(BODY)
    assert world.upstream.requests[0].body == BODY.replace(b"hi \\u0041KIA", b"hi [KEY]")
    assert [event.action for event in world.ledger.events] == ["replaced"]
    assert ("x-llmp-guardrail", "redacted=1") in reply.headers


@pytest.mark.parametrize("mode", ["reject", "replace"])
async def test_G12_without_an_audit_trail_nothing_is_forwarded(mode: str) -> None:
    world = World(FakeDirectory(guardrails=[rule("AKIA", mode)]), ledger=FakeLedger(is_broken=True))  # type: ignore[arg-type]
    with pytest.raises(AuditUnavailable):
        await world.answer(BODY)
    assert world.upstream.requests == []


async def test_without_a_rule_set_nothing_is_forwarded() -> None:
    world = World(FakeDirectory(guardrails=None))
    with pytest.raises(GuardrailUnavailable):
        await world.answer(BODY)
    assert world.upstream.requests == []


async def test_what_the_client_wrote_into_headers_is_inspected_too() -> None:
    world = World(FakeDirectory(guardrails=[rule("AKIA", "replace", "x")]))
    with pytest.raises(GuardrailRejected):
        await world.gateway.answer(world.call(b"{}", outside=("trace-AKIA",)))


async def test_a_key_whose_provider_is_gone_says_so() -> None:
    with pytest.raises(ProviderGone):
        await World(FakeDirectory(providers=[])).answer(BODY)


async def test_a_provider_has_only_so_many_places_and_each_is_given_back() -> None:
    world = World(bounds=Bounds(calls_per_provider=1))
    reply = await world.gateway.answer(world.call(b'{"stream":true}'))
    assert reply.status == 200  # a whole answer: its place is free again
    world.upstream.content_type, world.upstream.parts = "text/event-stream", [b"data: {}\n\n", b"data: [DONE]\n\n"]
    streaming = await world.gateway.answer(world.call(b'{"stream":true}'))
    with pytest.raises(Overloaded):
        await world.gateway.answer(world.call(b"{}"))
    await streaming.body.aclose()  # type: ignore[union-attr]
    await world.gateway.answer(world.call(b"{}"))


@pytest.mark.parametrize("status", [401, 403])
async def test_U01_a_refused_credential_is_our_fault_not_the_clients(status: int) -> None:
    world = World(upstream=FakeUpstream(status=status))
    with pytest.raises(UpstreamAuthError):
        await world.answer(BODY)
    assert (world.ledger.booked[0].status, world.ledger.booked[0].http_status) == ("error", 502)
    assert world.upstream.closed


@pytest.mark.parametrize("status", [301, 302, 304, 307, 308])
async def test_H12_a_redirect_is_not_followed(status: int) -> None:
    world = World(upstream=FakeUpstream(status=status, headers=(("location", "http://evil.test"),)))
    with pytest.raises(UpstreamBadResponse):
        await world.answer(BODY)
    assert len(world.upstream.requests) == 1


async def test_U03_the_providers_limit_is_told_apart_from_ours() -> None:
    said = {"error": {"message": "slow down", "type": "tokens", "param": None, "code": "rate_limit_exceeded"}}
    world = World(
        upstream=FakeUpstream(
            [orjson.dumps(said)], 429, headers=(("retry-after", "7"), ("x-ratelimit-limit-requests", "9"))
        )
    )
    reply, body = await world.answer(BODY)
    assert (reply.status, json.loads(body)["error"]["code"]) == (429, "upstream_rate_limited")
    assert dict(reply.headers)["retry-after"] == "7"
    assert "x-ratelimit-limit-requests" not in dict(reply.headers)


async def test_U04_a_json_error_keeps_its_bytes() -> None:
    said = b'{"error": {"message": "no such model", "code": "model_not_found"}}'
    reply, body = await World(upstream=FakeUpstream([said], 404)).answer(BODY)
    assert (reply.status, body) == (404, said)


@pytest.mark.parametrize("said", [b"<html>", b"", b'"text"'])
async def test_U04_any_other_error_becomes_json_of_the_same_status(said: bytes) -> None:
    reply, body = await World(upstream=FakeUpstream([said], 503, "text/html")).answer(BODY)
    assert (reply.status, json.loads(body)["error"]["type"]) == (503, "upstream_error")
    assert dict(reply.headers)["content-type"] == "application/json"


@pytest.mark.parametrize("status", [200, 400, 429, 500])
async def test_U16_the_credential_is_scrubbed_from_whatever_comes_back(status: int) -> None:
    said = orjson.dumps({"error": {"message": f"bad key {CREDENTIAL}"}})
    _, body = await World(upstream=FakeUpstream([said], status)).answer(BODY)
    assert CREDENTIAL.encode() not in body


async def test_S08_a_cut_answer_is_an_error_never_half_a_json() -> None:
    world = World(upstream=FakeUpstream([b'{"cho', UpstreamInterrupted()]))
    with pytest.raises(UpstreamInterrupted):
        await world.answer(BODY)
    assert world.ledger.booked[0].status == "error"


async def test_U13_an_endless_answer_is_stopped_at_the_limit() -> None:
    world = World(upstream=FakeUpstream([b"x" * 600] * 9), bounds=Bounds(max_answer_bytes=1000))
    with pytest.raises(UpstreamBadResponse):
        await world.answer(BODY)
    assert world.upstream.closed


@pytest.mark.parametrize("status", [400, 500])
async def test_an_answer_nested_beyond_reason_is_no_fault_of_ours(status: int) -> None:
    said = b'{"a":' + b"[" * 400 + b"]" * 400 + b"}"
    reply, body = await World(upstream=FakeUpstream([said], status)).answer(BODY)
    assert (reply.status, json.loads(body)["error"]["code"]) == (status, "upstream_error")
    reply, body = await World(upstream=FakeUpstream([said])).answer(BODY)
    assert (reply.status, body) == (200, said)


@pytest.mark.parametrize("status", [100, 199, 600, 999])
async def test_a_status_that_http_does_not_know_is_502(status: int) -> None:
    with pytest.raises(UpstreamBadResponse):
        await World(upstream=FakeUpstream(status=status)).answer(BODY)


async def test_U03_a_limit_told_in_anothers_form_keeps_that_form() -> None:
    said = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow"}, "request_id": "req_1"}
    _, body = await World(upstream=FakeUpstream([orjson.dumps(said)], 429)).answer(BODY, "messages")
    told = json.loads(body)
    assert (told["type"], told["request_id"], told["error"]["message"]) == ("error", "req_1", "slow")


async def test_U16_a_credential_in_a_header_or_escaped_in_a_good_answer_is_scrubbed() -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in CREDENTIAL)
    upstream = FakeUpstream([f'{{"a":"{escaped}"}}'.encode()], headers=(("openai-version", CREDENTIAL),))
    reply, body = await World(upstream=upstream).answer(BODY)
    assert CREDENTIAL not in json.loads(body)["a"]
    assert CREDENTIAL not in str(reply.headers)


async def test_S19_a_client_whose_own_options_are_refused_changes_nothing_for_others() -> None:
    world = World(upstream=FakeUpstream([b'{"error":{"message":"stream_options.bogus is unknown"}}'], 400))
    await world.answer(b'{"stream":true,"stream_options":{"bogus":1}}')
    assert len(world.upstream.requests) == 2
    await world.answer(b'{"stream":true}')
    assert b"include_usage" in world.upstream.requests[2].body


async def test_an_unreachable_provider_is_booked_as_an_error() -> None:
    world = World(upstream=FakeUpstream(error=UpstreamUnavailable()))
    with pytest.raises(ProxyError):
        await world.answer(BODY)
    (record,) = world.ledger.booked
    assert (record.status, record.http_status, record.tokens.source, record.tokens.total) == ("error", 502, "none", 0)


async def test_only_allow_listed_headers_come_back() -> None:
    sent = (
        ("set-cookie", "a=b"),
        ("server", "x"),
        ("x-api-key", "y"),
        ("alt-svc", "z"),
        ("openai-processing-ms", "12"),
    )
    reply, _ = await World(upstream=FakeUpstream(headers=sent)).answer(BODY)
    assert dict(reply.headers) == {"content-type": "application/json", "openai-processing-ms": "12"}


async def test_a_list_of_models_needs_no_body() -> None:
    world = World()
    await world.answer(b"ignored", "models")
    assert (world.upstream.requests[0].method, world.upstream.requests[0].body) == ("GET", b"")
    assert world.upstream.requests[0].url == "http://upstream.test/v1/models"
