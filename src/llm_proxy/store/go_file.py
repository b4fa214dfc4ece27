"""The Go program's database file: how to read it without touching it, its tables, and how it writes times and ids."""

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import NAMESPACE_URL, UUID, uuid5

from llm_proxy.errors import StoreError

COLUMNS = {
    "providers": ("id", "name", "base_url", "api_key", "created_at", "updated_at"),
    "api_keys": ("id", "name", "key_hash", "provider_id", "rate_limit_rpm", "created_at", "revoked_at"),
    "guardrails": ("id", "pattern", "mode", "replace_by", "created_at", "updated_at"),
    "guardrail_events": ("id", "guardrail_id", "api_key_id", "pattern", "mode", "input_text", "created_at"),
    "usage": (
        "id",
        "api_key_id",
        "provider_id",
        "model",
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "created_at",
    ),
}

_SUFFIXES = ("", "-wal", "-journal")
_ATTEMPTS = 5
_NOBODY = str(UUID(int=0))

# Go's time.Time.String ("2026-04-19 10:00:00.123456789 +0000 UTC m=+0.1", trailing zeros trimmed), SQLite's
# CURRENT_TIMESTAMP ("2026-04-19 10:00:00", UTC), and RFC 3339.
_TIME = re.compile(
    r"(?P<clock>\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(?:\.(?P<fraction>\d+))?"
    r" ?(?P<offset>Z|(?P<sign>[+-])(?P<hours>\d\d):?(?P<minutes>\d\d))?"
    r"(?: [A-Za-z0-9+-]+)?(?: m=[+-][0-9.]+)?"
)


def parse_time(text: object) -> datetime:
    """Read one of the three time formats, to the microsecond, into UTC; raises ValueError."""
    match = _TIME.fullmatch(str(text).strip())
    if match is None:
        raise ValueError(f"unreadable time {str(text)[:60]!r}")
    offset = timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
    zone = timezone(-offset if match["sign"] == "-" else offset)
    microsecond = int((match["fraction"] or "")[:6].ljust(6, "0"))
    try:
        clock = datetime.fromisoformat(match["clock"]).replace(microsecond=microsecond, tzinfo=zone)
        return clock.astimezone(UTC)
    except OverflowError as exc:
        raise ValueError(f"time out of range {text!r}") from exc


def parse_id(text: object) -> str:
    """Return an id as a UUID: unchanged if it is one, else derived from it, always the same. NULL is the nil UUID."""
    if text is None:
        return _NOBODY
    try:
        return str(UUID(str(text)))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"llm-proxy:{text}"))


@contextmanager
def opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection to a copy of the file and its write-ahead log: reading the original would write beside it.

    Raises StoreError when the file is missing, damaged, or not the Go program's.
    """
    with tempfile.TemporaryDirectory(prefix="llm-proxy-import-") as folder:
        copy = _copy(path, Path(folder))
        try:
            with closing(sqlite3.connect(copy, check_same_thread=False)) as source:
                source.row_factory = sqlite3.Row
                source.text_factory = lambda raw: raw.decode("utf-8", "replace")
                _refuse_others(path, source)
                yield source
        except sqlite3.DatabaseError as exc:
            raise StoreError(f"The file {path} cannot be read as a SQLite database: {exc}.") from exc


def chunks(source: sqlite3.Connection, table: str, size: int) -> Iterator[Sequence[sqlite3.Row]]:
    """Yield a table's rows in the order of writing, some at a time."""
    columns = ", ".join(COLUMNS[table])
    cursor = source.execute(f"SELECT {columns} FROM {table} ORDER BY rowid")  # noqa: S608 (both are constants above)
    while rows := cursor.fetchmany(size):
        yield rows


def _copy(path: Path, folder: Path) -> Path:
    source = path.resolve()
    target = folder / "copy.db"
    try:
        for _ in range(_ATTEMPTS):
            before = _state(source)
            for suffix in _SUFFIXES:
                _copy_part(Path(f"{source}{suffix}"), Path(f"{target}{suffix}"), is_needed=not suffix)
            if _state(source) == before:
                return target
    except OSError as exc:
        raise StoreError(f"The file {path} cannot be read: {exc.strerror}.") from exc
    raise StoreError(f"The file {path} is being written to all the time: stop the Go program, then import.")


def _state(source: Path) -> Sequence[tuple[int, int, int] | None]:
    files = [Path(f"{source}{suffix}") for suffix in _SUFFIXES]
    facts = [file.stat() if file.exists() else None for file in files]
    return [fact and (fact.st_ino, fact.st_size, fact.st_mtime_ns) for fact in facts]


def _copy_part(source: Path, target: Path, *, is_needed: bool) -> None:
    if is_needed or source.exists():
        shutil.copyfile(source, target)
    else:
        target.unlink(missing_ok=True)


def _refuse_others(path: Path, source: sqlite3.Connection) -> None:
    report = source.execute("PRAGMA quick_check(1)").fetchone()[0]
    if report != "ok":
        raise StoreError(f"The file {path} is damaged ({report}).")
    missing = [
        f"{table}.{column}"
        for table, columns in COLUMNS.items()
        for column in sorted({*columns} - {row["name"] for row in source.execute(f"PRAGMA table_info({table})")})
    ]
    if missing:
        expected = ", ".join(f"{table}({', '.join(columns)})" for table, columns in COLUMNS.items())
        raise StoreError(
            f"The file {path} is not a database of the Go program: expected {expected}; missing {', '.join(missing)}."
        )
