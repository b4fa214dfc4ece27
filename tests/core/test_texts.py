"""Every text of a body is seen, in document order, with its place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.strict_json import read
from llm_proxy.core.texts import flatten, prompt_characters, render, walk

CHAT = ENDPOINTS["chat/completions"]


def document(tree: dict[str, Any]) -> Any:
    return read(json.dumps(tree).encode()).tree


def test_keys_strings_and_long_numbers_come_in_document_order() -> None:
    tree = document({"a": ["x", {"b": 123456789012, "c": "y"}], "d": {}, "e": [[], "z"], "f": True, "g": None, "h": 7})
    assert flatten(tree) == (["a", "x", "b", "c", "y", "d", "e", "z", "f", "g", "h"], ["123456789012"], [], [], [])
    assert [(text.literal, text.value, text.place) for text in walk(tree, CHAT)] == [
        (0, "a", "*"),
        (1, "x", "a[0]"),
        (2, "b", "a[1].*"),
        (None, "123456789012", "a[1].b"),
        (3, "c", "a[1].*"),
        (4, "y", "a[1].c"),
        (5, "d", "*"),
        (6, "e", "*"),
        (7, "z", "e[1]"),
        (8, "f", "*"),
        (9, "g", "*"),
        (10, "h", "*"),
    ]


def test_a_value_whose_key_tells_something_is_named() -> None:
    tree = document({"api_key": "k", "content": "c", "x": {"DB_PASSWORD": "p", "max_tokens": 5, "token": ""}})
    strings = flatten(tree)
    assert [strings.literals[index] for index in strings.named] == ["k", "p"]


trees = st.dictionaries(
    st.sampled_from(["arguments", "input", "content", "é", ""]),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["arguments", "x", " Input"]), inner)
        ),
        max_leaves=20,
    ),
)


@given(trees)
def test_both_walks_see_the_same(tree: dict[str, Any]) -> None:
    tree = document(tree)
    texts = walk(tree, CHAT)
    strings = flatten(tree)
    literals = [text for text in texts if text.literal is not None]
    assert [text.literal for text in literals] == list(range(len(literals)))
    assert [text.value for text in literals] == strings.literals
    assert [text.value for text in texts if text.literal is None] == strings.numbers
    assert [text.literal for text in literals if not text.is_key and text.kind == "B"] == strings.json


messages = st.lists(
    st.dictionaries(st.sampled_from(["role", "content", "name", "token"]), st.text(max_size=3), max_size=3)
    | st.dictionaries(
        st.sampled_from(["role", "content", "input"]), st.none() | st.lists(st.text(), max_size=2) | st.text()
    )
    | st.text(max_size=3)
    | st.just([])
    | st.just(123456789012),
    max_size=5,
)


@given(messages)
def test_lists_of_ordinary_messages_and_of_others_are_walked_in_the_same_order(items: list[Any]) -> None:
    test_both_walks_see_the_same.hypothesis.inner_test({"messages": items, "x": [items, items], "input": "x"})  # type: ignore[attr-defined]


def test_a_walk_of_the_deepest_body_needs_no_recursion() -> None:
    tree: Any = "deep"
    for _ in range(100_000):
        tree = [tree]
    assert flatten({"a": tree}).literals == ["a", "deep"]


@pytest.mark.parametrize(
    ("number", "seen"),
    [
        (99_999_999_999, []),
        (100_000_000_000, ["100000000000"]),
        (-100_000_000_000, ["-100000000000"]),
        (4111111111111111.0, ["4111111111111111"]),
        (1e-7, ["0.0000001"]),
        (0.7, []),
        (True, []),
    ],
)
def test_numbers_are_seen_from_twelve_digits_on(number: float, seen: list[str]) -> None:
    assert flatten(document({"a": number})).numbers == seen


@pytest.mark.parametrize("key", ["arguments", "input", "Arguments", "INPUT", " input\n", "argument\u017f"])
def test_members_that_may_be_json_are_marked_in_every_spelling(key: str) -> None:
    assert flatten({"messages": [{key: "{}"}]}).json == [2]
    assert flatten({key: "a prompt"}).json == []


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("messages", 2, "content", 0, "text"), "messages[2].content[0].text"),
        (("metadata", "user-id_1"), "metadata.user-id_1"),
        (("metadata", "two words"), "metadata.*"),
        (("metadata", "x" * 65), "metadata.*"),
        (("metadata", "new\nline"), "metadata.*"),
        (("metadata", ""), "metadata.*"),
        ((0, 1), "[0][1]"),
    ],
)
def test_a_place_is_written_as_a_reader_of_the_api_would(path: tuple[str | int, ...], place: str) -> None:
    assert render(path) == place


@pytest.mark.parametrize("text", ["word", "hello wor " * 40, "x" * 400, "data: what is it?", "/" * 256])
def test_S21_a_text_is_counted_whole_whatever_it_looks_like(text: str) -> None:
    parts = [{"type": "text", "text": text}, {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]
    for content in (text, parts):
        assert prompt_characters({"messages": [{"role": "user", "content": content}]}, CHAT) == len(text)
    assert prompt_characters({"input": [text, text]}, ENDPOINTS["embeddings"]) == 2 * len(text)


def test_S21_what_a_model_reads_is_counted_and_labels_and_binary_are_not() -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    source = {"type": "base64", "media_type": "application/pdf", "data": "JVBERi0x"}
    plain = {"type": "text", "media_type": "text/plain", "data": "four"}
    messages = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": "done"},
        {"role": "user", "content": [{"type": "document", "source": source}, {"type": "document", "source": plain}]},
        {"role": "user", "content": [{"type": "file", "file": {"filename": "f", "file_data": "JVBERi0x"}}]},
        {"role": "user", "content": [{"type": "image", "source": source}, {"type": "image", "source": plain}]},
    ]
    tools = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
    counted = ('{"a":1}', "done", "four", "four", "object")
    assert prompt_characters({"messages": messages, "tools": tools}, CHAT) == len("".join(counted))


def test_the_prompt_is_counted_without_keys_blobs_and_other_members() -> None:
    tree = document(
        {
            "model": "not counted",
            "messages": [
                {"role": "user", "content": "four"},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "éé" * 200},
                        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
                        {"type": "input_audio", "input_audio": {"data": "UklGR+/" * 100, "format": "wav"}},
                    ],
                },
            ],
            "tools": [],
        }
    )
    assert prompt_characters(tree, CHAT) == len("four") + 400
    assert prompt_characters({}, CHAT) == 0
    assert prompt_characters(document({"input": [[1, 2], "abc", None]}), ENDPOINTS["embeddings"]) == 3
