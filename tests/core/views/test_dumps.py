"""Bytes in rows with their addresses, as programs dump them."""

from collections.abc import Callable

import pytest

from llm_proxy.core.views import may_have_views
from llm_proxy.core.views.runs import runs
from llm_proxy.core.views.view import edited

SAID = "dead beef, fa ce: meet me at the old mill, and bring the seven lanterns."

FORMS: dict[str, Callable[[int, bytes], str]] = {
    "hexdump -C": lambda at, row: f"{at:08x}  {row[:8].hex(' ')}  {row[8:].hex(' ')}  |{row.decode()}|",
    "xxd": lambda at, row: f"{at:08x}: {row.hex(' ', -2)}  {row.decode()}",
    "xxd -g 1": lambda at, row: f"{at:08x}: {row.hex(' ')}  {row.decode()}",
    "od": lambda at, row: f"{at:07o} {row.hex(' ')}",
    "in fours": lambda at, row: f"{at:08x} {row.hex(' ', -4)}",
    "with a dash": lambda at, row: f"  {at:04x}  {row[:8].hex(' ')}-{row[8:].hex(' ')}  {row.decode()}",
}


def dump(name: str, line_break: str = "\n") -> str:
    data = SAID.encode()
    return line_break.join(FORMS[name](at, data[at : at + 16]) for at in range(0, len(data), 16))


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
@pytest.mark.parametrize("name", FORMS)
def test_what_is_dumped_in_rows_is_read_over_them(name: str, line_break: str) -> None:
    text = f"Look:\n{dump(name, line_break)}\nSo it is."
    assert may_have_views(text)
    view = edited("decoded", text, runs(text))
    assert "meet me at the old mill, and bring the seven lanterns" in view.text
    begin = view.text.index("meet me")
    start, end = view.origin(begin, begin + len("meet me at the old mill"))
    assert text[:start].startswith("Look:\n")
    assert "mill" not in text[end:]
    assert text[end:].endswith("\nSo it is.")


@pytest.mark.parametrize(
    "text",
    [
        "00401000 55 89 e5 83 ec 18 c7 04 24 00 00 00 00 e8 10 20\n00401010 30 40 c3",
        "2024 10 11 12 13 14 15 16 17 18\n2025 10 11 12 13 14 15 16 17 18\n",
        "12345678: 1234 5678 9012 3456 7890 1234 5678 9012",
    ],
)
def test_rows_that_say_nothing_are_left_alone(text: str) -> None:
    assert not runs(text)
