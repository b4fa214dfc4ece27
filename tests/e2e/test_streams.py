"""What a provider streams reaches the client event by event, whatever form it came in, and its usage is counted."""

import itertools
import json
import re
import time
from typing import Any

import pytest

from tests.gateway_process import CHAT, Caller, chat_body
from tests.mock_answers import (
    CHAT_USAGE,
    COMPLETION,
    DONE,
    PROMPT,
    chat_chunk,
    chat_events,
    chunked,
    event,
    tool_events,
)
from tests.mock_upstream import Mock
from tests.wire import Answer, parse_sse

ASKED = chat_body(stream=True, stream_options={"include_usage": True})
WHOLE = b"".join(chat_events(usage=CHAT_USAGE))


def stream(caller: Caller, mock: Mock, *parts: bytes | float) -> Answer:
    """Let MOCK stream these parts to a client that asked for usage, so that no event is withheld."""
    mock.then(chunked(parts))
    answer = caller.call(CHAT, ASKED)
    assert answer.status == 200
    content_type = answer.header("content-type")
    assert content_type is not None
    assert content_type.startswith("text/event-stream")
    return answer


def assert_counted(caller: Caller) -> None:
    """The one usage record tells the provider's own numbers."""
    (record,) = caller.usage()
    assert (record["prompt_tokens"], record["completion_tokens"]) == (PROMPT, COMPLETION)
    assert (record["source"], record["status"]) == ("provider", "ok")


def test_S01_an_event_is_passed_on_while_the_provider_pauses(mock: Mock, caller: Caller) -> None:
    mock.then(chunked([event(chat_chunk({"content": "first"})), 1.0, *chat_events(["later"])]))
    under_way = caller.open(CHAT, ASKED)
    under_way.start()
    under_way.until(b"first")
    assert time.monotonic() - mock.last.at <= 0.05
    assert b"later" in under_way.rest().body


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "mixed"])
def test_S09_every_line_ending_keeps_events_and_usage(ending: str, mock: Mock, caller: Caller) -> None:
    endings = itertools.cycle(["\r\n", "\n", "\r"]) if ending == "mixed" else itertools.repeat(ending)
    text = re.sub(r"\n", lambda _: next(endings), WHOLE.decode())
    answer = stream(caller, mock, text.encode())
    assert parse_sse(answer.body) == parse_sse(WHOLE)
    assert_counted(caller)


@pytest.mark.parametrize("comment", [b": ping\n\n", b": OPENROUTER PROCESSING\n\n", b":\n\n", b": a\n: b\n"])
def test_S10_comments_are_harmless(comment: bytes, mock: Mock, caller: Caller) -> None:
    events = chat_events(usage=CHAT_USAGE)
    answer = stream(caller, mock, *(part for one in events for part in (comment, one)))
    assert parse_sse(answer.body) == parse_sse(WHOLE)
    assert_counted(caller)


def test_S11_data_without_a_space_is_read(mock: Mock, caller: Caller) -> None:
    answer = stream(caller, mock, WHOLE.replace(b"data: ", b"data:"))
    assert parse_sse(answer.body) == parse_sse(WHOLE)
    assert_counted(caller)


def test_S11_data_after_two_spaces_is_read(mock: Mock, caller: Caller) -> None:
    answer = stream(caller, mock, WHOLE.replace(b"data: {", b"data:  {"))
    assert [one["data"].strip() for one in parse_sse(answer.body)] == [one["data"] for one in parse_sse(WHOLE)]
    assert_counted(caller)


def test_S11_event_id_and_retry_lines_are_preserved(mock: Mock, caller: Caller) -> None:
    dressed = WHOLE.replace(b"data: ", b"event: chunk\nid: 7\nretry: 3000\ndata: ")
    answer = stream(caller, mock, dressed)
    assert parse_sse(answer.body) == parse_sse(dressed)
    assert parse_sse(answer.body)[0].keys() == {"event", "id", "retry", "data"}
    assert_counted(caller)


def test_S12_one_json_over_several_data_lines_is_joined(mock: Mock, caller: Caller) -> None:
    def spread(one: bytes) -> bytes:
        payload = one.removeprefix(b"data: ").strip()
        if payload == b"[DONE]":
            return one
        lines = json.dumps(json.loads(payload), indent=1).encode().split(b"\n")
        return b"".join(b"data: " + line + b"\n" for line in lines) + b"\n"

    answer = stream(caller, mock, *(spread(one) for one in chat_events(usage=CHAT_USAGE)))
    told = [one["data"] for one in parse_sse(answer.body)]
    assert [json.loads(text) for text in told[:-1]] == [json.loads(one["data"]) for one in parse_sse(WHOLE)[:-1]]
    assert told[-1] == "[DONE]"
    assert_counted(caller)


