"""One database: a thread that writes, a few that read, and the door where the driver's errors get our names."""

import asyncio
import queue
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from threading import Thread
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from llm_proxy.errors import Conflict, ProxyError, StoreUnavailable
from llm_proxy.store import sqlite

T = TypeVar("T")

# Jobs in one commit: bounds how long the first of them waits.
_MOST_JOBS = 256


def renamed(exc: Exception) -> Exception:
    """Return ``exc`` in our words: a broken constraint is a Conflict, any other database failure StoreUnavailable."""
    if not isinstance(exc, SQLAlchemyError):
        return exc
    ours: ProxyError = Conflict() if isinstance(exc, IntegrityError) else unavailable(exc)
    ours.__cause__ = exc
    return ours


def unavailable(exc: Exception) -> StoreUnavailable:
    """Return what tells an operator SQLite's name of the failure (``SQLITE_FULL``), and nothing of the data."""
    name = getattr(getattr(exc, "orig", None), "sqlite_errorname", exc.__class__.__name__)
    ours = StoreUnavailable(f"The database cannot be used now ({name}). Try again shortly.")
    ours.__cause__ = exc
    return ours


class _Job(Generic[T]):
    """One caller's function, and the future it waits for."""

    def __init__(self, fn: Callable[[Connection], T]) -> None:
        self.future: Future[T] = Future()
        self._fn = fn
        self._result: T | None = None
        self._error: Exception | None = None

    def run(self, connection: Connection) -> None:
        """Run in a savepoint of its own, so that a failure undoes this job and no other."""
        savepoint = connection.begin_nested()
        try:
            self._result = self._fn(connection)
            savepoint.commit()
        except Exception as exc:  # the writer's loop: what a job raises belongs to whoever waits for it
            self._error = exc
            if not sqlite.in_transaction(connection):  # the whole transaction went with it, the other jobs' work too
                raise unavailable(exc) from exc
            savepoint.rollback()

    def settle(self, failure: Exception | None) -> None:
        """Tell the caller, now that the commit succeeded or ``failure`` came instead."""
        error = failure if self._error is None else renamed(self._error)
        if error is not None:
            self.future.set_exception(error)
        else:
            self.future.set_result(self._result)  # type: ignore[arg-type]  # without an error ``run`` left a T


class Database:
    """Runs functions on connections. ``write`` and ``read`` belong to the event loop; what they run does not."""

    def __init__(self, opened: sqlite.Opened) -> None:
        self._path = opened.path
        self._writer = opened.writer
        self._reader = opened.reader
        self._closed = False
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._readers = ThreadPoolExecutor(sqlite.READERS, thread_name_prefix="store-reader")
        # A daemon: a process that dies without closing must not hang on a thread that waits for work.
        self._thread = Thread(target=self._serve, name="store-writer", daemon=True)
        self._thread.start()

    async def write(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` in a transaction and return its result when that is durable.

        Calls that wait at the same time share one commit. What ``fn`` raises is raised here, and nothing it did stays.
        Raises StoreUnavailable when the database cannot be written. A cancelled caller may find its change made.
        """
        if self._closed:
            raise StoreUnavailable
        job = _Job(fn)
        self._jobs.put(job)
        return await asyncio.wrap_future(job.future)

    async def read(self, fn: Callable[[Connection], T]) -> T:
        """Run ``fn`` on one consistent state of the database; raises StoreUnavailable when it cannot be read."""
        if self._closed:
            raise StoreUnavailable
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, fn)

    async def close(self) -> None:
        """Finish the writes that wait, then close every connection. Later calls raise StoreUnavailable."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._stop)

    def size_bytes(self) -> int:
        """Return what the database takes on the disk, its write-ahead log included."""
        files = (self._path, Path(f"{self._path}-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def _stop(self) -> None:
        self._thread.join()
        self._readers.shutdown()
        self._reader.dispose()
        self._writer.dispose()  # the last connection to close writes the log back into the file

    def _read(self, fn: Callable[[Connection], T]) -> T:
        try:
            with self._reader.begin() as connection:
                return fn(connection)
        except SQLAlchemyError as exc:
            raise renamed(exc) from exc

    def _serve(self) -> None:
        """The writer's loop."""
        while (job := self._jobs.get()) is not None:
            if job.future.set_running_or_notify_cancel():
                self._commit(job)

    def _commit(self, first: _Job[Any]) -> None:
        """Run ``first`` and whatever else waits in one transaction. Another process's lock is waited for in BEGIN."""
        batch: list[_Job[Any]] = []
        failure: Exception | None = None
        try:
            with self._writer.begin() as connection:
                batch = [first, *self._waiting()]
                for job in batch:
                    job.run(connection)
        except SQLAlchemyError as exc:
            failure = unavailable(exc)
        except StoreUnavailable as exc:
            failure = exc
        # No transaction to be had for the whole timeout: nobody who waits by now is made to wait for it again.
        for job in batch or [first, *self._waiting()]:
            job.settle(failure)

    def _waiting(self) -> list[_Job[Any]]:
        jobs: list[_Job[Any]] = []
        while len(jobs) < _MOST_JOBS and not self._jobs.empty():
            job = self._jobs.get()  # never blocks: this thread is the only one that takes
            if job is None:
                self._jobs.put(None)  # nothing follows a stop, so its place is still the end
                break
            if job.future.set_running_or_notify_cancel():
                jobs.append(job)
        return jobs
