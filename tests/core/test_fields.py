"""The class of a string, told by its place."""

from typing import Any

import pytest

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.fields import REWRITABLE, Path, classify, depends_on_value
from tests.core.placements import PLACEMENTS, SECRET

CHAT = ENDPOINTS["chat/completions"]

PLACES: list[tuple[str, Path, dict[str, Any], str]] = [
    ("A", ("messages", 0, "content"), {}, "hi"),
    ("A", ("messages", 0, "content", 1, "text"), {"type": "text"}, "hi"),
    ("A", ("messages", 0, "content", 0, "source", "data"), {"type": "text"}, "a document"),
    ("A", ("prompt", "variables", "name"), {}, "hi"),
    ("B", ("messages", 0, "tool_calls", 0, "function", "arguments"), {}, "{}"),
    ("B", ("input", 3, "input"), {}, "x"),
    ("C", ("tools", 0, "function", "parameters", "properties", "name", "description"), {}, "hi"),
    ("C", ("messages", 0, "content", 0, "input", "model"), {}, "x"),
    ("C", ("tools", 0, "format", "definition"), {}, "x"),
    ("D", ("metadata", "team"), {}, "x"),
    ("D", ("tools", 0, "function", "description"), {}, "x"),
    ("D", ("stop", 0), {}, "x"),
    ("D", ("messages", 0, "tool_call_id"), {}, "x"),
    ("E", ("messages", 0, "content", 0, "image_url", "url"), {}, "https://host/x"),
    ("F", ("messages", 0, "content", 0, "image_url", "url"), {}, "DATA:image/png;base64,AA"),
    ("F", ("messages", 0, "content", 0, "source", "data"), {"type": "base64"}, "AA"),
    ("F", ("messages", 0, "content", 0, "file", "file_data"), {}, "AA"),
    ("G", ("tools", 0, "headers", "Authorization"), {}, "x"),
    ("H", ("messages", 0, "content", 0, "thinking"), {"signature": "x"}, "hm"),
    ("H", ("input", 0, "encrypted_content"), {}, "x"),
    ("I", ("model",), {}, "m"),
    ("I", ("messages", 0, "role"), {}, "user"),
    ("K", ("x_new", "deep", 0), {}, "x"),
    ("K", ("Messages", 0, "CONTENT"), {}, "x"),
]


@pytest.mark.parametrize(("expected", "path", "holder", "value"), PLACES)
def test_a_place_has_its_class(expected: str, path: Path, holder: dict[str, Any], value: str) -> None:
    assert classify(path, holder, value, CHAT) == expected


def test_a_string_of_a_class_that_is_a_reference_a_choice_or_signed_is_not_rewritable() -> None:
    assert {expected for expected, *_ in PLACES} - REWRITABLE == set("DFGHI")


def test_whether_a_string_is_binary_depends_on_its_value_only_where_it_is_said_to() -> None:
    holders: list[dict[str, Any]] = [{}, {"type": "text"}, {"type": "image_generation_call"}]
    for _, path, *_ in PLACES:
        kinds = {classify(path, holder, value, CHAT) for holder in holders for value in ("data:x", "hi")}
        assert len(kinds & set("F")) == 0 or len(kinds) == 1 or depends_on_value(path)


def test_the_placements_are_many_and_distinct() -> None:
    assert len(PLACEMENTS) >= 50
    assert len({placement.name for placement in PLACEMENTS}) == len(PLACEMENTS)
    assert {placement.endpoint for placement in PLACEMENTS} == {
        name for name, row in ENDPOINTS.items() if row.method == "POST"
    }
    assert all(SECRET not in repr(placement.body("0")) for placement in PLACEMENTS)
