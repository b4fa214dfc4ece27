"""Builds database files as the Go program leaves them."""

import hashlib
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

SCHEMA = """
CREATE TABLE providers (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, base_url TEXT NOT NULL, api_key TEXT NOT NULL,
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE api_keys (
  id TEXT PRIMARY KEY, name TEXT NOT NULL, key_hash TEXT NOT NULL UNIQUE, provider_id TEXT NOT NULL,
  rate_limit_rpm INTEGER NOT NULL DEFAULT 0, created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
  revoked_at DATETIME);
CREATE TABLE usage (
  id TEXT PRIMARY KEY, api_key_id TEXT NOT NULL, provider_id TEXT NOT NULL, model TEXT NOT NULL,
  prompt_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, total_tokens INTEGER NOT NULL,
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE guardrails (
  id TEXT PRIMARY KEY, pattern TEXT NOT NULL, mode TEXT NOT NULL, replace_by TEXT NOT NULL DEFAULT '',
  created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE guardrail_events (
  id TEXT PRIMARY KEY, guardrail_id TEXT NOT NULL, api_key_id TEXT NOT NULL, pattern TEXT NOT NULL, mode TEXT NOT NULL,
  input_text TEXT NOT NULL, created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP);
"""

KEY = "llmp-" + "5e" * 32
GO_TIME = "2026-04-19 10:00:00.123456789 +0000 UTC"


def uuid(number: int) -> str:
    return str(UUID(int=number, version=4))


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class GoDatabase:
    """A file with the Go program's schema in WAL mode. Until it is closed, its rows are in the live ``-wal`` alone."""

    def __init__(self, path: Path, schema: str = SCHEMA) -> None:
        self.path = path
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA wal_autocheckpoint = 0")
        self._connection.executescript(schema)

    def add(self, table: str, **values: Any) -> None:
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        self._connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))

    def provider(self, number: int = 1, **changes: Any) -> None:
        row = {"id": uuid(number), "name": f"Provider {number}", "base_url": "https://api.openai.com/v1"}
        row |= {"api_key": f"sk-CANARY-{number}", "created_at": GO_TIME, "updated_at": GO_TIME}
        self.add("providers", **row | changes)

    def key(self, number: int = 2, **changes: Any) -> None:
        row = {"id": uuid(number), "name": f"Key {number}", "key_hash": digest(f"{KEY}{number}")}
        row |= {"provider_id": uuid(1), "rate_limit_rpm": 60, "created_at": GO_TIME, "revoked_at": None}
        self.add("api_keys", **row | changes)

    def rule(self, number: int = 3, **changes: Any) -> None:
        row = {"id": uuid(number), "pattern": r"key-(\d+)", "mode": "replace", "replace_by": "key-$1"}
        self.add("guardrails", **row | {"created_at": GO_TIME, "updated_at": GO_TIME} | changes)

    def event(self, number: int = 4, **changes: Any) -> None:
        row = {"id": uuid(number), "guardrail_id": uuid(3), "api_key_id": uuid(2), "pattern": r"key-(\d+)"}
        row |= {"mode": "reject", "input_text": "CANARY text key-1", "created_at": GO_TIME}
        self.add("guardrail_events", **row | changes)

    def usage(self, number: int = 5, **changes: Any) -> None:
        row = {"id": uuid(number), "api_key_id": uuid(2), "provider_id": uuid(1), "model": "a-model"}
        row |= {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18, "created_at": GO_TIME}
        self.add("usage", **row | changes)

    def one_of_each(self) -> None:
        self.provider()
        self.key()
        self.rule()
        self.event()
        self.usage()

    def close(self) -> Path:
        """Close well: the log goes back into the file."""
        self._connection.close()
        return self.path

    def files(self) -> dict[str, tuple[bytes, int]]:
        """Everything in the file's folder, with its time of change."""
        return {
            entry.name: (entry.read_bytes(), entry.stat().st_mtime_ns) for entry in sorted(self.path.parent.iterdir())
        }


def crashed(database: GoDatabase, folder: Path) -> Path:
    """Return a copy as a killed Go program leaves it: a file and a ``-wal`` that holds the rows."""
    folder.mkdir()
    for suffix in ("", "-wal"):
        shutil.copy(f"{database.path}{suffix}", folder)
    with closing(sqlite3.connect(f"file:{folder / database.path.name}?immutable=1", uri=True)) as alone:
        assert not alone.execute("SELECT name FROM sqlite_master").fetchall(), "the rows are in the log alone"
    return folder / database.path.name
