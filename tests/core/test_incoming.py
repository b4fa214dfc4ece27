"""A text that arrives in pieces is cut as the whole text would be, and no character of a match goes on before."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from llm_proxy.core.detectors import compile_rule
from llm_proxy.core.incoming import LONG_WORD, MOST_HELD, Cut, Decided, Incoming, rewritten
from llm_proxy.core.rewriting import Rewriter
from llm_proxy.core.watch import Watch, compile_rules
from llm_proxy.errors import BadPattern
from llm_proxy.records import Allow, Guardrail, Mode, Near
from tests.core import regexes

NOW = datetime(2026, 1, 2, tzinfo=UTC)
PEM = r"-----BEGIN [A-Z ]*KEY-----[\s\S]+?-----END [A-Z ]*KEY-----"


def rule(pattern: str, mode: Mode = "replace", **more: object) -> Guardrail:
    made = Guardrail("rule-1", pattern, mode, "#", NOW, NOW, directions=("response",))
    return replace(made, **more)  # type: ignore[arg-type]


def watch(*rules: Guardrail) -> Watch:
    return compile_rules(rules, 1).watch("response")


def is_admitted(each: Guardrail) -> bool:
    try:
        compile_rule(each)
    except BadPattern:
        return False
    return True


class Client:
    """Takes what goes on."""

    def __init__(self, rules: Watch) -> None:
        self.incoming = Incoming(rules, "text")
        self.text = ""
        self.cuts: list[Cut] = []
        self.upto = 0
        self.last: Decided | None = None

    def feed(self, piece: str) -> None:
        self.text += piece
        self.incoming.feed(piece)
        self._take(self.incoming.decide())

    def end(self) -> None:
        self._take(self.incoming.decide(ended=True))

    def _take(self, decided: Decided | None) -> None:
        if decided is None or self.refused:
            return
        self.last = decided
        if not decided.rejected_by:
            assert decided.upto >= self.upto
            self.cuts += decided.cuts
            self.upto = decided.upto

    @property
    def refused(self) -> bool:
        return self.last is not None and self.last.rejected_by is not None

    @property
    def got(self) -> str:
        return rewritten(self.text[: self.upto], 0, self.cuts)


def stream(rules: Watch, text: str, sizes: list[int]) -> Client:
    client, position, number = Client(rules), 0, 0
    while position < len(text) and not client.refused:
        size = sizes[number % len(sizes)]
        client.feed(text[position : position + size])
        position, number = position + size, number + 1
    client.end()
    return client


drawn_rules = st.builds(
    rule,
    regexes.patterns,
    id=st.sampled_from(["1", "2", "3"]),
    mode=st.sampled_from(["replace", "replace", "replace", "reject", "monitor"]),
    secret_group=st.integers(0, 1),
    near=st.sampled_from([None, None, None, Near("k", 3, 3), Near("z", 0, 4)]),
    allow=st.sampled_from([Allow(), Allow(), Allow(stopwords=("s",), target="line")]),
)


@settings(max_examples=700, deadline=None)
@given(
    drawn=st.lists(drawn_rules, min_size=1, max_size=3),
    texts=st.lists(regexes.texts, max_size=4),
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=4),
)
def test_any_split_gives_what_the_whole_text_gives(drawn: list[Guardrail], texts: list[str], sizes: list[int]) -> None:
    admitted = [each for each in drawn if is_admitted(each)]
    assume(admitted)
    # Whether a text is folded may be told by a character far behind, so invisible ones between spaces are left out.
    rules, text = watch(*admitted), "".join(texts).replace("\0", "")
    rewriter = Rewriter(rules)
    sightings = rules.look(text)
    whole = rewritten(text, 0, rewriter.replacements(text, sightings))
    client = stream(rules, text, sizes)
    if client.refused:
        assert any(each.detector.rule.mode == "reject" for each in sightings) or rewriter.enforced(rules.look(whole))
        assert whole.startswith(client.got)
    else:
        assert not any(each.detector.rule.mode == "reject" for each in sightings)
        assert client.got == whole


def test_a_clean_word_waits_for_its_end_only() -> None:
    client = Client(watch(rule(r"\bAKIA[0-9]{4}\b"), rule(PEM), rule(r'password\s*=\s*"([^"]+)"', secret_group=1)))
    for piece, out in [("Hel", ""), ("lo wo", "Hello "), ("rld ", "Hello world "), ("--", "Hello world ")]:
        client.feed(piece)
        assert client.got == out
    client.end()
    assert client.got == "Hello world --"


def test_scripts_without_spaces_go_on_character_by_character() -> None:
    client = Client(watch(rule(r"\bAKIA[0-9]{4}\b")))
    client.feed("秘密は")
    assert client.got == "秘密は"


def test_a_private_key_waits_until_it_is_whole() -> None:
    client = Client(watch(rule(PEM)))
    client.feed("Here:\n-----BEGIN KEY-----\n" + "abcd\n" * 1000)
    assert client.got == "Here:\n"
    client.feed("-----END KEY-----\nand ")
    assert client.got == "Here:\n#\nand "


@pytest.mark.parametrize(
    "view",
    ["\uff21\uff2b\uff29\uff211234", "QUtJQTEyMzQgaXMgdGhlIGtleQ==", "%41%4B%49%41%31%32%33%34", "AK\u200bIA1234"],
)
def test_what_only_a_view_shows_is_cut(view: str) -> None:
    for size in (1, 3, 7):
        client = stream(watch(rule(r"AKIA[0-9]{4}")), f"see {view} there", [size])
        assert client.got != client.text
        assert client.got.startswith("see ")
        assert client.got.endswith(" there")


def test_literals_that_a_program_puts_together_wait_for_each_other() -> None:
    text = 'key = "AKIA" + "12" + "34" and more text'
    for size in (1, 3, 7, 60):
        client = stream(watch(rule("AKIA[0-9]{4}")), text, [size])
        assert client.got == 'key = "#" and more text'


def test_a_secret_that_its_name_tells_is_found_when_the_name_was_delivered() -> None:
    client = Client(watch(rule(r"(?i)password\s*=\s*(\S+)", secret_group=1)))
    client.feed("the password = ")
    client.feed("hunter2 ")
    assert client.got == "the password = # "


def test_a_long_word_goes_on_as_far_as_no_rule_may_find_it() -> None:
    client = Client(watch(rule("AKIA[0-9]{4}")))
    for _ in range(100):
        client.feed('{"a":1,"b":"xyz"},' * 10)
    assert client.upto > len(client.text) - LONG_WORD - 1
    client.feed("AKIA1234 ")
    assert client.got.endswith(",# ")


def test_what_may_be_a_match_for_too_long_is_refused() -> None:
    client = Client(watch(rule(PEM)))
    client.feed("-----BEGIN KEY-----\n")
    for _ in range(MOST_HELD // 100 + 1):
        client.feed("abcdefghi\n" * 10)
    assert client.refused
    assert client.got == ""


def test_a_rule_that_rejects_ends_the_text_before_its_match() -> None:
    client = stream(watch(rule("AKIA[0-9]{4}", "reject")), "see AKIA1234 there", [3])
    assert client.refused
    assert client.got == "see "
    assert client.last is not None
    assert [(each.rule.id, each.spans, each.values, each.action) for each in client.last.findings] == [
        ("rule-1", ((4, 12),), ("AKIA1234",), "rejected")
    ]


def test_a_rule_that_watches_holds_nothing_up_and_tells_once() -> None:
    client = Client(watch(rule("[a-z]+ [a-z]+", "monitor")))
    found = []
    for piece in ("one two ", "3 ", "4 "):
        client.feed(piece)
        found += [] if client.last is None else [each.values for each in client.last.findings]
    assert client.got == "one two 3 4 "
    assert found == [("one two",), (), ()] or found == [("one two",)]
