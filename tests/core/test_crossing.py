"""A secret that is cut in two by the end of a text of an answer is refused, as it is in a whole answer."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from llm_proxy.core.answers import Judge
from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.self_defence import defend
from llm_proxy.core.views import is_plain_word
from llm_proxy.core.watch import compile_rules
from llm_proxy.records import Secret
from tests.core.shapes import SHAPES, Shape
from tests.core.test_answer_stream import RULES, Client
from tests.mock_answers import event

SECRET = "AKZA7Q2M4N6P8R0S3T5V"
OWN = "sk-proj-9Zk3v7q2m4Yw8Rt1"
DEFENCE = compile_rules([], 1, None, defend(set(), [Secret(OWN)]).detectors).watch("response")
Told = dict[str, Any]
Blocks = Callable[[list[list[str]]], list[Told]]


def blocks(texts: list[list[str]], kind: str = "text") -> list[Told]:
    """Return the events of Anthropic's blocks, each of some pieces."""
    events: list[Told] = []
    for index, pieces in enumerate(texts):
        events.append({"type": "content_block_start", "index": index, "content_block": {"type": kind, kind: ""}})
        for piece in pieces:
            delta = {"type": f"{kind}_delta", kind: piece}
            events.append({"type": "content_block_delta", "index": index, "delta": delta})
        events.append({"type": "content_block_stop", "index": index})
    return events


def part(place: Told, pieces: list[str]) -> list[Told]:
    text = "".join(pieces)
    return [
        {"type": "response.content_part.added", "part": {"type": "output_text", "text": ""}} | place,
        *({"type": "response.output_text.delta", "delta": piece} | place for piece in pieces),
        {"type": "response.output_text.done", "text": text} | place,
        {"type": "response.content_part.done", "part": {"type": "output_text", "text": text}} | place,
    ]


def parts(texts: list[list[str]]) -> list[Told]:
    """Return the events of a message of OpenAI's, with these parts."""
    numbered = enumerate(texts)
    return [told for at, pieces in numbered for told in part({"output_index": 0, "content_index": at}, pieces)]


def items(texts: list[list[str]]) -> list[Told]:
    """Return the events of messages of OpenAI's, with one part each."""
    events: list[Told] = []
    for index, pieces in enumerate(texts):
        events.append({"type": "response.output_item.added", "output_index": index, "item": {"type": "message"}})
        events += part({"output_index": index, "content_index": 0}, pieces)
        said = {"type": "message", "content": [{"type": "output_text", "text": "".join(pieces)}]}
        events.append({"type": "response.output_item.done", "output_index": index, "item": said})
    return events


FORMS: list[tuple[str, Blocks, Told]] = [
    ("messages", blocks, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}),
    ("responses", parts, {"type": "response.completed", "response": {"output": []}}),
    ("responses", items, {"type": "response.completed", "response": {"output": []}}),
]
TOOL = {"type": "content_block_start", "index": 8, "content_block": {"type": "tool_use", "id": "t", "name": "look"}}


def stream(client: Client, events: list[Told]) -> None:
    for each in events:
        client.take(event(each, each["type"]))


def is_refused_whole(texts: list[str]) -> bool:
    body = {"content": [{"type": "text", "text": text} for text in texts]}
    return Judge(ENDPOINTS["messages"], RULES).judge(json.dumps(body).encode()).rejected_by is not None


@pytest.mark.parametrize(("endpoint", "told", "end"), FORMS)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_secret_cut_in_two_is_refused_where_a_whole_answer_is(
    shape: Shape, endpoint: str, told: Blocks, end: Told
) -> None:
    for place in range(len(shape.before) + 1, len(shape.before + shape.secret)):
        texts = [shape.text[:place], shape.text[place:]]
        for size in (1, 7, 1000):
            pieces = [[text[at : at + size] for at in range(0, len(text), size)] for text in texts]
            client = Client(endpoint)
            stream(client, [*told(pieces), end])
            client.finish()
            if is_refused_whole(texts):
                assert client.stream.rejected_by is not None, (texts, size)
            if client.stream.rejected_by is not None:
                delivered = client.text[len(shape.before) :]
                assert not delivered or is_plain_word(delivered), (texts, size, client.text)
            assert shape.secret not in client.text


