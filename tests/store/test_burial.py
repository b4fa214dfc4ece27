"""Retention and deletion: what is too old goes, and its tombstones keep the chain whole."""

import random
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from llm_proxy.store import Store
from llm_proxy.store.burial import DELETED, RETENTION, bury
from llm_proxy.store.schema import audit_tombstones, event_fingerprints
from tests.store.conftest import an_event

MINE = "a" * 32


async def graves(store: Store) -> list[tuple[int, int, int, str]]:
    table = audit_tombstones.c
    query = select(table.first_seq, table.last_seq, table.events, table.reason).order_by(table.first_seq)
    return await store.database.read(lambda connection: [tuple(row) for row in connection.execute(query)])


async def test_what_retention_removes_side_by_side_has_one_tombstone(store: Store) -> None:
    await store.events.append([an_event(fingerprints=(MINE,)) for _ in range(12)])
    for seqs in ([1, 2], [5, 6], [3, 4], [9], [7, 8]):
        await store.database.write(lambda connection, seqs=seqs: bury(connection, store.events.chain, seqs, RETENTION))
    assert await graves(store) == [(1, 9, 9, RETENTION)]
    report = await store.audit.verify()
    assert (report.is_whole, report.events, report.removed) == (True, 3, 9)
    left = select(func.count()).select_from(event_fingerprints)
    assert await store.database.read(lambda connection: connection.scalar(left)) == 3


async def test_what_an_administrator_deleted_keeps_its_own_tombstone(store: Store) -> None:
    events = [an_event() for _ in range(4)]
    await store.events.append(events)
    await store.events.delete(events[1].id)
    await store.events.delete(events[2].id)
    await store.database.write(lambda connection: bury(connection, store.events.chain, [1, 4], RETENTION))
    reasons = [RETENTION, DELETED, DELETED, RETENTION]
    assert await graves(store) == [(seq, seq, 1, reason) for seq, reason in enumerate(reasons, 1)]
    assert (await store.audit.verify()).is_whole


@pytest.mark.parametrize(
    "change", ["DELETE FROM guardrail_events WHERE seq = 3", "UPDATE audit_tombstones SET events = 9"]
)
async def test_retention_buries_no_evidence(store: Store, change: str) -> None:
    await store.events.append([an_event() for _ in range(6)])
    await store.database.write(lambda connection: bury(connection, store.events.chain, [1], RETENTION))
    await store.database.write(lambda connection: connection.execute(text(change)) and None)
    await store.database.write(lambda connection: bury(connection, store.events.chain, [2, 3, 4, 5], RETENTION))
    assert not (await store.audit.verify()).is_whole


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_is_removed_in_whatever_order_the_chain_is_whole(store: Store, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(8):
        await store.events.append([an_event() for _ in range(chance.randrange(6))])
        seqs = chance.sample(range(1, 40), 9)
        reason = chance.choice([RETENTION, RETENTION, DELETED])
        await store.database.write(partial(bury, chain=store.events.chain, seqs=seqs, reason=reason))
        report = await store.audit.verify()
        assert report.flaws == []
        assert report.events + report.removed == report.head.seq


async def test_an_event_that_was_put_back_can_be_removed_again(store: Store, path: Path) -> None:
    await store.events.append([an_event() for _ in range(3)])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE copy AS SELECT * FROM guardrail_events WHERE seq = 2")
    remove = partial(bury, chain=store.events.chain, seqs=[2], reason=RETENTION)
    await store.database.write(remove)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("INSERT INTO guardrail_events SELECT * FROM copy")
    assert [flaw.kind for flaw in (await store.audit.verify()).flaws] == ["put back"]
    await store.database.write(remove)
    assert (await store.audit.verify()).is_whole
