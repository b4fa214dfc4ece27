"""Lines of a transcript are read as bodies, whatever part of one they are, and places are told as readers know them."""

import json

import pytest

from llm_proxy.scan.transcripts import Line, body_of, is_chat, is_transcript, lines
from tests.scan.rules import rule, scanner

USER = {"role": "user", "content": "say canary-1"}


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_lines_are_told_with_their_numbers_and_offsets_however_they_come(size):
    text = "one\n\n\u2028three\nlast"
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    assert list(lines(parts)) == [Line("one", 1, 0), Line("", 2, 4), Line("\u2028three", 3, 5), Line("last", 4, 12)]


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"model": "m", "messages": [{"role": "system", "content": "x"}, USER]}, "messages[1].content"),
        (USER, "content"),
        ({"role": "user", "content": [{"type": "text", "text": "canary-1"}]}, "content[0].text"),
        ([USER], "[0].content"),
        ({"messages": [USER], "system": "x", "max_tokens": 5}, "messages[0].content"),
        ({"model": "m", "input": "canary-1"}, "input"),
        ({"prompt": ["a", "canary-1"]}, "prompt[1]"),
        ({"custom_id": "7", "body": {"messages": [USER]}}, "body.messages[0].content"),
        (
            {"request": {"input": "x"}, "response": {"choices": [{"message": USER}]}},
            "response.choices[0].message.content",
        ),
        ({"messages": [{"role": "tool", "content": "canary-1", "tool_call_id": "1"}]}, "messages[0].content"),
        ({"note": "canary-1"}, "note"),
        ({"canary-1": 1}, "*"),
    ],
)
def test_a_finding_tells_its_line_and_its_place(value, place):
    text = "{}\n" + json.dumps(value)
    (found,) = scanner().transcript("t.jsonl", lines([text]))
    assert (found.region.line, found.place, found.secret.reveal()) == (2, place, "canary-1")


def test_the_strings_in_a_tools_arguments_are_read():
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": json.dumps({"a": "canary\u002d1"})}}
    body = {"messages": [{"role": "assistant", "tool_calls": [call]}]}
    (found,) = scanner().transcript("t.jsonl", lines([json.dumps(body)]))
    assert found.place == "messages[0].tool_calls[0].function.arguments"


@pytest.mark.parametrize(
    "written",
    [
        '"canary-1"',
        r'"\u0063anary-1"',
        r'"\"\\\/\b\f\n\r\t canary-1 \n"',
        r'"\ud83e\udd9c \u00e9 é🦜 canary\u002d1"',
        r'"\ud800 canary-1"',
    ],
)
def test_a_region_is_where_the_secret_is_written_escapes_and_all(written):
    line = '{"content": 1, "x": ' + written + "}"
    (found,) = scanner().transcript("t.jsonl", lines(["\n" + line]))
    region = found.region
    shown = line[region.column - 1 : region.end_column - 1]
    assert json.loads(f'"{shown}"') == "canary-1"
    assert (region.line, region.offset) == (2, region.column)


@pytest.mark.parametrize(
    "line", ["canary-1", '{"a": "canary-1", "a": 2}', '{"a": "canary-1"', "[" * 300 + '"canary-1"']
)
def test_a_line_that_is_not_strict_json_is_read_as_text(line):
    (found,) = scanner().transcript("t.jsonl", lines(["{}\n", line]))
    assert (found.region.line, found.region.offset, found.place) == (2, 3 + line.index("canary"), "")


def test_a_rule_for_some_kinds_of_text_is_for_those_only():
    looks = rule(field_classes=("A",))
    found = scanner([looks]).transcript(
        "t.jsonl", lines(['{"user": "canary-1", "messages": [{"content": "canary-2"}]}'])
    )
    assert [each.place for each in found] == ["messages[0].content"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"role": "user"}\n', True),
        ('\n {"messages": []}', True),
        ("{\n", False),
        ("[1, 2]\n", False),
        ("text", False),
        ("", False),
    ],
)
def test_a_transcript_is_known_by_its_first_line(text, told):
    assert is_transcript(text) is told


@pytest.mark.parametrize(
    ("value", "told"),
    [({"messages": [USER]}, True), ([USER], True), (USER, True), ({"name": "x", "version": 1}, False), (1, False)],
)
def test_a_chat_is_known_by_its_messages(value, told):
    assert is_chat(json.dumps(value, indent=2)) is told


def test_what_is_no_json_is_no_body():
    assert [body_of(text) for text in ("", "x", '"x"', "{", '{"a": NaN}')] == [None] * 5


def test_a_secret_in_two_parts_of_a_message_is_told_at_the_first():
    parts = [{"type": "text", "text": "say cana"}, {"type": "text", "text": "ry-1 now"}]
    (found,) = scanner().transcript("t.jsonl", lines([json.dumps({"role": "user", "content": parts})]))
    assert (found.view, found.place, found.secret.reveal()) == ("joined", "content[0].text", "canary-1")
