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
        ("A&#x0000004b;&#000000073&#X00041;", "AKIA"),
        (f"A&#{'0' * 5000}75;", "AK"),
        (r"A\4b \49 \000041\0051 \00051" + "\n7", "AKIAQQ7"),
        (r"\041 \000", "! \0"),
        ("String.fromCharCode(65,75, 0x49)", '"AKI"'),
        ("chr(65)+chr( 0075 ) + 'I'", '"A"+"K" + \'I\''),
        ("'A' . CHR(75)", "'A' . \"K\""),
        ("bytes([65, 75]).decode()", '"AK".decode()'),
        ("chr(34) + 'x'", "\" + 'x'"),
        (r"https:\/\/host", "https://host"),
        (r"x:\nAKIAQYLPMN5HXQ3ZT7RB", "x:\nAKIAQYLPMN5HXQ3ZT7RB"),
    ],
)
def test_escapes_say_what_a_decoder_would(text: str, said: str) -> None:
    assert edited("decoded", text, escapes(text)).text == said


@pytest.mark.parametrize(
    "text",
    [
        *("100% sure", "%ff%fe", "AT&T", "&unknown;", r"\nu \theta \x", r"\u{110000}", "C:\\new"),
        *("name CHAR(10) NOT NULL, note VARCHAR(255)", "chr(65)", "chr(99999999) + x", "fromCharCode(55296, 1)"),
        r"\d2 \5 \9a x \5axy \begin \2a",
    ],
)
def test_what_is_no_escape_stays(text: str) -> None:
    assert not escapes(text)
