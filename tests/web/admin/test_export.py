import csv
import io
import json
from datetime import UTC, datetime

import pytest

from llm_proxy.errors import StoreUnavailable
from llm_proxy.web.admin.export import Chunks, Download, Row, download

COLUMNS = ("text", "number")


async def read(download: Download) -> str:
    return b"".join([bytes(part) async for part in download.body_iterator]).decode()


async def chunks(*parts: list[Row]) -> Chunks:
    for part in parts:
        yield part


async def written(wanted: str, *texts: object) -> str:
    return await read(await download("name", wanted, COLUMNS, chunks([{"text": text, "number": -1} for text in texts])))


FORMULAS = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\n=1",
    "\ufeff=1",
    "\0=1",
    "\uff1d1",
    "\tx",
]


@pytest.mark.parametrize("text", FORMULAS)
async def test_W09_a_text_that_a_spreadsheet_would_run_is_marked_as_one(text: str) -> None:
    rows = list(csv.reader(io.StringIO(await written("csv", text), newline="")))
    within = text.replace("\t=", "\t'=").replace("\r=", "\r'=").replace("\n=", "\n'=")  # these end a cell elsewhere
    assert rows == [["text", "number"], [f"'{within}", "-1"]]


@pytest.mark.parametrize("text", FORMULAS)
async def test_W09_json_holds_texts_as_they_are(text: str) -> None:
    assert json.loads(await written("json", text)) == [{"text": text, "number": -1}]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("a,b", '"a,b"'),
        ('say "no"', '"say ""no"""'),
        ("one\ntwo", '"one\ntwo"'),
        ("one\r\ntwo", '"one\r\ntwo"'),
        ("a=b", "a=b"),
        ("é🙂", "é🙂"),
        ("", ""),
        (None, ""),
        (-1.5, "-1.5"),
        (True, "true"),
        (False, "false"),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00Z"),
        (datetime(2026, 1, 1, 0, 0, 0, 5, tzinfo=UTC), "2026-01-01T00:00:00.000005Z"),
    ],
)
async def test_a_cell_is_written_as_rfc_4180_wants_it(value: object, cell: str) -> None:
    assert await written("csv", value) == f"text,number\r\n{cell},-1\r\n"


@pytest.mark.parametrize("parts", [[], [[]], [[], []]])
@pytest.mark.parametrize(("wanted", "document"), [("csv", "text,number\r\n"), ("json", "[]\n")])
async def test_an_export_of_nothing_is_a_whole_document(wanted, document, parts) -> None:
    assert await read(await download("name", wanted, COLUMNS, chunks(*parts))) == document


@pytest.mark.parametrize("parts", ["a b c", "- a b - - c -"])
async def test_json_is_one_array_however_it_was_read(parts: str) -> None:
    rows = [[] if part == "-" else [{"text": part, "number": 1}] for part in parts.split()]
    document = await read(await download("name", "json", COLUMNS, chunks(*rows)))
    assert [row["text"] for row in json.loads(document)] == ["a", "b", "c"]


async def test_the_headers_name_a_file_of_today() -> None:
    before = datetime.now(UTC).date()
    answers = [await download("name", wanted, COLUMNS, chunks()) for wanted in ("csv", "json")]
    days = {before, datetime.now(UTC).date()}
    for answer, wanted, media_type in zip(
        answers, ("csv", "json"), ("text/csv; charset=utf-8", "application/json"), strict=True
    ):
        named = {f'attachment; filename="name-{day}.{wanted}"' for day in days}
        assert answer.headers["content-disposition"] in named
        assert answer.headers["content-type"] == media_type


async def test_what_cannot_be_read_fails_before_an_answer_begins() -> None:
    async def broken() -> Chunks:
        raise StoreUnavailable
        yield []

    with pytest.raises(StoreUnavailable):
        await download("name", "csv", COLUMNS, broken())


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a; @x", "a; '@x"),
        ('a;"=1', "a;\"'=1"),
        ("a\n-1", "a\n'-1"),
        ("a=1; b", "a=1; b"),
        ("1;2", "1;2"),
    ],
)
async def test_W09_where_semicolons_end_cells_no_text_becomes_a_formula_either(text: str, told: str) -> None:
    rows = list(csv.reader(io.StringIO(await written("csv", text), newline="")))
    assert rows[1] == [told, "-1"]
