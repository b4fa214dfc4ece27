"""An end with text behind it was none: what is told of a text after its end is judged with what was told before."""

import json
from typing import Any

import pytest

from llm_proxy.core.placeholders import Placeholders, Restorer
from llm_proxy.core.rewriting import Rewriter
from llm_proxy.core.sse import SseParser
from llm_proxy.errors import UpstreamBadResponse
from llm_proxy.records import Secret
from tests.core.shapes import SHAPES, Shape, watch
from tests.core.test_answer_stream import RULES, Client, chat, completion, message, pieces, response, tool
from tests.mock_answers import chat_chunk, completion_object, event

SECRET = "AKZA7Q2M4N6P8R0S3T5V"
DONE = {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": ""}
STOP = {"type": "content_block_stop", "index": 0}


def closed(text: str, **more: Any) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": "stop"}
    return event(chat_chunk({}, choices=[choice], **more))


def completed(text: str) -> bytes:
    return event(completion_object(text, "stop"))


CLOSE = event(chat_chunk({}, "stop"))
CLOSED_COMPLETION = event(completion_object("", "stop"))


def chat_ended_between(one: str, other: str) -> list[bytes]:
    return [chat(one), CLOSE, chat(other), CLOSE]


def chat_ended_by_each(one: str, other: str) -> list[bytes]:
    return [closed(one), closed(other)]


def completion_ended_between(one: str, other: str) -> list[bytes]:
    return [completion(one), CLOSED_COMPLETION, completion(other), CLOSED_COMPLETION]


def completion_ended_by_each(one: str, other: str) -> list[bytes]:
    return [completed(one), completed(other)]


ENDED = [
    ("chat/completions", chat_ended_between),
    ("chat/completions", chat_ended_by_each),
    ("completions", completion_ended_between),
    ("completions", completion_ended_by_each),
]


@pytest.mark.parametrize(("endpoint", "told"), ENDED)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_the_end_of_a_choice_with_text_behind_it_is_none(shape: Shape, endpoint: str, told: Any) -> None:
    whole = Rewriter(RULES).rewrite(shape.text)
    assert whole is not None
    for place in range(1, len(shape.text)):
        client = Client(endpoint)
        for each in told(shape.text[:place], shape.text[place:]):
            client.take(each)
            assert whole.startswith(client.text)
        client.finish()
        assert client.text == whole


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_no_piece_of_a_secret_goes_on_when_each_has_an_end(size: int) -> None:
    client, refusing = Client("chat/completions"), Client("chat/completions", watch("reject"))
    for piece in pieces(f"see {SECRET} there", size):
        client.take(closed(piece))
        refusing.take(closed(piece))
    client.finish()
    assert client.text == "see [X] there"
    assert refusing.stream.rejected_by is not None
    assert "see ".startswith(refusing.text)


def test_why_a_choice_has_ended_is_told_behind_its_last_word() -> None:
    client = Client("chat/completions")
    client.take(closed("some words and mo"))
    client.take(closed("re"))
    client.finish()
    choices = [json.loads(each.data or b"")["choices"][0] for each in SseParser().feed(client.raw)]
    assert [choice["finish_reason"] for choice in choices] == [None, "stop", "stop"]
    assert client.text == "some words and more"


@pytest.mark.parametrize("size", [1, 4, 9, 64])
def test_placeholders_come_back_when_each_piece_has_an_end(size: int) -> None:
    placeholders = Placeholders(Secret("5e" * 32), "key-1")
    text = f"Dear {placeholders.issue('E-mail', 'ada@example.org')}, hello"
    restorer = Restorer(placeholders.issued)
    client = Client("chat/completions", RULES, restorer)
    for piece in pieces(text, size):
        client.take(closed(piece))
    client.finish()
    assert client.text == restorer.restore(text)


@pytest.mark.parametrize(("endpoint", "frame", "end"), [("responses", response, DONE), ("messages", message, STOP)])
@pytest.mark.parametrize("mode", ["replace", "reject"])
def test_a_text_that_goes_on_behind_its_end_is_refused_with_nothing_of_a_secret_told(
    endpoint: str, frame: Any, end: Any, mode: Any
) -> None:
    for place in range(1, len(SECRET)):
        client = Client(endpoint, watch(mode))
        begun = [frame(f"see {SECRET[:place]}"), event(end), frame("")]
        for each in (*begun, frame(SECRET[place:]), frame(" ok"), event(end)):
            client.take(each)
        client.finish()
        assert client.stream.rejected_by is not None
        assert client.text == "see "


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
@pytest.mark.parametrize(("endpoint", "frame", "end"), [("responses", response, DONE), ("messages", message, STOP)])
def test_so_it_is_when_each_piece_has_an_end(endpoint: str, frame: Any, end: Any, size: int) -> None:
    client = Client(endpoint)
    for piece in pieces(f"see {SECRET} ok", size):
        client.take(frame(piece))
        client.take(event(end))
    client.finish()
    assert client.stream.rejected_by is not None
    assert "see ".startswith(client.text)


@pytest.mark.parametrize(("endpoint", "frame", "end"), [("responses", response, DONE), ("messages", message, STOP)])
def test_a_clean_text_goes_on_behind_its_end(endpoint: str, frame: Any, end: Any) -> None:
    client = Client(endpoint)
    for piece in ("It is", " 17", "4 or", " so.", " Yes"):
        client.take(frame(piece))
        client.take(event(end))
    client.finish()
    assert client.text == "It is 174 or so. Yes"
    assert client.stream.rejected_by is None


def arguments(piece: str) -> bytes:
    place = {"item_id": "i", "output_index": 0}
    return event({"type": "response.function_call_arguments.delta", "delta": piece} | place)


def arguments_of_message(piece: str) -> bytes:
    delta = {"type": "input_json_delta", "partial_json": piece}
    return event({"type": "content_block_delta", "index": 0, "delta": delta})


ARGUMENTS_DONE = {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": "{}"}
CALLS = [("responses", arguments, ARGUMENTS_DONE), ("messages", arguments_of_message, STOP)]


@pytest.mark.parametrize(("endpoint", "frame", "end"), CALLS)
@pytest.mark.parametrize("place", range(1, len(SECRET)))
def test_arguments_that_go_on_behind_their_end_end_the_stream(place: int, endpoint: str, frame: Any, end: Any) -> None:
    client = Client(endpoint)
    client.take(frame('{"a": "' + SECRET[:place]))
    client.take(event(end))
    with pytest.raises(UpstreamBadResponse):
        client.take(frame(SECRET[place:] + '"}'))
    assert SECRET[place:].encode() not in client.raw


@pytest.mark.parametrize(("endpoint", "frame", "end"), CALLS)
def test_behind_whole_arguments_those_of_another_call_begin(endpoint: str, frame: Any, end: Any) -> None:
    client = Client(endpoint)
    sent = [frame('{"a": 1}'), event(end), frame('{"b": "two'), frame(' words"}'), event(end)]
    for each in sent:
        client.take(each)
    client.finish()
    assert [json.loads(each) for each in client.text.replace("}{", "}\n{").splitlines()] == [
        {"a": 1},
        {"b": "two words"},
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_arguments_go_on_behind_the_end_of_a_choice(size: int) -> None:
    client = Client("chat/completions")
    for piece in pieces(json.dumps({"a": f"see {SECRET} ok"}), size):
        client.take(tool(piece))
        client.take(event(chat_chunk({}, "tool_calls")))
    client.finish()
    assert json.loads(client.text) == {"a": "see [X] ok"}
