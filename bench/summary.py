"""What a summary of a month costs: a million calls rolled up, then asked for through the HTTP route, in process.

Run it with ``.venv/bin/python bench/summary.py [rows]``. Times are of this machine: compare the ratios.
"""

import asyncio
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
from rich.console import Console
from rich.table import Table

from llm_proxy.directory import StoreDirectory
from llm_proxy.store import Store
from llm_proxy.web.admin import AdminServices, create_admin

DAYS, KEYS, PROVIDERS, MODELS = 30, 20, 4, 8
EVENTS, ROUNDS = 20_000, 5
HOUR_US = 3_600_000_000
STATUSES = ("ok",) * 95 + ("cancelled",) * 2 + ("error",) * 3


def main() -> None:
    """Seed, roll up, ask; print what each took."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder) / "gateway.db", calls, Console(width=110)))


async def measure(path: Path, calls: int, console: Console) -> None:
    store = await Store.open(str(path), None)
    await store.close()
    now = datetime.now(UTC)
    seeded_s = seed(path, calls, now)
    store = await Store.open(str(path), None)
    size_mb = store.size_bytes() / 1e6
    console.print(f"{calls} calls, {EVENTS} events over {DAYS} days: {size_mb:.0f} MB, written in {seeded_s:.1f} s")
    directory = StoreDirectory(store.snapshot, store.revision)
    transport = httpx2.ASGITransport(create_admin(AdminServices(store, directory)))
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway", timeout=600) as client:
        cold_ms, *_ = await asked(client, {"group_by": "key", "bucket": "day"} | last(now, days=DAYS))
        console.print(f"30 days by day before anything is rolled up: {cold_ms:.0f} ms")
        console.print(await rolled_up(store, now))
        console.print(f"database then: {store.size_bytes() / 1e6:.0f} MB")
        console.print(await table(client, now))
    await store.close()


def seed(path: Path, calls: int, now: datetime) -> float:
    """Write the rows past the program, triggers and all."""
    chance = random.Random(7)
    end = int(now.timestamp() * 1e6)
    start = end - DAYS * 24 * HOUR_US
    started = time.perf_counter()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous = OFF")
    marks = ",".join("?" * 18)
    connection.executemany(f"INSERT INTO usage VALUES ({marks})", usage(chance, calls, start, end))
    columns = (
        "id, guardrail_id, api_key_id, pattern, mode, action, call_id, endpoint, place, spans, text_sealed, created_at,"
        " provider_id, model"
    )
    marks = ",".join("?" * 14)
    connection.executemany(f"INSERT INTO guardrail_events ({columns}) VALUES ({marks})", events(chance, start, end))
    connection.commit()
    connection.close()
    return time.perf_counter() - started


def named(kind: int, number: int) -> str:
    return str(UUID(int=kind << 64 | number))


def usage(chance: random.Random, calls: int, start: int, end: int) -> Iterator[tuple[Any, ...]]:
    for number in range(calls):
        key = min(int(chance.expovariate(0.2)), KEYS - 1)
        prompt, completion = int(chance.lognormvariate(6, 1)), int(chance.lognormvariate(5, 1))
        status = chance.choice(STATUSES)
        first_byte = chance.lognormvariate(5.5, 0.6)
        yield (
            named(1, number), named(2, key), named(3, key % PROVIDERS), "chat/completions",
            f"model-{chance.randrange(MODELS)}", prompt, completion, prompt + completion, prompt // 3, completion // 5,
            "provider", status, 502 if status == "error" else 200, True, True,
            start + (end - start) * number // calls, first_byte + chance.lognormvariate(7, 0.8),
            None if status == "error" else first_byte,
        )  # fmt: skip


def events(chance: random.Random, start: int, end: int) -> Iterator[tuple[Any, ...]]:
    for number in range(EVENTS):
        key = chance.randrange(KEYS)
        mode, action = chance.choice((("reject", "rejected"), ("replace", "replaced")))
        yield (
            named(4, number), named(5, number % 9), named(2, key), "secret", mode, action, named(6, number // 2),
            "chat/completions", "messages[0].content", "[[0,6]]", b"x" * 60, start + (end - start) * number // EVENTS,
            named(3, key % PROVIDERS), "model-1",
        )  # fmt: skip


async def rolled_up(store: Store, now: datetime) -> str:
    """Roll everything up, and say how long it took and what the writer was kept busy with."""
    transactions: list[float] = []
    write = store.database.write

    async def timed(fn: Callable[[object], object]) -> object:
        def job(connection: object) -> object:
            began = time.perf_counter()
            try:
                return fn(connection)
            finally:
                transactions.append((time.perf_counter() - began) * 1e3)

        return await write(job)

    store.database.write = timed  # type: ignore[method-assign,assignment]
    steps = []
    started, cpu, began = time.perf_counter(), time.process_time(), time.perf_counter()
    while await store.rollups.advance(now):
        steps.append((time.perf_counter() - began) * 1e3)
        began = time.perf_counter()
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    store.database.write = write  # type: ignore[method-assign]
    return (
        f"rolled up in {took:.1f} s ({cpu:.1f} s of the processor): {len(steps)} steps, "
        f"the longest {max(steps):.0f} ms; {len(transactions)} transactions, the longest {max(transactions):.0f} ms, "
        f"the median {statistics.median(transactions):.0f} ms"
    )


def last(now: datetime, **length: int) -> dict[str, str]:
    return {"start": (now - timedelta(**length)).isoformat(), "end": now.isoformat()}


async def asked(client: httpx2.AsyncClient, wanted: dict[str, str]) -> tuple[float, float, int]:
    """Return the time and the processor's time in ms, and the size of the answer."""
    started, cpu = time.perf_counter(), time.process_time()
    answer = await client.get("/admin/usage/summary", params=wanted)
    took, cpu = time.perf_counter() - started, time.process_time() - cpu
    assert answer.status_code == 200, answer.text
    return took * 1e3, cpu * 1e3, len(answer.content)


async def table(client: httpx2.AsyncClient, now: datetime) -> Table:
    """Ask for each range and dimension some times."""
    table = Table("range", "by", "group_by", "best ms", "median ms", "best processor ms", "answer kB")
    ranges = (
        ("30 days", "day", {"days": 30}),
        ("30 days", "hour", {"days": 30}),
        ("24 hours", "hour", {"hours": 24}),
        ("1 hour", "minute", {"hours": 1}),
    )
    for title, bucket, length in ranges:
        for dimension in ("key", "provider", "model", "status"):
            wanted = last(now, **length) | {"bucket": bucket, "group_by": dimension}
            rounds = [await asked(client, wanted) for _ in range(ROUNDS)]
            took, cpu, size = zip(*rounds, strict=True)
            figures = (min(took), statistics.median(took), min(cpu), size[0] / 1e3)
            table.add_row(title, bucket, dimension, *(f"{figure:.0f}" for figure in figures))
    return table


if __name__ == "__main__":
    main()
