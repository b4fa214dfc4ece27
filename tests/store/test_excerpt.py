import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.store.excerpt import MASK, MOST_CHARACTERS, MOST_SPANS, kept

LONG = "a" * 200 + "SECRET" + "b" * 200


def test_sealed_keeps_a_text_as_it_is() -> None:
    assert kept(LONG, [(200, 206)], [(200, 206)], "sealed") == (LONG, [(200, 206)])


def test_none_keeps_nothing() -> None:
    assert kept(LONG, [(200, 206)], [(200, 206)], "none") == ("", ())


def test_masked_keeps_80_characters_on_each_side_and_no_finding() -> None:
    text, spans = kept(LONG, [(200, 206)], [(200, 206)], "masked")
    before, after = "[… 120 characters left out …]", "[… 120 characters left out …]"
    assert text == before + "a" * 80 + "***" + "b" * 80 + after
    assert [text[start:end] for start, end in spans] == [MASK]


@pytest.mark.parametrize(
    ("text", "spans", "secrets", "masked"),
    [
        ("my SECRET", [(3, 9)], [(3, 9)], "my ***"),
        ("SECRET", [(0, 6)], [(0, 6)], "***"),
        ("one SECRET, two SECRET", [(4, 10), (16, 22)], [(4, 10), (16, 22)], "one ***, two ***"),
        ("a mine b other c", [(2, 6)], [(2, 6), (9, 14)], "a *** b *** c"),
        ("overlapping", [(0, 4)], [(0, 4), (2, 8)], "***ing"),
        ("nothing", [], [], "[… 7 characters left out …]"),
        ("", [], [], ""),
    ],
)
def test_masked_hides_what_any_rule_found(text: str, spans: list, secrets: list, masked: str) -> None:
    assert kept(text, spans, secrets, "masked")[0] == masked


def test_a_text_over_the_cap_is_marked_and_keeps_what_stands_around_a_late_finding() -> None:
    text = "x" * (MOST_CHARACTERS + 5000) + "SECRET" + "y" * 5000
    at = text.index("SECRET")
    short, spans = kept(text, [(7, 9), (at, at + 6)], [], "sealed")
    assert short.startswith("x" * MOST_CHARACTERS + "[… 4920 characters left out …]" + "x" * 80 + "SECRET")
    assert short.endswith("y" * 80 + "[… 4920 characters left out …]")
    assert [short[start:end] for start, end in spans] == ["xx", "SECRET"]


def test_a_finding_as_long_as_the_text_does_not_lift_the_cap() -> None:
    text = "x" * (3 * MOST_CHARACTERS)
    short, spans = kept(text, [(0, len(text))], [], "sealed")
    assert len(short) < MOST_CHARACTERS + 100
    assert spans == [(0, MOST_CHARACTERS)]


def test_the_number_of_spans_is_bounded() -> None:
    text = "ab" * 5000
    everywhere = [(at, at + 1) for at in range(0, len(text), 2)]
    assert len(kept(text, everywhere, everywhere, "sealed")[1]) == MOST_SPANS
    masked, spans = kept(text, everywhere, everywhere, "masked")
    assert "a" not in masked.replace("characters", "")
    assert all(masked[start:end] == MASK for start, end in spans)


@st.composite
def findings(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]], list[tuple[int, int]]]:
    text = draw(st.text(alphabet="abé🙂", max_size=600))
    bounds = st.integers(0, len(text))
    pairs = st.tuples(bounds, bounds).map(sorted).map(tuple).filter(lambda span: span[0] < span[1])
    secrets = draw(st.lists(pairs, max_size=8)) if text else []
    return text, sorted(draw(st.lists(st.sampled_from(secrets), max_size=4))) if secrets else [], secrets


@given(findings())
def test_no_character_of_a_finding_survives_the_mask(case: tuple) -> None:
    text, spans, secrets = case
    hidden = {at for start, end in secrets for at in range(start, end)}
    tagged = "".join("S" if at in hidden else character for at, character in enumerate(text))
    masked, moved = kept(tagged, spans, secrets, "masked")
    assert "S" not in masked
    assert len(moved) == len(spans)
    assert all(MASK in masked[start:end] for start, end in moved)
