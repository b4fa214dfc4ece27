"""String literals that a program would put together, and text without white space."""

import pytest

from llm_proxy.core.views.joining import concatenation, spaceless
from llm_proxy.core.views.view import edited


@pytest.mark.parametrize(
    ("text", "joined"),
    [
        ('k = "AK" + "IA"', 'k = "AKIA"'),
        ("k = 'AK'+'IA'", "k = 'AKIA'"),
        ("k = `AK` + 'IA'", "k = `AKIA'"),
        ('"A"+"K"+"I"+"A"', '"AKIA"'),
        ("'AK' . 'IA'", "'AKIA'"),
        ('"AK" .. "IA"', '"AKIA"'),
        ('"AK" & "IA"', '"AKIA"'),
        ('"AK" & _\n    "IA"', '"AKIA"'),
        ("'AK' || 'IA'", "'AKIA'"),
        ('"AK" ++ "IA" <> "X"', '"AKIAX"'),
        ('"AK"\n    "IA"', '"AKIA"'),
        ('f"AK" rb"IA"', 'f"AKIA"'),
        ('"AK" + \\\n  f"IA"', '"AKIA"'),
        (r"\"AK\" + \"IA\"", r"\"AKIA\""),
        ('"AK " + "IA"', '"AK IA"'),
        ("CONCAT('AK', 'IA')", "CONCAT('AKIA')"),
        ('"".join(["A", "K", \'IA\'])', '"".join(["AKIA\'])'),
        ('["AK", "IA"].join("")', '["AKIA"].join("")'),
        ('$"AK" + @"IA"', '$"AKIA"'),
        ('"AK" ~ "IA" ^ "X"', '"AKIAX"'),
        ('("AK") + ("IA")', '("AKIA")'),
        ("k = 'AK'\nk += 'IA'", "k = 'AKIA'"),
        ('$k = "AK";\n$k .= "IA";', '$k = "AKIA";'),
        ('s << "AK"\ns << "IA"', 's << "AKIA"'),
        ('this.k = "AK"; this.k += "IA"', 'this.k = "AKIA"'),
        ('AK""IA', "AKIA"),
        ("'AK'\"IA\"", "'AKIA\""),
        ("AK\\\nIA", "AKIA"),
        ("AK\\\r\nIA", "AKIA"),
    ],
)
def test_literals_are_joined_as_a_program_would(text: str, joined: str) -> None:
    assert edited("joined", text, concatenation(text)).text == joined


@pytest.mark.parametrize(
    "text",
    [
        *('["a", "b"]', '{"a": "b"}', 'f(" ")', 'x = ""', '"a" + b + "c"', "curl \\\n  -X GET", '"a" => "b"'),
        *("`code` 'x'", "'a' \"b\"", "`a` `b`", "``x``"),
        *('He said "no" and "yes".', '"a"\n\n"b"', 'f("a")("b")', 'x = "a"; y = "b"'),
    ],
)
def test_what_no_program_joins_stays_apart(text: str) -> None:
    assert not concatenation(text)


def test_white_space_is_taken_out_and_found_again() -> None:
    (view,) = spaceless(" AKIA QYLP\nMN5H  XQ")
    assert view.text == " AKIAQYLPMN5HXQ"
    assert view.origin(1, 9) == (1, 10)
    assert not spaceless("AKIA")
