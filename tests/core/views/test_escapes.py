r"""Characters written by number or name."""

import pytest

from llm_proxy.core.views.escapes import escapes
from llm_proxy.core.views.view import edited


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a%20b%3D1", "a b=1"),
        ("%D0%B0", "\u0430"),
        ("%u0041%u004b", "AK"),
        (r"\u0041\u004b", "AK"),
        (r"\ud83d\ude00 \ud83d", "\U0001f600 \ufffd"),
        (r"\u{41}\u{1f600}", "A\U0001f600"),
        (r"\U0001f600", "\U0001f600"),
        (r"\x41\x4b", "AK"),
        (r"\xd0\xb0", "\u0430"),
        (r"\101\113", "AK"),
        (r"\\u0041\\u004b \\x41\\x4b \\101\\113 \\u{41}", "AK AK AK A"),
        ("&#65;&#x4b;&#73&lt;&amp;&nbsp;", "AKI<&\u00a0"),
        (r"https:\/\/host", "https://host"),
        (r"x:\nAKIAQYLPMN5HXQ3ZT7RB", "x:\nAKIAQYLPMN5HXQ3ZT7RB"),
    ],
)
def test_escapes_say_what_a_decoder_would(text: str, said: str) -> None:
    assert edited("decoded", text, escapes(text)).text == said


@pytest.mark.parametrize(
    "text", ["100% sure", "%ff%fe", "AT&T", "&unknown;", r"\nu \theta \x", r"\u{110000}", "C:\\new"]
)
def test_what_is_no_escape_stays(text: str) -> None:
    assert not escapes(text)
