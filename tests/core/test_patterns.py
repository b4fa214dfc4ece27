"""The engine: RE2 decides, a prefilter may only save it work, and what cannot be promised is refused."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import re2
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llm_proxy.core.pattern_sets import PatternSet
from llm_proxy.core.patterns import Pattern, Prefilter, compile_pattern
from llm_proxy.errors import BadPattern, GuardrailUnavailable
from tests.core import regexes

MIB = 1 << 20
NEVER = [f"never{number}there" for number in range(5)]  # with so many patterns the prefilter is worth its while


class Blind(Prefilter):
    """A prefilter that cannot tell, as when it runs out of memory."""

    def named(self, joined: bytes) -> frozenset[int] | None:
        return None


PREFILTERS = pytest.mark.parametrize("prefilter", [Prefilter, Blind])


def admitted(sources: list[str]) -> list[Pattern]:
    patterns = []
    for source in sources:
        try:
            patterns.append(compile_pattern(source))
        except BadPattern:
            continue
    return patterns


def rule_by_rule(patterns: list[Pattern], texts: list[str]) -> list[tuple[int, int, tuple[object, ...]]]:
    """What the fastest path must equal: every pattern asked about every text."""
    return [
        (index, number, tuple(matches))
        for index, text in enumerate(texts)
        for number, pattern in enumerate(patterns)
        if (matches := pattern.matches(text))
    ]


def found(patterns: PatternSet, texts: list[str]) -> list[tuple[int, int, tuple[object, ...]]]:
    return [(hit.text, hit.pattern, hit.matches) for hit in patterns.find(texts)]


@PREFILTERS
@settings(max_examples=300, deadline=None)
@given(
    sources=st.lists(regexes.patterns, min_size=1, max_size=6),
    batches=st.lists(st.lists(regexes.texts, max_size=5), min_size=1, max_size=8),
)
def test_every_path_finds_what_re2_finds_rule_by_rule(
    prefilter: type[Prefilter], sources: list[str], batches: list[list[str]]
) -> None:
    patterns = admitted(sources)
    assume(patterns)
    patterns += admitted(NEVER)
    together = PatternSet(patterns, prefilter(patterns))
    for texts in batches:
        assert found(together, texts) == rule_by_rule(patterns, texts)


BORDERS = [
    "^ab$",
    r"\bab\b",
    r"(?m)^ab$",
    r"\Aab\z",
    r"^\w+$",
    r"\S$",
    r"[^\s]x",
    r"(?i)k[^k]",
    "é$",
    "(?-m:^ab)",
    r"\bk",
]
BORDERS += [r"\Q\A\E", r"\\A", r"a\s*b", "(?i)k", r"(?i)[[:upper:]]\z"]


@PREFILTERS
@pytest.mark.parametrize("source", BORDERS)
@pytest.mark.parametrize(
    "text", ["ab", "xab", "ab\n", "\nab", "ab\nab", "a\x0bx", "\u212a\u212ax", "日 k", "é", "\0ab\0", "\\A"]
)
def test_borders_and_foldings_of_a_text_among_others_mean_what_re2_says(
    prefilter: type[Prefilter], source: str, text: str
) -> None:
    patterns = admitted([source, *NEVER])
    texts = ["", "role", text, "日本", text, "z", "x" * 40 + text]
    assert found(PatternSet(patterns, prefilter(patterns)), texts) == rule_by_rule(patterns, texts)


# Without a literal, or with everyday words alone: they are asked about together.
LITERALLESS = [rf"\b\d{{{number}}}\b" for number in range(3, 12)]
LITERALLESS += [
    r"(?m)^\d+$",
    r"\A\d|\d\z",
    r"(?i)[k]\d",
    r"(?P<n>\d)\pL",
    r"(?P<n>\pL)\d",
    r"\Q1\E\d",
    r"[(?P<a>]\d",
    "[0-9]{30}:",
]
EVERYDAY = ["key ?= ?\\w+", "(?i)password: (.*)", "token(s)?", r"secret[\s\S]{0,9}key"]


@PREFILTERS
@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text("0123 9kK=:é\nsecrtpawodny(?P<a>", max_size=30) | st.sampled_from(["password: x", "1" * 30 + ":"]))
)
def test_patterns_that_are_asked_about_together_find_what_each_finds(
    prefilter: type[Prefilter], texts: list[str]
) -> None:
    patterns = admitted([*LITERALLESS, *EVERYDAY, *NEVER])
    assert found(PatternSet(patterns, prefilter(patterns)), texts) == rule_by_rule(patterns, texts)


LONG = "All of it was said in plain words, again and again, and nobody minded. " * 60
NARROW = ["word " * 900, "x" * 2_000, "\u00e9" * 900, LONG]
SCATTERED = [
    *("AKIAQYLPMN5HXQ3ZT7RB", "AKIAQYLPMN5HXQ3ZT7R", "password: hunter2", "password:", "ghp_" + "a" * 36, "ghp_aaa"),
    *("BEGIN KEY abc END", "BEGIN KEY", "END", "4111 1111 1111 1111", "key=" + "f" * 40, "KEY=ffff", "-7-"),
]
SCATTERED_FOR = [r"\bAKIA[A-Z2-7]{16}\b", r"(?i)password:\s*(\S{4,})", r"\bghp_[A-Za-z0-9]{36}\b", r"BEGIN [^!]*END"]
SCATTERED_FOR += [r"\b\d{4}(?: ?\d{4}){3}\b", r"(?i)[\w.]{0,20}key=([0-9a-f]{32,64})", r"-\d-", "[a-z]{9}\\z"]


@PREFILTERS
@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.sampled_from([*SCATTERED, *NARROW]), max_size=24).map("".join), max_size=4), st.booleans())
def test_what_is_scattered_over_long_texts_is_found(
    prefilter: type[Prefilter], texts: list[str], is_spaced: bool
) -> None:
    texts = [LONG + (" ".join(text.partition(LONG)) if is_spaced else text) for text in texts]
    patterns = admitted([*SCATTERED_FOR, *NEVER])
    assert found(PatternSet(patterns, prefilter(patterns)), texts) == rule_by_rule(patterns, texts)


def test_patterns_that_are_too_large_together_are_asked_about_apart() -> None:
    patterns = admitted([rf"\d\pL{{{number}}}\d" for number in range(60, 90)])
    texts = ["1" + "é" * number + "2" for number in (59, 60, 89, 90)]
    assert found(PatternSet(patterns), texts) == rule_by_rule(patterns, texts)
    assert len(rule_by_rule(patterns, texts)) == 2


@PREFILTERS
def test_a_hit_is_told_by_text_then_pattern(prefilter: type[Prefilter]) -> None:
    patterns = admitted(["beta", "alpha", *NEVER])
    hits = PatternSet(patterns, prefilter(patterns)).find(["role", "alpha beta beta", "", "beta"])
    assert [(hit.text, hit.pattern, [groups[0] for groups in hit.matches]) for hit in hits] == [
        (1, 0, [(6, 10), (11, 15)]),
        (1, 1, [(0, 5)]),
        (3, 0, [(0, 4)]),
    ]


def test_spans_are_code_points_of_the_match_and_its_groups() -> None:
    matches = compile_pattern(r"(?P<key>k\d)=(é+)?").matches("日😀k1=é, k2=")
    assert matches == [((2, 6), (2, 4), (5, 6)), ((8, 11), (8, 10), (-1, -1))]


REFUSED = [
    ("(", "missing )"),
    ("[a", "missing ]"),
    ("(?=a)b", "(?="),
    ("(?<!a)b", "(?<"),
    (r"(a)\1", r"\1"),
    ("a++", "++"),
    (r"a\Z", r"\Z"),
    ("a{1001}", "{1001}"),
    ("a{1000}{1000}", "repetition"),
    ("((a{100}){100}){100}", "repetition"),
    (r"a\C", r"\C"),
    (r"\\\C", r"\C"),
    ("a" * 4097, "4096"),
    ("é" * 2049, "4096"),
    ("a" * (1 << 20), "4096"),
    ("\ud800", "Unicode"),
]


@pytest.mark.parametrize(("source", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_G10_a_pattern_that_cannot_be_promised_is_refused_with_the_reason(source: str, reason: str) -> None:
    with pytest.raises(BadPattern) as refusal:
        compile_pattern(source)
    assert reason in refusal.value.message
    assert len(refusal.value.message) < 200


EMPTY = [
    "",
    "a*",
    "x|",
    "|x",
    "^",
    "$",
    r"\b",
    r"\B",
    r"\A",
    r"\z",
    "(?m)^$",
    "()",
    "a{0}",
    r"a|\b$",
    r"\d*\s?",
    "(?i)(a|b)?",
]


@pytest.mark.parametrize("source", EMPTY)
def test_G17_a_pattern_that_can_match_nothing_is_refused(source: str) -> None:
    with pytest.raises(BadPattern, match="empty"):
        compile_pattern(source)


@pytest.mark.parametrize(
    "source", [r"\\C", r"a\\C", "é" * 2048, "a" * 4096, r"\bfoo\b", "^a", "a$", "(?i)straße", r"\pL{3}"]
)
def test_a_sound_pattern_is_admitted(source: str) -> None:
    assert compile_pattern(source).source == source


@pytest.mark.parametrize(
    "source", ["(a+)+$", "(.*)*x", "|".join(f"{number:03x}" for number in range(1000))], ids=range(3)
)
@pytest.mark.parametrize(
    "text", ["a" * MIB, "a" * MIB + "b", "a" * MIB + "x", "0a1" * (MIB // 3)], ids=["a", "ab", "ax", "hex"]
)
def test_G09_what_backtracking_engines_cannot_bear_takes_linear_time(source: str, text: str) -> None:
    patterns = PatternSet(admitted([source, *NEVER]))
    start = time.perf_counter()
    patterns.find([text])
    assert time.perf_counter() - start < 1


@pytest.mark.parametrize("position", [0, MIB - 1, MIB, 31 * MIB])
def test_G08_a_match_is_found_wherever_it_stands(position: int) -> None:
    patterns = PatternSet(admitted(["AKIA[0-9]{4}", *NEVER]))
    (hit,) = patterns.find(["role", "x" * position + "AKIA0042" + "y" * 10])
    assert hit.matches == (((position, position + 8),),)


def test_G17_an_empty_match_would_be_passed_over() -> None:
    assert Pattern("a*").matches("baac") == [((1, 3),)]


def test_a_text_with_very_many_matches_loses_its_rest_to_the_last_one() -> None:
    length = 128 << 10
    matches = compile_pattern("a").matches("ab" * (length // 2))
    assert len(matches) == 2047
    assert matches[-2:] == [((4090, 4091),), ((4092, length),)]


class Broken(Prefilter):
    """A prefilter whose engine fails."""

    fault: Exception

    def named(self, joined: bytes) -> frozenset[int] | None:
        raise self.fault


def test_without_the_canary_every_pattern_is_asked_about() -> None:
    patterns = admitted(["alpha", "beta", *NEVER])
    prefilter = Prefilter(patterns)
    assert prefilter.named(b"alpha") == {0, len(patterns)}
    prefilter._tail = b""  # it no longer reads the canary, as if it had stopped half-way
    assert prefilter.named(b"alpha") is None
    texts = ["role", "alpha beta", "beta"]
    assert found(PatternSet(patterns, prefilter), texts) == rule_by_rule(patterns, texts)
    assert len(rule_by_rule(patterns, texts)) == 3


@pytest.mark.parametrize("fault", [re2.error("x"), RuntimeError("x"), MemoryError()], ids=repr)
def test_G11_an_engine_that_fails_answers_nothing(fault: Exception) -> None:
    patterns = admitted(NEVER)
    prefilter = Broken(patterns)
    prefilter.fault = fault
    with pytest.raises(GuardrailUnavailable):
        PatternSet(patterns, prefilter).find(["beta"])
    with pytest.raises(GuardrailUnavailable):
        PatternSet(patterns, prefilter).costs(["beta"], frozenset({0}), time.thread_time)


def test_a_great_many_texts_and_hits_take_no_time_of_their_product() -> None:
    sources = [f"(?i)word{number}" for number in range(200)]
    patterns = PatternSet(admitted(sources))
    texts = ["x"] * 100_000 + [" ".join(f"word{number}" for number in range(200))]
    start = time.perf_counter()
    assert len(patterns.find(texts)) == 200
    assert time.perf_counter() - start < 2  # each pattern in each text takes ten times that


@pytest.mark.parametrize(
    ("rounds", "told"),
    [((0.004, 0.001), 0.001), ((0.001, 0.004), 0.001), ((0.5, 0.001), 0.5)],
    ids=["the engine prepares itself", "the machine is busy", "what is slow is not asked twice"],
)
def test_what_a_pattern_costs_is_told_without_its_preparation(rounds: tuple[float, float], told: float) -> None:
    clock = iter([0.0, rounds[0], 10.0, 10.0 + rounds[1]])
    costs = PatternSet([compile_pattern("canary-[0-9]")]).costs(["a canary-1"], frozenset({0}), lambda: next(clock))
    assert costs[0] == pytest.approx(told)


def test_one_set_serves_many_threads() -> None:
    patterns = PatternSet(admitted(["AKIA[0-9]{4}", *NEVER]))
    texts = [["x" * 50_000, f"AKIA{number:04}"] for number in range(64)]
    with ThreadPoolExecutor(8) as pool:
        hits = list(pool.map(patterns.find, texts))
    assert [[hit.text for hit in each] for each in hits] == [[1]] * 64


def test_no_patterns_and_no_texts_are_no_hits() -> None:
    assert PatternSet([]).find(["x"]) == []
    assert PatternSet([compile_pattern("x")]).find([]) == []
