"""Streams: what is passed on, what is withheld, and what is booked however they end."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from llm_proxy.errors import UpstreamBadResponse, UpstreamInterrupted
from llm_proxy.pipeline.bounds import Bounds
from tests.fakes import CREDENTIAL, FakeUpstream, World, read, rule

BODY = b'{"model":"m","stream":true,"messages":[{"role":"user","content":"12345678"}]}'
ASKING = BODY[:-1] + b',"stream_options":{"include_usage":true}}'
WORD = b'data: {"choices":[{"index":0,"delta":{"content":"word"}}]}\n\n'
STOP = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":2,"completion_tokens":1,"total_tokens":3}}\n\n'
DONE = b"data: [DONE]\n\n"


def world(*parts: bytes | BaseException, **bounds: int) -> World:
    return World(upstream=FakeUpstream(parts, content_type="text/event-stream"), bounds=Bounds(**bounds))


async def test_S17_usage_is_asked_for_and_its_chunk_withheld() -> None:
    each = world(WORD, STOP, USAGE, DONE)
    _, out = await each.answer(BODY)
    assert json.loads(each.upstream.requests[0].body)["stream_options"] == {"include_usage": True}
    assert out == WORD + STOP + DONE
    assert (each.ledger.booked[0].tokens.total, each.ledger.booked[0].tokens.source) == (3, "provider")


async def test_S18_a_client_that_asked_gets_the_chunk_once_and_its_bytes_unchanged() -> None:
    each = world(WORD + STOP + USAGE + DONE)
    _, out = await each.answer(ASKING)
    assert each.upstream.requests[0].body == ASKING
    assert out == WORD + STOP + USAGE + DONE


async def test_S21_without_usage_the_record_is_an_estimate() -> None:
    each = world(WORD, STOP, DONE)
    await each.answer(BODY)
    tokens = each.ledger.booked[0].tokens
    assert (tokens.prompt, tokens.completion, tokens.source) == (2, 1, "estimated")


@pytest.mark.parametrize("ending", [[UpstreamInterrupted()], []])
async def test_S06_S07_a_cut_stream_ends_in_an_error_event_and_no_done(ending: list) -> None:
    each = world(WORD, b'data: {"choi', *ending)
    reply, out = await each.answer(BODY)
    assert reply.status == 200
    assert out.startswith(WORD + b'data: {"error":')
    assert b"[DONE]" not in out
    assert json.loads(out.split(b"data: ")[-1])["error"]["code"] == "upstream_interrupted"
    assert (each.ledger.booked[0].status, each.ledger.booked[0].tokens.source) == ("interrupted", "estimated")


async def test_a_stream_that_fails_before_its_first_event_is_answered_with_a_status() -> None:
    each = world(UpstreamInterrupted())
    with pytest.raises(UpstreamInterrupted):
        await each.answer(BODY)
    (record,) = each.ledger.booked
    assert (record.status, record.http_status) == ("error", 502)
    assert each.upstream.closed


async def test_S07_a_finish_reason_without_done_is_complete() -> None:
    each = world(WORD, STOP)
    _, out = await each.answer(BODY)
    assert out == WORD + STOP
    assert each.ledger.booked[0].status == "ok"


async def test_a_choice_that_never_finished_is_a_cut_stream() -> None:
    other = WORD.replace(b'"index":0', b'"index":1')
    assert b"upstream_interrupted" in (await world(WORD, other, STOP).answer(BODY))[1]
    finished = STOP.replace(b'"index":0', b'"index":1')
    assert b"upstream_interrupted" not in (await world(WORD, other, STOP, finished).answer(BODY))[1]


async def test_U16_an_escaped_credential_in_a_streams_error_is_scrubbed() -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in CREDENTIAL)
    _, out = await world(WORD, f'data: {{"error":{{"message":"{escaped}"}}}}\n\n'.encode()).answer(BODY)
    assert CREDENTIAL not in json.loads(out.split(b"data: ")[-1])["error"]["message"]


async def test_S14_a_last_event_without_its_line_end_is_delivered() -> None:
    _, out = await world(WORD, STOP, b"data: [DONE]").answer(BODY)
    assert out.startswith(WORD + STOP + b"data: [DONE]")


async def test_S15_an_event_beyond_the_limit_is_an_in_band_error() -> None:
    each = world(WORD, b"data: " + b"x" * 5000, max_event_bytes=4096)
    _, out = await each.answer(BODY)
    assert b'"code":"upstream_bad_response"' in out
    assert each.upstream.closed


async def test_S32_what_comes_after_the_end_is_dropped() -> None:
    _, out = await world(WORD, STOP, DONE + b"data: more\n\n", b"data: and more\n\n").answer(BODY)
    assert out == WORD + STOP + DONE


async def test_S31_an_error_of_the_provider_is_passed_and_booked() -> None:
    said = b'data: {"error":{"message":"overloaded"}}\n\n'
    each = world(WORD, said)
    _, out = await each.answer(BODY)
    assert out == WORD + said
    assert each.ledger.booked[0].status == "error"


async def test_S02_a_client_that_leaves_closes_the_upstream_and_is_booked() -> None:
    each = world(WORD, WORD, STOP, DONE)
    reply = await each.gateway.answer(each.call(BODY))
    await reply.body.aclose()  # type: ignore[union-attr]
    assert each.upstream.closed
    (record,) = each.ledger.booked
    assert (record.status, record.tokens.completion, record.tokens.source) == ("cancelled", 1, "estimated")


async def test_a_client_that_leaves_with_everything_is_no_cancel() -> None:
    each = world(WORD + STOP + DONE)
    reply = await each.gateway.answer(each.call(BODY))
    await anext(reply.body)  # type: ignore[arg-type]
    await reply.body.aclose()  # type: ignore[union-attr]
    assert each.ledger.booked[0].status == "ok"


async def test_a_call_the_process_ends_is_interrupted_not_cancelled() -> None:
    each = world(WORD, WORD, STOP, DONE)
    call = each.call(BODY)
    reply = await each.gateway.answer(call)
    call.notes.stopped = True
    await reply.body.aclose()  # type: ignore[union-attr]
    assert each.ledger.booked[0].status == "interrupted"


@pytest.mark.parametrize(
    ("endpoint", "terminal", "error"),
    [
        (
            "responses",
            b'event: response.completed\ndata: {"type":"response.completed","response":{}}\n\n',
            b"event: error\n",
        ),
        ("messages", b'event: message_stop\ndata: {"type":"message_stop"}\n\n', b"event: error\n"),
    ],
)
async def test_other_protocols_end_and_break_in_their_own_form(endpoint: str, terminal: bytes, error: bytes) -> None:
    body = b'{"model":"m","stream":true,"input":"x","messages":[]}'
    start = b'event: x\ndata: {"type":"x"}\n\n'
    whole, cut = world(start, terminal), world(start)
    assert (await whole.answer(body, endpoint))[1] == start + terminal
    out = (await cut.answer(body, endpoint))[1]
    assert out.startswith(start + error)
    assert json.loads(out.split(b"data: ")[-1])["type"] == "error"
    assert [each.ledger.booked[0].status for each in (whole, cut)] == ["ok", "interrupted"]


async def test_a_done_behind_the_last_event_of_another_protocol_is_passed_on() -> None:
    last = b'event: response.completed\ndata: {"type":"response.completed","response":{}}\n\n'
    each = world(last, DONE)
    _, out = await each.answer(b'{"model":"m","stream":true,"input":"x"}', "responses")
    assert out == last + DONE
    assert each.ledger.booked[0].status == "ok"


async def test_audio_passes_as_it_comes() -> None:
    each = World(upstream=FakeUpstream([b"RIFF", b"\0\1"], content_type="audio/wav"))
    reply, out = await each.answer(b'{"model":"m","input":"say it"}', "audio/speech")
    assert (out, dict(reply.headers)["content-type"]) == (b"RIFF\0\1", "audio/wav")
    assert each.ledger.booked[0].status == "ok"


async def test_audio_that_breaks_before_its_first_byte_is_an_error_with_a_status() -> None:
    each = World(upstream=FakeUpstream([UpstreamInterrupted()], content_type="audio/wav"))
    with pytest.raises(UpstreamInterrupted):
        await each.answer(b'{"input":"x"}', "audio/speech")
    assert (each.ledger.booked[0].status, each.ledger.booked[0].http_status) == ("error", 502)


async def test_audio_that_breaks_is_not_made_to_look_whole() -> None:
    each = World(upstream=FakeUpstream([b"RIFF", UpstreamInterrupted()], content_type="audio/wav"))
    reply = await each.gateway.answer(each.call(b'{"input":"x"}', "audio/speech"))
    with pytest.raises(UpstreamInterrupted):
        await read(reply)
    assert each.ledger.booked[0].status == "interrupted"


def repeating(first: str, second: str, key: str = "content") -> bytes:
    return f'data: {{"choices":[{{"index":0,"delta":{{"content":"{first}","{key}":"{second}"}}}}]}}\n\n'.encode()


@pytest.mark.parametrize(
    "event", [repeating("AKIA42", "a"), repeating("a", "AKIA42"), repeating("a", "b", "c\\u006fntent")]
)
async def test_an_event_that_can_be_read_in_two_ways_ends_an_inspected_stream(event: bytes) -> None:
    looking = replace(rule("AKIA[0-9]+"), directions=("response",))
    each = world(WORD.replace(b"word", b"word and "), event, STOP, DONE)
    each.directory.guardrails = [looking]
    _, out = await each.answer(ASKING)
    assert b"AKIA" not in out
    assert b"[DONE]" not in out
    assert json.loads(out.split(b"data: ")[-1])["error"]["code"] == "upstream_bad_response"
    assert each.ledger.booked[0].status == "interrupted"
    assert each.upstream.closed


async def test_an_event_that_can_be_read_in_two_ways_as_the_first_is_told_by_a_status() -> None:
    each = world(repeating("AKIA42", "a"), STOP, DONE)
    each.directory.guardrails = [replace(rule("AKIA[0-9]+"), directions=("response",))]
    with pytest.raises(UpstreamBadResponse):
        await each.answer(ASKING)


def said(piece: str, more: str) -> bytes:
    return f'data: {{"choices":[{{"index":0,"delta":{{"content":"{piece}"}}}}]{more}}}\n\n'.encode()


SECRET = "AKIA7Q2M4N6P8R0S"
SPOILT = [
    (lambda piece: said(piece, ',"x":NaN'), "guardrail_rejected"),
    (lambda piece: said(piece, ',"x":[-Infinity]'), "guardrail_rejected"),
    (lambda piece: said(piece, ',"x":"\\ud800"'), "guardrail_rejected"),
    (lambda piece: said(piece, ',"x":"\xff"').replace(b"\xc3\xbf", b"\xff"), "upstream_bad_response"),
    (lambda piece: said(piece, ","), "upstream_bad_response"),
    (lambda piece: said(piece, ',"x":1e999'), "upstream_bad_response"),
    (lambda piece: b"data: " + piece.encode() + b"\n\n", "upstream_bad_response"),
]


@pytest.mark.parametrize("place", range(len(SECRET)))
@pytest.mark.parametrize(("spoilt", "code"), SPOILT)
async def test_an_event_that_is_not_strict_json_is_judged_with_what_came_before(
    spoilt: Callable[[str], bytes], code: str, place: int
) -> None:
    each = world(said("it is ", ""), said(SECRET[:place], ""), spoilt(SECRET[place:]), said(" so", ""), STOP, DONE)
    each.directory.guardrails = [replace(rule(r"\bAKIA[A-Z0-9]{12}\b"), directions=("response",))]
    _, out = await each.answer(ASKING)
    assert out.startswith(said("it is ", ""))
    assert not any(SECRET[start : start + 4].encode() in out for start in range(len(SECRET) - 3))
    assert json.loads(out.split(b"data: ")[-1])["error"]["code"] == code


async def test_an_event_with_what_is_no_number_goes_on_as_strict_json() -> None:
    each = world(said("fine ", ',"x":NaN'), STOP, DONE)
    each.directory.guardrails = [replace(rule("AKIA[0-9]+"), directions=("response",))]
    _, out = await each.answer(ASKING)
    assert out == said("fine ", ',"x":null') + STOP + DONE


@pytest.mark.parametrize("event", [b"data: \n\n", b"data:  [DONE]\n\n", b": a comment\n\n"])
async def test_events_that_say_nothing_pass(event: bytes) -> None:
    each = world(WORD, event, STOP, DONE)
    each.directory.guardrails = [replace(rule("AKIA[0-9]+"), directions=("response",))]
    assert event in (await each.answer(ASKING))[1]


@pytest.mark.parametrize(
    "said", ['{ "a" : 1.50, "b":[{"a":1e3},{"a":1}], "c":{"a":"\\u0061"} }', '{"n":-0, "a":"é\\/"}']
)
async def test_other_spellings_of_json_go_on_to_the_byte(said: str) -> None:
    odd = f"data: {said}\n\n".encode()
    each = world(WORD, odd, STOP, DONE)
    each.directory.guardrails = [replace(rule("AKIA[0-9]+"), directions=("response",))]
    assert odd in (await each.answer(ASKING))[1]
