"""A view's way back to the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.patterns import SEPARATOR
from llm_proxy.core.views.view import Edit, View, edited


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


LINES = "All of it was said in plain words, again and again.\n" * 4_000
AROUND = 4096


def decoded(source: str, places: list[int]) -> View:
    edits: list[Edit] = [(place, place + 3, "hidden") for place in sorted({place // 9 * 9 for place in places})]
    return edited("decoded", source, edits)


@given(
    st.sampled_from([LINES, LINES.replace("\n", " "), LINES.replace("\n", "-").replace(" ", "_")]),
    st.lists(st.integers(0, len(LINES) - 9), min_size=1, max_size=9),
)
def test_a_long_view_is_read_around_its_edits(source: str, places: list[int]) -> None:
    view = decoded(source, places)
    windows = view.windows()
    ends = [0]
    for window in windows:
        assert window.start >= ends[-1]
        assert window.text == view.text[window.start : window.start + len(window.text)]
        assert window.origin(0, len(window.text)) == view.origin(window.start, window.start + len(window.text))
        ends.append(window.start + len(window.text))
        assert window.start == 0 or view.text[window.start - 1] == "\n" or view.text[window.start] == " "
        assert ends[-1] == len(view.text) or view.text[ends[-1]] == "\n" or view.text[ends[-1] - 1] == " "
    shift = 0
    for start, end, text in view.edits:
        first, last = max(0, start + shift - AROUND), min(len(view.text), start + shift + len(text) + AROUND)
        assert any(each.start <= first and last <= each.start + len(each.text) for each in windows)
        shift += len(text) - (end - start)


def test_little_of_a_long_view_is_read_and_all_of_a_short_one() -> None:
    assert sum(len(window.text) for window in decoded(LINES, [70_000, 90_000]).windows()) < 20_000
    assert [window.text for window in decoded(LINES[:900], [70]).windows()] == [decoded(LINES[:900], [70]).text]
    folded = edited("folded", LINES, [(5, 6, "x")])  # of one that is folded the edits are not all that was changed
    assert [window.text for window in folded.windows()] == [folded.text]
