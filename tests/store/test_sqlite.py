import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from llm_proxy.errors import StoreError
from llm_proxy.store import Store
from llm_proxy.store.sqlite import _engine, locate
from tests.store.conftest import OpenStore


@pytest.mark.parametrize(
    ("dsn", "path"),
    [
        ("llm-proxy.db", "llm-proxy.db"),
        ("/data/llm-proxy.db", "/data/llm-proxy.db"),
        ("a folder/ü?#.db", "a folder/ü?#.db"),
        ("sqlite:///llm-proxy.db", "llm-proxy.db"),
        ("sqlite:////data/llm-proxy.db", "/data/llm-proxy.db"),
    ],
)
def test_a_dsn_names_a_file(dsn: str, path: str) -> None:
    assert locate(dsn) == Path(path)


@pytest.mark.parametrize(
    ("dsn", "reason"),
    [
        ("postgresql://user:hidden@db/llm", "PostgreSQL"),
        ("postgres://db/llm", "PostgreSQL"),
        ("postgresql+psycopg://db/llm", "PostgreSQL"),
        ("mysql://db/llm", "mysql://"),
        ("", "path of a SQLite file"),
        (":memory:", "path of a SQLite file"),
        ("sqlite://", "path of a SQLite file"),
        ("sqlite:///:memory:", "path of a SQLite file"),
        ("file:llm.db?mode=memory", "path of a SQLite file"),
        ("a\0b", "path of a SQLite file"),
        ("/", "path of a SQLite file"),
    ],
)
async def test_a_dsn_that_names_no_file_is_refused_without_repeating_it(dsn: str, reason: str) -> None:
    with pytest.raises(StoreError, match=reason) as caught:
        await Store.open(dsn, None)
    assert "hidden" not in str(caught.value)


async def test_a_name_with_odd_characters_works(tmp_path: Path) -> None:
    path = tmp_path / "a b?mode=memory#%41ü.db"
    await (await Store.open(str(path), None)).close()
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [path.name, f"{path.name}.key"]


async def test_every_file_is_private(store: Store, path: Path) -> None:
    await store.ping()
    assert {entry.name: oct(entry.stat().st_mode & 0o777) for entry in path.parent.iterdir()} == dict.fromkeys(
        (path.name, f"{path.name}-wal", f"{path.name}-shm", f"{path.name}.key"), "0o600"
    )


async def test_every_connection_is_set_up(store: Store) -> None:
    names = ("foreign_keys", "journal_mode", "synchronous", "busy_timeout", "query_only")

    def settings(connection) -> dict[str, object]:
        return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}

    common = {"foreign_keys": 1, "journal_mode": "wal", "busy_timeout": 5000}
    assert await store.database.write(settings) == common | {"synchronous": 2, "query_only": 0}
    assert await store.database.read(settings) == common | {"synchronous": 2, "query_only": 1}


@pytest.mark.parametrize("contents", [b"", b"not a database, but a text", b"SQLite format 3", b"\0" * 8192])
async def test_D08_a_file_that_is_no_database_is_refused_and_kept(
    open_store: OpenStore, path: Path, contents: bytes
) -> None:
    path.write_bytes(contents)
    with pytest.raises(StoreError, match=r"empty|not a SQLite database"):
        await open_store()
    assert path.read_bytes() == contents
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("dsn", ["/nowhere/at/all/llm-proxy.db", "/proc/llm-proxy.db", "/tmp", "/dev/null"])
async def test_D08_a_place_where_no_database_can_be_is_refused(dsn: str) -> None:
    with pytest.raises(StoreError, match=re.escape(str(Path(dsn).parent if "nowhere" in dsn else dsn))):
        await Store.open(dsn, None)


async def filled(open_store: OpenStore, path: Path) -> bytes:
    store = await open_store()
    for number in range(200):
        await store.guardrails.create(pattern=f"pattern {number} " + "x" * 500, mode="reject", replace_by="")
    await store.close()
    return path.read_bytes()


