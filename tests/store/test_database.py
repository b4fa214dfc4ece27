import asyncio
import sqlite3
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from llm_proxy.errors import BadRequest, Conflict, StoreUnavailable
from llm_proxy.store import Store, meta
from llm_proxy.store.database import renamed
from tests.store.conftest import OpenStore


def put(name: str):
    return lambda connection: meta.put(connection, name, name)


async def names(store: Store) -> set[str]:
    query = text("SELECT name FROM meta WHERE name LIKE 'job%'")
    return set(await store.database.read(lambda connection: connection.scalars(query).all()))


class Gate:
    """A job that holds the writer until it is opened, so that others pile up behind it."""

    def __init__(self) -> None:
        self.opened = threading.Event()

    def __call__(self, connection: Connection) -> None:
        assert self.opened.wait(10)


async def behind_a_gate(store: Store, *jobs) -> list[object]:
    """Run the jobs so that they wait together, and return their results or exceptions."""
    gate = Gate()
    first = asyncio.create_task(store.database.write(gate))
    await asyncio.sleep(0.02)
    waiting = [asyncio.create_task(store.database.write(job)) for job in jobs]
    await asyncio.sleep(0.02)
    gate.opened.set()
    await first
    return await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_write_returns_what_its_function_returns(store: Store) -> None:
    assert await store.database.write(lambda connection: connection.scalar(text("SELECT 41 + 1"))) == 42


async def test_jobs_that_wait_together_share_one_transaction(store: Store) -> None:
    seen: list[object] = []

    def job(connection: Connection) -> None:
        seen.append(connection.get_transaction())

    await behind_a_gate(store, *[job] * 20)
    assert len(seen) == 20
    assert len({id(transaction) for transaction in seen}) == 1


async def test_a_failing_job_fails_alone(store: Store) -> None:
    def stumble(connection: Connection) -> None:
        meta.put(connection, "job stumbled", "")
        raise BadRequest("no", param="name")

    results = await behind_a_gate(store, put("job 1"), stumble, put("job 2"))
    assert [type(result) for result in results] == [type(None), BadRequest, type(None)]
    assert await names(store) == {"job 1", "job 2"}


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELECT * FROM nothing", StoreUnavailable),
        ("INSERT INTO meta (name) VALUES (NULL)", Conflict),
        ("INSERT INTO keys VALUES ('1', 'n', 'd', '', 'nobody', 0, 0, NULL)", Conflict),
    ],
)
async def test_the_drivers_errors_get_our_names_and_fail_alone(
    store: Store, statement: str, error: type[Exception]
) -> None:
    results = await behind_a_gate(store, put("job 1"), lambda connection: connection.execute(text(statement)))
    assert results[0] is None
    assert type(results[1]) is error
    assert isinstance(results[1].__cause__, Exception)
    assert await names(store) == {"job 1"}


async def test_a_job_that_loses_the_transaction_fails_all_of_it(store: Store) -> None:
    def lose(connection: Connection) -> None:
        connection.exec_driver_sql("ROLLBACK")  # as SQLite does by itself on some I/O errors

    results = await behind_a_gate(store, put("job 1"), lose, put("job 2"))
    assert [type(result) for result in results] == [StoreUnavailable] * 3
    assert await names(store) == set()
    await store.database.write(put("job 3"))
    assert await names(store) == {"job 3"}


async def test_a_failing_commit_fails_every_job(store: Store) -> None:
    def break_a_promise(connection: Connection) -> None:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # the broken key is found at the commit
        connection.exec_driver_sql("INSERT INTO keys VALUES ('1', 'n', 'd', '', 'nobody', 0, 0, NULL)")

    results = await behind_a_gate(store, put("job 1"), break_a_promise, put("job 2"))
    assert [type(result) for result in results] == [StoreUnavailable] * 3
    assert await names(store) == set()
    await store.database.write(put("job 3"))
    assert await names(store) == {"job 3"}


async def test_D26_200_parallel_writes_all_succeed(store: Store) -> None:
    await asyncio.gather(*(store.database.write(put(f"job {number}")) for number in range(200)))
    assert len(await names(store)) == 200


async def test_a_cancelled_caller_harms_nobody(store: Store) -> None:
    gate = Gate()
    first = asyncio.create_task(store.database.write(gate))
    await asyncio.sleep(0.02)
    left, stayed = (asyncio.create_task(store.database.write(put(name))) for name in ("job left", "job stayed"))
    await asyncio.sleep(0.02)
    left.cancel()
    await asyncio.sleep(0)
    gate.opened.set()
    await asyncio.gather(first, stayed)
    assert left.cancelled()
    assert await names(store) == {"job stayed"}


