"""Every call that reached a provider has one usage record, and its numbers are the provider's own to the token."""

import hashlib
import json
from typing import Any

import pytest

from tests.gateway_process import CHAT, Caller, Gateway, chat_body
from tests.mock_answers import (
    AUDIO,
    CACHED,
    CHAT_USAGE,
    COMPLETION,
    DONE,
    PROMPT,
    REASONING,
    chat,
    chat_chunk,
    chat_events,
    chunked,
    error_answer,
    event,
    json_answer,
)
from tests.mock_upstream import Mock
from tests.wire import sse_json

ASK = {"model": "mock-1", "messages": [{"role": "user", "content": "Say hello to everyone, please."}]}
TEXT = {"model": "mock-1", "prompt": "Say hello to everyone, please."}
INPUT = {"model": "mock-1", "input": "Say hello to everyone, please."}
EXACT = (PROMPT, COMPLETION, "provider")
CALLS = [
    pytest.param("chat/completions", ASK, EXACT, id="chat"),
    pytest.param("chat/completions", ASK | {"stream": True}, EXACT, id="chat stream"),
    pytest.param("completions", TEXT, EXACT, id="completions"),
    pytest.param("completions", TEXT | {"stream": True}, EXACT, id="completions stream"),
    pytest.param("embeddings", INPUT, (PROMPT, 0, "provider"), id="embeddings"),
    pytest.param("responses", INPUT, EXACT, id="responses"),
    pytest.param("responses", INPUT | {"stream": True}, EXACT, id="responses stream"),
    pytest.param("messages", ASK | {"max_tokens": 9}, EXACT, id="messages"),
    pytest.param("messages", ASK | {"max_tokens": 9, "stream": True}, EXACT, id="messages stream"),
    pytest.param("images/generations", TEXT, EXACT, id="images"),
    pytest.param("moderations", INPUT, (0, 0, "none"), id="moderations"),
]


@pytest.mark.parametrize(("endpoint", "body", "expected"), CALLS)
def test_every_endpoint_is_counted_as_the_provider_counted(
    endpoint: str, body: dict[str, Any], expected: tuple[int, int, str], caller: Caller
) -> None:
    assert caller.call(f"/v1/{endpoint}", body).status == 200
    (record,) = caller.usage()
    assert (record["prompt_tokens"], record["completion_tokens"], record["source"]) == expected
    assert record["total_tokens"] == expected[0] + expected[1]
    assert (record["status"], record["model"]) == ("ok", "mock-1")
    assert (record["api_key_id"], record["provider_id"]) == (caller.key_id, caller.provider_id)


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("path", [CHAT, "/v1/responses", "/v1/messages"])
def test_S20_cached_tokens_are_kept_apart(path: str, stream: bool, caller: Caller) -> None:
    body = ASK | INPUT | {"max_tokens": 9, "stream": stream}
    assert caller.call(path, body).status == 200
    (record,) = caller.usage()
    assert record["cached_tokens"] == CACHED
    assert record["reasoning_tokens"] == (0 if path == "/v1/messages" else REASONING)


def test_audio_is_passed_to_the_byte_and_estimated_from_its_text(mock: Mock, caller: Caller) -> None:
    answer = caller.call("/v1/audio/speech", {"model": "mock-1", "input": "x" * 40, "voice": "alloy"})
    assert (answer.body, answer.header("content-type")) == (AUDIO, "audio/mpeg")
    (record,) = caller.usage()
    assert (record["prompt_tokens"], record["source"]) == (10, "estimated")


def inserted(shorter: bytes, longer: bytes) -> bytes:
    """Return what was inserted into ``shorter`` in one place to make ``longer``; fails when anything else differs."""
    grown = len(longer) - len(shorter)
    assert grown >= 0
    for at in range(len(shorter) + 1):
        if shorter[:at] == longer[:at] and shorter[at:] == longer[at + grown :]:
            return longer[at : at + grown]
    raise AssertionError(f"{longer!r} is not {shorter!r} with an insertion")


