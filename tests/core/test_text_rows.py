"""Texts in a row: whoever finds something in all of them at once learns in which."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.patterns import SEPARATOR
from llm_proxy.core.text_rows import TextRow

TEXTS = st.lists(st.text("ab\n\0é", max_size=9), max_size=80)


def first_a(data: bytes, start: int) -> int:
    return data.find(b"a", start)


@given(TEXTS)
def test_those_that_hold_something_are_told(texts: list[str]) -> None:
    holding = [index for index, text in enumerate(texts) if "a" in text]
    assert list(TextRow(texts).holders(first_a)) == (holding if len(holding) <= 64 else [*range(len(texts))])


def test_so_many_that_it_is_no_use_are_not_told_one_by_one() -> None:
    texts = [*["a"] * 65, "b"]
    calls: list[int] = []

    def counted(data: bytes, start: int) -> int:
        calls.append(start)
        return first_a(data, start)

    assert [*TextRow(texts).holders(counted)] == [*range(66)]
    assert len(calls) == 65
    assert [*TextRow(texts[:64]).holders(first_a)] == [*range(64)]


@given(TEXTS, st.data())
def test_some_of_them_are_what_they_are_alone(texts: list[str], data: st.DataObject) -> None:
    row = TextRow(texts)
    some = data.draw(st.lists(st.sampled_from(range(len(texts))), unique=True).map(sorted)) if texts else []
    part = row.only(some)
    assert [*part.texts] == [texts[index] for index in some]
    assert part.data == SEPARATOR.join(part.texts).encode()
    assert [*part.parts] == [text.encode() for text in part.texts]


@given(TEXTS)
def test_each_ends_where_the_next_begins(texts: list[str]) -> None:
    row = TextRow(texts, SEPARATOR.join(texts).encode())
    begins = [0, *row.ends[:-1]] if texts else []
    assert [row.data[at : at + len(text.encode())] for at, text in zip(begins, texts, strict=True)] == [
        text.encode() for text in texts
    ]


@pytest.mark.parametrize("texts", [[], [""], ["", ""]])
def test_empty_ones_hold_nothing(texts: list[str]) -> None:
    assert not TextRow(texts).holders(lambda data, start: -1)
    assert re.fullmatch(b"(?:\n\0\n)?", TextRow(texts).data)
