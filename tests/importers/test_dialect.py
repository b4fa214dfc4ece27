"""What is another spelling is rewritten and matches the same; what RE2 has no words for is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.patterns import compile_pattern
from llm_proxy.importers.dialect import to_re2
from llm_proxy.importers.outcome import CannotImport

REWRITTEN = [
    ("(?x) a b # the rest\n c", "abc"),
    ("(?x)a\\ b[ c\\ ]\\#d", "a b[c ]\\#d"),
    ("(?xi)\n  key \\s* = \\s*\n  ( [a-z0-9]{32} )  # hex\n", "(?i)key\\s*=\\s*([a-z0-9]{32})"),
    ("(?x)(?i) a (?# note ) b", "(?i)ab"),
    ("a (?x: b c ) d", "a (?:bc) d"),
    ("(?: (?x) b c ) d", "(?: bc) d"),
    ("(?x) a (?-x: b ) c", "a(?: b )c"),
    ("(?x-i)a b", "(?-i)ab"),
    ("[#] # no comment", "[#] # no comment"),
    ("a++b*+c?+d{2}+", "a+b*c?d{2}"),
    ("(?>ab|a)c", "(?:ab|a)c"),
    (r"a\Z", r"a\z"),
    (r"\h+x\H", r"[ \t]+x[^ \t]"),
    (r"[\h\b]", r"[ \t\x08]"),
    (r"a\Rb", r"a(?:\r\n|\n|\r)b"),
    ("a{,3}b", "a{0,3}b"),
    ("a{2000}b{1,5000}c{3,}", "a{1000,}b{1,}c{3,}"),
    ("(?<key>a)(?'other'b)(?P<last>c)", "(?P<key>a)(?P<other>b)(?P<last>c)"),
    (r"\u0041\u{1F600}", r"\x{0041}\x{1F600}"),
    (r"(?u)\d\p{Lu}\pN[[:alpha:]]", r"\d\p{Lu}\pN[[:alpha:]]"),
    (r"\Q(?=\E[]a][^]b]", r"\Q(?=\E[]a][^]b]"),
    (r"{}{a}", r"{}{a}"),
]


@pytest.mark.parametrize(("source", "expected"), REWRITTEN)
def test_another_spelling_is_rewritten(source: str, expected: str) -> None:
    assert to_re2(source).pattern == expected


@pytest.mark.parametrize("source", [r"AKIA[0-9A-Z]{16}", r"(?i)\bkey\s*[:=]\s*(\S+)(?:$|\s)", r"a\x41\{\d{1,3}?\\"])
def test_what_re2_knows_is_left_as_it_is(source: str) -> None:
    assert to_re2(source) == type(to_re2(""))(source, ())


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("a(?=b)", "look-ahead"),
        ("a(?!b)", "look-ahead"),
        ("(?<=a)b", "look-behind"),
        ("(?<!a)b", "look-behind"),
        (r"(a)\1", "back-reference"),
        (r"(?P<a>.)(?P=a)", "back-reference"),
        (r"(?<a>.)\k<a>", r"\\k"),
        (r"a\Kb", r"\\K"),
        ("(?|a|b)", "branch reset"),
        ("(a(?R)?b)", "flag R"),
        ("(?(1)a|b)", "condition"),
        ("[a-z&&[^b]]", "intersection"),
    ],
)
def test_what_re2_has_no_words_for_is_refused_with_the_reason(source: str, what: str) -> None:
    with pytest.raises(CannotImport, match=what):
        to_re2(source)


def test_each_rewriting_is_told_once() -> None:
    assert to_re2("(?x) a++ b++ (?# x ) (?# y )").changes == (
        "free spacing (?x) is undone",
        "possessive quantifiers are greedy ones",
        "comments are left out",
    )


PIECES = ("a", "b+", "[ab]{2}", "(a|b)", r"\#", r"\ ", r"\d", "(?:c)?", "x{1,3}", r"[^#\ ]")
FREE = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8)


@given(FREE, st.text(alphabet="ab#c x1", max_size=20))
def test_free_spacing_matches_what_python_says_it_does(parts: list[str], text: str) -> None:
    source = "(?x) " + "  # note\n ".join(parts)
    ours = re.compile(to_re2(source).pattern)
    assert [match.span() for match in ours.finditer(text)] == [match.span() for match in re.finditer(source, text)]


@given(FREE)
def test_what_is_translated_compiles(parts: list[str]) -> None:
    compile_pattern("z" + to_re2("(?x) " + " ".join(parts)).pattern)
