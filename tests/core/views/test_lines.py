"""Digits that go on in the next line, whatever stands between: what they say is read as one."""

from base64 import b64encode

import pytest

from llm_proxy.core.views import may_have_views
from llm_proxy.core.views.runs import runs
from llm_proxy.core.views.view import edited

SAID = "Meet me at the old mill, and bring the seven lanterns with you, but not the dog!"
B64 = b64encode(SAID.encode()).decode()
HEX = SAID.encode().hex()

# What stands before the first line, and between two.
BETWEEN = {
    "line break": ("", "\n"),
    "carriage return": ("", "\r\n"),
    "indented": ("key: |\n    ", "\n    "),
    "quoted": ("> ", "\n> "),
    "quoted twice": (">> ", "\n>> "),
    "comment": ("# ", "\n# "),
    "comment in C": ("  // ", "\n  // "),
    "comment in SQL": ("-- ", "\n-- "),
    "comment of many lines": (" * ", "\n * "),
    "difference": ("+", "\n+"),
    "difference, taken away": ("-", "\n-"),
    "difference, indented": ("+    ", "\n+    "),
    "difference from the second line on": ("", "\n+"),
    "space before the break": ("", " \n"),
    "empty line": ("", "\n\n"),
    "array": ('["', '",\n  "'),
    "array in a line": ("['", "', '"),
    "array in a string": (r"[\"", r"\", \""),
    "written break": (r"key:\n", r"\n"),
    "written break, escaped": ("", r"\\n"),
    "written carriage return": ("", r"\r\n"),
    "written break, indented": ("", r"\n    "),
}


@pytest.mark.parametrize("digits", [B64, HEX], ids=["base64", "hexadecimal"])
@pytest.mark.parametrize("width", [12, 16, 20, 40, 75, 76])
@pytest.mark.parametrize("name", BETWEEN)
def test_what_is_in_lines_is_decoded_as_one(name: str, width: int, digits: str) -> None:
    before, between = BETWEEN[name]
    lines = between.join(digits[start : start + width] for start in range(0, len(digits), width))
    text = f"It says:\n{before}{lines}\nplease."
    view = edited("decoded", text, runs(text))
    assert may_have_views(text)
    assert "bring the seven lanterns" in view.text
    begin = view.text.index("bring the seven lanterns")
    start, end = view.origin(begin, begin + 24)
    assert len("It says:\n") <= start < end <= len(text) - len("\nplease.")


@pytest.mark.parametrize("between", [" ", "\n> ", '", "', r"\n", "\n\n"])
def test_it_is_cut_out_as_a_whole(between: str) -> None:
    text = f"a {B64[:40]}{between}{B64[40:80]}{between}{B64[80:]} b"
    (edit,) = runs(text)
    assert edit == (2, len(text) - 2, SAID)


@pytest.mark.parametrize(
    "text",
    [
        '["internationals", "characteristic", "responsibility"]',
        "internationals\ncharacteristic\nresponsibility\n",
        "> acknowledgement\n> responsibility1\n",
        "import_something\n\nimport_anything2\n",
        r"C:\program_files_one\new_program_files\readable_files_2",
        "f(first_argument_1,\n  'second_argument', 'third_argument_')",
    ],
)
def test_words_in_lines_are_left_alone(text: str) -> None:
    assert not runs(text)


def test_a_line_of_another_width_is_none_of_the_lines() -> None:
    token, other = b64encode(b"Good morning, all of you!!!").decode(), b64encode(b"Not so the dog.").decode()
    text = f"> {token}\n> {other}"
    edits = [(text[start:end], said) for start, end, said in runs(text)]
    assert edits == [(token, "Good morning, all of you!!!"), (other, "Not so the dog.")]


def test_many_short_lines_are_read_once() -> None:
    lines = "\n> ".join(B64[start : start + 12] for start in range(0, 96, 12))
    text = "\n".join(f"> {lines}\nthen" for _ in range(2_000))
    assert sum("lanterns" in said for _, _, said in runs(text)) == 2_000
