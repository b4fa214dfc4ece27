import asyncio
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from llm_proxy.store import Store, audit, retention
from llm_proxy.store.summary import SummaryQuery
from tests.store.conftest import NOON, a_record, an_event

DAY = timedelta(days=1)


async def ages(store: Store, severity: str) -> list[int]:
    """Return how many days before noon the events of a severity were."""
    events, _ = await store.events.page(limit=1000)
    return [(NOON - event.created_at) // DAY for event in events if event.severity == severity]


async def fill(store: Store) -> None:
    for days in range(10):
        made = NOON - days * DAY
        await store.events.append([an_event(created_at=made, severity=each) for each in ("low", "high")])


async def test_each_severity_has_its_time(store: Store) -> None:
    await fill(store)
    assert await store.retention.purge({"low": 3, "high": 8}, NOON) == 7
    assert (await ages(store, "low"), await ages(store, "high")) == ([0, 1, 2, 3], [0, 1, 2, 3, 4, 5, 6, 7, 8])
    assert (await store.audit.verify()).is_whole
    assert await store.retention.purge({"low": 3, "high": 8}, NOON) == 0


async def test_what_is_not_named_is_kept(store: Store) -> None:
    await fill(store)
    assert await store.retention.purge({}, NOON + 1000 * DAY) == 0
    assert await store.retention.purge({"low": 1}, NOON + 1000 * DAY) == 10
    assert len(await ages(store, "high")) == 10
    assert (await store.audit.verify()).is_whole


@pytest.mark.parametrize("kept", [0, 1, 250])
async def test_many_go_in_several_transactions_and_leave_one_tombstone(store: Store, monkeypatch, kept: int) -> None:
    monkeypatch.setattr(retention, "_STEP_S", 0)
    old = [an_event(created_at=NOON - 40 * DAY + timedelta(microseconds=number)) for number in range(1000)]
    await store.events.append([*old, *(an_event() for _ in range(kept))])
    assert await store.retention.purge({"medium": 30}, NOON) == 1000
    report = await store.audit.verify()
    assert (report.is_whole, report.events, report.tombstones, report.removed) == (True, kept, 1, 1000)


async def test_what_was_summed_stays_summed(store: Store) -> None:
    made: datetime = NOON - 40 * DAY
    await store.usage.append([a_record(created_at=made)])
    await store.events.append([an_event(created_at=made), an_event(created_at=made, action="replaced")])
    while await store.rollups.advance(NOON):
        pass
    query = SummaryQuery(made - DAY, made + DAY, bucket="day")
    before = (await store.summaries.read(query)).totals
    assert before.sums[2:4] == [1, 1]
    assert await store.retention.purge({"medium": 30}, NOON) == 2
    while await store.rollups.advance(NOON):
        pass
    assert (await store.summaries.read(query)).totals == before


async def test_it_goes_on_for_ever_and_over_failures(
    store: Store, monkeypatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(retention, "_FIRST_S", 0)
    monkeypatch.setattr(retention, "_EVERY_S", 0.01)
    await store.events.append([an_event(created_at=NOON - 4000 * DAY)])

    def forbid(connection: Connection) -> None:
        connection.execute(
            text("CREATE TRIGGER no BEFORE DELETE ON guardrail_events BEGIN SELECT RAISE(ABORT, 'no'); END")
        )

    await store.database.write(forbid)
    chore = asyncio.create_task(store.retention.keep_up({"medium": 30}))
    await asyncio.sleep(0.1)
    await store.database.write(lambda connection: connection.execute(text("DROP TRIGGER no")) and None)
    told = ""
    async with asyncio.timeout(20):
        while "audit.purged" not in told:  # the row goes first, so it is not waited for
            await asyncio.sleep(0.01)
            told += capsys.readouterr().out
    chore.cancel()
    with suppress(asyncio.CancelledError):
        await chore
    assert (await store.events.page())[1] == 0
    assert "audit.checkpoint" in told


async def test_the_trail_is_whole_at_any_moment_while_events_come_and_go(store: Store, monkeypatch) -> None:
    monkeypatch.setattr(retention, "_STEP_S", 0)
    monkeypatch.setattr(retention, "_CHUNK", 7)
    monkeypatch.setattr(audit, "_CHUNK", 11)
    await store.events.append([an_event(created_at=NOON - 40 * DAY) for _ in range(400)])

    async def come() -> None:
        for _ in range(60):
            await store.events.append([an_event(), an_event(created_at=NOON - 50 * DAY)])

    async def go() -> None:
        for _ in range(3):
            await store.retention.purge({"medium": 30}, NOON)

    busy = asyncio.gather(come(), go())
    while not busy.done():
        assert (await store.audit.verify()).flaws == []
    await busy
    assert (await store.audit.verify()).is_whole
