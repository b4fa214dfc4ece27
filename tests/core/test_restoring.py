"""Restoring: any split into fragments, any JSON in JSON, and the result is what the whole text gives."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_proxy.core.placeholders import Placeholders, Restorer
from llm_proxy.core.restoring import Restoring, restore_text
from llm_proxy.records import Secret

HARD = 'p"a\\ss\nwört\t{"a": 1}</x>🙂'
PLACEHOLDERS = Placeholders(Secret("5e" * 32), "key-1")
TOKEN = PLACEHOLDERS.issue("E-mail", "ada@example.com")
HARD_TOKEN = PLACEHOLDERS.issue("Password", HARD)
UNKNOWN = Placeholders(Secret("5e" * 32), "key-2").issue("E-mail", "ada@example.com")
RESTORER = Restorer(PLACEHOLDERS.issued)

FRAGMENTS = (TOKEN, HARD_TOKEN, UNKNOWN, TOKEN[:9], TOKEN[9:], TOKEN[1:-1], "<", ">", '{"a": "', '"}', "null")
SIGNS = ('"', "\\", "\\\\", '\\"', "{", "[", "}", ":", " ", "\n", "a", "é")
ESCAPES = ("\\u003c", "\\u003e", "\\u0022", "\\u00", "\\x", "\\\\u003C")
PIECES = st.sampled_from([*FRAGMENTS, *SIGNS, *ESCAPES])
TEXTS = st.lists(PIECES, max_size=25).map("".join) | st.text()
SPLITS = st.lists(st.integers(1, 9), min_size=1, max_size=6)


def in_fragments(text: str, sizes: list[int], *, is_json: bool) -> str:
    restoring, out, number = Restoring(RESTORER, is_json=is_json), [], 0
    while text:
        size = sizes[number % len(sizes)]
        out.append(restoring.feed(text[:size]))
        text, number = text[size:], number + 1
    return "".join([*out, restoring.finish()])


@given(TEXTS, SPLITS, st.booleans())
@settings(max_examples=500)
def test_fragments_give_what_the_whole_text_gives(text: str, sizes: list[int], is_json: bool) -> None:
    assert in_fragments(text, sizes, is_json=is_json) == restore_text(text, RESTORER, is_json=is_json)


@given(st.lists(st.sampled_from([TOKEN, HARD_TOKEN, UNKNOWN, TOKEN[:-1], " ", "a", '"', "\\", "<"]), max_size=12))
def test_in_prose_values_stand_as_they_are(pieces: list[str]) -> None:
    text = "So " + "".join(pieces)
    assert restore_text(text, RESTORER) == RESTORER.restore(text)


def dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def dump_ascii(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def dump_for_html(value: Any) -> str:  # as Go's encoding/json and others write it
    return json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003E").replace("&", "\\u0026")


def dump_escaping_quotes(value: Any) -> str:  # as .NET's System.Text.Json writes it
    return re.sub(r"\\(.)", lambda escape: "\\u0022" if escape[1] == '"' else escape[0], dump_for_html(value))


DUMPS = [dump, dump_ascii, dump_for_html, dump_escaping_quotes]
LEAVES = st.sampled_from(["plain", "[no json", f"to {TOKEN}", HARD_TOKEN, f"{TOKEN}{HARD_TOKEN}", UNKNOWN, "<", "\\"])
TREES = st.recursive(
    LEAVES | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(LEAVES, inner, max_size=3),
    max_leaves=6,
)


def restored(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {RESTORER.restore(key): restored(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [restored(value) for value in tree]
    return RESTORER.restore(tree) if isinstance(tree, str) else tree


@given(TREES, st.lists(st.sampled_from(DUMPS), min_size=1, max_size=4), SPLITS)
@settings(max_examples=300)
def test_in_json_in_json_every_level_stays_valid_and_means_the_value(
    tree: Any, dumps: list[Callable[[Any], str]], sizes: list[int]
) -> None:
    text, wanted = dumps[0]([tree]), [restored(tree)]
    for dumps_outer in dumps[1:]:
        text = dumps_outer({"in": text})
    found = json.loads(in_fragments(text, sizes, is_json=True))
    for _ in dumps[1:]:
        found = json.loads(found["in"])
    assert found == wanted


@pytest.mark.parametrize(
    ("text", "is_json", "expected"),
    [
        pytest.param(f'{{"to": "{TOKEN}"}}', True, '{"to": "ada@example.com"}', id="an argument"),
        pytest.param(f'{{"a": "{HARD_TOKEN}"}}', False, dump({"a": HARD}), id="a structured answer"),
        pytest.param(f'"{HARD_TOKEN}" it is', False, f'"{HARD}" it is', id="prose in quotes"),
        pytest.param(dump([f'"{HARD_TOKEN}" it is']), True, dump([f'"{HARD}" it is']), id="prose in quotes in JSON"),
        pytest.param(f"[see]({HARD_TOKEN})", False, f"[see]({HARD})", id="a link"),
        pytest.param(f'{{x}} "{HARD_TOKEN}"', False, f'{{x}} "{HARD}"', id="braces that are no JSON"),
        pytest.param(f"echo {HARD_TOKEN}", True, f"echo {HARD}", id="arguments that are no JSON"),
        pytest.param(f'{{"a": "{TOKEN[:-1]}', True, f'{{"a": "{TOKEN[:-1]}', id="an argument that breaks off"),
        pytest.param('{"a": "\\u003cEMAIL', True, '{"a": "\\u003cEMAIL', id="an escaped one that breaks off"),
        pytest.param(f'{{"a": "{TOKEN[:-1]}\\u007a"}}', True, f'{{"a": "{TOKEN[:-1]}\\u007a"}}', id="altered"),
        pytest.param(dump({"a": UNKNOWN}), True, dump({"a": UNKNOWN}), id="another key's"),
        pytest.param("", True, "", id="nothing"),
    ],
)
def test_a_value_is_written_as_its_place_asks(text: str, is_json: bool, expected: str) -> None:
    assert restore_text(text, RESTORER, is_json=is_json) == expected
    assert in_fragments(text, [1], is_json=is_json) == expected


def test_beyond_four_levels_a_text_is_a_text() -> None:
    text = HARD_TOKEN
    for _ in range(6):
        text = dump({"in": text})
    assert json.loads(restore_text(text, RESTORER, is_json=True))


def test_no_fragment_waits_but_for_the_beginning_of_a_placeholder() -> None:
    restoring = Restoring(RESTORER)
    fed = ["Dear ", "<b>", TOKEN[:5], TOKEN[5:] + ", hel", "lo <", "3"]
    assert [restoring.feed(each) for each in fed] == ["Dear ", "<b>", "", "ada@example.com, hel", "lo ", "<3"]


def test_in_json_only_escapes_and_beginnings_wait() -> None:
    restoring = Restoring(RESTORER, is_json=True)
    fed = ['{"q', 'uery": "a', "\\", "n b <", "br>", '"}']
    assert [restoring.feed(each) for each in fed] == ['{"q', 'uery": "a', "", "\\n b ", "<br>", '"}']