BODIES = [
    b'{"model":"mock-1","messages":[{"role":"user","content":"h\\u00e9 \\/ \xf0\x9f\x98\x80"}],"stream":true}',
    b' {\n "stream" : true ,"x_new":{"b":1.0,"a":1e3}, "messages":[ {"content":"hi"} ],\t"model":"mock-1" }\n',
    b'{"stream":true,"stream_options":{},"model":"mock-1","messages":[]}',
    b'{"stream":true,"stream_options":{"include_obfuscation":false},"model":"mock-1","messages":[]}',
]


@pytest.mark.parametrize("body", BODIES)
def test_S17_usage_is_asked_for_by_one_insertion_and_its_chunk_withheld(
    body: bytes, mock: Mock, caller: Caller
) -> None:
    answer = caller.call(CHAT, body)
    assert mock.last.json()["stream_options"]["include_usage"] is True
    assert b"include_usage" in inserted(body, mock.last.body)
    assert answer.body == b"".join(chat_events())
    assert caller.usage()[0]["completion_tokens"] == COMPLETION


@pytest.mark.parametrize("value", ["false", "null"])
def test_S17_a_client_that_declines_usage_gets_none_and_is_counted(value: str, mock: Mock, caller: Caller) -> None:
    before, after = b'{"stream":true,"stream_options":{"include_usage":', b'},"model":"mock-1","messages":[]}'
    answer = caller.call(CHAT, before + value.encode() + after)
    assert mock.last.body == before + b"true" + after
    assert answer.body == b"".join(chat_events())
    assert caller.usage()[0]["source"] == "provider"


def test_S17_null_stream_options_are_replaced(mock: Mock, caller: Caller) -> None:
    caller.call(CHAT, b'{"stream":true,"stream_options":null,"model":"mock-1","messages":[]}')
    assert mock.last.json() == {
        "stream": True,
        "stream_options": {"include_usage": True},
        "model": "mock-1",
        "messages": [],
    }


def test_S18_a_client_that_asked_gets_the_usage_chunk_once_and_its_bytes_are_untouched(
    mock: Mock, caller: Caller
) -> None:
    body = json.dumps(chat_body(stream=True, stream_options={"include_usage": True})).encode()
    answer = caller.call(CHAT, body)
    assert hashlib.sha256(mock.last.body).digest() == hashlib.sha256(body).digest()
    assert answer.body == b"".join(chat_events(usage=CHAT_USAGE))


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/messages", "/v1/embeddings"])
def test_S17_endpoints_that_tell_usage_by_themselves_are_not_asked(path: str, mock: Mock, caller: Caller) -> None:
    body = json.dumps(ASK | INPUT | {"max_tokens": 9, "stream": path != "/v1/embeddings"}).encode()
    caller.call(path, body)
    assert mock.last.body == body


def test_S19_a_provider_that_refuses_stream_options_is_asked_once_more_and_remembered(
    mock: Mock, caller: Caller
) -> None:
    def choosy(request: Any) -> Any:
        if "stream_options" in request.json():
            return error_answer(400, "Unrecognized request argument supplied: stream_options")
        return chunked(chat_events())

    mock.always(choosy)
    for _ in range(2):
        answer = caller.call(CHAT, chat_body(stream=True))
        assert (answer.status, answer.body) == (200, b"".join(chat_events()))
    assert ["stream_options" in request.json() for request in mock.requests] == [True, False, False]
    assert {record["source"] for record in caller.usage(2)} == {"estimated"}


def test_S19_a_400_about_something_else_is_not_repeated(mock: Mock, caller: Caller) -> None:
    mock.always(error_answer(400, "This model does not like you."))
    answer = caller.call(CHAT, chat_body(stream=True))
    assert (answer.status, answer.error["message"]) == (400, "This model does not like you.")
    assert len(mock.requests) == 1


