"""A view's way back to the text."""

import pytest

from llm_proxy.core.patterns import SEPARATOR
from llm_proxy.core.views.view import edited


@pytest.mark.parametrize(
    ("span", "origin"),
    [
        ((0, 2), (0, 2)),  # what was not changed: one for one
        ((0, 3), (0, 6)),  # a hit in a part of what was decoded covers it all
        ((3, 4), (2, 6)),
        ((4, 6), (2, 7)),
        ((5, 6), (6, 7)),
        ((6, 7), (8, 9)),
        ((5, 7), (6, 9)),  # what was taken out between them belongs to it
        ((7, 8), (9, 10)),
        ((8, 9), (10, 11)),  # of what is as long as before, each character is one
        ((0, 9), (0, 11)),
    ],
)
def test_a_place_in_a_view_is_a_place_in_the_text(span: tuple[int, int], origin: tuple[int, int]) -> None:
    view = edited("decoded", "ab%%%%c-dXY", [(2, 6, "123"), (7, 8, ""), (9, 11, "xy")])
    assert view.text == "ab123cdxy"
    assert view.origin(*span) == origin


def test_a_view_of_a_view_leads_back_to_the_text() -> None:
    first = edited("folded", "a--bcd", [(1, 3, "")])
    second = edited("decoded", first.text, [(1, 3, "X")], first)
    assert second.text == "aXd"
    assert second.depth == 1
    assert second.origin(1, 2) == (3, 5)
    assert second.origin(0, 3) == (0, 6)


def test_an_empty_span_stands_where_it_would() -> None:
    assert edited("folded", "ab", []).origin(2, 2) == (1, 2)


def test_what_was_changed_is_told_with_what_stands_around_it() -> None:
    view = edited("decoded", "abc%%def&&&&ghi", [(3, 5, "1"), (8, 12, "22")])
    assert view.text == "abc1def22ghi"
    assert view.changed(2).split(SEPARATOR) == ["bc1de", "ef22gh"]
