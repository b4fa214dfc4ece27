"""A client that leaves takes its upstream call with it, in every phase, and the call is on record."""

import time
from typing import Any

import pytest

from tests.e2e.conftest import StartGateway
from tests.gateway_process import CHAT, Caller, Gateway, chat_body, eventually
from tests.mock_answers import (
    DONE,
    chat_chunk,
    chat_events,
    chunk,
    chunked,
    event,
    head,
    message_events,
    response_events,
)
from tests.mock_upstream import Mock, Then
from tests.wire import BlackHole, OpenCall

CLOSED_S = 0.5  # promised are 100 ms; the rest is the machine's
LEAVING = pytest.mark.parametrize("reset", [False, True], ids=["FIN", "RST"])
PROMPT: dict[str, Any] = {"model": "mock-1", "stream": True}
STREAM = [("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked")]
SAID = ["one two three four", " five"]
ASKED = {"messages": [{"role": "user", "content": "Say hello to everyone."}]}


def assert_closed_after(under_way: OpenCall, mock: Mock, reset: bool) -> None:
    """Leave, and see MOCK's socket close in time."""
    connection = mock.last.connection
    assert not connection.gone.is_set()
    left_at = under_way.leave(reset=reset)
    assert connection.wait_gone() - left_at <= CLOSED_S


@LEAVING
@pytest.mark.parametrize(
    ("path", "body", "events"),
    [
        pytest.param(CHAT, PROMPT | ASKED, chat_events(SAID)[:2], id="chat"),
        pytest.param("/v1/responses", PROMPT | {"input": "Hello."}, response_events(SAID)[:4], id="responses"),
        pytest.param("/v1/messages", PROMPT | ASKED, message_events(SAID)[:3], id="messages"),
    ],
)
def test_S02_a_client_leaving_mid_stream_closes_the_upstream(
    path: str, body: dict[str, Any], events: list[bytes], reset: bool, mock: Mock, caller: Caller
) -> None:
    mock.then([*chunked(events)[:-1], Then.STALL])
    under_way = caller.open(path, body)
    under_way.start()
    under_way.until(events[-1])
    assert_closed_after(under_way, mock, reset)
    (record,) = caller.usage()
    assert record["status"] == "cancelled"
    assert record["source"] == ("partial" if path == "/v1/messages" else "estimated")  # as far as the provider told
    assert record["prompt_tokens"] > 0
    assert record["completion_tokens"] > 0


@LEAVING
def test_S02_a_client_leaving_a_busy_stream_closes_the_upstream(reset: bool, mock: Mock, caller: Caller) -> None:
    parts = [part for n in range(2000) for part in (event(chat_chunk({"content": f"w{n} "})), 0.005)]
    mock.then(chunked([*parts, DONE]))
    under_way = caller.open(CHAT, chat_body(stream=True))
    under_way.start()
    under_way.until(b"w9 ")
    assert_closed_after(under_way, mock, reset)
    assert caller.usage()[0]["status"] == "cancelled"


@LEAVING
def test_S03_a_client_leaving_before_the_stream_begins_closes_the_upstream(
    reset: bool, mock: Mock, caller: Caller
) -> None:
    mock.then([Then.STALL])
    under_way = caller.open(CHAT, chat_body(stream=True))
    mock.wait()
    assert_closed_after(under_way, mock, reset)
    assert caller.usage()[0]["status"] == "cancelled"


@LEAVING
@pytest.mark.parametrize("size", [60_000, 100_000, 1_000_000])
def test_S03_a_client_leaving_after_a_large_body_closes_the_upstream(
    size: int, reset: bool, mock: Mock, caller: Caller
) -> None:
    mock.then([Then.STALL])
    under_way = caller.open(CHAT, chat_body("x" * size, stream=True))
    mock.wait()
    assert_closed_after(under_way, mock, reset)
    assert caller.usage()[0]["status"] == "cancelled"


@LEAVING
def test_S03_a_client_leaving_after_the_head_and_before_any_event_closes_the_upstream(
    reset: bool, mock: Mock, caller: Caller
) -> None:
    mock.then([*chunked([])[:-1], Then.STALL])
    under_way = caller.open(CHAT, chat_body(stream=True))
    mock.wait()
    time.sleep(0.1)
    assert_closed_after(under_way, mock, reset)
    assert caller.usage()[0]["status"] == "cancelled"