async def test_the_event_loop_runs_on_while_the_database_works(store: Store) -> None:
    def work(connection: Connection) -> None:
        time.sleep(0.2)

    longest = 0.0
    waiting = asyncio.gather(store.database.write(work), store.database.read(work))
    while not waiting.done():
        before = time.monotonic()
        await asyncio.sleep(0.001)
        longest = max(longest, time.monotonic() - before)
    assert longest < 0.15


async def test_a_read_sees_one_state_however_long_it_takes(store: Store) -> None:
    begun, written = threading.Event(), threading.Event()

    def twice(connection: Connection) -> tuple[int, int]:
        first = meta.revision(connection)
        begun.set()
        assert written.wait(10)
        return first, meta.revision(connection)

    reading = asyncio.create_task(store.database.read(twice))
    await asyncio.to_thread(begun.wait, 10)
    await store.database.write(meta.bump_revision)
    written.set()
    assert await reading == (0, 0)
    assert await store.revision() == 1


async def test_a_read_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await store.database.read(put("job 1"))
    assert await names(store) == set()


async def test_D04_a_lock_by_another_process_is_an_error_within_the_timeout_and_then_over(
    open_store: OpenStore, path: Path
) -> None:
    store = await open_store(busy_timeout_ms=300)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    started = time.monotonic()
    results = await asyncio.gather(
        store.ping(), *(store.database.write(put("job")) for _ in range(20)), return_exceptions=True
    )
    waited = time.monotonic() - started
    assert [type(result) for result in results] == [StoreUnavailable] * 21
    assert 0.25 < waited < 2
    assert "SQLITE_BUSY" in str(results[0])
    assert await store.revision() == 0, "readers go on"
    other.execute("ROLLBACK")
    other.close()
    await store.database.write(put("job after"))
    assert await names(store) == {"job after"}


async def test_a_write_waits_for_a_short_lock(store: Store, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(0.2, lambda: other.execute("ROLLBACK"))
    release.start()
    await store.database.write(put("job"))
    release.join()
    other.close()
    assert await names(store) == {"job"}


async def test_D05_a_full_disk_is_an_error_and_heals(store: Store) -> None:
    def limit(pages: int):
        return lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalar()

    size = await store.database.write(limit(1))  # SQLite answers with the pages there are
    big = lambda connection: meta.put(connection, "job big", "x" * 500_000)  # noqa: E731
    results = await behind_a_gate(store, put("job small"), big)
    assert type(results[1]) is StoreUnavailable
    assert "SQLITE_FULL" in str(results[1])
    stored = await names(store)
    assert stored == ({"job small"} if results[0] is None else set()), "what was promised is there, and nothing else"
    await store.database.write(limit(size + 10_000))
    await store.database.write(big)
    assert "job big" in await names(store)
    assert await store.database.read(lambda c: c.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"


async def test_closing_finishes_what_waits_and_refuses_what_comes_later(store: Store, path: Path) -> None:
    gate = Gate()
    first = asyncio.create_task(store.database.write(gate))
    waiting = [asyncio.create_task(store.database.write(put(f"job {number}"))) for number in range(300)]
    await asyncio.sleep(0.02)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0.02)
    for refused in (store.ping(), store.revision()):
        with pytest.raises(StoreUnavailable):
            await refused
    gate.opened.set()
    await asyncio.gather(first, closing, *waiting)
    await store.close()
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM meta WHERE name LIKE 'job%'").fetchone() == (300,)
    connection.close()
    assert not path.with_name(f"{path.name}-wal").exists(), "the log is back in the file"


async def test_the_size_counts_the_log(store: Store, path: Path) -> None:
    await store.database.write(lambda connection: meta.put(connection, "big", "x" * 300_000))
    assert store.size_bytes() > path.stat().st_size + 300_000


def test_the_cause_of_an_error_is_kept() -> None:
    fault = OperationalError("SELECT", {}, sqlite3.OperationalError("disk I/O error"))
    ours = renamed(fault)
    assert isinstance(ours, StoreUnavailable)
    assert ours.__cause__ is fault
    assert str(ours) == "The database cannot be used now (OperationalError). Try again shortly."
