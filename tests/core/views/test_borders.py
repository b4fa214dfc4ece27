"""The borders of neighbouring texts: a secret that is cut in two by one is seen, and told where it stands."""

import json
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.strict_json import JsonObject
from llm_proxy.core.texts import flatten
from llm_proxy.core.views.borders import REACH, Joined, joined_views

SECRET = "AKIAQYLPMN5HXQ3ZT7RB"


def user(content) -> JsonObject:
    return {"role": "user", "content": content}


def part(text: str, kind: str = "text") -> JsonObject:
    return {"type": kind, "text": text}


def place(tree: JsonObject, joined: list[Joined], secret: str = SECRET) -> list[str]:
    """Return what the parts of the secret say at their places in the tree; nothing when it is not seen."""
    literals = flatten(tree).literals
    for each in joined:
        start = each.text.find(secret)
        if start >= 0 and each.crosses(start, start + len(secret)):
            return [literals[index][first:last] for index, (first, last) in each.parts(start, start + len(secret))]
    return []


A, B = SECRET[:7], SECRET[7:]
BODIES = {
    "parts of a choice": (
        "chat/completions",
        {
            "choices": [
                {"message": {"content": "7"}},
                {"message": {"content": [part(A), {"text": [part(B)]}, part("")]}},
            ]
        },
    ),
    "parts": ("chat/completions", {"model": "m", "messages": [user([part(f"is {A}"), part(f"{B} it")])]}),
    "parts around an image": (
        "chat/completions",
        {"messages": [user([part(A), {"type": "image_url", "image_url": {"url": "x"}}, part(B)])]},
    ),
    "parts around an empty one": ("chat/completions", {"messages": [user([part(A), part(""), part(B)])]}),
    "bare strings": ("chat/completions", {"messages": [user([A, B])]}),
    "messages": ("chat/completions", {"messages": [user(f"first half: {A}"), user(f"{B} is the second")]}),
    "messages of two roles": (
        "chat/completions",
        {"messages": [{"role": "assistant", "name": "x", "content": [part(A)]}, user(B)], "tools": []},
    ),
    "a tool's result": (
        "chat/completions",
        {"messages": [{"role": "tool", "tool_call_id": "7", "content": A}, {"content": [part(B)], "role": "user"}]},
    ),
    "prompts": ("completions", {"prompt": [A, B]}),
    "prompt and suffix": ("completions", {"suffix": B, "prompt": A}),
    "inputs": ("embeddings", {"input": [A, B]}),
    "input items": (
        "responses",
        {
            "input": [
                {"role": "user", "content": [part(A, "input_text")]},
                {"type": "function_call_output", "output": B},
            ]
        },
    ),
    "instructions and input": ("responses", {"input": B, "instructions": A}),
    "blocks": (
        "messages",
        {"messages": [user([{"type": "tool_result", "content": [part(A)]}, part(B)])], "max_tokens": 7},
    ),
    "system blocks": ("messages", {"messages": [user("Hi.")], "system": [part(A), part(B)]}),
    "system and message": ("messages", {"messages": [user(B)], "system": A}),
}


@pytest.mark.parametrize(("endpoint", "tree"), BODIES.values(), ids=BODIES)
def test_a_secret_across_a_border_is_seen_and_placed(endpoint: str, tree: JsonObject) -> None:
    assert place(tree, joined_views(tree, ENDPOINTS[endpoint])) == [A, B]


def test_a_secret_in_many_pieces_is_seen() -> None:
    tree: JsonObject = {"messages": [user([part(piece) for piece in SECRET[:10]]), *map(user, SECRET[10:])]}
    assert "".join(place(tree, joined_views(tree, ENDPOINTS["chat/completions"]))) == SECRET


def test_parts_are_joined_with_a_line_break_too() -> None:
    tree: JsonObject = {"messages": [user([part("-----BEGIN KEY-----"), part("MIIB")]), user("7")]}
    texts = [each.text for each in joined_views(tree, ENDPOINTS["chat/completions"])]
    assert texts[:2] == ["-----BEGIN KEY-----MIIB7", "-----BEGIN KEY-----\nMIIB7"]