@LEAVING
@pytest.mark.parametrize("phase", ["before the head", "within the body"])
def test_S04_a_client_leaving_a_plain_call_closes_the_upstream(
    phase: str, reset: bool, mock: Mock, caller: Caller
) -> None:
    begun = head(200, [("Content-Type", "application/json"), ("Content-Length", "1000")]) + b'{"id": '
    mock.then([Then.STALL] if phase == "before the head" else [begun, Then.STALL])
    under_way = caller.open(CHAT, chat_body())
    mock.wait()
    time.sleep(0.1)
    assert_closed_after(under_way, mock, reset)
    assert caller.usage()[0]["status"] == "cancelled"


@LEAVING
@pytest.mark.parametrize("stream", [False, True])
def test_S03_a_client_leaving_during_the_connect_ends_the_connect(
    reset: bool, stream: bool, black_hole: BlackHole, gateway: Gateway
) -> None:
    caller = gateway.caller(black_hole.url)
    under_way = caller.open(CHAT, chat_body(stream=stream))
    assert eventually(black_hole.waiting, lambda count: count == 1) == 1
    left_at = under_way.leave(reset=reset)
    assert eventually(black_hole.waiting, lambda count: count == 0) == 0
    assert time.monotonic() - left_at <= CLOSED_S


def test_S24_a_client_that_stops_reading_is_dropped(start_gateway: StartGateway, mock: Mock) -> None:
    caller = start_gateway(write_stall_s=1).caller(mock.url)
    part = event(chat_chunk({"content": "x" * 60_000}))
    mock.then(lambda _request: iter([head(200, STREAM), *[chunk(part)] * 2000]))
    under_way = caller.open(CHAT, chat_body(stream=True))
    under_way.start()
    under_way.until(b"xxx")
    mock.last.connection.wait_gone(5)
    under_way.leave()
    assert caller.usage()[0]["status"] in {"cancelled", "interrupted"}


def test_S23_a_client_that_reads_slowly_holds_the_provider_back(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway()
    caller = gateway.caller(mock.url)
    before = gateway.memory_bytes()
    part = event(chat_chunk({"content": "x" * 60_000}))
    mock.always(lambda _request: iter([head(200, STREAM), *[chunk(part)] * 2000]))
    streams = [caller.open(CHAT, chat_body(stream=True)) for _ in range(8)]
    for under_way in streams:
        under_way.start()
        under_way.until(b"xxx")
    time.sleep(1)
    assert gateway.memory_bytes() - before <= 8 * (1 << 20) + (8 << 20)  # a MiB for each, and some for the process
    for under_way in streams:
        under_way.leave(reset=True)


def test_U09_many_cancels_during_the_connect_leave_room_for_others(
    black_hole: BlackHole, mock: Mock, gateway: Gateway
) -> None:
    doomed = gateway.caller(black_hole.url)
    calls = [doomed.open(CHAT, chat_body()) for _ in range(60)]
    assert eventually(black_hole.waiting, lambda count: count >= 30) >= 30
    for under_way in calls:
        under_way.leave(reset=True)
    assert eventually(black_hole.waiting, lambda count: count == 0) == 0
    started = time.monotonic()
    assert gateway.caller(mock.url).chat().status == 200
    assert time.monotonic() - started <= 1


def test_S30_no_answer_reaches_another_client_when_half_of_them_leave(mock: Mock, caller: Caller) -> None:
    def echo(request: Any) -> Any:
        name = request.json()["messages"][0]["content"]
        return chunked(
            [part for n in range(6) for part in (event(chat_chunk({"content": f"<{name}.{n}>"})), 0.004)] + [DONE]
        )

    mock.always(echo)
    for turn in range(4):
        calls = {f"{turn}-{n}": caller.open(CHAT, chat_body(f"{turn}-{n}", stream=True)) for n in range(20)}
        for n, (name, under_way) in enumerate(calls.items()):
            if n % 2:
                time.sleep(0.001 * (n % 5))
                under_way.leave(reset=n % 4 == 1)
                continue
            under_way.start()
            body = under_way.rest().body
            assert body.count(f"<{name}.".encode()) == body.count(b"<") == 6
