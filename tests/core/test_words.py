"""Words: where a stream may be cut."""

import pytest

from llm_proxy.core.views.folding import fold_character
from llm_proxy.core.words import RANGES, first_break, last_word


@pytest.mark.parametrize(
    ("text", "start"),
    [("", 0), ("word", 0), ("one two", 4), ("one ", 4), ("a\tb\nc", 4), ("a\u00a0b", 0), ("漢字", 2), ("密码abc", 2)],
)
def test_the_last_word_begins_behind_the_last_break(text: str, start: int) -> None:
    assert last_word(text) == start


def test_the_first_break_is_found_from_a_place_on() -> None:
    assert [first_break("a b c", start) for start in (0, 2, 4)] == [1, 3, 5]


def test_no_break_but_white_space_reads_as_ascii() -> None:
    rare = [chr(code) for first, last in RANGES if first > 0x7F for code in range(first, last + 1)]
    assert [
        character for character in rare if not fold_character(character) or fold_character(character).isascii()
    ] == []
