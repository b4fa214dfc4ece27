"""What an unfinished match looks like: for any pattern, nothing that more text could complete goes unseen."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llm_proxy.core.endings import Ahead, Ending
from llm_proxy.core.patterns import Pattern, compile_pattern
from llm_proxy.core.regex_prefixes import beginnings
from llm_proxy.core.regex_syntax import UnknownSyntax, parse
from llm_proxy.core.words import first_break
from llm_proxy.errors import BadPattern
from tests.core import regexes

PEM = r"-----BEGIN [A-Z ]*KEY-----[\s\S]+?-----END [A-Z ]*KEY-----"


def compiled(source: str) -> Pattern:
    try:
        return compile_pattern(source)
    except BadPattern:
        assume(False)
        raise


@settings(max_examples=800, deadline=None)
@given(source=regexes.patterns, text=regexes.texts, group=st.integers(0, 2), coarse=st.booleans())
def test_every_beginning_of_a_match_from_its_secret_on_is_known(
    source: str, text: str, group: int, coarse: bool
) -> None:
    pattern = compiled(source)
    assume(group <= pattern.groups)
    begun = beginnings(source, group)
    for groups in pattern.matches(text):
        (start, end), secret = groups[0], groups[group]
        secret = secret if secret[0] < secret[1] else groups[0]
        ending = Ending(begun.coarse if coarse else begun.source)
        for cut in range(secret[0] + 1, end + 1):
            found = ending.start(text[:cut])
            assert found is not None
            assert found <= start
        assert begun.spaced or first_break(text, secret[0]) >= end - 1


@settings(max_examples=800, deadline=None)
@given(source=regexes.patterns, text=regexes.texts)
def test_what_is_no_longer_open_stays_as_it_is_whatever_follows(source: str, text: str) -> None:
    pattern = compiled(source)
    ahead = Ahead(beginnings(source, 0).ahead or "")
    whole = [groups[0] for groups in pattern.matches(text)]
    for cut in range(len(text) + 1):
        open_from = ahead.open_from(text[:cut])
        open_from = cut if open_from is None else open_from
        sure = [groups[0] for groups in pattern.matches(text[:cut]) if groups[0][0] < open_from]
        assert [span for span in whole if span[0] < open_from] == sure


@settings(max_examples=500, deadline=None)
@given(source=regexes.patterns)
def test_whatever_the_engine_accepts_can_be_read(source: str) -> None:
    compiled(source)
    parse(source)


@pytest.mark.parametrize("source", ["a)", "(a", "(?=a)", r"\8", r"\k"])
def test_what_the_engine_refuses_may_be_refused_here(source: str) -> None:
    with pytest.raises(UnknownSyntax):
        parse(source)


@pytest.mark.parametrize(
    ("source", "group", "spaced", "reach"),
    [
        ("AKIA[A-Z0-9]{16}", 0, False, 0),
        (r"\b[\w.+-]+@[\w-]+\.\w+\b", 0, False, 0),
        (r"(?i)token\s*=\s*(\w{8,})", 1, False, None),
        (r"(?i)token ?= ?(\w{8,})", 1, False, 8),
        (r"key=([a-z]{8})(?:[\s;]|$)", 1, False, 4),
        (r"key=([a-z]{8})\s\b", 1, True, 4),
        (r'key="([^"]{8,})"', 1, True, 5),
        (r"(?:\d{4}[ -]?){3}\d{4}", 0, True, 0),
        (PEM, 0, True, 0),
        (r"秘密[a-z]+", 0, True, 0),
        (r"(?:a(\w+)|b(\w+))\s\w", 1, True, 1),
    ],
)
def test_rules_of_one_word_are_told_from_others(source: str, group: int, spaced: bool, reach: int | None) -> None:
    begun = beginnings(source, group)
    assert (begun.spaced, begun.reach) == (spaced, reach)


@pytest.mark.parametrize(
    ("source", "text", "start"),
    [
        (PEM, "x -----BEGIN KEY-----\nabc", 2),
        (PEM, "x -----BEGIN KEY-----\nabc\n-----END KEY-----", 2),  # the next character may decide
        (PEM, "x -----BEGIN KEY-----\nabc\n-----END KEY----- and on", None),
        (r"(?:\d{4} ){3}\d{4}", "in 2024 1111 2222 3", 3),
        (r"(?:\d{4} ){3}\d{4}", "in 1111 2222 3333 4444.", None),
        (r"\d{3,}", "a 1234", 2),
    ],
)
def test_a_match_is_open_until_no_text_could_change_it(source: str, text: str, start: int | None) -> None:
    assert Ahead(beginnings(source, 0).ahead or "").open_from(text) == start


def test_what_follows_a_match_may_have_to_be_seen_too() -> None:
    near = Ending(beginnings("[0-9]{4}", 0, after=5).source)
    line = Ending(beginnings("[0-9]{4}", 0, whole_line=True).source)
    assert [near.start(text) for text in ("1234 abc", "1234 abcde")] == [0, None]
    assert [line.start(text) for text in ("1234 and all", "1234 and all\n")] == [0, None]
