"""All views of a text: nothing written in another way stays unseen, and what is found can be cut out."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.patterns import SEPARATOR
from llm_proxy.core.text_rows import TextRow
from llm_proxy.core.views import MAX_DECODE_DEPTH, MAX_VIEWS, SIGNS_OF_VIEWS, may_have_views, suspects, views_of
from llm_proxy.records import ViewName
from tests.core.views.encodings import ENCODINGS, SECRETS, base64

ALL: frozenset[ViewName] = frozenset({"folded", "decoded", "joined"})

ORDINARY = (
    "",
    "What is the capital of France? Answer in one word, please.",
    "def total(items: list[Item]) -> int:\n    return sum(item.price * item.count for item in items)\n",
    "Съешь же ещё этих «мягких французских» булок — да выпей чаю.",
    "L’été passé à Besançon — c’était “très” beau…",  # noqa: RUF001
    "今天天气很好，我们去公园散步吧。",  # noqa: RUF001
    "Ship it 🚀 ❤️ ⚠️ Careful!",
    "Größe, naïve, Ærø, smörgåsbord",
    "call me at 10:30 or 11:45, room 12",
)


# What is left where the secret was: of most writings nothing, of these what is no part of it.
LEFT = {
    "terminal colours": "\x1b[01;31m\x1b[K",
    "combining marks": "\u0301",
    "tag characters": "\U000e0041",
    "base64 in a path": "files/by/",
    "concatenation": '""',
    "concatenation over lines": "''",
    "concatenation of neighbours": '""',
    "concatenation of all": "''",
    "base64 in pieces": '""',
    "characters between literals": '""',
}


def cuts(text: str, secret: str) -> list[str]:
    """Return the text without the secret: once for each place in a view that shows it."""
    rests = []
    for view in views_of(text, ALL):
        for match in re.finditer(re.escape(secret), view.text):
            start, end = view.origin(*match.span())
            rests.append(text[:start] + text[end:])
    return rests


@pytest.mark.parametrize("around", ["Use {} for this.", "{}", "key={}&x=1", "say({})"])
@pytest.mark.parametrize("name", [name for name in ENCODINGS if name != "plain"])
def test_a_secret_in_any_writing_is_seen_and_can_be_cut_out(name: str, around: str) -> None:
    for secret in SECRETS:
        shown = re.sub(r"\s", "", secret) if name == "concatenation of all" else secret
        encoded = ENCODINGS[name](shown)
        if encoded == shown:
            continue
        text = around.format(encoded)
        assert may_have_views(SEPARATOR.join(("Hello", text)))
        rests = cuts(text, shown)
        assert rests, text
        for rest in rests:
            assert rest in {around.format(""), around.format(LEFT.get(name, ""))}


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_has_no_views(text: str) -> None:
    assert not views_of(text, ALL)
    assert not may_have_views(text)


def test_nothing_is_decoded_more_than_twice_and_never_grows_beyond_bounds() -> None:
    once = base64("Look, this is the text of the matter.")
    twice, thrice = base64(once), base64(base64(once))
    assert [view.depth for view in views_of(thrice, ALL)] == [1, MAX_DECODE_DEPTH]
    assert views_of(twice, ALL)[-1].text == "Look, this is the text of the matter."
    assert views_of(thrice, ALL)[-1].text == once


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({"raw"}, []),
        ({"folded"}, ["folded"]),
        ({"joined"}, ["joined"]),
        ({"decoded"}, ["decoded"]),
        ({"spaceless"}, ["spaceless"]),
        ({"folded", "decoded", "joined"}, ["folded", "joined", "decoded"]),
    ],
)
def test_only_the_wanted_views_are_made(wanted: set[ViewName], names: list[ViewName]) -> None:
    assert [view.name for view in views_of('ＡＢ = "c" + "d%41"', wanted)] == names  # noqa: RUF001


FRAGMENTS = st.sampled_from(
    [
        *"Aé9=/% \n\"'+\\&;\u200b\u0301\uff21\u0410\u201c\U000e0041\ufe01\uff76\uff9e\u24b6\u2167\ufb01\u0663",
        *("%41", "\\u0041", "&#65;", "&amp;", '" + "', "\\\n", "\x1b[1m", "=\n", "0x", " AKIA"),
        *(base64("Good morning to you all"), base64("%41" * 9), b"Good morning".hex(), "41:" * 9),
    ]
)
TEXTS = st.lists(FRAGMENTS, max_size=30).map("".join) | st.text(max_size=80)


@given(TEXTS)
def test_every_part_of_a_view_has_its_place_in_the_text(text: str) -> None:
    text = text.encode(errors="replace").decode()
    views = views_of(text, {*ALL, "spaceless"})
    assert len(views) <= MAX_VIEWS
    for view in views:
        assert view.text != text
        assert view.text
        spans = [view.origin(index, index + 1) for index in range(len(view.text))]
        assert all(0 <= start < end <= len(text) for start, end in spans)
        assert spans == sorted(spans)
        assert view.origin(0, len(view.text)) == (spans[0][0], spans[-1][1])


@given(TEXTS)
def test_a_text_that_may_have_no_views_has_none(text: str) -> None:
    text = text.encode(errors="replace").decode()
    if not may_have_views(text):
        assert not views_of(text, ALL)


def suspected(texts: list[str]) -> list[int]:
    row = TextRow(texts)
    return suspects(row, row.holders(SIGNS_OF_VIEWS.first))


@given(st.lists(TEXTS, max_size=12))
def test_the_texts_that_may_have_views_are_found_at_once(texts: list[str]) -> None:
    texts = [text.encode(errors="replace").decode() for text in texts]
    assert set(suspected(texts)) >= {index for index, text in enumerate(texts) if may_have_views(text)}
    assert bool(suspected(texts)) <= may_have_views(SEPARATOR.join(texts))


def test_ordinary_texts_among_others_are_not_suspected() -> None:
    assert suspected(["fine", "use %41", *ORDINARY, "A\u200bK", "fine"]) == [1, 2 + len(ORDINARY)]
