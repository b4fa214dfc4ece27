"""For every enabled rule: nothing leaves in which it matches, and nothing else is touched."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import (
    MAX_FINDINGS,
    Finding,
    Verdict,
    check_rule,
    inspect,
    inspect_text,
    may_find,
)
from llm_proxy.core.pattern_sets import PatternSet
from llm_proxy.core.patterns import Prefilter
from llm_proxy.core.strict_json import MAX_STRINGS, read, splice
from llm_proxy.core.watch import RuleSet, Watch, compile_rules, with_rule
from llm_proxy.errors import BadJson, BadPattern, GuardrailUnavailable
from llm_proxy.records import Guardrail, Mode
from tests.core import regexes
from tests.core.placements import PATTERN, PIXEL, PLACEMENTS, REPLACEMENT, SECRET, Placement

CHAT = ENDPOINTS["chat/completions"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def rule(pattern: str, replace_by: str | None = None, name: str = "r", **changes: Any) -> Guardrail:
    """A reject rule, or a replace rule when there is something to replace by."""
    mode: Mode = "reject" if replace_by is None else "replace"
    return Guardrail(name, pattern, mode, replace_by or "", NOW, NOW, **changes)


def watched(rules: list[Guardrail] | tuple[Guardrail, ...]) -> Watch:
    return compile_rules(rules, 1).watch()


def ask(content: Any, **members: Any) -> bytes:
    body = {"model": "m", "messages": [{"role": "user", "content": content}]} | members
    return json.dumps(body, ensure_ascii=False).encode()


def judge(body: bytes, *guardrails: Guardrail) -> tuple[Verdict, Any]:
    """Return the verdict and the tree that would be sent, None when nothing is."""
    document = read(body)
    verdict = inspect(document, CHAT, watched(guardrails))
    return verdict, None if verdict.outcome == "rejected" else read(splice(document, verdict.changes)).tree


def replaced(content: str, *guardrails: Guardrail) -> str:
    verdict, tree = judge(ask(content), *guardrails)
    assert verdict.outcome == "replaced"
    return str(tree["messages"][0]["content"])


def meaning(value: Any) -> Any:
    """The tree with JSON in strings read too, so that only what it says is compared."""
    if isinstance(value, dict):
        return {key: meaning(member) for key, member in value.items()}
    if isinstance(value, list):
        return [meaning(item) for item in value]
    try:
        return meaning(json.loads(value)) if isinstance(value, str) and value.startswith("{") else value
    except ValueError:
        return value


PLACES = pytest.mark.parametrize("placement", PLACEMENTS, ids=lambda placement: placement.name)
RULES = {"reject": watched([rule(PATTERN)]), "replace": watched([rule(PATTERN, REPLACEMENT)])}


@PLACES
def test_G01_G02_a_reject_rule_holds_in_every_place(placement: Placement) -> None:
    document = read(json.dumps(placement.body(SECRET)).encode())
    verdict = inspect(document, ENDPOINTS[placement.endpoint], RULES["reject"])
    assert verdict.outcome == "rejected"
    assert verdict.rejected_by in verdict.findings
    assert not verdict.changes
    assert all(SECRET not in finding.place and finding.place for finding in verdict.findings)


@PLACES
def test_G13_G14_a_replace_rule_holds_in_every_place_and_leaves_the_rest(placement: Placement) -> None:
    body = json.dumps(placement.body(SECRET)).encode()
    verdict = inspect(read(body), ENDPOINTS[placement.endpoint], RULES["replace"])
    assert verdict.outcome == placement.expected
    assert verdict.findings
    if verdict.outcome == "rejected":
        assert verdict.rejected_by in verdict.findings
        assert not verdict.changes
        return
    sent = splice(read(body), verdict.changes)
    assert SECRET not in sent.decode()
    assert meaning(json.loads(sent)) == meaning(placement.body(REPLACEMENT))
    assert sent.count(PIXEL.encode()) == body.count(PIXEL.encode())
    assert inspect(read(sent), ENDPOINTS[placement.endpoint], RULES["replace"]).outcome == "pass"


@PLACES
def test_a_place_without_a_match_passes_unchanged(placement: Placement) -> None:
    document = read(json.dumps(placement.body("1234")).encode())
    assert inspect(document, ENDPOINTS[placement.endpoint], RULES["reject"]) == Verdict("pass")


SPELLINGS = [r"\u0041KIA\u00300\u0034\u0032", r"AKIA0042", r"A\u004bIA0042"]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_G03_escapes_hide_nothing(spelling: str) -> None:
    verdict, tree = judge(ask("@").replace(b"@", spelling.encode()), rule("AKIA[0-9]+", "[key]"))
    assert (verdict.outcome, tree["messages"][0]["content"]) == ("replaced", "[key]")


@pytest.mark.parametrize(("spelling", "pattern"), [(r"a\/b", "a/b"), (r"\ud83d\ude00", "\U0001f600"), (r"\"", '"')])
def test_G03_every_escape_is_read(spelling: str, pattern: str) -> None:
    assert judge(ask("@").replace(b"@", spelling.encode()), rule(pattern))[0].outcome == "rejected"


ODD = [
    ask({"type": 1, "text": "AKIA42"}),
    ask([[["AKIA42"]]]),
    ask([{"type": 1, "x": ["AKIA42"]}]),
    ask([{"type": ["AKIA42"]}]),
    ask("x", messages="AKIA42"),
    ask("x", messages=[["AKIA42"], None, 1]),
    b'{"m\\u0065ssages":[{"r\\u006fle":"user","c\\u006fntent":"AKIA42"}]}',
]


@pytest.mark.parametrize("body", ODD)
def test_G29_P30_odd_types_and_spellings_are_inspected_like_others(body: bytes) -> None:
    assert judge(body, rule("AKIA[0-9]+"))[0].outcome == "rejected"
    verdict, tree = judge(body, rule("AKIA[0-9]+", "[key]"))
    assert verdict.outcome == "rejected" or "AKIA" not in json.dumps(tree)


def test_a_finding_says_which_rule_matched_where_and_what() -> None:
    verdict, _ = judge(
        ask([{"type": "text", "text": "é k1, k2 z"}], user="z"), rule(r"k\d", "K", "b"), rule("z", None, "a")
    )
    text = "messages[0].content[0].text"
    assert [(each.rule.id, each.place, each.text, each.spans) for each in verdict.findings] == [
        ("a", text, "é k1, k2 z", ((9, 10),)),
        ("b", text, "é k1, k2 z", ((2, 4), (6, 8))),
        ("a", "user", "z", ((0, 1),)),
    ]
    assert verdict.rejected_by is verdict.findings[0]


def test_G20_a_place_does_not_spell_out_a_key_that_is_a_finding() -> None:
    body = ask("x", metadata={"AKIA42": {"deep": "AKIA43"}})
    verdict, _ = judge(body, rule("AKIA[0-9]+"))
    assert [finding.place for finding in verdict.findings] == ["metadata.*", "metadata.*.deep"]


def test_a_secret_shown_raw_and_decoded_is_one_finding() -> None:
    call = {"function": {"name": "f", "arguments": '{"a": "AKIA42"}'}}
    body = ask("x", messages=[{"role": "assistant", "tool_calls": [call]}])
    verdict, _ = judge(body, rule("AKIA[0-9]+", "[key]"))
    (finding,) = verdict.findings
    assert (finding.place, finding.text) == ("messages[0].tool_calls[0].function.arguments", '{"a": "AKIA42"}')


def test_a_rule_that_only_matches_across_the_syntax_of_arguments_rejects() -> None:
    call = {"function": {"name": "f", "arguments": '{"password": "x"}'}}
    body = ask("x", messages=[{"role": "assistant", "tool_calls": [call]}])
    assert judge(body, rule('password": "x', "[key]"))[0].outcome == "rejected"


REPLACEMENTS = ['say "x"', "back\\slash", "new\nline", "\u2028", r"\g<0>\1", "é😀", "</script>", ""]


@pytest.mark.parametrize("replacement", REPLACEMENTS)
def test_G15_a_replacement_is_put_in_as_it_is(replacement: str) -> None:
    assert replaced("use AKIA42 now", rule("AKIA[0-9]+", replacement)) == f"use {replacement} now"
    call = {"function": {"name": "f", "arguments": '{"a": "use AKIA42"}'}}
    _, tree = judge(ask("x", messages=[{"tool_calls": [call]}]), rule("AKIA[0-9]+", replacement))
    arguments = tree["messages"][0]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(arguments) == {"a": f"use {replacement}"}


def test_G15_a_replacement_may_keep_groups_of_the_match() -> None:
    assert replaced("password=hunter2!", rule(r"(password)=(?P<v>\w+)", "$1=***")) == "password=***!"
    assert replaced("cost 5", rule(r"cost (\d)", "${1} $$ $2z")) == "5 $ "


OVERLAPS = [
    ("abcdef", [("abcd", "1"), ("cdef", "2")], "1"),  # of equals, the first rule's by id
    ("abcdefg", [("abcd", "1"), ("cdefg", "2")], "2"),
    ("abcdef", [("abcdef", "1"), ("cd", "2")], "1"),
    ("abcdef", [("ab", "1"), ("cd", "2")], "12ef"),  # they touch, they do not overlap
    ("abcdefgh", [("abc", "1"), ("cdef", "2"), ("fgh", "3")], "2"),
    ("ab ab", [("ab", "1"), ("b a", "2")], "2"),
    ("xaby", [("(a)b", "<$1>"), ("b", "2")], "x<a>y"),
]


@pytest.mark.parametrize(("text", "pairs", "expected"), OVERLAPS)
def test_overlapping_matches_leave_no_fragment(text: str, pairs: list[tuple[str, str]], expected: str) -> None:
    rules = [rule(pattern, by, f"{number}") for number, (pattern, by) in enumerate(pairs)]
    assert replaced(text, *rules) == expected
    assert replaced(text, *reversed(rules)) == expected


def test_G16_reject_is_judged_on_the_original_text() -> None:
    rules = [rule("AKIA[0-9]+", "[key]", "a"), rule("AKIA", None, "b")]
    for order in (rules, rules[::-1]):
        verdict, _ = judge(ask("use AKIA42"), *order)
        assert verdict.outcome == "rejected"
        assert [finding.rule.id for finding in verdict.findings] == ["a", "b"]
        assert verdict.rejected_by == verdict.findings[1]


def test_rules_do_not_read_the_replacements_of_others_as_text() -> None:
    assert replaced("one two", rule("one", "1", "a"), rule("two", "2", "b")) == "1 2"


def test_a_replacement_that_holds_another_match_is_replaced_again() -> None:
    assert replaced("one", rule("one", "[two]", "a"), rule("two", "[three]", "b")) == "[[three]]"


NEVER_DONE = [
    [rule("a", "a")],
    [rule("a", "b", "1"), rule("b", "a", "2")],
    [rule("(a)", "$1")],
    [rule("a", "b", "1"), rule("b", None, "2")],
    [rule("ab", "")],
]


@pytest.mark.parametrize("rules", NEVER_DONE, ids=range(len(NEVER_DONE)))
def test_what_still_matches_after_three_passes_is_rejected(rules: list[Guardrail]) -> None:
    verdict, _ = judge(ask("aaaaabbbbb" if rules[0].pattern == "ab" else "a"), *rules)
    assert verdict.outcome == "rejected"
    assert verdict.rejected_by == verdict.findings[0]
    assert not verdict.changes


def test_what_a_removal_joins_is_removed_too() -> None:
    assert replaced("x aabb y", rule("ab", "")) == "x  y"


@pytest.mark.parametrize("members", [{"user": "AKIA42"}, {"AKIA42": 1}, {"seed": 4000123412341234}])
def test_one_place_that_cannot_be_changed_rejects_all(members: dict[str, Any]) -> None:
    verdict, _ = judge(ask("AKIA41", **members), rule("AKIA[0-9]+|4000[0-9]{12}", "[key]"))
    assert verdict.outcome == "rejected"
    assert len(verdict.findings) == 2
    assert verdict.rejected_by == verdict.findings[1]


def test_P34_half_a_surrogate_pair_is_inspected_and_sent_as_U_FFFD() -> None:
    body = b'{"messages":[{"content":"a\\ud800b"}]}'
    for rules in ([], [rule("never")]):
        verdict, tree = judge(body, *rules)
        assert (verdict.outcome, verdict.findings, dict(verdict.changes)) == ("pass", (), {2: "a\ufffdb"})
        assert tree == {"messages": [{"content": "a\ufffdb"}]}
    verdict, _ = judge(body, rule("a\ufffdb"))
    assert (verdict.outcome, verdict.findings[0].text) == ("rejected", "a\ufffdb")
    assert judge(body, rule("b", "c"))[1] == {"messages": [{"content": "a\ufffdc"}]}


def test_P37_a_body_that_no_rule_touches_has_no_changes() -> None:
    assert judge(ask("hello"), rule("never"))[0] == Verdict("pass")
    assert judge(ask("hello"))[0] == Verdict("pass")


def test_a_string_outside_of_a_body_is_judged_alike() -> None:
    rules = watched([rule("AKIA[0-9]+", "[key]", "a"), rule("zz", None, "b")])
    assert inspect_text("fine", rules) == Verdict("pass")
    verdict = inspect_text("é AKIA42 \ud800", rules)
    assert (verdict.outcome, verdict.changes) == ("replaced", {0: "é [key] \ufffd"})
    found = Finding(rules.rules.rules[0], "", "é AKIA42 \ufffd", ((2, 8),), "A", "raw", ("AKIA42",), "replaced")
    assert verdict.findings == (found,)
    assert inspect_text("AKIA42 zz", rules).outcome == "rejected"


def test_only_enabled_rules_are_compiled_in_the_order_of_their_ids() -> None:
    rules = compile_rules([rule("b", None, "2"), rule("(", None, "0", enabled=False), rule("a", None, "1")], 7)
    assert ([each.id for each in rules.rules], rules.version) == (["1", "2"], 7)


def test_G19_a_rule_that_does_not_compile_is_named() -> None:
    with pytest.raises(BadPattern, match=r"Guard rail r-42: .*missing \)"):
        watched([rule("fine"), rule("(", None, "r-42")])


@pytest.mark.parametrize(
    ("pattern", "mode", "replace_by", "reason"),
    [
        ("(", "reject", "", "missing"),
        ("a*", "replace", "x", "empty"),
        ("key", "replace", "[key]", "its own replacement"),
        ("cost", "replace", "$$cost", "its own replacement"),
        ("key", "replace", "\ud800", "Unicode"),
    ],
)
def test_G10_a_rule_that_cannot_work_is_not_admitted(pattern: str, mode: str, replace_by: str, reason: str) -> None:
    with pytest.raises(BadPattern, match=reason):
        check_rule(Guardrail("r", pattern, mode, replace_by, NOW, NOW))


@pytest.mark.parametrize(
    ("pattern", "mode", "replace_by"),
    [("key", "reject", "[key]"), ("key", "replace", "[x]"), ("(k)ey", "replace", "$1"), ("^key$", "replace", "[key]")],
)
def test_a_rule_that_can_work_is_admitted(pattern: str, mode: str, replace_by: str) -> None:
    check_rule(Guardrail("r", pattern, mode, replace_by, NOW, NOW))


class Broken(Prefilter):
    """A prefilter whose engine fails."""

    def named(self, joined: bytes) -> frozenset[int] | None:
        raise RuntimeError("out of memory")


def test_G11_an_engine_that_fails_lets_nothing_pass() -> None:
    good = compile_rules([rule(f"never-{number}", None, str(number)) for number in range(9)], 1)
    patterns = [detector.pattern for detector in good.detectors]
    broken = RuleSet(1, good.detectors, PatternSet(patterns, Broken(patterns))).watch()
    with pytest.raises(GuardrailUnavailable):
        inspect(read(ask("hello")), CHAT, broken)
    with pytest.raises(GuardrailUnavailable):
        inspect_text("hello", broken)
    with pytest.raises(GuardrailUnavailable):
        may_find(read(ask("hello")), CHAT, (), broken)


@pytest.mark.parametrize("others", [0, 1])
def test_a_call_with_too_many_findings_is_refused_and_the_first_of_them_are_told(others: int) -> None:
    document = read(json.dumps({"input": ["think"] * (MAX_FINDINGS + others)}).encode())
    verdict = inspect(document, ENDPOINTS["embeddings"], watched([rule("k", "#")]))
    assert verdict.outcome == ("rejected" if others else "replaced")
    assert verdict.rejected_by is (verdict.findings[0] if others else None)
    assert [finding.place for finding in verdict.findings] == [f"input[{index}]" for index in range(MAX_FINDINGS)]


def test_among_too_many_findings_a_reject_rule_has_the_last_word() -> None:
    document = read(json.dumps({"input": ["k"] * MAX_FINDINGS + ["no"]}).encode())
    rules = watched([rule("k", "#"), rule("no", name="no")])
    verdict = inspect(document, ENDPOINTS["embeddings"], rules)
    assert verdict.rejected_by is verdict.findings[0]
    assert verdict.rejected_by.rule.id == "no"


def test_P32_strings_in_json_in_strings_are_counted_together() -> None:
    half = json.dumps(["x"] * (MAX_STRINGS // 2 + 1))
    calls = [{"function": {"name": "f", "arguments": half}}] * 2
    document = read(json.dumps({"messages": [{"role": "assistant", "tool_calls": calls}]}).encode())
    with pytest.raises(BadJson, match="more than"):
        inspect(document, CHAT, RULES["reject"])


def test_arguments_that_replacements_make_too_large_are_refused_with_their_findings() -> None:
    grown = json.dumps([1] * 1_000)
    arguments = json.dumps(["[" + ",".join(["k"] * 600) + "]"])
    document = read(json.dumps({"messages": [{"tool_calls": [{"function": {"arguments": arguments}}]}]}).encode())
    verdict = inspect(document, CHAT, watched([rule("k", grown)]))
    assert (verdict.outcome, len(verdict.findings)) == ("rejected", 1)


@pytest.mark.parametrize(
    ("body", "outside", "expected"),
    [
        ({"a": "fine"}, ("fine",), False),
        ({"a": "k42"}, (), True),
        ({"a": [{"arguments": '{"b": "\\u006b42"}'}]}, (), True),
        ({"a": 123456789012}, (), True),
        ({}, ("fine", "k42"), True),
        ({}, ("k42 \ud800",), True),
    ],
)
def test_that_nothing_can_be_found_is_certain(body: dict, outside: tuple[str, ...], expected: bool) -> None:
    document = read(json.dumps(body).encode())
    assert may_find(document, CHAT, outside, watched([rule("k42"), rule("[0-9]{12}")])) is expected
    assert not may_find(document, CHAT, outside, watched([]))


# Keys that few rules match, else nearly every match would reject.
keys = st.sampled_from(["MM", "content", "arguments", "input", "parameters", "url", "QQ", "name"])
words = st.lists(
    st.sampled_from(["ab", "kks", "S", "12", "xz", "日", "é1", "a  b", '"', "\\u0061b", "/"]), max_size=4
).map("-".join)
leaves = st.one_of(words, words, words, regexes.texts, st.none(), st.integers())
inner_trees = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner), max_leaves=4
)
trees = st.dictionaries(
    keys,
    st.recursive(
        st.one_of(leaves, inner_trees.map(json.dumps)),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner),
        max_leaves=6,
    ),
    min_size=1,
)
simple_patterns = st.sampled_from(
    ["ab", "k+s?", "(?i)s", "[0-9]{2,}", "(?P<n>x)(z)?", "^b", "/$", "é.", "日", r"a\s*b", '"']
)
templates = st.sampled_from(["", "#", "!!", "$$", "<${n}>", "($1)", "#", "ab", "é1"])
rules_drawn = st.lists(
    st.tuples(
        st.one_of(simple_patterns, simple_patterns, regexes.patterns),
        st.one_of(templates, templates, templates, st.none()),
    ),
    min_size=1,
    max_size=3,
)


@settings(max_examples=300, deadline=None)
@given(tree=trees, drawn=rules_drawn, ascii_only=st.booleans())
def test_nothing_leaves_in_which_a_rule_matches(
    tree: dict[str, Any], drawn: list[tuple[str, str | None]], ascii_only: bool
) -> None:
    try:
        rules = [rule(pattern, by, str(number)) for number, (pattern, by) in enumerate(drawn)]
        compiled = watched(rules)
    except BadPattern:
        assume(False)
    body = json.dumps(tree, ensure_ascii=ascii_only).encode()
    document = read(body)
    verdict = inspect(document, CHAT, compiled)
    assert verdict == inspect(document, CHAT, watched(rules[::-1]))
    if verdict.outcome == "rejected":
        assert verdict.rejected_by in verdict.findings
        return
    sent = splice(document, verdict.changes)
    assert (sent == body) == (verdict.outcome == "pass")
    assert inspect(read(sent), CHAT, compiled) == Verdict("pass")


SET = (rule("a+", "[a]", "b"), rule("b+", "[b]", "d"), rule("off", "[off]", "e", enabled=False))


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        (rule("c+", "[c]", "a"), ["a", "b", "d"]),
        (rule("c+", "[c]", "c"), ["b", "c", "d"]),
        (rule("c+", "[c]", "e"), ["b", "d", "e"]),
        (rule("c+", "[c]", "b"), ["b", "d"]),
    ],
)
def test_a_set_with_one_rule_more_or_another_is_the_set_compiled_anew(added: Guardrail, expected: list[str]) -> None:
    given = compile_rules(SET, 7)
    made = with_rule(given, added)
    anew = compile_rules([each for each in SET if each.id != added.id] + [added], 7)
    assert [each.id for each in made.rules] == expected
    assert (made.version, made.rules) == (anew.version, anew.rules)
    for text in ("aa bb cc", "cc", "off", "xyz"):
        assert inspect_text(text, made.watch()) == inspect_text(text, anew.watch())
    assert [each.id for each in given.rules] == ["b", "d"]
    kept = {each.rule.id: each for each in made.detectors}
    assert kept["d"] is given.detectors[1]


def test_a_rule_that_cannot_be_compiled_is_added_to_no_set() -> None:
    with pytest.raises(BadPattern):
        with_rule(compile_rules(SET, 7), rule("(", name="z"))


TOOL_RESULTS = [
    {"note": "AKIA-1", "at": 1.50, "rows": ["AKIA-2", "x\ny"]},
    {"path": "C:\\new", "code": 'k = "AKI" +\n    "A-1"'},
    {"said": "\\u0041\\u004b\\u0049A-1", "lines": "x\nAKIA-1"},
    [{"deep": json.dumps({"note": 'say "AKIA-1"'})}],
    {"b64": "x\nQUtJQS0xIGlzIHRoZSBrZXk="},
]


@pytest.mark.parametrize("result", TOOL_RESULTS)
@pytest.mark.parametrize("is_ascii", [True, False])
def test_a_tools_result_that_is_json_stays_json(result: Any, is_ascii: bool) -> None:
    text = json.dumps(result, ensure_ascii=is_ascii)
    changed = json.loads(replaced(text, rule(r"\bAKIA-[0-9]", '["]')))
    assert "AKIA" not in json.dumps(changed)
    assert "[" in json.dumps(changed).strip("[]")
    assert type(changed) is type(result)


def test_what_cannot_be_replaced_within_json_is_replaced_in_its_text() -> None:
    assert replaced('{"AKIA-1": 1}', rule("AKIA-[0-9]", "#")) == '{"#": 1}'
    assert replaced('{"a": 1, "b": 2}', rule('1, "b"', "#")) == '{"a": #: 2}'


def test_no_character_of_a_finding_is_left_in_a_text_that_is_json() -> None:
    long = rule(r"token=(\S{8,}?)(?:\"|$)", "#", secret_group=1)
    short = rule("v[0-9]{8}", "#", "short")
    text = json.dumps({"config.ini": "token=v12345678\nBACKUP=true"})
    verdict = inspect_text(text, compile_rules([long, short], 1).watch())
    assert verdict.changes == {0: '{"config.ini": "token=#"}'}