@pytest.mark.parametrize("last", ["thanks1", "?"])
@pytest.mark.parametrize("first", ["hi", "use key 7", "key="])
@pytest.mark.parametrize("cuts", [(A, B), (SECRET[:3], SECRET[3:9], SECRET[9:])])
def test_a_secret_in_pieces_is_seen_alone_whatever_was_said_before_and_after(
    cuts: tuple[str, ...], first: str, last: str
) -> None:
    tree: JsonObject = {"messages": [user(first), user([part(cut) for cut in cuts]), user(last)]}
    trees = [tree, {"messages": [user(text) for text in (first, *cuts, last)]}]
    for each in trees[: 2 if len(cuts) == 2 else 1]:
        texts = [joined.text for joined in joined_views(each, ENDPOINTS["chat/completions"])]
        assert [text for text in texts if re.search(rf"\b{SECRET}\b", text)]


@pytest.mark.parametrize(
    "content",
    [
        [user(f"is {A}\n"), user(f"\n{B} it")],
        [user([part(f"is {A}\n"), part(f" {B} it")])],
        [user([part(f"is {A}"), part(f"\u00a0\t{B} it")])],
        [user(A), user(" \n"), user(B)],
        [user(f"use {A} "), user([part(f"\n{B}"), part("thanks1")]), user("x7")],
        *(
            [user(f"is {A}"), {"role": "assistant", "content": aside}, user(f"{B} it")]
            for aside in ("ok", "OK!", "\U0001f44d")
        ),
        [user(f"is {A}\n"), {"role": "assistant", "content": "Got it, thank you. Go on\u2026\n"}, user(f"\n{B} it")],
        [user("hi7"), user(A), {"role": "assistant", "content": "Sure."}, user(B), user("7")],
    ],
)
def test_white_space_and_asides_between_two_pieces_are_left_out(content: list) -> None:
    tree: JsonObject = {"messages": content}
    joined = joined_views(tree, ENDPOINTS["chat/completions"])
    assert place(tree, joined) == [A, B]
    assert any(re.search(rf"\b{SECRET}\b", each.text) for each in joined)


@pytest.mark.parametrize("aside", ["ok 7", "x" * 16, "no " * 30, "key_"])
def test_what_says_more_than_a_few_words_is_no_aside(aside: str) -> None:
    tree: JsonObject = {"messages": [user(A), user(aside), user(B)]}
    assert not place(tree, joined_views(tree, ENDPOINTS["chat/completions"]))


def test_a_part_of_a_message_is_no_aside() -> None:
    tree: JsonObject = {"messages": [user([part(A), part("ok"), part(B)])]}
    assert not place(tree, joined_views(tree, ENDPOINTS["chat/completions"]))


def test_white_space_at_a_border_adds_nothing_where_no_word_goes_on() -> None:
    tree: JsonObject = {"messages": [user("x = f(7);\n"), user("\n```y```")]}
    assert len(joined_views(tree, ENDPOINTS["chat/completions"])) == 1


def test_a_line_break_belongs_to_no_part() -> None:
    tree: JsonObject = {"messages": [user([part("a1"), part("b2")])]}
    (_, joined) = joined_views(tree, ENDPOINTS["chat/completions"])
    assert joined.text == "a1\nb2"
    assert not joined.crosses(0, 3)
    assert not joined.crosses(2, 5)
    assert joined.crosses(1, 4)
    assert joined.parts(1, 4) == [(7, (1, 2)), (11, (0, 1))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is the capital of France?", "It is Paris."),
        ("Thank you.", "You're welcome! What else?"),
        ("Спасибо.", "Пожалуйста"),
        ("谢谢。", "不客气"),
    ],
)
def test_between_plain_words_there_is_nothing_to_look_at(one: str, other: str) -> None:
    assert not joined_views({"messages": [user(one), user(other)]}, ENDPOINTS["chat/completions"])


def test_no_two_choices_of_an_answer_are_read_in_a_row() -> None:
    choices = [{"message": {"content": content}} for content in ([part(A)], [part(B)], A, B, None)]
    assert joined_views({"choices": [*choices, 7, {"message": "x"}]}, ENDPOINTS["chat/completions"]) == []
    assert joined_views({"choices": "x"}, ENDPOINTS["chat/completions"]) == []