def test_S13_a_stream_split_at_every_byte_offset_keeps_its_bytes(mock: Mock, caller: Caller) -> None:
    text = event(chat_chunk({"content": "né 漢字 👩‍👩‍👧‍👦\u2028🇨🇭"}))
    first = text.index("né".encode())
    last = [event(chat_chunk({}, "stop")), DONE]
    offsets = range(first, text.index(b"}", first))
    for offset in offsets:
        answer = stream(caller, mock, text[:offset], 0.002, text[offset:], *last)
        assert answer.body == text + b"".join(last)
    assert len(offsets) > 40


def test_S33_a_stream_sent_byte_by_byte_keeps_its_bytes(mock: Mock, caller: Caller) -> None:
    answer = stream(caller, mock, *(WHOLE[at : at + 1] for at in range(len(WHOLE))))
    assert answer.body == WHOLE
    assert_counted(caller)


@pytest.mark.parametrize("cut", [1, 2])
def test_S14_a_last_event_without_its_line_end_is_delivered(cut: int, mock: Mock, caller: Caller) -> None:
    answer = stream(caller, mock, WHOLE[:-cut])
    assert parse_sse(answer.body) == parse_sse(WHOLE)
    assert answer.complete
    assert_counted(caller)


def test_S14_usage_in_an_unended_last_event_is_counted(mock: Mock, caller: Caller) -> None:
    unended = WHOLE.removesuffix(DONE).rstrip(b"\n")
    answer = stream(caller, mock, unended)
    assert parse_sse(answer.body)[: len(parse_sse(unended))] == parse_sse(unended)
    assert_counted(caller)


@pytest.mark.parametrize("size", [(1 << 20) + 1, 12 << 20])
def test_S15_a_long_data_line_is_delivered(size: int, mock: Mock, caller: Caller) -> None:
    long = event(chat_chunk({"content": "x" * size}))
    answer = stream(caller, mock, long, WHOLE)
    assert answer.body == long + WHOLE
    assert_counted(caller)


def test_S15_a_data_line_beyond_the_limit_ends_in_an_error(mock: Mock, caller: Caller) -> None:
    answer = stream(caller, mock, *chat_events(["seen"])[:2], event(chat_chunk({"content": "x" * (17 << 20)})), DONE)
    told = parse_sse(answer.body)
    assert "seen" in told[1]["data"]
    assert json.loads(told[-1]["data"])["error"]["message"]
    assert b"[DONE]" not in answer.body
    assert caller.usage()[0]["status"] == "interrupted"


def test_S16_a_byte_order_mark_at_the_start_is_no_error(mock: Mock, caller: Caller) -> None:
    answer = stream(caller, mock, b"\xef\xbb\xbf" + WHOLE)
    assert parse_sse(answer.body) == parse_sse(WHOLE)
    assert_counted(caller)


def several_choices() -> list[bytes]:
    """Return chunks of two choices with logprobs and members no one has heard of."""
    logprobs = {"content": [{"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []}], "refusal": None}
    choices = [{"index": n, "delta": {"content": "a"}, "logprobs": logprobs, "finish_reason": None} for n in (0, 1)]
    ends: list[dict[str, Any]] = [
        {"index": n, "delta": {}, "logprobs": None, "finish_reason": "stop", "new": [1, 1.0, 1e3]} for n in (0, 1)
    ]
    base = {
        "id": "x",
        "object": "chat.completion.chunk",
        "service_tier": "flex",
        "obfuscation": "zxcv",
        "model": "mock-1",
    }
    spaced = json.dumps(base | {"choices": choices}, indent=None, separators=(" , ", " : ")).encode()
    return [event(spaced), event(base | {"choices": ends}), event(chat_chunk(None, usage=CHAT_USAGE)), DONE]


@pytest.mark.parametrize("events", [tool_events(CHAT_USAGE), several_choices()], ids=["tool calls", "n=2, logprobs"])
def test_S35_chunks_of_every_kind_are_byte_identical(events: list[bytes], mock: Mock, caller: Caller) -> None:
    assert stream(caller, mock, *events).body == b"".join(events)
    assert_counted(caller)


def test_S36_three_thousand_events_in_one_segment_all_arrive(mock: Mock, caller: Caller) -> None:
    events = b"".join(chat_events([f"w{n}" for n in range(3000)], CHAT_USAGE))
    assert stream(caller, mock, events).body == events
    assert_counted(caller)


def test_an_event_stream_keeps_its_name_when_it_says_its_charset(mock: Mock, caller: Caller) -> None:
    mock.then(chunked([WHOLE], content_type="text/event-stream; charset=utf-8"))
    assert caller.call(CHAT, ASKED).body == WHOLE
    assert_counted(caller)