def test_S20_usage_on_a_chunk_with_choices_is_counted_and_the_chunk_delivered(mock: Mock, caller: Caller) -> None:
    last = event(chat_chunk({"content": "end"}, "stop", usage=CHAT_USAGE))
    mock.then(chunked([event(chat_chunk({"content": "a"}, usage=None)), last, DONE]))
    answer = caller.call(CHAT, chat_body(stream=True))
    told = [chunk for chunk in sse_json(answer.body) if chunk != "[DONE]"]
    assert [chunk["choices"][0]["delta"]["content"] for chunk in told] == ["a", "end"]
    assert caller.usage()[0]["total_tokens"] == PROMPT + COMPLETION


def test_S20_cumulative_usage_on_every_chunk_is_counted_once(mock: Mock, caller: Caller) -> None:
    parts = [
        event(chat_chunk({"content": "w"}, usage=CHAT_USAGE | {"completion_tokens": n, "total_tokens": PROMPT + n}))
        for n in range(1, 6)
    ]
    mock.then(chunked([*parts, event(chat_chunk({}, "stop", usage=CHAT_USAGE)), DONE]))
    caller.call(CHAT, chat_body(stream=True))
    (record,) = caller.usage()
    assert (record["prompt_tokens"], record["completion_tokens"]) == (PROMPT, COMPLETION)


@pytest.mark.parametrize("stream", [False, True])
def test_S21_an_answer_without_usage_is_estimated_by_characters(stream: bool, mock: Mock, caller: Caller) -> None:
    text = "y" * 80
    whole = {"choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]}
    mock.then(chunked(chat_events([text[:40], text[40:]])) if stream else json_answer(whole | {"model": "mock-1"}))
    assert caller.chat("four " * 80, stream=stream).status == 200
    (record,) = caller.usage()
    assert (record["source"], record["status"]) == ("estimated", "ok")
    assert record["completion_tokens"] == 20
    assert record["prompt_tokens"] == 100


@pytest.mark.parametrize("status", [400, 404, 429, 500])
def test_S27_an_error_in_place_of_a_stream_stays_a_json_error(status: int, mock: Mock, caller: Caller) -> None:
    mock.then(error_answer(status))
    answer = caller.call(CHAT, chat_body(stream=True))
    assert (answer.status, answer.error["message"]) == (status, "The model is tired.")
    (record,) = caller.usage()
    assert (record["status"], record["total_tokens"]) == ("error", 0)


def test_S28_a_json_answer_in_place_of_a_stream_is_passed_as_json(mock: Mock, caller: Caller) -> None:
    mock.then(chat(ASK))
    answer = caller.call(CHAT, chat_body(stream=True))
    assert answer.header("content-type") == "application/json"
    assert answer.json()["choices"][0]["message"]["content"] == "Hello from MOCK."
    (record,) = caller.usage()
    assert (record["prompt_tokens"], record["completion_tokens"], record["source"]) == EXACT


def test_U20_an_answer_that_is_no_json_is_passed_or_502_and_on_record(mock: Mock, caller: Caller) -> None:
    mock.then([b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n{oops}"])
    assert caller.chat().status in {200, 502}
    assert len(caller.usage()) == 1


def test_a_call_that_reached_no_provider_has_no_record(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url)
    assert caller.call(CHAT, b"{not json").status == 400
    assert caller.chat().status == 200
    caller.usage(1)


def test_the_sums_are_over_all_matches_and_equal_the_upstreams_ledger(mock: Mock, caller: Caller) -> None:
    for n in range(12):
        assert caller.chat(stream=n % 2 == 0).status == 200
    caller.usage(12)
    page = caller.gateway.admin("GET", f"/admin/usage?api_key_id={caller.key_id}&limit=5&offset=10").json()
    assert len(page["records"]) == 2
    assert (page["total"], page["prompt_tokens"], page["completion_tokens"], page["total_tokens"]) == (
        len(mock.requests),
        12 * PROMPT,
        12 * COMPLETION,
        12 * (PROMPT + COMPLETION),
    )