@pytest.mark.parametrize("page", [3, 20, -2])
async def test_D07_an_overwritten_page_refuses_the_start(open_store: OpenStore, path: Path, page: int) -> None:
    pages = await filled(open_store, path)
    at = (page if page > 0 else len(pages) // 4096 + page) * 4096
    path.write_bytes(pages[:at] + b"\xa5" * 4096 + pages[at + 4096 :])
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"damaged|malformed|cannot be used"):
        await open_store()
    assert path.read_bytes() == before


@pytest.mark.parametrize("kept", [16, 100, 4096, 40_960])
async def test_D07_a_truncated_file_refuses_the_start(open_store: OpenStore, path: Path, kept: int) -> None:
    pages = await filled(open_store, path)
    path.write_bytes(pages[:kept])
    with pytest.raises(StoreError, match=r"damaged|malformed|cannot be used|not a SQLite|not one of LLM Proxy"):
        await open_store()
    assert path.read_bytes() == pages[:kept]


async def test_D07_a_log_without_its_database_refuses_the_start(open_store: OpenStore, path: Path) -> None:
    path.with_name(f"{path.name}-wal").write_bytes(b"rows that are nowhere else")
    with pytest.raises(StoreError, match=r"missing, but llm-proxy\.db-wal is there"):
        await open_store()
    assert not path.exists()


@pytest.mark.parametrize(
    ("tables", "reason"),
    [(("notes",), "not one of LLM Proxy"), (("providers", "api_keys", "guardrails"), "llm-proxy import")],
)
async def test_a_database_of_another_program_is_refused_and_kept(
    open_store: OpenStore, path: Path, tables: tuple[str, ...], reason: str
) -> None:
    connection = sqlite3.connect(path)
    for table in tables:
        connection.execute(f"CREATE TABLE {table} (id TEXT)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match=reason):
        await open_store()
    assert path.read_bytes() == before


async def test_a_database_locked_by_another_process_is_refused_with_the_reason(
    open_store: OpenStore, path: Path
) -> None:
    await (await open_store()).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(StoreError, match="locked"):
            await open_store(busy_timeout_ms=50)
    finally:
        other.close()
    await (await open_store()).ping()


async def test_a_rollback_journal_database_is_turned_to_wal(open_store: OpenStore, path: Path) -> None:
    await (await open_store()).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.close()
    await (await open_store()).ping()
    assert path.with_name(f"{path.name}-wal").exists()


async def test_a_database_that_vanished_is_not_made_anew(open_store: OpenStore, path: Path) -> None:
    await (await open_store()).close()
    path.unlink()
    with pytest.raises(OperationalError, match="unable to open database file"):
        _engine(path, "BEGIN", 100).connect()
    assert not path.exists()


KILLED_STARTS = """
import asyncio, os, random, signal, sys, time
from llm_proxy.store import Store

path = sys.argv[1]
random.seed(7)
for number in range(20):
    child = os.fork()
    if not child:
        asyncio.run(Store.open(f"{path}-{number}", None))
        os._exit(0)
    time.sleep(random.uniform(0, 0.06))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    print(number, os.path.exists(f"{path}-{number}"))

async def reopen():
    for number in range(20):
        store = await Store.open(f"{path}-{number}", None)
        await store.ping()
        await store.close()

asyncio.run(reopen())
"""


def test_D14_a_first_start_killed_at_any_moment_can_be_repeated(path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED_STARTS, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "False" in done.stdout, "no start was killed early enough to mean anything"


RACING_STARTS = """
import asyncio, os, sys
from llm_proxy.records import Secret
from llm_proxy.store import Store

async def start(number):
    store = await Store.open(sys.argv[1], None)
    await store.providers.create(name=str(number), base_url="https://a", kind="openai", credential=Secret("c"))
    await store.close()

children = []
for number in range(6):
    child = os.fork()
    if not child:
        asyncio.run(start(number))
        os._exit(0)
    children.append(child)
sys.exit(any([os.waitpid(child, 0)[1] for child in children]))
"""


async def test_D11_processes_that_start_at_once_share_one_database_and_one_key(
    open_store: OpenStore, path: Path
) -> None:
    done = subprocess.run([sys.executable, "-c", RACING_STARTS, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    store = await open_store()
    assert {provider.name for provider in await store.providers.list()} == set("012345")
    assert not [entry for entry in path.parent.iterdir() if entry.name.endswith(".new")]
