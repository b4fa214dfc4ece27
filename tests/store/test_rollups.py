"""Roll-ups are true or marked stale, whoever changes what in between."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, delete, func, select, update
from structlog.testing import capture_logs

from llm_proxy.errors import StoreUnavailable
from llm_proxy.store import Store, migrations
from llm_proxy.store import rollups as module
from llm_proxy.store.schema import guardrail_events, limited_calls, rollups, stale_periods, usage
from llm_proxy.store.usage import Usage
from tests.store.conftest import NOON, OpenStore, a_record, an_event
from tests.store.summary_rows import MIDNIGHT, name, roll_up

HOUR = timedelta(hours=1)
LATER = MIDNIGHT + timedelta(days=3)


async def marks(store: Store) -> set[tuple[str, Any]]:
    query = select(stale_periods.c.period, stale_periods.c.start)
    return await store.database.read(lambda connection: {(row.period, row.start) for row in connection.execute(query)})


async def calls(store: Store, period: str = "hour", dimension: str = "all") -> int:
    query = select(func.coalesce(func.sum(rollups.c.calls), 0))
    query = query.where(rollups.c.period == period, rollups.c.dimension == dimension)
    return await store.database.read(lambda connection: connection.execute(query).scalar_one())


CHANGES = [
    (usage, usage.c.created_at),
    (guardrail_events, guardrail_events.c.created_at),
    (limited_calls, limited_calls.c.minute),
]


@pytest.mark.parametrize(("table", "time"), CHANGES, ids=str)
async def test_every_change_of_what_is_summed_marks_the_hours_it_touches(store: Store, table: Any, time: Any) -> None:
    noon, row_time = NOON.replace(minute=0, second=0, microsecond=0), NOON.replace(second=0, microsecond=0)
    await store.usage.append([a_record(created_at=row_time)])
    await store.events.append([an_event(created_at=row_time)])
    await store.limited.add({(row_time, name(2, 1), name(3, 1)): 1})
    assert await marks(store) == {("hour", noon)}
    await roll_up(store, NOON + timedelta(days=2))
    assert await marks(store) == set()
    await store.database.write(lambda connection: connection.execute(update(table).values({time: row_time + HOUR})))
    assert await marks(store) == {("hour", noon), ("hour", noon + HOUR)}
    await roll_up(store, NOON + timedelta(days=2))
    await store.database.write(lambda connection: connection.execute(delete(table)))
    assert await marks(store) == {("hour", noon + HOUR)}


async def test_an_hour_that_is_not_over_is_left_alone_and_so_is_its_day(store: Store) -> None:
    await store.usage.append([a_record(created_at=MIDNIGHT + 22 * HOUR), a_record(created_at=MIDNIGHT + 23 * HOUR)])
    await roll_up(store, MIDNIGHT + 24 * HOUR)
    assert await marks(store) == {("hour", MIDNIGHT + 23 * HOUR), ("day", MIDNIGHT)}
    assert (await calls(store), await calls(store, "day")) == (1, 0)
    await roll_up(store, LATER)
    assert await marks(store) == set()
    assert (await calls(store), await calls(store, "day")) == (2, 2)


async def test_what_comes_while_an_hour_is_rolled_up_leaves_it_stale(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.usage.append([a_record(created_at=MIDNIGHT)])
    read = store.database.read

    async def read_and_be_late(fn: Any) -> Any:
        found = await read(fn)
        monkeypatch.undo()
        await store.usage.append([a_record(created_at=MIDNIGHT)])
        return found

    monkeypatch.setattr(store.database, "read", read_and_be_late)
    assert await store.rollups.advance(LATER) == 0
    assert await marks(store) == {("hour", MIDNIGHT)}
    assert await calls(store) == 0
    await roll_up(store, LATER)
    assert (await calls(store), await calls(store, "day")) == (2, 2)


async def test_a_day_whose_hour_changes_while_it_is_rolled_up_stays_stale(
    store: Store, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = await open_store()
    await store.usage.append([a_record(created_at=MIDNIGHT)])
    await store.rollups.advance(LATER)
    read = store.database.read

    async def read_and_be_late(fn: Any) -> Any:
        found = await read(fn)
        if found:
            monkeypatch.undo()
            await other.usage.append([a_record(created_at=MIDNIGHT)])
            await other.rollups.advance(LATER)
        return found

    monkeypatch.setattr(store.database, "read", read_and_be_late)
    await store.rollups.advance(LATER)
    assert await marks(store) == {("day", MIDNIGHT)}
    assert await calls(store, "day") == 0
    await roll_up(store, LATER)
    assert await calls(store, "day") == 2


async def test_two_processes_that_roll_up_at_once_agree(store: Store, open_store: OpenStore) -> None:
    other = await open_store()
    await store.usage.append([a_record(created_at=MIDNIGHT + hour * HOUR) for hour in range(48)])
    await asyncio.gather(roll_up(store, LATER), roll_up(other, LATER))
    await roll_up(store, LATER)
    assert await marks(store) == set()
    assert [await calls(store, period, each) for period in ("hour", "day") for each in ("all", "key", "status")] == [
        48
    ] * 6


async def test_a_transaction_writes_a_bounded_number_of_rows(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_ROWS", 12)
    await store.usage.append([a_record(created_at=MIDNIGHT + hour * HOUR) for hour in range(5)])
    sizes: list[int] = []
    replace = module._replace

    def counted(connection: Connection, periods: Any) -> int:
        sizes.append(sum(len(period.sums) for period in periods))
        return replace(connection, periods)

    monkeypatch.setattr(module, "_replace", counted)
    await store.rollups.advance(LATER)
    assert sizes == [10, 10, 5]  # five dimensions of each hour
    assert await calls(store) == 5


async def test_a_step_reads_a_bounded_number_of_calls_but_an_hour_at_least(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_CALLS", 3)
    for hour, number in enumerate((5, 1, 2)):
        await store.usage.append([a_record(created_at=MIDNIGHT + hour * HOUR) for _ in range(number)])
    assert [await store.rollups.advance(LATER) for _ in range(4)] == [2, 1, 1, 0]


async def test_what_is_stale_is_rolled_up_by_itself_and_a_failure_is_told_once(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pause in ("_FIRST_S", "_STEP_S", "_EVERY_S"):
        monkeypatch.setattr(module, pause, 0.001)
    await store.usage.append([a_record(created_at=MIDNIGHT)])
    advance, failures = store.rollups.advance, [StoreUnavailable(), StoreUnavailable()]

    async def fail_twice(now: Any) -> int:
        if failures:
            raise failures.pop()
        return await advance(now)

    monkeypatch.setattr(store.rollups, "advance", fail_twice)
    with capture_logs() as logs:
        keeping = asyncio.create_task(store.rollups.keep_up())
        async with asyncio.timeout(10):
            while await calls(store, "day") == 0:
                await asyncio.sleep(0.01)
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert [entry["event"] for entry in logs] == ["rollup.delayed"]


async def test_what_an_earlier_release_wrote_awaits_its_sums(path: Path) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    engine = create_engine(f"sqlite:///{path}")
    times = (MIDNIGHT, MIDNIGHT + timedelta(minutes=59), MIDNIGHT + HOUR, datetime(1969, 12, 31, 23, 30, tzinfo=UTC))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        for time in times:
            Usage(None).add(connection, [a_record(created_at=time)], final=True)  # type: ignore[arg-type]
        migrations.upgrade(connection)
        marked = connection.execute(select(stale_periods.c.period, stale_periods.c.start)).all()
    engine.dispose()
    hours = (MIDNIGHT, MIDNIGHT + HOUR, datetime(1969, 12, 31, 23, tzinfo=UTC))
    assert sorted(tuple(row) for row in marked) == sorted(("hour", hour) for hour in hours)
