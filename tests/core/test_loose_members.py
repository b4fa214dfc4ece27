"""A member of a delta that nobody knows may be told in pieces: they are judged as one text, as those of any other."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from llm_proxy.core.rewriting import Rewriter
from llm_proxy.core.sse import SseParser
from tests.core.shapes import SHAPES, Shape, watch
from tests.core.test_answer_stream import RULES, pieces
from tests.core.test_streamed_names import Client, deltas, frame
from tests.mock_answers import event

SECRET = "AKZA7Q2M4N6P8R0S3T5V"


def of_chat(piece: str) -> bytes:
    return frame({"foo": piece})


def of_response(piece: str) -> bytes:
    kind = "response.new_thing.delta"
    return event({"type": kind, "output_index": 0, "delta": {"foo": piece}}, kind)


def of_message(piece: str) -> bytes:
    return event({"type": "content_block_delta", "index": 0, "delta": {"type": "zzz_delta", "foo": piece}})


FRAMES = [("chat/completions", of_chat), ("responses", of_response), ("messages", of_message)]
Frame = Callable[[str], bytes]


def heard(raw: bytes, name: str = "foo") -> str:
    chunks: list[Any] = [json.loads(each.data or b"") for each in SseParser().feed(raw)]
    told = [chunk["choices"][0]["delta"] if "choices" in chunk else chunk["delta"] for chunk in chunks]
    return "".join(delta.get(name) or "" for delta in told)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_secret_split_anywhere_is_cut_as_a_whole_one_is(shape: Shape) -> None:
    whole = Rewriter(RULES).rewrite(shape.text)
    assert whole is not None
    for place in range(1, len(shape.text)):
        endpoint, told = FRAMES[place % len(FRAMES)]
        client = Client(endpoint)
        for piece in (shape.text[:place], shape.text[place:]):
            client.take(told(piece))
            assert whole.startswith(heard(client.raw))
        client.finish()
        assert heard(client.raw) == whole


@pytest.mark.parametrize(("endpoint", "told"), FRAMES)
@pytest.mark.parametrize("secret", [SECRET, "zzp_44444444sK2mQ9wE7rT1yU5i"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9])
def test_of_a_secret_in_pieces_of_any_size_nothing_goes_on(size: int, secret: str, endpoint: str, told: Frame) -> None:
    for rules, text in ((RULES, "see [X] there"), (watch("reject"), "see ")):
        client = Client(endpoint, rules)
        for piece in pieces(f"see {secret} there", size):
            client.take(told(piece))
        client.finish()
        assert text.startswith(heard(client.raw))
        assert (client.stream.rejected_by is None) is (heard(client.raw) == "see [X] there")


def test_a_secret_of_two_equal_pieces_is_cut() -> None:
    client = Client("chat/completions")
    half = "zk-live-zk-live-"
    for piece in (half, half):
        client.take(of_chat(piece))
    client.finish()
    assert heard(client.raw) == "[X]"


@pytest.mark.parametrize("value", ["analysis", "gpt-4o-mini-2024-07-18", "x17"])
def test_what_is_told_whole_with_every_event_makes_none_wait(value: str) -> None:
    client = Client("chat/completions")
    sent = [frame({"content": f"word{at} ", "foo": value}) for at in range(6)]
    for at, each in enumerate(sent):
        client.take(each)
        assert at == 0 or heard(client.raw, "content").endswith(f"word{at} ")
    assert heard(client.raw) == value * 6
    assert client.raw.endswith(b"".join(sent[1:]))


def test_what_is_another_word_with_every_event_does_not_make_them_wait_for_ever() -> None:
    client = Client("chat/completions")
    for at in range(100):
        client.take(frame({"content": "word ", "foo": f"08:02:{at:02}.{at}"}))
    assert len(heard(client.raw, "content")) > 300
    assert len(heard(client.raw)) > 300
    client.finish()
    assert heard(client.raw, "content") == "word " * 100


@pytest.mark.parametrize("name", ["id", "item_id", "type", "role", "finish_reason", "url", "signature"])
def test_labels_are_judged_one_by_one(name: str) -> None:
    client = Client("chat/completions")
    sent = frame({name: "x17"})
    assert client.take(sent) == sent
    assert deltas(client.raw) == [{name: "x17"}]