def test_one_text_has_no_border() -> None:
    assert not joined_views({"messages": [user(SECRET)]}, ENDPOINTS["chat/completions"])
    assert not joined_views({"model": "m", "messages": 7}, ENDPOINTS["chat/completions"])
    assert not joined_views({"model": "m"}, ENDPOINTS["models"])


def test_long_texts_are_looked_at_only_near_their_borders() -> None:
    long = "x1 " * 5000
    tree: JsonObject = {"messages": [user(f"{long}{A}"), user(f"{B}{long}{A}"), user(f"{B}{long}")]}
    joined = joined_views(tree, ENDPOINTS["chat/completions"])
    assert [len(each.text) for each in joined] == [2 * REACH, 2 * REACH]
    for each in joined:
        start = each.text.find(SECRET)
        assert each.crosses(start, start + len(SECRET))


@given(st.lists(st.text("ab1\n ", max_size=600), min_size=1, max_size=6), st.data())
def test_every_span_is_made_of_what_stands_at_its_places(texts: list[str], data: st.DataObject) -> None:
    tree: JsonObject = json.loads(json.dumps({"messages": [user([part(text) for text in texts]), *map(user, texts)]}))
    literals = flatten(tree).literals
    for joined in joined_views(tree, ENDPOINTS["chat/completions"]):
        start = data.draw(st.integers(0, len(joined.text) - 1))
        end = data.draw(st.integers(start + 1, len(joined.text)))
        parts = joined.parts(start, end)
        said = [literals[index][first:last] for index, (first, last) in parts]
        assert all(said)
        assert "".join(joined.text[start:end].split()) == "".join("".join(said).split())
        assert joined.crosses(start, end) == (len({index for index, _ in parts}) > 1)


WORD = re.compile(
    r"[*_\"'(]?(?:[A-Z][a-z]{1,15}|[a-z]{2,15}|I|[\u0400-\u042f]?[\u0430-\u045f]{2,20}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)"
    r"(?:['\u2019][a-z]{1,2})?[.,;!?\u2026)*\"'\u3002\uff01\uff0c\uff1f]{0,3}"
)


def is_plain(text: str, following: str) -> bool:
    """Say whether the last word of a text and the first of the next are plain words, in the plainest way."""
    first, last = following[:64].split()[:1], text[-64:].split()[-1:]
    return bool(first and last and WORD.fullmatch(first[0]) and WORD.fullmatch(last[0]))


words = st.sampled_from(
    [
        "Yes",
        "no.",
        "hello",
        "(or",
        "it's",
        "I",
        "Привет",
        "谢谢。",
        "AKIA7",
        "a",
        "aB",
        "..",
        "x9",
        "```",
        "w" * 16,
        "ok?!",
        "",
        *("Whatever" * 9, "谢" * 70, "d\u00e9j\u00e0", "\0", "\x1c", "A", "Ab", "ABc", "ab,.;!"),
    ]
)
gaps = st.sampled_from(["", " ", "\n", "\t\n ", "     ", "\u00a0", "\u2028", " " * 40, "\x1f", "\0"])
said = st.lists(st.tuples(gaps, words, gaps, words, gaps).map("".join), min_size=2, max_size=6)


@given(said)
def test_every_border_that_is_not_between_two_plain_words_is_looked_at(texts: list[str]) -> None:
    tree: JsonObject = {"messages": [user(text) for text in texts]}
    joined = [each.text for each in joined_views(tree, ENDPOINTS["chat/completions"])]
    texts = [text for text in texts if text]
    for one, other in pairwise(texts):
        if not is_plain(one, other):
            assert any(one[-REACH:] + other[:REACH] in each for each in joined)


@given(said)
def test_a_border_of_longer_plain_words_is_not_looked_at(texts: list[str]) -> None:
    tree: JsonObject = {"messages": [user(text) for text in texts]}
    texts = [text for text in texts if text]
    is_dull = all(is_plain(one, other) and len(one) > 2 and len(other) > 2 for one, other in pairwise(texts))
    assert not is_dull or not joined_views(tree, ENDPOINTS["chat/completions"])
