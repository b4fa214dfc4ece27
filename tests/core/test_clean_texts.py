"""What was clean before is known again, whatever is said before or behind it; nothing else is."""

import random

from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.clean_texts import CleanTexts, gathered
from llm_proxy.core.patterns import SEPARATOR

CHANCE = random.Random(5)
HISTORY = ["role", "user", *("w" * CHANCE.randrange(1, 300) for _ in range(600))]


def unknown(clean: CleanTexts, texts: list[str]) -> list[str]:
    return gathered(texts, clean.unknown(texts))[0]


def test_what_is_known_is_not_asked_about_again() -> None:
    clean = CleanTexts()
    assert unknown(clean, HISTORY) == HISTORY
    clean.add(clean.unknown(HISTORY))
    assert unknown(clean, HISTORY) == []


def test_what_is_added_before_or_behind_leaves_most_of_a_history_known() -> None:
    clean = CleanTexts()
    clean.add(clean.unknown(HISTORY))
    for texts in (["new", *HISTORY, "new"], HISTORY[40:]):
        asked = unknown(clean, texts)
        assert set(texts) - set(HISTORY) <= set(asked)
        assert len(asked) < len(HISTORY) / 2


def test_a_long_text_is_known_whatever_follows() -> None:
    clean = CleanTexts()
    clean.add(clean.unknown(["x" * 5_001, "a"]))
    assert unknown(clean, ["x" * 5_001, "b", "c"]) == ["b", "c"]


def test_another_gateway_or_rule_set_has_another_key() -> None:
    (one,), (other,) = CleanTexts().unknown(["a"]), CleanTexts().unknown(["a"])
    assert one.digest != other.digest


@given(st.lists(st.text("a\n\0", max_size=9), min_size=1, max_size=9), st.data())
def test_texts_that_are_cut_otherwise_are_other_texts(texts: list[str], data: st.DataObject) -> None:
    joined = SEPARATOR.join(texts)
    place = data.draw(st.integers(0, len(joined)))
    others = [joined[:place], joined[place:]]
    clean = CleanTexts()
    clean.add(clean.unknown(texts))
    known = [text for text in others if text not in unknown(clean, others)]
    assert all(text in texts for text in known)


def test_the_oldest_are_forgotten() -> None:
    clean = CleanTexts(most=2)
    for text in ("one", "two", "three"):
        clean.add(clean.unknown([text]))
    assert [unknown(clean, [text]) for text in ("one", "two", "three")] == [["one"], [], []]
    forgetful = CleanTexts(most=0)
    forgetful.add(forgetful.unknown(["one"]))
    assert unknown(forgetful, ["one"]) == ["one"]
