"""What was clean before is known again, whatever is said before or behind it; nothing else is."""

import random

from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.clean_texts import CleanTexts, gathered
from llm_proxy.core.patterns import SEPARATOR

CHANCE = random.Random(5)
HISTORY = ["role", "user", *("w" * CHANCE.randrange(1, 300) for _ in range(600))]


def unknown(clean: CleanTexts, texts: list[str]) -> list[str]:
    return [*gathered(texts, clean.unknown(texts)).texts]


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


@given(st.lists(st.text(max_size=40) | st.sampled_from(["x" * 16, "y" * 3000, "é" * 32]), max_size=30))
def test_lots_are_all_texts_in_their_order(texts: list[str]) -> None:
    lots = CleanTexts().unknown(texts)
    row = gathered(texts, lots)
    assert (row.texts, row.data) == (texts, SEPARATOR.join(texts).encode())
    assert [lot.start for lot in lots] == [0, *(lot.end for lot in lots[:-1])][: len(lots)]


def test_a_chat_that_goes_on_has_only_its_end_looked_at() -> None:
    clean = CleanTexts()
    texts = ["model", "m", "messages"]
    for turn in range(200):
        texts += ["role", ("user", "assistant")[turn % 2], "content", "w" * CHANCE.randrange(1, 900)]
        asked = unknown(clean, [*texts, "stream", "true"])
        assert turn < 100 or len(asked) < len(texts) / 2
        clean.add(clean.unknown([*texts, "stream", "true"]))


def test_one_bit_more_or_less_is_another_text() -> None:
    clean = CleanTexts()
    texts = ["x" * length for length in range(1, 300)]
    for text in texts:
        assert unknown(clean, [text]) == [text]
        clean.add(clean.unknown([text]))
    assert [unknown(clean, [text[:-1] + "y"]) for text in texts] == [[text[:-1] + "y"] for text in texts]
