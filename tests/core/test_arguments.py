"""JSON in a string: seen decoded, changed literal by literal."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.arguments import MAX_NESTING, rewrite, views
from llm_proxy.core.strict_json import MAX_STRINGS, MAX_VALUES
from llm_proxy.errors import BadJson


def nest(value: Any, times: int) -> str:
    for _ in range(times):
        value = json.dumps({"in": value})
    return str(value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('{"a": ["x", {"b": "\\u0041"}], "n": 123456789012}', ["a", "x", "b", "A", "n", "123456789012"]),
        ('"\\u0041"', ["A"]),
        (' [1, "x"]', ["x"]),
        (r'{"a": "\ud800"}', ["a", "\ufffd"]),
        ("", []),
        ("plain text", []),
        ("123456789012", []),
        (r"say \u0041\/\n", ["say A/\n"]),
        (r'{"a": "\u0041"', ['{"a": "A"']),
        (r'{"a": 1, "a": "\u0041"}', ['{"a": 1, "a": "A"}']),
        (r"\ud83d\ude00 \ud83d", ["😀 \ufffd"]),
        (r"\\u0041", [r"\u0041", "A"]),
    ],
)
def test_what_a_string_says_besides_itself(value: str, expected: list[str]) -> None:
    assert views(value) == expected


@pytest.mark.parametrize("times", range(1, MAX_NESTING + 1))
def test_json_in_json_is_seen_and_changed_four_levels_deep(times: int) -> None:
    value = nest("\u0041é", times)
    assert "Aé" in views(value)
    assert rewrite(value, lambda text, _: text.replace("Aé", '"new"')) == nest('"new"', times)


def test_deeper_json_is_a_text_like_others() -> None:
    innermost = nest(r"x", 2)
    assert innermost in views(nest(innermost, MAX_NESTING))
    assert views(nest(innermost, MAX_NESTING + 1))[-1] != "x"


def test_escapes_are_resolved_a_bounded_number_of_times() -> None:
    assert len(views("\\" * 4096 + "u0041")) == MAX_NESTING


def test_only_changed_literals_change() -> None:
    value = '{ "k" : "k", "n":1.50 ,"e":"\\u00e9", "l":["k","\\/"]}'
    assert rewrite(value, lambda text, _: "K" if text == "k" else text) == value.replace('"k",', '"K",')


def test_a_text_that_is_no_json_is_changed_as_a_whole() -> None:
    for value in ("plain", "123", '{"a":1,"a":2}', '{"a"', ""):
        assert rewrite(value, lambda text, _: f"<{text}>") == f"<{value}>"


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(value=st.lists(values), spaces=st.sampled_from([None, 1]), ascii_only=st.booleans())
def test_a_rewritten_string_is_still_json_and_an_unchanged_one_the_same(
    value: list[Any], spaces: int | None, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=spaces, ensure_ascii=ascii_only)
    assert rewrite(text, lambda inner, _: inner) == text
    assert json.loads(rewrite(text, lambda inner, _: inner + '"\\')) is not None


@pytest.mark.parametrize("nesting", [0, 1])
@pytest.mark.parametrize(
    "value",
    [[1] * (MAX_VALUES + 1), [{}] * MAX_VALUES, [""] * (MAX_STRINGS + 1)],
    ids=["numbers", "objects", "strings"],
)
def test_P32_json_in_a_string_may_be_no_larger_than_a_body(value: list, nesting: int) -> None:
    text = nest(value, nesting) if nesting else json.dumps(value)
    with pytest.raises(BadJson, match="more than"):
        views(text)
    with pytest.raises(BadJson, match="more than"):
        rewrite(text, lambda inner, _: inner)


def test_a_string_is_changed_in_the_light_of_its_key() -> None:
    seen: list[tuple[str, str]] = []

    def change(text: str, key: str) -> str:
        seen.append((key, text))
        return text

    rewrite('{"a": "1", "b": ["2", "x", {"c": "3"}], "d": "{\\"e\\": \\"4\\"}"}', change)
    assert seen == [("a", "1"), ("b", "2"), ("", "x"), ("c", "3"), ("e", "4")]
