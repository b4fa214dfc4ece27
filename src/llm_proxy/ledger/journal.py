"""An append-only file of usage records: one ``write`` for each, so that a killed process loses none.

A line is a CRC-32 in eight hex digits, a space, and JSON. What a crash cut or damaged does not check and is skipped,
with a count. A call appends twice: its opening record (``begin``) and its final one (``final``).

Each process has its own file beside the database and holds a lock on it as long as it lives. A file without its lock is
an orphan of a process that died: whoever starts next moves its records into the store and removes it.
"""

import fcntl
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import orjson

from llm_proxy.errors import StoreError
from llm_proxy.records import Tokens, UsageRecord

_NAME = "{database}.usage-{process}"


class Journal:
    """The file of one process. A record has reached the kernel when ``append`` returns, so it survives ``kill -9``."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._path = database.with_name(_NAME.format(database=database.name, process=uuid4().hex))
        try:
            self._fd = _create(self._path)
        except OSError as exc:
            raise StoreError(f"The usage journal {self._path} cannot be made ({exc.strerror}).") from exc
        self.size = 0

    def append(self, kind: str, record: UsageRecord) -> None:
        """Append one record; raises OSError when the file system refuses."""
        line = _line(kind, record)
        _write_all(self._fd, line)
        self.size += len(line)

    def probe(self) -> None:
        """Write an empty line, which a replay skips; raises OSError when the file system refuses."""
        _write_all(self._fd, b"\n")
        self.size += 1

    def rewrite(self, opening: list[UsageRecord]) -> None:
        """Start the file anew with the records of the calls still under way; the change is atomic."""
        fresh = self._path.with_name(self._path.name + ".new")
        content = b"".join(_line("begin", record) for record in opening)
        fd = _create(fresh)
        try:
            _write_all(fd, content)
            fresh.replace(self._path)
        except OSError:
            os.close(fd)
            raise
        os.close(self._fd)
        self._fd, self.size = fd, len(content)

    def close(self, *, is_settled: bool) -> None:
        """Close the file, and remove it when the store has everything that is in it."""
        if is_settled:
            self._path.unlink(missing_ok=True)
        os.close(self._fd)

    def orphans(self) -> Iterator["Orphan"]:
        """Yield the files of processes that died, each locked while it is looked at."""
        pattern = _NAME.format(database=self._database.name, process="*")
        for path in sorted(self._database.parent.glob(pattern)):
            if path != self._path and (fd := _lock_orphan(path)) is not None:
                try:
                    yield _read(path)
                finally:
                    os.close(fd)


@dataclass(frozen=True, slots=True)
class Orphan:
    """What a dead process left: the last record of each of its calls, and how many lines were damaged."""

    path: Path
    records: list[UsageRecord]
    damaged: int

    def remove(self) -> None:
        """Remove the file, once its records are in the store."""
        self.path.unlink(missing_ok=True)


def _write_all(fd: int, content: bytes) -> None:
    if os.write(fd, content) != len(content):
        raise OSError("the usage journal was cut short")


def _create(path: Path) -> int:
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return fd


def _lock_orphan(path: Path) -> int | None:
    """Return a locked descriptor of a file whose process is gone; None when it lives or the file is gone as well."""
    try:
        fd = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(fd)
        return None
    return fd


def _read(path: Path) -> Orphan:
    records: dict[str, UsageRecord] = {}
    final: set[str] = set()
    damaged = 0
    for line in filter(None, path.read_bytes().split(b"\n")):
        entry = _parse(line)
        if entry is None:
            damaged += 1
            continue
        kind, record = entry
        if record.id not in final:
            records[record.id] = record
        if kind == "final":
            final.add(record.id)
    return Orphan(path, list(records.values()), damaged)


def _line(kind: str, record: UsageRecord) -> bytes:
    body = orjson.dumps((kind, record))
    return b"%08x %b\n" % (zlib.crc32(body), body)


def _parse(line: bytes) -> tuple[str, UsageRecord] | None:
    checksum, _, body = line.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(body):
        return None
    kind: str
    fields: dict[str, Any]
    kind, fields = orjson.loads(body)
    tokens = Tokens(**fields.pop("tokens"))
    created_at = datetime.fromisoformat(fields.pop("created_at"))
    return kind, UsageRecord(**fields, tokens=tokens, created_at=created_at)
