"""A stream that broke says so in its protocol's own form: silence would look like success to every client."""

import time
from typing import Any

import pytest

from tests.e2e.conftest import StartGateway
from tests.gateway_process import CHAT, Caller, chat_body
from tests.mock_answers import (
    DONE,
    chat_chunk,
    chat_events,
    chunked,
    completion_events,
    event,
    head,
    message_events,
    response_events,
    unfinished,
)
from tests.mock_upstream import Mock, Then
from tests.wire import parse_sse, sse_json

PROMPT: dict[str, Any] = {"model": "mock-1", "stream": True}
MESSAGES = PROMPT | {"messages": [{"role": "user", "content": "Say hello."}]}
STREAMS = [
    pytest.param("/v1/chat/completions", MESSAGES, chat_events(), id="chat"),
    pytest.param("/v1/completions", PROMPT | {"prompt": "Say hello."}, completion_events(), id="completions"),
    pytest.param("/v1/responses", PROMPT | {"input": "Say hello."}, response_events(), id="responses"),
    pytest.param("/v1/messages", MESSAGES | {"max_tokens": 9}, message_events(), id="messages"),
]


def assert_tells_the_break(path: str, body: bytes) -> None:
    """The last event is the protocol's error, and nothing says that the stream was complete."""
    last = parse_sse(body)[-1]
    told = sse_json(body)[-1]
    assert b"[DONE]" not in body
    if path in {"/v1/chat/completions", "/v1/completions"}:
        assert {"message", "type", "param", "code"} <= set(told["error"])
    elif path == "/v1/responses":
        assert last["event"] == told["type"] == "error"
        assert told["message"]
        assert "code" in told
        assert isinstance(told["sequence_number"], int)
    else:
        assert last["event"] == told["type"] == "error"
        assert told["error"]["type"]
        assert told["error"]["message"]


@pytest.mark.parametrize("ending", [Then.RESET, Then.CLOSE], ids=["reset", "closed"])
@pytest.mark.parametrize(("path", "body", "events"), STREAMS)
def test_S06_a_stream_broken_after_three_events_ends_in_an_error(
    path: str, body: dict[str, Any], events: list[bytes], ending: Then, mock: Mock, caller: Caller
) -> None:
    mock.then(unfinished(events[:3], ending))
    answer = caller.call(path, body)
    assert answer.status == 200
    assert answer.body.startswith(b"".join(events[:3]))
    assert_tells_the_break(path, answer.body)
    (record,) = caller.usage()
    assert record["status"] == "interrupted"
    assert record["source"] == ("partial" if path == "/v1/messages" else "estimated")  # as far as the provider told
    assert record["prompt_tokens"] > 0


@pytest.mark.parametrize(("path", "body", "events"), STREAMS)
def test_S07_a_stream_that_ends_in_order_but_incomplete_ends_in_an_error(
    path: str, body: dict[str, Any], events: list[bytes], mock: Mock, caller: Caller
) -> None:
    mock.then(chunked(events[:3]))
    answer = caller.call(path, body)
    assert answer.body.startswith(b"".join(events[:3]))
    assert_tells_the_break(path, answer.body)
    assert caller.usage()[0]["status"] == "interrupted"


def test_S07_a_finish_reason_without_done_is_complete(mock: Mock, caller: Caller) -> None:
    events = chat_events()
    mock.then(chunked(events[:-1]))
    answer = caller.call(CHAT, chat_body(stream=True))
    assert answer.complete
    assert b"error" not in answer.body
    assert answer.body.startswith(b"".join(events[:-1]))
    assert caller.usage()[0]["status"] == "ok"


def test_S06_a_stream_broken_within_an_event_does_not_glue_the_error_to_it(mock: Mock, caller: Caller) -> None:
    mock.then(unfinished([*chat_events()[:2], b'data: {"id": "half'], Then.RESET))
    answer = caller.call(CHAT, chat_body(stream=True))
    assert_tells_the_break(CHAT, answer.body)


def test_S25_a_stream_that_falls_silent_ends_in_an_error_at_the_idle_limit(
    start_gateway: StartGateway, mock: Mock
) -> None:
    caller = start_gateway(upstream_idle_s=0.6).caller(mock.url)
    mock.then([*chunked(chat_events()[:3])[:-1], Then.STALL])
    started = time.monotonic()
    answer = caller.call(CHAT, chat_body(stream=True))
    assert 0.5 <= time.monotonic() - started <= 2
    assert sse_json(answer.body)[-1]["error"]["code"] == "upstream_idle"
    assert_tells_the_break(CHAT, answer.body)
    mock.last.connection.wait_gone(1)
    assert caller.usage()[0]["status"] == "interrupted"


def test_S26_a_steady_stream_is_never_cut_by_a_deadline(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway(upstream_idle_s=0.5, upstream_first_byte_s=0.5, write_stall_s=0.5, header_timeout_s=1)
    caller = gateway.caller(mock.url)
    events = [part for n in range(25) for part in (event(chat_chunk({"content": f"w{n}"})), 0.1)]
    mock.then(chunked([*events, event(chat_chunk({}, "stop")), DONE]))
    answer = caller.call(CHAT, chat_body(stream=True))
    assert answer.body.endswith(DONE)
    assert caller.usage()[0]["status"] == "ok"


def test_S31_an_error_in_the_providers_stream_is_passed_on(mock: Mock, caller: Caller) -> None:
    told = event({"error": {"message": "The model fell over.", "type": "server_error", "param": None, "code": None}})
    mock.then(chunked([*chat_events()[:2], told]))
    answer = caller.call(CHAT, chat_body(stream=True))
    assert b"The model fell over." in answer.body
    assert b"[DONE]" not in answer.body
    assert caller.usage()[0]["status"] in {"error", "interrupted"}
    assert len(mock.requests) == 1


def test_S08_half_a_json_answer_is_502(mock: Mock, caller: Caller) -> None:
    mock.then([head(200, [("Content-Type", "application/json"), ("Content-Length", "1000")]) + b"{" * 500, Then.CLOSE])
    answer = caller.chat()
    assert answer.status == 502
    assert answer.error["type"] == "upstream_error"
    assert caller.usage()[0]["status"] in {"error", "interrupted"}


def test_S08_half_a_chunked_json_answer_is_502(mock: Mock, caller: Caller) -> None:
    mock.then(unfinished([b'{"id": "half"'], Then.RESET, content_type="application/json"))
    answer = caller.chat()
    assert answer.status == 502
    assert answer.error["type"] == "upstream_error"


def test_a_stream_that_breaks_before_its_first_event_is_no_200_without_an_error(mock: Mock, caller: Caller) -> None:
    mock.then(unfinished([], Then.RESET))
    answer = caller.call(CHAT, chat_body(stream=True))
    if answer.status == 200:
        assert_tells_the_break(CHAT, answer.body)
    else:
        assert (answer.status, answer.error["type"]) == (502, "upstream_error")
