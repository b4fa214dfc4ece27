"""Arguments that arrive in pieces are cut as the whole JSON would be, and stay the JSON that they were."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_proxy.core.arguments import views
from llm_proxy.core.incoming import Cut, rewritten
from llm_proxy.core.incoming_json import IncomingJson
from llm_proxy.core.rewriting import Rewriter
from llm_proxy.core.watch import Watch
from tests.core.test_incoming import rule, watch

KEY = rule("AKIA[0-9]{4}")
PASSWORD = rule(r'(?i)"?password"?\s*[:=]\s*"?([^\s"]{4,})', secret_group=1, id="rule-2")
SPACED = rule(r"\d{4} \d{4}", id="rule-3")
RULES = watch(KEY, PASSWORD, SPACED)


class Client:
    def __init__(self, rules: Watch = RULES) -> None:
        self.incoming = IncomingJson(rules, "arguments")
        self.text, self.upto = "", 0
        self.cuts: list[Cut] = []
        self.is_refused = False

    def feed(self, text: str, sizes: list[int]) -> str | None:
        """Return what goes on, None when the answer is refused."""
        position, number = 0, 0
        while position < len(text):
            size = sizes[number % len(sizes)]
            self._take(text[position : position + size])
            position, number = position + size, number + 1
        return self._take("", ended=True)

    def _take(self, piece: str, *, ended: bool = False) -> str | None:
        self.text += piece
        self.incoming.feed(piece)
        decided = self.incoming.decide(ended=ended)
        if decided is not None and decided.rejected_by:
            self.is_refused = True
        elif decided is not None and not self.is_refused:
            assert decided.upto >= self.upto
            self.upto = decided.upto
            self.cuts += decided.cuts
        assert all(end <= self.upto for _, end, _ in self.cuts)
        return None if self.is_refused else rewritten(self.text[: self.upto], 0, self.cuts)


words = st.sampled_from(
    ["a", "city", "AKIA1234", "xAKIA12345", "1234 5678", "hunter2", "é", "\n", '"', "\\", "😀", "AKIA"]
)
texts = st.lists(words, max_size=4).map(" ".join) | st.lists(words, max_size=3).map("".join)
keys = st.sampled_from(["city", "password", "note", "user"]) | texts.filter(lambda text: "AKIA" not in text)
values = st.recursive(
    texts | st.integers(0, 99) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3) | inner.map(json.dumps),
    max_leaves=6,
)
trees = st.dictionaries(keys, values, max_size=4)


@settings(max_examples=600, deadline=None)
@given(tree=trees, is_ascii=st.booleans(), sizes=st.lists(st.integers(1, 20), min_size=1, max_size=4))
def test_any_split_gives_what_the_whole_json_gives(tree: dict[str, Any], is_ascii: bool, sizes: list[int]) -> None:
    text = json.dumps(tree, ensure_ascii=is_ascii)
    got = Client().feed(text, sizes)
    whole = Rewriter(RULES).rewrite_json(text)
    if "password" in text:  # of what is found by its key and by itself more may go, or less of what is in a list
        assert got is None or json.loads(got).keys() == tree.keys()
        assert got is None or not [each for each in RULES.find([got, *views(got)]) if set(each.values) != {"#"}]
        return
    assert (got is None) == (whole is None)
    if got is not None and whole is not None:
        assert json.loads(got) == json.loads(whole)


def hidden(text: str) -> str:
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64])
@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ('{"city": "Bern"}', '{"city": "Bern"}'),
        ('{"key": "AKIA1234"}', '{"key": "#"}'),
        (f'{{"key": "{hidden("AKIA1234")}"}}', '{"key": "#"}'),
        (f'{{"key": "see AK{hidden("IA")}1234 there"}}', '{"key": "see # there"}'),
        ('{"password": "hunter2"}', '{"password": "#"}'),
        ('{"a": {"password": "hunter2 and more"}, "b": 1}', '{"a": {"password": "# and more"}, "b": 1}'),
        (json.dumps({"q": json.dumps({"k": 'say "AKIA1234"'})}), json.dumps({"q": json.dumps({"k": 'say "#"'})})),
        ('{"a": "1234 5678 9"}', '{"a": "# 9"}'),
        ("AKIA1234 is no JSON", "# is no JSON"),
        ('["AKIA1234", "x"]', '["#", "x"]'),
        ('"AKIA1234"', '"#"'),
        ('{"AKIA1234": 1}', None),
        ('{"a": "1234", "b": 1234 5678}', None),
    ],
)
def test_it_stays_the_json_that_it_was(sent: str, got: str | None, size: int) -> None:
    assert Client().feed(sent, [size]) == got


def test_a_replacement_is_escaped() -> None:
    rules = watch(rule("AKIA[0-9]{4}", replace_by='"\\'))
    assert Client(rules).feed('{"key": "AKIA1234"}', [3]) == json.dumps({"key": '"\\'})


def test_a_clean_word_goes_on_at_once() -> None:
    client = Client()
    assert client._take('{"text": "one two th') == '{"text": "one two '
    assert client._take('ree "') == '{"text": "one two three '
