"""Placeholders: the same for the same, guessed by nobody, and taken back exactly."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from llm_proxy.core.placeholders import Placeholders, Restorer, kind_word
from llm_proxy.records import Secret

SECRET = Secret("5e" * 32)
SHAPE = re.compile(r"<[A-Z][A-Z_]*_[ghjkmnpqrstvwxyz]{16}>")
VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def placeholder(value: str = "ada@example.com", kind: str = "E-mail", key_id: str = "key-1") -> str:
    return Placeholders(SECRET, key_id).issue(kind, value)


@given(VALUES)
def test_a_value_has_one_placeholder_under_a_key_in_every_process(value: str) -> None:
    first = placeholder(value)
    assert SHAPE.fullmatch(first)
    assert placeholder(value) == first
    others = {
        placeholder(value, key_id="key-2"),
        placeholder(value, kind="Phone"),
        placeholder(value + "x"),
        Placeholders(Secret("5f" * 32), "key-1").issue("E-mail", value),
    }
    assert len(others | {first}) == 5


def test_key_kind_and_value_cannot_be_read_as_one_another() -> None:
    assert placeholder("bc", "A", "k")[3:] != placeholder("c", "AB", "k")[4:]
    assert len({placeholder("v", "A", "k"), placeholder("A\0v", "A", "k"), placeholder("v", "A", "k\0A")}) == 3


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("E-mail address", "E_MAIL_ADDRESS"),
        ("AWS access key (AKIA…)", "AWS_ACCESS_KEY_AKIA"),
        ("Señal 42", "SENAL"),
        ("__x__", "X"),
        ("SECRET", "SECRET"),
        ("", "SECRET"),
        ("адрес 4111 1111", "SECRET"),
        ("a" * 50, "A" * 32),
        ("one_two_three_four_five_six_seven_eight", "ONE_TWO_THREE_FOUR_FIVE_SIX_SEVE"),
        ("one two three four five six sev x eight", "ONE_TWO_THREE_FOUR_FIVE_SIX_SEV"),
    ],
)
def test_a_kind_is_a_word_of_capital_letters(kind: str, word: str) -> None:
    assert kind_word(kind) == word


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d",
        r"(?i)[a-z0-9._%+-]+@[a-z0-9.-]+",
        r"(?i)\b[0-9a-f]{4,}\b",
        r"(?:[A-Za-z0-9+/]{4}){5,}",
        r"[aeiouAEIOU]{2}",
        r"(?i)bearer|basic|key-|sk-|ghp_|https?:",
    ],
)
def test_no_common_rule_takes_a_placeholder_for_a_finding(pattern: str) -> None:
    issued = [placeholder(str(number), "Card") for number in range(2000)]
    assert not [each for each in issued if re.search(pattern, each)]


@given(st.lists(VALUES, unique=True, max_size=20), VALUES)
def test_what_was_issued_comes_back(values: list[str], between: str) -> None:
    placeholders = Placeholders(SECRET, "key-1")
    text = between.join(placeholders.issue("Name", value) for value in values)
    assert Restorer(placeholders.issued).restore(text) == between.join(values)


@given(VALUES, st.text())
def test_the_placeholder_of_a_text_with_placeholders_stands_for_what_they_stand_for(value: str, around: str) -> None:
    placeholders = Placeholders(SECRET, "key-1")
    inner = placeholders.issue("Name", value)
    outer = placeholders.issue("Line", f"{around}{inner}")
    assert Restorer(placeholders.issued).restore(outer) == Restorer(placeholders.issued).restore(f"{around}{inner}")
    assert value in placeholders.issued[outer]


ALTERED = [
    lambda token: token[:-1],
    lambda token: token[1:],
    lambda token: token.upper(),
    lambda token: token.lower(),
    lambda token: token.replace("_", " ", 1),
    lambda token: token.replace("_", r"\_"),
    lambda token: f"&lt;{token[1:-1]}&gt;",
    lambda token: token.replace(">", " >"),
    lambda token: token[:-2] + ("g>" if token[-2] != "g" else "h>"),
    lambda token: token.replace("<", "<X"),
    lambda token: placeholder(key_id="key-2"),
    lambda token: placeholder("eve@example.com"),
]


@pytest.mark.parametrize("alter", ALTERED)
def test_what_is_altered_incomplete_or_unknown_stays_as_it_is(alter: "object") -> None:
    placeholders = Placeholders(SECRET, "key-1")
    altered = alter(placeholders.issue("E-mail", "ada@example.com"))  # type: ignore[operator]
    text = f"Write to {altered} now"
    assert Restorer(placeholders.issued).restore(text) == text


def test_values_are_not_looked_into() -> None:
    token = placeholder("a")
    restorer = Restorer({token: f"{token}{token}"})
    assert restorer.restore(token * 2) == token * 4


def test_a_restorer_that_knows_nothing_is_false() -> None:
    assert not Restorer({})
    assert Restorer({placeholder(): "x"})


@given(st.text("<>_ EMAILgh", max_size=12), st.integers(0, 40))
@example("<", 0)
def test_what_may_become_a_placeholder_is_held_and_nothing_else(before: str, length: int) -> None:
    token = placeholder()
    restorer = Restorer({token: "ada@example.com"})
    part = token[:length]
    text = before + part
    expected = len(text)
    starts = [at for at in range(len(text)) if token.startswith(text[at:]) and text[at:] != token]
    assert restorer.held(text) == min(starts, default=expected)