@pytest.mark.parametrize(("endpoint", "told", "end"), FORMS)
@pytest.mark.parametrize("first", range(1, len(SECRET) - 1))
def test_a_secret_cut_in_three_is_refused(first: int, endpoint: str, told: Blocks, end: Told) -> None:
    for second in range(first + 1, len(SECRET)):
        client = Client(endpoint)
        pieces = [[f"see {SECRET[:first]}"], [SECRET[first:second]], [SECRET[second:], " ok"]]
        stream(client, [*told(pieces), end])
        assert client.stream.rejected_by is not None
        assert client.stream.rejected_by.view == "joined"
        assert client.text in {"", "see "}


@pytest.mark.parametrize(("endpoint", "told", "end"), FORMS)
@pytest.mark.parametrize("place", range(1, len(SECRET)))
def test_nothing_has_to_come_behind_it(place: int, endpoint: str, told: Blocks, end: Told) -> None:
    client = Client(endpoint)
    stream(client, [*told([[SECRET[:place]], [SECRET[place:]]]), end])
    assert client.stream.rejected_by is not None
    assert client.text == ""


@pytest.mark.parametrize(("endpoint", "told", "end"), FORMS)
@pytest.mark.parametrize(
    "texts",
    [
        [["It", " is", " done."], ["Now", " this."]],
        [["see", " AKZA7Q2M"], [" 4N6P8R0S3T5V"]],
        [["x", " =", " 42"], ["7", " of", " them"]],
        [["https://example.org/a?b=17"], ["", "\n\n", "and", " more", " words"]],
        [["the", " end", " 1"], [""], ["2"]],
        [["*"], ["*", "bold"], ["**", " and", " on"]],
    ],
)
def test_clean_texts_go_on_to_the_byte(texts: list[list[str]], endpoint: str, told: Blocks, end: Told) -> None:
    client = Client(endpoint)
    events = [*told(texts), end]
    stream(client, events)
    client.finish()
    assert client.stream.rejected_by is None
    assert client.raw == b"".join(event(each, each["type"]) for each in events)


def test_the_end_of_a_text_waits_for_no_more_than_a_word() -> None:
    client = Client("messages")
    events = blocks([["it is x17"], ["and so ", "on"]])
    stream(client, events[:4])
    assert client.text == "it is "
    stream(client, events[4:5])
    assert client.text == "it is x17and so "


def test_a_plain_word_does_not_wait_at_all() -> None:
    client = Client("messages")
    events = blocks([["it is done."], ["and so"]])
    stream(client, events[:3])
    assert client.text == "it is done."
    stream(client, events[3:])
    assert client.text == "it is done.and so"


@pytest.mark.parametrize("told", [TOOL, {"type": "x", "delta": {"type": ["text"]}}, {"type": "new"}, {"type": "error"}])
def test_what_is_no_text_is_not_waited_for(told: Told) -> None:
    client = Client("messages")
    stream(client, blocks([["it is x17"]]))
    assert client.text == "it is "
    stream(client, [told])
    assert client.text == "it is x17"
    assert client.raw.endswith(event(told, told["type"]))


@pytest.mark.parametrize("place", range(1, len(SECRET)))
def test_behind_what_is_no_text_the_rest_of_a_secret_is_refused(place: int) -> None:
    first, second = blocks([[SECRET[:place]], [SECRET[place:]]])[:3], blocks([[], [SECRET[place:], " ok"]])[2:]
    client = Client("messages")
    stream(client, [*first, TOOL, *second])
    assert client.text == SECRET[:place]
    assert client.stream.rejected_by is not None


