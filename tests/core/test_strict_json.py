"""One strict reading: what has two meanings is refused, and what is not changed stays to the byte."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.strict_json import (
    Document,
    ExactFloat,
    find_literals,
    literal_spans,
    parse,
    read,
    repeats_a_key,
    splice,
)
from llm_proxy.core.texts import flatten
from llm_proxy.errors import BadJson


def refusal(body: bytes, **limits: int) -> BadJson:
    with pytest.raises(BadJson) as refused:
        read(body, **limits)
    assert refused.value.status == 400
    return refused.value


NOT_UTF8 = [
    b'{"a":"\xff"}',
    b'{"a":"\xc0\xaf"}',
    b'{"a":"\xed\xa0\x80"}',
    b'{"a":"\xf4\x90\x80\x80"}',
    b'{"a":"\xe9"}',
    b"\x80{}",
]


@pytest.mark.parametrize("body", NOT_UTF8)
def test_P26_bytes_that_are_no_utf8_are_refused(body: bytes) -> None:
    assert "UTF-8" in refusal(body).message


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le"])
def test_P27_a_byte_order_mark_or_another_encoding_is_refused(encoding: str) -> None:
    refusal('{"a": "b"}'.encode(encoding))


NO_JSON = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e999",
    "-1e999",
    "01",
    "-01",
    "+1",
    ".5",
    "1.",
    "0x1",
    "[1,]",
    "[,1]",
    "tru",
    "'x'",
]
NO_JSON += [
    '"\t"',
    '"\\x41"',
    '"\\u12"',
    '"\\u+123"',
    "1 // one",
    "/* one */ 1",
    '"a',
    "\x0b1",
    "\u00a01",
    '{"b":1,}',
    "{b:1}",
    "1 2",
]


@pytest.mark.parametrize("value", NO_JSON)
def test_P28_what_rfc_8259_does_not_allow_is_refused(value: str) -> None:
    refusal(f'{{"a":{value}}}'.encode())


DUPLICATES = [
    '{"messages":[],"messages":["secret"]}',
    '{"a":{"b":[{"c":1,"d":2,"c":3}]}}',
    '{"a":1,"\\u0061":2}',
    '{"\\/":1,"/":2}',
    '{"\\ud800":1,"\\ud801":2}',  # both become U+FFFD
]


@pytest.mark.parametrize("body", DUPLICATES)
def test_P29_duplicate_keys_are_refused_at_any_depth_in_any_spelling(body: str) -> None:
    assert "duplicate" in refusal(body.encode()).message


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("count", [129, 1_000, 100_000])
def test_P31_deep_nesting_is_refused_at_once(opening: str, count: int) -> None:
    start = time.thread_time()
    error = refusal(('{"a":' + opening * count).encode())
    assert time.thread_time() - start < 0.5  # it takes a hundredth of that
    assert count == 129 or "128" in error.message


def test_nesting_may_reach_the_limit_and_not_pass_it() -> None:
    assert read(b'{"a":' + b"[" * 127 + b"]" * 127 + b"}")
    assert "128" in refusal(b'{"a":' + b"[" * 128 + b"]" * 128 + b"}").message
    assert "2 levels" in refusal(b'{"a":[[]]}', max_depth=2).message


MANY = [b'{"role":"user","content":"x"}', b"{}", b"1", b'"\\"\\\\"']


@pytest.mark.parametrize("message", MANY)
def test_P32_a_million_messages_are_refused_at_once(message: bytes) -> None:
    body = b'{"messages":[' + b",".join([message] * 1_000_000) + b"]}"
    start = time.thread_time()
    refusal(body)
    assert time.thread_time() - start < 0.5  # it takes a tenth of that, and reading it a second or more


def test_strings_are_counted_exactly() -> None:
    body = b'{"a":["\\"", "\\\\", "x,x,[{"]}' + b" " * 20
    assert read(body, max_strings=4)
    assert "3 strings" in refusal(body, max_strings=3).message


def test_P33_a_number_of_a_million_digits_is_refused() -> None:
    assert "digits" in refusal(b'{"a":' + b"1" * 1_000_000 + b"}").message


def test_P33_numbers_keep_their_spelling() -> None:
    body = b'{"seed": 9223372036854775809, "a": 1.0, "b": 1e0, "c": -0.0, "d": 1E+2}'
    assert splice(read(body), {}) == body
    assert splice(read(body), {1: "é"}) == body.replace(b'"a"', '"é"'.encode())


@pytest.mark.parametrize(
    ("literal", "digits"),
    [
        ("4111111111111111.0", "4111111111111111"),
        ("4.111111111111111e15", "4111111111111111"),
        ("-4111111111111111.25", "-4111111111111111.25"),
        ("0.41111111111111112222222222", "0.41111111111111112222222222"),
        ("41111111111e5", "4111111111100000"),
        ("0e-999999999", "0e-999999999"),
        ("1e-999999999", "1e-999999999"),
    ],
)
def test_a_long_number_is_inspectable_as_its_decimal_digits(literal: str, digits: str) -> None:
    value = parse(literal)
    assert isinstance(value, ExactFloat)
    assert (value.digits, value) == (digits, float(literal))


@pytest.mark.parametrize(
    ("body", "repairs"),
    [
        (r'{"a":"x\ud800"}', {1: "x\ufffd"}),
        (r'{"a":"\uDC00y","\ud83d\ude00":"\ud83d\ude00\ud83d"}', {1: "\ufffdy", 3: "😀\ufffd"}),
        (r'{"a\ud800":"\ud83d\ude00"}', {0: "a\ufffd"}),
        (r'{"a":"\ud83d\ude00 \\ud800"}', {}),
    ],
)
def test_P34_half_a_surrogate_pair_is_read_and_sent_as_U_FFFD(body: str, repairs: dict[int, str]) -> None:
    document = read(body.encode())
    assert document.repairs == repairs
    sent = splice(document, document.repairs)
    assert json.loads(sent) == document.tree
    json.dumps(document.tree, ensure_ascii=False).encode()
    assert repairs or sent == body.encode()


def test_P34_NUL_is_a_character_like_others() -> None:
    document = read(b'{"a":"\\u0000"}')
    assert document.tree == {"a": "\0"}
    assert splice(document, {1: "x\0"}) == b'{"a":"x\\u0000"}'


@pytest.mark.parametrize("body", [b"", b" ", b"[]", b"null", b'"x"', b"1", b"true", b"{", b"\0", b"{}{}", b"{} x"])
def test_P35_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    refusal(body)


def test_a_refusal_quotes_nothing_of_the_body() -> None:
    for body in (b'{"a":"secret" "secret"}', b'{"secret":1,"secret":2}', b'{"secret":\xff}', b'{"a":1e999secret}'):
        error = refusal(body)
        assert "secret" not in error.message
        assert error.__suppress_context__ or error.__context__ is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
objects = st.dictionaries(st.text(), json_values, max_size=5)


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Strict JSON in many spellings: indented, compact, with escapes or without, blanks around it."""
    spelled = json.dumps(
        draw(objects),
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 0, 2, "\t"])),
        separators=draw(st.sampled_from([None, (",", ":"), (" ,\r\n", " : ")])),
    )
    if draw(st.booleans()):
        spelled = spelled.replace("/", "\\/")
        for letter in "kqzQ":  # no part of an escape or of a constant
            spelled = spelled.replace(letter, f"\\u{ord(letter):04X}")
    blanks = st.text(" \t\r\n", max_size=3)
    return (draw(blanks) + spelled + draw(blanks)).encode()


