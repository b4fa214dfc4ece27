"""Signs: whatever a pattern matches, its signs are in it."""

import pytest
import re2
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llm_proxy.core.everyday import EVERYDAY
from llm_proxy.core.patterns import SEPARATOR, compile_pattern
from llm_proxy.core.regex_signs import Signs, signs_of
from llm_proxy.errors import BadPattern
from llm_proxy.packs import PACKS, load_pack
from tests.core import regexes

RULES = [rule for name in PACKS for rule in load_pack(name).rules]


def holds(sign: str | None, at_sign: str | None, text: str) -> bool:
    """Say whether a sign is in a text that stands among others, and at one of its places what is asked about there."""
    if sign is None or at_sign is None:
        return sign is at_sign
    joined = f"x{SEPARATOR}{text}{SEPARATOR}x".encode()
    looked, asked = re2.compile(sign), re2.compile(at_sign)
    start = -1
    while (match := looked.search(joined, start + 1)) is not None:
        start = match.start()
        if asked.match(joined, start):
            return True
    return False


def hold(signs: Signs, text: str) -> bool:
    from_literal = (holds(sign, signs.at_literal, text) for sign in (signs.short, signs.longer))
    return holds(signs.whole, signs.at_whole, text) and all(from_literal)


@settings(max_examples=1_000, deadline=None)
@given(source=regexes.patterns, texts=st.lists(regexes.texts, min_size=1, max_size=8))
def test_what_a_pattern_matches_holds_its_signs(source: str, texts: list[str]) -> None:
    try:
        pattern = compile_pattern(source)
    except BadPattern:
        assume(False)
    for text in texts:
        if pattern.matches(text):
            assert hold(signs_of(source), text)


# Patterns as rules have them, long repetitions among them, each with a text that it may match.
_characters = st.sampled_from(
    [("a", "a"), ("K", "K"), ("7", "7"), ("-", "-"), ("é", "é"), (r"\d", "5"), ("[a-z]", "q"), (".", "~")]
)
_borders = st.sampled_from([(r"\b", ""), ("^", ""), ("$", ""), (r"\B", ""), ("(?m:^)", "")])


@st.composite
def shapes(draw, depth: int = 3) -> tuple[str, str]:
    kind = draw(
        st.sampled_from(["one", "one", "border", "row", "row", "choice", "repeat", "group"] if depth else ["one"])
    )
    if kind in ("one", "border"):
        return draw(_characters if kind == "one" else _borders)
    if kind == "repeat":
        source, text = draw(shapes(depth - 1))
        least = draw(st.sampled_from([0, 1, 2, 5, 13, 30]))
        times = least + draw(st.sampled_from([0, 0, 1, 4]))
        most = draw(st.sampled_from([str(times), "", str(times + 9)]))
        return f"(?:{source}){{{least},{most}}}", text * times
    parts = draw(st.lists(shapes(depth - 1), min_size=1, max_size=4))
    if kind == "choice":
        return f"(?:{'|'.join(source for source, _ in parts)})", draw(st.sampled_from(parts))[1]
    joined = "".join(source for source, _ in parts)
    return (f"({joined})" if kind == "group" else joined), "".join(text for _, text in parts)


@settings(max_examples=1_000, deadline=None)
@given(shape=shapes(), before=st.sampled_from(["", "x", " ", "a-7"]), behind=st.sampled_from(["", "x", " ", "\n"]))
def test_what_a_rule_like_pattern_matches_holds_its_signs(shape: tuple[str, str], before: str, behind: str) -> None:
    source, text = shape
    try:
        pattern = compile_pattern(source)
    except BadPattern:
        assume(False)
    whole = before + text + behind
    assume(len(whole) < 3_000 and pattern.matches(whole))
    assert hold(signs_of(source), whole)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.label)
def test_what_a_rule_of_a_pack_knows_holds_its_signs(rule) -> None:
    matched = [each.text for each in rule.examples if compile_pattern(rule.pattern).matches(each.text)]
    assert matched
    assert all(hold(signs_of(rule.pattern), text) for text in matched)


@pytest.mark.parametrize(
    ("source", "whole", "short"),
    [
        ("[a-z]{0,40}?key=[0-9a-f]{32,64}", "key=[0-9a-f]{12}", "key=[0-9a-f]{8}"),
        (r"\bAKIA[A-Z2-7]{16}\b", r"\bAKIA[A-Z2-7]{12,}?\b", r"\bAKIA[A-Z2-7]{8}"),
        (r"\d{3}-\d{2}-\d{4}", r"\d{3}-\d{2}-\d{4}", None),
        (r"[a-z]{20}_mmk\b", r"[a-z]{12}_mmk\b", r"mmk\b"),
        (r"(?:ab|cde)[^\n]*?x{2,5}y?", r"(?:ab|cde)[^\n]{0,}?x{2}", r"(?:ab|cde)[^\n]{0,}?x{2}"),
        (r"\b(\d{6}(?:19|20)\d{2})", r"\b\d{6}(?:19|20)\d{2}", r"(?:19|20)\d{2}"),
        (r"\Aab\z", "(?m:^)ab(?m:$)", "(?m:^)ab(?m:$)"),
    ],
)
def test_a_sign_is_simpler(source: str, whole: str, short: str | None) -> None:
    signs = signs_of(source)
    assert plain(signs.whole) == whole
    assert plain(signs.short) == short


def plain(source: str | None) -> str | None:
    """Write a sign without the groups and escapes that it does not need."""
    if source is None:
        return None
    for shown, written in ((r"\x{5f}", "_"), (r"\x{2d}", "-"), (r"\x{3d}", "=")):
        source = source.replace(shown, written)
    return re2.sub(r"\(\?:(\[[^\]]*\]|\\d|\w)\)\{", r"\1{", source)


def test_a_pattern_that_cannot_be_read_has_no_sign() -> None:
    assert hold(signs_of(r"\pN{"), "1{")


@pytest.mark.parametrize(
    ("source", "there"),
    [
        (r"\bAKIA[A-Z2-7]{16}\b", r"\bAKIA[A-Z2-7]{16}\b"),
        (r"[a-z]{0,40}?key=[0-9a-f]{32,64}", "key=[0-9a-f]{32,64}?"),
        (r"BEGIN[^-]*END", "BEGIN"),
        (r"(?:ab.{0,9}c|d[\s\S]*)e", r"(?:ab.{0,9}?c|d)"),
        (r"key(?: |\w)+x", "key"),
        (r"key\s*=\s*\w+;", r"key(?:\s){0,}?=(?:\s){0,}?(?:\w){1,}?;"),
    ],
)
def test_what_is_asked_about_where_a_sign_begins_does_not_read_far(source: str, there: str) -> None:
    told = plain(signs_of(source).at_literal)
    assert told is not None
    assert told.replace(r"(?-s:.)", ".").replace(r"[^\n]", ".").replace(r"\x{3b}", ";") == there


def test_everyday_language_holds_no_secret() -> None:
    assert not any(rule.mode == "reject" and compile_pattern(rule.pattern).matches(EVERYDAY.decode()) for rule in RULES)
