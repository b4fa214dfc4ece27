"""The folded view in which letters have kept their marks: a rule that names an accented letter finds it as it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.views import may_have_views, views_of
from llm_proxy.core.views.folding import folded_views
from llm_proxy.core.views.view import View

WORDS = ("Projekt Größe-12", "пароль: ёлкой", "Ώρα 7", "비밀번호 한국어", "パスワード が", "Mật khẩu: Việt9", "ﷺ آب")


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def shown(view: View, word: str) -> tuple[int, int]:
    start = view.text.index(word)
    return view.origin(start, start + len(word))


@pytest.mark.parametrize("word", WORDS)
def test_letters_written_apart_from_their_marks_are_read_as_one(word: str) -> None:
    text = f"It is {decomposed(word)} here, o\u0308 too."
    assert may_have_views(f"It is {decomposed(word)} here.")
    _, (view,) = folded_views(text, None)
    start, end = shown(view, word)
    assert text[start:end] == decomposed(word)


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("Gro\u0308\u200b\u00dfe-1", "Gr\u00f6\u00dfe-1"),
        ("Gr\u200b\u00f6\u00dfe-1", "Gr\u00f6\u00dfe-1"),
        ("G\u0336r\u0336\u00f6\u0336\u00dfe-1", "Gr\u00f6\u00dfe-1"),
        ("\x1b[1mGro\u0308\u00dfe\x1b[0m \uff11", "Gr\u00f6\u00dfe 1"),
    ],
)
def test_what_is_invisible_or_drawn_over_letters_is_left_out(text: str, whole: str) -> None:
    _, (view,) = folded_views(text, None)
    assert view.text == whole
    assert view.origin(0, len(whole)) == (text.index("G"), len(text))


@pytest.mark.parametrize(
    "text", ["A\u0336K\u0336", "p\u00e4ssw\u00f6rd1", "\u05e9\u05c1\u05d1", "\u201ck\u201d: \u00e4"]
)
def test_there_is_no_such_view_that_says_no_more_than_the_others(text: str) -> None:
    assert folded_views(text, None)[1] == []


def test_what_was_decoded_is_composed_too() -> None:
    views = views_of("Gr%6F%CC%88%C3%9Fe-1 ok", {"folded", "decoded"})
    (view,) = [each for each in views if "Gr\u00f6\u00dfe-1" in each.text]
    assert shown(view, "\u00f6\u00dfe-1") == (2, 20)


LETTERS = "ao\u0301\u0308\u0323\u0336\u00f6\u00e9\u212b\u1112\u1161\u11ab\u304b\u3099\u05e9\u05c1\u05b8\u093c \u200b1"


@given(st.text(LETTERS, max_size=30))
def test_the_parts_of_the_view_stand_for_the_parts_of_the_text_in_order(text: str) -> None:
    for view in folded_views(text, None)[1]:
        spans = [view.origin(place, place + 1) for place in range(len(view.text))]
        assert spans == sorted(spans)
        for letter, (start, end) in zip(view.text, spans, strict=True):
            parts = {*unicodedata.normalize("NFD", text[start:end])}
            assert unicodedata.combining(letter) or parts & {*unicodedata.normalize("NFD", letter)}