@given(body=bodies())
def test_P37_a_splice_of_nothing_is_the_same_bytes(body: bytes) -> None:
    document = read(body)
    assert splice(document, {}) == body
    assert document.tree == json.loads(body)


@given(body=bodies())
def test_literals_stand_where_the_spans_say(body: bytes) -> None:
    document = read(body)
    assert [json.loads(document.text[start:end]) for start, end in literal_spans(document)] == flatten(
        document.tree
    ).literals
    assert literal_spans(document) is literal_spans(document)


def respelled(value: Any, changes: dict[int, str], count: list[int]) -> Any:
    """Build the tree that the changes of values describe, by counting literals in document order."""
    if isinstance(value, str):
        count[0] += 1
        return changes.get(count[0] - 1, value)
    if isinstance(value, dict):
        members = {}
        for key, member in value.items():
            count[0] += 1
            members[key] = respelled(member, changes, count)
        return members
    return [respelled(item, changes, count) for item in value] if isinstance(value, list) else value


@given(body=bodies(), data=st.data())
def test_reading_a_splice_gives_the_changed_tree(body: bytes, data: st.DataObject) -> None:
    document = read(body)
    spans = literal_spans(document)
    keys = {i for i, (_, end) in enumerate(spans) if document.text[end:].lstrip().startswith(":")}
    values = [index for index in range(len(spans)) if index not in keys]
    drawn = data.draw(st.dictionaries(st.sampled_from(values), st.text(), max_size=4)) if values else {}
    assert read(splice(document, drawn)).tree == respelled(document.tree, drawn, [0])


HARD = [
    'say "x"',
    "back\\slash",
    "new\nline",
    "tab\t",
    "nul\0",
    "\u2028\u2029",
    "😀",
    "</script>",
    "$1 \\g<0>",
    "\x7f",
    "half \ud800",
]


@pytest.mark.parametrize("value", HARD)
def test_G15_any_replacement_makes_a_valid_literal(value: str) -> None:
    document = read(b'{ "a" : "old" , "b":1.50}')
    sent = splice(document, {1: value})
    assert json.loads(sent) == {"a": value.replace("\ud800", "\ufffd"), "b": 1.5}
    assert sent.startswith(b'{ "a" : "')
    assert sent.endswith(b'" , "b":1.50}')


def test_edits_and_changes_go_together_and_may_not_overlap() -> None:
    document = read(b'{"a":"b","c":{}}')
    end = len(document.text) - 1
    assert splice(document, {1: "B"}, [(end, end, ',"d":1'), (13, 15, "[]")]) == b'{"a":"B","c":[],"d":1}'
    with pytest.raises(ValueError, match="overlap"):
        splice(document, {1: "B"}, [(6, 7, "x")])


def test_ten_megabytes_of_escapes_are_spanned_without_recursion() -> None:
    text = '{"a":"' + '\\"' * 5_000_000 + '"}'
    assert find_literals(text) == [(1, 4), (5, len(text) - 1)]


def test_documents_are_compared_by_identity() -> None:
    assert read(b"{}") != read(b"{}")
    assert isinstance(read(b"{}"), Document)


@pytest.mark.parametrize(
    ("text", "repeats"),
    [
        ('{"a": 1, "b": {"a": 2}}', False),
        ('[{"a": 1}, {"a": 1e999}]', False),
        ('{"a": 1, "a": 1}', True),
        ('{"a": 1, "\\u0061": 2}', True),
        ('{"x": [{"y": {"a": 1, "b": 2, "a": 3}}]}', True),
        ('{"n": ' + "9" * 5000 + "}", False),
        ("[" * 200_000 + "]" * 200_000, True),
    ],
)
def test_a_key_that_is_there_twice_is_noticed(text: str, repeats: bool) -> None:
    assert repeats_a_key(text.encode()) is repeats
