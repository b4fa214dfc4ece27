"""Windows answer for every character once, and tell lines and columns as an editor shows them."""

from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.scan import windows as module
from llm_proxy.scan.windows import Region, windows


def cut(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def test_a_short_text_is_one_window():
    (window,) = windows(["a\n", "bc"])
    assert (window.text, window.own) == ("a\nbc", (0, 4))


def test_an_empty_text_has_no_window():
    assert list(windows([])) == list(windows(["", ""])) == []


@given(
    lines=st.lists(st.integers(0, 40_000), min_size=1, max_size=12),
    size=st.integers(200, 100_000),
    tail=st.booleans(),
)
def test_windows_answer_for_every_character_once_and_know_where_it_stands(lines, size, tail):
    text = "\n".join("x" * length for length in lines) + "\n" * tail
    at = 0
    for window in windows(cut(text, size)):
        start, end = window.own
        assert window.offset + start == at
        assert text.startswith(window.text, window.offset)
        assert end - start <= module.WINDOW + module.AHEAD
        region = window.region((start, end))
        before = text[:at]
        assert (region.line, region.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))
        at += end - start
    assert at == len(text)


def test_a_window_reads_on_behind_and_ahead_of_what_it_answers_for():
    text = ("y" * 999 + "\n") * 1000
    first, second, *_ = windows(cut(text, 1 << 16))
    assert len(first.text) - first.own[1] >= module.AHEAD
    assert second.own[0] == module.BEHIND
    assert text[first.own[1] - 1] == "\n"


def test_columns_count_code_points_and_end_after_the_last():
    (window,) = windows(["é\n🦜🦜ab\ncd"])
    assert window.region((4, 6)) == Region(2, 3, 2, 5, 4, 2)
    assert window.region((4, 8)) == Region(2, 3, 3, 2, 4, 4)
    assert window.lines((4, 6)) == "🦜🦜ab"
    assert window.lines((0, 3)) == "é\n🦜🦜ab"
