import os
import sqlite3
import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from llm_proxy.errors import StoreError
from llm_proxy.store.go_file import chunks, opened, parse_id, parse_time
from tests.store.go_database import SCHEMA, GoDatabase, crashed, uuid


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-04-19 10:00:00.123456789 +0000 UTC", (10, 0, 0, 123456)),
        ("2026-04-19 10:00:00.1 +0000 UTC", (10, 0, 0, 100000)),
        ("2026-04-19 10:00:00.000001 +0000 UTC", (10, 0, 0, 1)),
        ("2026-04-19 10:00:00 +0000 UTC", (10, 0, 0, 0)),
        ("2026-04-19 10:00:00.5 +0000 UTC m=+0.000012345", (10, 0, 0, 500000)),
        ("2026-04-19 10:00:00 +0000 UTC m=-12.5", (10, 0, 0, 0)),
        ("2026-04-19 12:00:00.25 +0200 CEST", (10, 0, 0, 250000)),
        ("2026-04-19 12:00:00.25 +0200 CEST m=+1234.5", (10, 0, 0, 250000)),
        ("2026-04-19 04:30:00 -0530 -0530", (10, 0, 0, 0)),
        ("2026-04-19 07:00:00 -0300 -03", (10, 0, 0, 0)),
        ("2026-04-19 10:00:00", (10, 0, 0, 0)),
        ("2026-04-19 10:00:00.75", (10, 0, 0, 750000)),
        ("2026-04-19T10:00:00Z", (10, 0, 0, 0)),
        ("2026-04-19T10:00:00.123456789Z", (10, 0, 0, 123456)),
        ("2026-04-19T12:00:00.5+02:00", (10, 0, 0, 500000)),
        ("2026-04-19 12:00:00.5+02:00", (10, 0, 0, 500000)),
        (" 2026-04-19 10:00:00\n", (10, 0, 0, 0)),
    ],
)
def test_D13_every_time_the_program_writes_is_read_to_the_microsecond(text: str, time: tuple[int, ...]) -> None:
    assert parse_time(text) == datetime(2026, 4, 19, *time, tzinfo=UTC)
    assert parse_time(text).tzinfo is UTC


def test_the_go_zero_time_is_a_time() -> None:
    assert parse_time("0001-01-01 00:00:00 +0000 UTC") == datetime(1, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "yesterday",
        1776592800,
        "2026-04-19",
        "2026-13-19 10:00:00",
        "2026-04-19 25:00:00",
        "2026-04-19 10:00:00 +9900 UTC",
        "2026-04-19 10:00:00 +0000 UTC and more",
        "0001-01-01 00:00:00 +0200 CEST",
    ],
)
def test_what_is_no_time_is_an_error(text: object) -> None:
    with pytest.raises(ValueError, match=r"time|month|hour|offset|timedelta"):
        parse_time(text)


def test_an_id_stays_if_it_is_a_uuid_and_is_derived_if_not() -> None:
    assert parse_id(uuid(7)) == uuid(7)
    assert parse_id(uuid(7).upper()) == uuid(7)
    assert parse_id("prov_1") == parse_id("prov_1") != parse_id("prov_2")
    assert UUID(parse_id("prov_1")).version == 5
    assert parse_id(None) == "00000000-0000-0000-0000-000000000000"


def ids(path: Path, table: str) -> list[str]:
    with opened(path) as source:
        return [row["id"] for rows in chunks(source, table, 2) for row in rows]


@pytest.mark.parametrize("state", ["closed", "running", "crashed"])
def test_D13_a_file_is_read_with_its_live_log_and_left_as_it_is(tmp_path: Path, state: str) -> None:
    database = GoDatabase(tmp_path / "go.db")
    for number in range(5):
        database.provider(number)
    path = {"closed": database.close, "running": lambda: database.path}.get(
        state, lambda: crashed(database, tmp_path / "crashed")
    )()
    before = {entry.name: entry.read_bytes() for entry in sorted(path.parent.glob("go.db*"))}
    stamps = {entry.name: entry.stat().st_mtime_ns for entry in path.parent.glob("go.db*")}
    assert ("go.db-wal" in before) is (state != "closed")
    assert ids(path, "providers") == [uuid(number) for number in range(5)]
    assert {entry.name: entry.read_bytes() for entry in sorted(path.parent.glob("go.db*"))} == before
    assert {entry.name: entry.stat().st_mtime_ns for entry in path.parent.glob("go.db*")} == stamps
    database.close()


def test_a_file_under_another_name_is_found_with_its_log(tmp_path: Path) -> None:
    database = GoDatabase(tmp_path / "go.db")
    database.provider()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "link.db").symlink_to(tmp_path / "go.db")
    assert ids(tmp_path / "elsewhere" / "link.db", "providers") == [uuid(1)]
    database.close()


def test_a_file_that_is_written_to_meanwhile_is_read_as_of_one_moment(tmp_path: Path) -> None:
    database = GoDatabase(tmp_path / "go.db")
    database.provider()
    stop = threading.Event()

    def write() -> None:
        other = sqlite3.connect(database.path, isolation_level=None)
        number = 100
        while not stop.wait(0.02):
            number += 1
            row = (uuid(number), uuid(2), uuid(1), "m" * 200, 1, 1, 2)
            other.execute("INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?, ?, '2026-04-19 10:00:00')", row)
        other.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [ids(database.path, "usage") for _ in range(5)]
    finally:
        stop.set()
        writer.join()
        database.close()
    assert [len(rows) for rows in found] == sorted(len(rows) for rows in found)
    assert found[-1] == [uuid(101 + number) for number in range(len(found[-1]))]


def test_a_file_that_never_rests_is_refused_instead_of_being_read_half_old_and_half_new(tmp_path: Path) -> None:
    database = GoDatabase(tmp_path / "go.db")
    database.usage(model="m" * 20_000_000)  # a copy takes longer than a touch
    stop = threading.Event()

    def touch() -> None:
        while not stop.is_set():
            os.utime(database.path)

    toucher = threading.Thread(target=touch)
    toucher.start()
    try:
        with pytest.raises(StoreError, match="being written to all the time"):
            ids(database.path, "usage")
    finally:
        stop.set()
        toucher.join()
    assert ids(database.path, "usage") == [uuid(5)]
    database.close()


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (None, "No such file"),
        (b"", "expected providers"),
        (b"not a database, but a text that is long enough to be one" * 20, "not a database"),
    ],
)
def test_what_is_not_a_database_is_refused(tmp_path: Path, contents: bytes | None, reason: str) -> None:
    if contents is not None:
        (tmp_path / "go.db").write_bytes(contents)
    with pytest.raises(StoreError, match=reason):
        ids(tmp_path / "go.db", "providers")
    assert (tmp_path / "go.db").exists() is (contents is not None)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="directory"):
        ids(tmp_path, "providers")


def test_another_schema_is_refused_with_what_was_expected(tmp_path: Path) -> None:
    path = GoDatabase(tmp_path / "go.db", SCHEMA.replace("key_hash", "key")).close()
    with pytest.raises(StoreError, match=r"expected providers\(id, name, .*; missing api_keys\.key_hash\."):
        ids(path, "providers")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    database = GoDatabase(tmp_path / "go.db")
    for number in range(200):
        database.provider(number)
    path = database.close()
    pages = path.read_bytes()
    path.write_bytes(pages[:8192] + b"\xa5" * 4096 + pages[12288:])
    with pytest.raises(StoreError, match=r"damaged|malformed"):
        ids(path, "providers")
