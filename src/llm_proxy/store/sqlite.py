"""What is particular to SQLite: where the file is, how connections are set up, and what is refused at the door.

Facts about SQLite are from https://www.sqlite.org/wal.html, /pragma.html and /lang_transaction.html.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from llm_proxy.errors import StoreError
from llm_proxy.records import Secret
from llm_proxy.store.chain import Chain
from llm_proxy.store.files import drafted
from llm_proxy.store.migrations import CHAINED, VERSION_TABLE, upgrade
from llm_proxy.store.seal import Sealer, create_sealer, open_sealer

VERSION = sqlite3.sqlite_version
READERS = 4
_MAGIC = b"SQLite format 3\0"

_WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",  # readers go on while the writer writes
    "PRAGMA synchronous = FULL",  # a commit is on the disk when it returns
    "PRAGMA journal_size_limit = 67108864",
)
_READER_PRAGMAS = ("PRAGMA query_only = ON",)


@dataclass(frozen=True, slots=True)
class Opened:
    """A database that was checked, brought to this release's schema and unlocked."""

    path: Path
    writer: Engine
    reader: Engine
    sealer: Sealer


def locate(dsn: str) -> Path:
    """Return the file that a DSN names: a path, or ``sqlite:///path``. Raises StoreError for anything else."""
    scheme, separator, rest = dsn.partition("://")
    if not separator:
        path = dsn
    elif scheme == "sqlite":
        path = rest.removeprefix("/") if rest.startswith("/") and "?" not in rest else ""  # no options are known
    elif scheme.partition("+")[0] in {"postgres", "postgresql"}:
        raise StoreError(
            "DSN names a PostgreSQL database: this release does not support it yet. Use the path of a SQLite file."
        )
    else:
        raise StoreError(f"DSN: {scheme}:// is not supported. Use the path of a SQLite file.")
    if not Path(path).name or path.startswith((":memory:", "file:")) or "\0" in path:
        raise StoreError(
            "DSN must be the path of a SQLite file (llm-proxy.db, /data/llm-proxy.db or sqlite:///llm-proxy.db)."
        )
    return Path(path)


def open_file(path: Path, secret_key: Secret | None, busy_timeout_ms: int) -> Opened:
    """Open the database at ``path``, made first when there is none; raises StoreError when that fails."""
    key_file = path.with_name(path.name + ".key")
    try:
        if not path.exists():
            _create(path, secret_key, key_file)
        _refuse_other_files(path)
        _refuse_damaged(path, busy_timeout_ms)
        writer = _engine(path, "BEGIN IMMEDIATE", busy_timeout_ms)
        try:
            with writer.begin() as connection:
                sealer = _upgraded(connection, secret_key, key_file)
        except BaseException:
            writer.dispose()
            raise
    except SQLAlchemyError as exc:
        raise StoreError(f"The database {path} cannot be used: {_reason(exc)}.") from exc
    except OSError as exc:
        raise StoreError(f"The database {path} cannot be used: {exc.strerror}.") from exc
    return Opened(path, writer, _engine(path, "BEGIN", busy_timeout_ms), sealer)


def in_transaction(connection: Connection) -> bool:
    """Say whether SQLite still holds the transaction open: on some errors (full, I/O) it rolls back by itself."""
    return bool(getattr(connection.connection.dbapi_connection, "in_transaction", False))


def _reason(exc: SQLAlchemyError) -> str:
    return str(getattr(exc, "orig", None) or exc.__class__.__name__)


def _engine(path: Path, begin: Literal["BEGIN", "BEGIN IMMEDIATE"], busy_timeout_ms: int) -> Engine:
    """One writing connection, or a few reading ones. None ever creates a file: a database that is gone is an error."""
    writes = begin == "BEGIN IMMEDIATE"
    uri = f"{path.absolute().as_uri()}?mode=rw"

    def connect() -> sqlite3.Connection:
        timeout_s = busy_timeout_ms / 1000
        return sqlite3.connect(uri, uri=True, timeout=timeout_s, isolation_level=None, check_same_thread=False)

    def set_up(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:  # noqa: ARG001 (SQLAlchemy's signature)
        cursor = connection.cursor()
        for pragma in ("PRAGMA foreign_keys = ON", *(_WRITER_PRAGMAS if writes else _READER_PRAGMAS)):
            cursor.execute(pragma)
        cursor.close()

    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    # The driver's own BEGIN is off (isolation_level None): it comes too late for SELECT, DDL and SAVEPOINT.
    size = 1 if writes else READERS
    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=QueuePool, pool_size=size, max_overflow=0)
    event.listen(engine, "connect", set_up)
    event.listen(engine, "begin", start)
    return engine


def _upgraded(connection: Connection, secret_key: Secret | None, key_file: Path) -> Sealer:
    """Bring the schema to this release's. Events are chained once, with the upgrade: what is unchained later was."""
    before = upgrade(connection)
    sealer = open_sealer(connection, secret_key, key_file)
    if before < CHAINED:
        Chain(sealer.derived("audit chain")).begin(connection)
    return sealer


def _create(path: Path, secret_key: Secret | None, key_file: Path) -> None:
    """Make the database under another name; it gets its own when complete, so a killed start leaves none half made."""
    if not path.parent.is_dir():
        raise StoreError(f"The folder {path.parent} does not exist: create it, or point DSN elsewhere.")
    for left in (Path(f"{path}-wal"), Path(f"{path}-journal")):
        if left.exists() and left.stat().st_size:
            raise StoreError(
                f"The database {path} is missing, but {left.name} is there: restore the one, or move the other away."
            )
    with drafted(path) as draft:
        engine = _engine(draft, "BEGIN IMMEDIATE", 1000)
        try:
            with engine.begin() as connection:
                upgrade(connection)
                sealer = create_sealer(connection, secret_key, key_file)
                Chain(sealer.derived("audit chain")).begin(connection)
        finally:
            engine.dispose()


def _refuse_other_files(path: Path) -> None:
    if path.is_dir():
        raise StoreError(f"The database {path} is a folder: point DSN at a file.")
    with path.open("r+b") as file:  # writable too, before anything is tried
        head = file.read(len(_MAGIC))
    if not head:
        raise StoreError(f"The database {path} is empty (0 bytes): restore a backup, or remove the file to start anew.")
    if head != _MAGIC:
        raise StoreError(f"The file {path} is not a SQLite database.")


def _refuse_damaged(path: Path, busy_timeout_ms: int) -> None:
    """Read the whole file once (about a second a gigabyte): a damaged page is found now, not when a call needs it."""
    reader = _engine(path, "BEGIN", busy_timeout_ms)
    try:
        with reader.begin() as connection:
            report = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
            tables = set(inspect(connection).get_table_names())
    finally:
        reader.dispose()
    if report != "ok":
        raise StoreError(f"The database {path} is damaged ({report}): restore a backup.")
    if VERSION_TABLE in tables:
        return
    if {"api_keys", "guardrails"} <= tables:
        raise StoreError(
            f"The database {path} is one of the Go program: start with a new DSN, "
            f"then bring it over with 'llm-proxy import {path}'."
        )
    raise StoreError(f"The SQLite database {path} is not one of LLM Proxy: point DSN elsewhere.")