@pytest.mark.parametrize("place", range(1, len(SECRET)))
def test_a_secret_that_begins_in_thinking_is_refused(place: int) -> None:
    thinking = blocks([[SECRET[:place]]], "thinking")
    client = Client("messages")
    stream(client, [*thinking, *blocks([[], [SECRET[place:], " ok"]])[2:]])
    assert client.stream.rejected_by is not None
    assert b"AKZ" not in client.raw


def test_a_long_run_behind_the_border_waits_no_longer_than_is_looked_at() -> None:
    client = Client("messages")
    events = blocks([["it is x17"], ["7" * 40] * 8])
    stream(client, events[:10])
    assert client.text == "it is "
    stream(client, events[10:])
    assert client.text == "it is x17"


def test_what_a_text_alone_holds_is_cut_as_ever() -> None:
    client = Client("messages")
    stream(client, blocks([[f"see {SECRET}"], [SECRET, " and on"]]))
    client.finish()
    assert client.text == "see [X][X] and on"


def test_a_rule_without_the_joined_view_does_not_look() -> None:
    rule = next(each for each in RULES.rules.rules if each.id == "vendor-key")
    apart = compile_rules([replace(rule, views=("raw",))], 1).watch("response")
    client = Client("messages", apart)
    stream(client, blocks([["see AKZA7Q2M"]]))
    assert client.text == "see AKZA7Q2M"
    stream(client, blocks([[], ["4N6P8R0S3T5V", " ok"]])[2:])
    assert client.stream.rejected_by is None


@pytest.mark.parametrize("place", range(3, len(OWN)))
def test_self_defence_looks_over_borders_too(place: int) -> None:
    client = Client("messages", DEFENCE)
    stream(client, blocks([[f"It is {OWN[:place]}"], [OWN[place:], " ok"]]))
    assert client.stream.rejected_by is not None
    assert len(client.text) <= len("It is ") + 2


def test_with_no_rule_but_self_defence_nothing_waits_at_a_border() -> None:
    client = Client("messages", DEFENCE)
    for at, each in enumerate(blocks([["some tok"], ["ens", " of it"]])):
        assert client.take(event(each, each["type"])), at


def test_pings_may_come_between() -> None:
    client = Client("messages")
    one, other = blocks([["see AKZA7Q2M"]]), blocks([[], ["4N6P8R0S3T5V", " ok"]])[2:]
    stream(client, [*one, {"type": "ping"}, *other])
    assert client.stream.rejected_by is not None
    assert client.text == "see "


def test_not_all_that_comes_between_is_waited_for() -> None:
    client = Client("messages")
    stream(client, [*blocks([["see x17"]]), *([{"type": "ping"}] * 600)])
    assert client.text == "see x17"


@pytest.mark.parametrize("place", range(1, len(SECRET)))
@pytest.mark.parametrize(
    ("endpoint", "whole"),
    [
        (
            "responses",
            lambda texts: {"output": [{"content": [{"type": "output_text", "text": each} for each in texts]}]},
        ),
        (
            "responses",
            lambda texts: {"output": [{"content": [{"type": "output_text", "text": each}]} for each in texts]},
        ),
        ("messages", lambda texts: {"content": [{"type": "text", "text": each} for each in texts]}),
        ("chat/completions", lambda texts: {"choices": [{"message": {"content": [{"text": each} for each in texts]}}]}),
    ],
)
def test_so_is_one_in_an_answer_that_is_not_streamed(place: int, endpoint: str, whole: Any) -> None:
    body = json.dumps(whole([f"see {SECRET[:place]}", f"{SECRET[place:]} ok"])).encode()
    judge = Judge(ENDPOINTS[endpoint], RULES)
    assert not judge.lets_pass(body)
    judged = judge.judge(body)
    assert judged.rejected_by is not None
    assert (judged.rejected_by.view, judged.body) == ("joined", b"")
