"""The folded view: what is invisible gone, what looks like ASCII in ASCII, everything else as it was."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.views.folding import fold_character, folded_views
from llm_proxy.core.views.lookalikes import LETTERS, PUNCTUATION, TWINS


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("A\u200bK\u00adI\u2060A", "AKIA"),
        ("\ufeffAKIA", "AKIA"),
        ("A\u202eK\U000e0041I\ufe0fA", "AKIA"),
        ("A\u0301K\u0336I\u20ddA", "AKIA"),
        ("A\x00K\x7fI\x08A", "AKIA"),
        ("\x1b[1;31mAK\x1b[0mIA", "AKIA"),
        ("\uff21\uff2b\uff29\uff21\uff11", "AKIA1"),
        ("\U0001d400\U0001d542 \u24b6\u24f5 \u2160\u216f \u2112", "AK A1 IM L"),
        ("\ufb01x \u2474", "fix (1)"),
        ("\u0410K\u0406\u0391", "AKIA"),
        ("\u13aa\u212a\ua4f2\u0410 \u0436 7", "AKIA \u0436 7"),
        ("sk\u2011live\u20134hV8nQ2wXz7RkT5m", "sk-live-4hV8nQ2wXz7RkT5m"),
        ("x = \u201cVq7XrM\u201d", 'x = "Vq7XrM"'),
        ("4539\u20131488\u20130343\u20136467", "4539-1488-0343-6467"),
        ("wendy\uff20mail.example", "wendy@mail.example"),
        ("\u2013BEGIN KEY", "-BEGIN KEY"),
        ("key\uff1a\u00a0Vq7XrM", "key: Vq7XrM"),
        ("p\u00e4ssw\u00f6rd1", "password1"),
        ("key AKIAQYLPMN\u2075HHHFPZAM\u00b2", "key AKIAQYLPMN5HHHFPZAM2"),
        ("ghp_aBcDeF\u00b9\u00b2\u2083\u2070", "ghp_aBcDeF1230"),
        ("p\u00e4ssw\u00f6rd\u2079", "password9"),
        ("\u2074\u2075\u00b3\u2079 \u00b9\u2074\u2078\u2078", "4539 1488"),
        ("\u1d2c\u1d37\u1d35\u1d2c\u2081 a\u207f\u2090", "AKIA1 ana"),
        ("\u0664\u0665\u0663\u0669", "4539"),
        ("\uff76\uff9e\uff77", "\u30ac\u30ad"),
        (
            "BEGIN \u041a\u0415Y \u041a\u0415\u0423-- \u043a\u043b\u044e\u0447",
            "BEGIN KEY KEY-- \u043a\u043b\u044e\u0447",
        ),
        ("\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455", "aeopcyxs"),
    ],
)
def test_a_text_folds_to_what_it_looks_like(text: str, folded: str) -> None:
    assert [view.text for view in folded_views(text, None)[0]] == [folded]


@pytest.mark.parametrize(
    "text",
    [
        "AKIA",
        "p\u00e4ssw\u00f6rd",
        "\u0441\u043e\u0441\u043d\u0430 \u0438 \u043e\u0441\u0430",
        "\u03b1 and \u03b2",
        "don\u2019t \u2014 do",
        "\u6c34\u00b2 \u00b2\u00b3 n.\u00ba",
        "from 2019\u20132021: \u201cIt is 10\u00a0000, isn\u2019t it?\u201d",
        "1\ufe0f\u20e3 First",
        "\u2764\ufe0f \U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "e\u0301t".encode().decode()[2:],
    ],
)
def test_what_looks_like_itself_is_left_alone(text: str) -> None:
    assert folded_views(text, None) == ([], [])


@pytest.mark.parametrize(
    "hide",
    [
        lambda text: "".join(chr(0xE0000 + ord(char)) for char in text),
        lambda text: "".join(chr(0xE0100 + byte - 16) for byte in text.encode()),
    ],
    ids=["tags", "selectors"],
)
def test_what_is_written_in_unseen_characters_is_read(hide) -> None:
    text = "Hi!" + hide("AKIA 7") + " Bye."
    (view, other), _ = folded_views(text, None)
    assert view.text == "Hi!AKIA 7 Bye."
    assert other.text == "Hi! Bye."
    assert view.origin(3, 9) == (3, 9)


def test_what_is_written_in_unseen_characters_is_folded_itself() -> None:
    text = "".join(chr(0xE0100 + byte - 16) for byte in "\u0410\uff2b\u0406A7".encode())
    assert [view.text for view in folded_views(f"is {text}", None)[0]] == ["is AKIA7", "is "]


def test_the_table_names_each_character_once_and_only_what_is_not_ascii() -> None:
    assert not LETTERS.keys() & PUNCTUATION.keys()
    assert not any(char.isascii() for char in (*LETTERS, *PUNCTUATION))
    assert all(len(plain) == 1 and plain.isascii() for plain in (*LETTERS.values(), *PUNCTUATION.values()))
    assert all(plain.isdigit() or plain.isalpha() for plain in LETTERS.values())
    assert not any(char.isdecimal() for char in LETTERS)
    assert set(TWINS) <= LETTERS.keys()


@pytest.mark.parametrize("char", ["A", "z", "5", "-", "\u6f22", "\u0436", "\u05d0"])
def test_what_has_no_other_reading_folds_to_itself(char: str) -> None:
    assert fold_character(char) == char


def fully(text: str) -> str:
    plain = "".join(PUNCTUATION.get(char) or fold_character(char) for char in text)
    return unicodedata.normalize("NFKC", plain)


@given(
    st.lists(
        st.sampled_from("A9 -\u200b\u0301\uff21\u0410\u201c\ufe01\u24b6\u2167\ufb01\u0663\u00e9\u00a0\u2124"),
        max_size=40,
    )
)
def test_what_stands_for_a_part_of_the_view_folds_to_it(characters: list[str]) -> None:
    for view in folded_views("".join(characters), None)[0]:
        for start in range(len(view.text)):
            shown = view.text[start : start + 5]
            first, last = view.origin(start, start + len(shown))
            assert fully(shown) in fully("".join(characters)[first:last])
