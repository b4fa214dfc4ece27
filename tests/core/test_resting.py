"""The last word of a text does not wait for the end of its choice: it goes on when another text of the choice does."""

from typing import Any

import pytest

from llm_proxy.core.placeholders import Placeholders, Restorer
from llm_proxy.records import Secret
from tests.core.shapes import watch
from tests.core.test_answer_stream import RULES, call_of_message, message, response
from tests.core.test_streamed_names import Client, deltas, frame, named
from tests.mock_answers import chat_chunk, event

SECRET = "AKZA7Q2M4N6P8R0S3T5V"


def thought(piece: str) -> bytes:
    return frame({"reasoning_content": piece})


def word(piece: str) -> bytes:
    return frame({"content": piece})


def heard(raw: bytes, name: str) -> str:
    return "".join(delta.get(name) or "" for delta in deltas(raw))


def test_the_last_thought_goes_on_when_the_answer_begins() -> None:
    client = Client("chat/completions")
    sent = [thought("Perhaps"), thought(" so."), word("Hello"), word(" my")]
    assert client.take(sent[0]) == b""
    assert client.take(sent[1]) == sent[0]
    assert client.take(sent[2]) == sent[1]
    assert client.take(sent[3]) == sent[2]


def test_the_last_word_goes_on_when_a_call_begins_and_a_call_when_the_next_does() -> None:
    client = Client("chat/completions")
    sent = [word("Let"), word(" me"), word(" check.")]
    for each in sent:
        client.take(each)
    client.take(frame(named("look_up", "")))
    assert client.raw == b"".join(sent)
    client.take(frame(named("", '{"in": "Paris')))
    client.take(frame(named("", ' is"}')))
    other = {"tool_calls": [{"index": 1, "function": {"name": "other", "arguments": ""}}]}
    client.take(frame(other))
    calls = [call["function"] for delta in deltas(client.raw) for call in delta.get("tool_calls", ())]
    assert "".join(call["arguments"] for call in calls) == '{"in": "Paris is"}'


def test_what_is_no_plain_word_waits_for_a_few_pieces_more() -> None:
    client = Client("chat/completions")
    client.take(thought("it is x17"))
    for at in range(7):
        client.take(word(f"word {at} "))
        assert heard(client.raw, "reasoning_content") == "it is "
    client.take(word("word "))
    assert heard(client.raw, "reasoning_content") == "it is x17"


@pytest.mark.parametrize("size", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("between", [1, 2, 7])
def test_of_a_secret_between_pieces_of_another_text_nothing_goes_on(size: int, between: int) -> None:
    client = Client("chat/completions")
    text = f"see {SECRET} there"
    for start in range(0, len(text), size):
        client.take(thought(text[start : start + size]))
        for _ in range(between):
            client.take(word("and "))
    client.finish()
    assert heard(client.raw, "reasoning_content") == "see [X] there"


@pytest.mark.parametrize("place", range(1, len(SECRET)))
@pytest.mark.parametrize("mode", ["replace", "reject"])
def test_it_never_goes_on_whole_however_long_the_other_text_is(place: int, mode: Any) -> None:
    client = Client("chat/completions", watch(mode))
    client.take(thought(f"see {SECRET[:place]}"))
    for _ in range(20):
        client.take(word("and "))
    client.take(thought(f"{SECRET[place:]} there"))
    client.finish()
    assert heard(client.raw, "reasoning_content") in {f"see {SECRET[:place]}", f"see {SECRET[:place]}[X] there"}


def test_what_may_hold_white_space_waits_for_the_end() -> None:
    client = Client("chat/completions")
    client.take(thought('passphrase = "correct horse'))
    for _ in range(20):
        client.take(word("and "))
    assert "correct" not in heard(client.raw, "reasoning_content")
    client.take(thought(' battery staple" there'))
    client.finish()
    assert heard(client.raw, "reasoning_content") == 'passphrase = "[X]" there'


def test_a_placeholder_that_has_begun_waits() -> None:
    placeholders = Placeholders(Secret("5e" * 32), "key-1")
    token = placeholders.issue("Name", "ada")
    client = Client("chat/completions", RULES, Restorer(placeholders.issued))
    for piece in (thought(f"Dear {token[:4]}"), word("and"), word(" so"), thought(token[4:])):
        client.take(piece)
    client.finish()
    assert heard(client.raw, "reasoning_content") == "Dear ada"


def test_the_choices_do_not_wait_for_each_other() -> None:
    client = Client("chat/completions")
    client.take(word("some plain"))
    choice = {"index": 1, "delta": {"content": "other words"}, "finish_reason": None}
    client.take(event(chat_chunk({}, choices=[choice])))
    assert b"plain" not in client.raw


@pytest.mark.parametrize(
    ("endpoint", "one", "other"),
    [
        ("messages", message, call_of_message),
        ("responses", response, lambda piece: response(piece, "response.reasoning_summary_text")),
    ],
)
def test_so_it_is_where_no_end_is_told(endpoint: str, one: Any, other: Any) -> None:
    client = Client(endpoint)
    assert client.take(one("it")) == b""
    assert client.take(other("{}")).startswith(one("it"))
