import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm_proxy.store import Store
from llm_proxy.store.audit_report import Break, Report, displaced
from llm_proxy.store.chain import ORIGIN
from tests.store.conftest import NOON, OpenStore, an_event

FINGERPRINT = "ab" * 16


async def fill(store: Store, count: int = 9, fingerprints: tuple[str, ...] = (FINGERPRINT,)) -> list[str]:
    events = [an_event(fingerprints=fingerprints) for _ in range(count)]
    for event in events:
        await store.events.append([event])
    return [event.id for event in events]


def by_hand(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path, timeout=10)) as database, database:
        database.executescript(script)


def told(report: Report) -> list[tuple[str, int, int]]:
    return [(flaw.kind, flaw.seq, flaw.last_seq) for flaw in report.flaws]


async def test_D27_a_trail_that_nobody_touched_is_whole(store: Store) -> None:
    await fill(store)
    report = await store.audit.verify()
    assert (report.is_whole, report.events, report.removed, report.head.seq) == (True, 9, 0, 9)
    assert report.head == await store.audit.head()


async def test_a_new_database_has_an_empty_and_whole_trail(store: Store) -> None:
    report = await store.audit.verify()
    assert (report.is_whole, report.events, tuple(report.head)) == (True, 0, (0, ORIGIN))


async def test_deleting_events_keeps_the_trail_whole_and_tells_how_many_they_were(store: Store) -> None:
    ids = await fill(store)
    for number in (0, 3, 4, 8):
        assert await store.events.delete(ids[number])
    report = await store.audit.verify()
    assert (told(report), report.events, report.tombstones, report.removed) == ([], 5, 4, 4)
    await fill(store, 2)
    assert (await store.audit.verify()).is_whole


SWAP = (
    "UPDATE guardrail_events SET seq = -1 WHERE seq = {0}; UPDATE guardrail_events SET seq = {0} WHERE seq = {1};"
    "UPDATE guardrail_events SET seq = {1} WHERE seq = -1;"
)
RENUMBER = (
    "UPDATE guardrail_events SET seq = -seq WHERE seq > 4; UPDATE guardrail_events SET seq = -seq - 1 WHERE seq < 0"
)
RELINK = (
    "UPDATE guardrail_events SET seq = 4, prev_hash = (SELECT hash FROM guardrail_events WHERE seq = 3) WHERE seq = 5"
)
COPY = (
    "CREATE TEMP TABLE copy AS SELECT * FROM guardrail_events WHERE seq = {0}; UPDATE copy SET seq = {1}, id = 'copy';"
    "INSERT INTO guardrail_events SELECT * FROM copy"
)
FORGE = "INSERT INTO audit_tombstones SELECT 4, 4, 1, prev_hash, hash, 0, '', hash FROM guardrail_events WHERE seq = 4"
BURY = "INSERT INTO audit_tombstones VALUES ({0}, {1}, 1, '', '', 0, '', '')"
DELETE = "DELETE FROM guardrail_events WHERE seq {0};"
BEHEAD = "DELETE FROM meta WHERE name = 'audit_head'"


def change(what: str, which: str = "= 4") -> str:
    return f"UPDATE guardrail_events SET {what} WHERE seq {which};"


TAMPERED = {
    "a model": (change("model = 'other'"), [("changed", 4, 4)]),
    "an action": (change("action = 'monitored'"), [("changed", 4, 4)]),
    "a time": (change("created_at = created_at + 1"), [("changed", 4, 4)]),
    "a name": (change("key_name = 'x'"), [("changed", 4, 4)]),
    "an id": (change("id = 'x'"), [("changed", 4, 4)]),
    "spans": (change("spans = '[]'"), [("changed", 4, 4)]),
    "spans that are no JSON": (change("spans = '['"), [("changed", 4, 4)]),
    "a time that is none": (change("created_at = 'x'"), [("changed", 4, 4)]),
    "a label that is no text": (change("place = CAST(x'ff' AS TEXT)"), [("changed", 4, 4)]),
    "a text that is not sealed": (change("text_sealed = 'abc'"), [("changed", 4, 4)]),
    "a sealed text": (change("text_sealed = zeroblob(40)"), [("changed", 4, 4)]),
    "a hash": (change(f"hash = '{ORIGIN}'"), [("changed", 4, 4)]),
    "the last one": (change("model = 'other'", "= 9"), [("changed", 9, 9)]),
    "two": (change("mode = 'replace'", "IN (2, 7)"), [("changed", 2, 2), ("changed", 7, 7)]),
    "a link set right by hand": (DELETE.format("= 4") + RELINK, [("changed", 4, 4), ("missing", 5, 5)]),
    "one deleted": (DELETE.format("= 4"), [("missing", 4, 4)]),
    "several deleted": (DELETE.format("BETWEEN 4 AND 6"), [("missing", 4, 6)]),
    "the first deleted": (DELETE.format("= 1"), [("missing", 1, 1)]),
    "the last deleted": (DELETE.format("> 7"), [("missing", 8, 9)]),
    "all deleted": (DELETE.format("> 0"), [("missing", 1, 9)]),
    "one deleted, the rest renumbered": (DELETE.format("= 4") + RENUMBER, [("missing", 4, 4)]),
    "two neighbours swapped": (SWAP.format(5, 6), [("reordered", 5, 5), ("reordered", 6, 6)]),
    "two others swapped": (SWAP.format(2, 7), [("reordered", 2, 2), ("reordered", 7, 7)]),
    "the last two swapped": (SWAP.format(8, 9), [("reordered", 8, 8), ("reordered", 9, 9)]),
    "the first two swapped": (SWAP.format(1, 2), [("reordered", 1, 1), ("reordered", 2, 2)]),
    "one moved to the end": (change("seq = 10"), [("missing", 4, 4), ("reordered", 10, 10), ("head", 10, 10)]),
    "two swapped and the next deleted": (
        SWAP.format(4, 5) + DELETE.format("= 6"),
        [("reordered", 4, 4), ("reordered", 5, 5), ("missing", 6, 6)],
    ),
    "one copied": (COPY.format(3, 10), [("changed", 10, 10), ("head", 10, 10)]),
    "the head removed": (BEHEAD, [("head", 9, 9)]),
    "the head changed": ("UPDATE meta SET value = '4 x y' WHERE name = 'audit_head'", [("head", 9, 9)]),
    "the end and the head removed": (DELETE.format("> 7") + BEHEAD, [("head", 7, 7)]),
    "one put before the first": (COPY.format(3, -2), [("changed", -2, -2)]),
    "one put in the first's front": (COPY.format(3, 0), [("changed", 0, 0)]),
    "one moved far out": (
        change("seq = 900"),
        [("missing", 4, 4), ("head", 10, 900), ("reordered", 900, 900)],
    ),
    "a tombstone beyond the end": (BURY.format(20, 22), [("changed", 20, 22)]),
    "a tombstone before the first": (BURY.format(-4, -2), [("changed", -4, -2)]),
    "a tombstone of other types": (BURY.format("'x'", "x'ff'"), [("changed", 0, 0)]),
    "a blob in a tombstone": (
        BURY.format(20, 20) + "; UPDATE audit_tombstones SET hash = x'ff'",
        [("changed", 20, 20)],
    ),
    "a tombstone forged": (f"{FORGE}; {DELETE.format('= 4')}", [("changed", 4, 4)]),
}


@pytest.mark.parametrize(("script", "flaws"), TAMPERED.values(), ids=TAMPERED)
async def test_D27_what_was_done_by_hand_is_named(store: Store, path: Path, script: str, flaws: list[object]) -> None:
    ids = await fill(store, fingerprints=())
    by_hand(path, script)
    report = await store.audit.verify()
    assert told(report) == flaws
    assert not report.is_whole
    changed = [flaw.event_id for flaw in report.flaws if flaw.kind == "changed" and flaw.seq == 4 and flaw.event_id]
    assert changed in ([], ["x"], [ids[3]], [ids[4]])


@pytest.mark.parametrize(
    "script",
    [
        "DELETE FROM event_fingerprints WHERE seq = 4",
        "INSERT INTO event_fingerprints VALUES ('x', 4)",
        "UPDATE event_fingerprints SET fingerprint = CAST(x'ff' AS TEXT) WHERE seq = 4",
        "UPDATE event_fingerprints SET fingerprint = CAST(fingerprint AS BLOB) WHERE seq = 4",
    ],
)
async def test_D27_an_event_that_searches_would_pass_over_is_named(store: Store, path: Path, script: str) -> None:
    await fill(store)
    by_hand(path, script)
    assert told(await store.audit.verify()) == [("unlisted", 4, 4)]


@pytest.mark.parametrize("seq", [99, -1])
async def test_D27_a_secret_that_is_listed_for_an_event_that_is_not_there_is_named(
    store: Store, path: Path, seq: int
) -> None:
    await fill(store)
    by_hand(path, f"INSERT INTO event_fingerprints VALUES ('x', {seq})")
    assert told(await store.audit.verify()) == [("unlisted", seq, seq)]


async def test_D27_a_secret_that_is_listed_for_a_removed_event_is_named(store: Store, path: Path) -> None:
    ids = await fill(store)
    await store.events.delete(ids[3])
    by_hand(path, "INSERT INTO event_fingerprints VALUES ('x', 4)")
    assert told(await store.audit.verify()) == [("unlisted", 4, 4)]


async def test_D27_a_tombstone_that_is_removed_changed_or_emptied_is_named(store: Store, path: Path) -> None:
    ids = await fill(store)
    for number in (2, 5, 7):
        await store.events.delete(ids[number])
    by_hand(
        path,
        "DELETE FROM audit_tombstones WHERE first_seq = 3; UPDATE audit_tombstones SET at = 0 WHERE first_seq = 6;"
        + COPY.format(9, 8),
    )
    report = await store.audit.verify()
    assert told(report) == [("missing", 3, 3), ("changed", 6, 6), ("put back", 8, 8)]
    assert report.flaws[-1].event_id == "copy"


async def test_events_go_on_after_the_head_was_lost_and_verifying_goes_on_telling(store: Store, path: Path) -> None:
    await fill(store, 3)
    by_hand(path, "DELETE FROM meta WHERE name = 'audit_head'")
    await fill(store, 2)
    assert told(await store.audit.verify()) == [("reordered", 4, 5)]


async def test_an_older_state_of_the_whole_trail_is_told_by_a_hash_that_was_noted_elsewhere(
    store: Store, path: Path
) -> None:
    await fill(store, 3)
    with closing(sqlite3.connect(path)) as database:
        older = database.execute("SELECT value FROM meta WHERE name = 'audit_head'").fetchone()[0]
    await fill(store, 3)
    seq, noted = await store.audit.head()
    assert (await store.audit.verify(noted)).is_whole
    by_hand(
        path,
        "DELETE FROM guardrail_events WHERE seq > 3; DELETE FROM event_fingerprints WHERE seq > 3;"
        f"UPDATE meta SET value = '{older}' WHERE name = 'audit_head'",
    )
    assert (await store.audit.verify()).is_whole
    assert told(await store.audit.verify(noted)) == [("head", 3, 3)]
    assert told(await store.audit.verify(f"{seq}:{noted}")) == [("head", 6, 3)]


async def test_a_noted_hash_whose_event_was_removed_for_good_is_covered_by_its_tombstone(store: Store) -> None:
    ids = await fill(store, 5)
    noted = await store.audit.head()
    await fill(store, 1)
    await store.events.delete(ids[4])
    assert (await store.audit.verify(noted.hash)).is_whole
    assert (await store.audit.verify(f"5:{noted.hash}")).is_whole


async def test_two_processes_write_one_chain(open_store: OpenStore) -> None:
    one, other = await open_store(), await open_store()
    for number in range(6):
        await fill(one if number % 2 else other, 2)
    report = await one.audit.verify()
    assert (report.is_whole, report.events, report.head) == (True, 12, await other.audit.head())


async def test_more_events_than_are_read_at_a_time_are_all_checked(store: Store, path: Path) -> None:
    await store.events.append([an_event() for _ in range(1234)])
    assert (await store.audit.verify()).events == 1234
    by_hand(path, "UPDATE guardrail_events SET model = 'x' WHERE seq IN (500, 501, 1234)")
    assert [seq for _, seq, _ in told(await store.audit.verify())] == [500, 501, 1234]


async def test_many_flaws_are_counted_and_the_first_thousand_told(store: Store, path: Path) -> None:
    await store.events.append([an_event() for _ in range(1100)])
    by_hand(path, "UPDATE guardrail_events SET model = 'x'")
    report = await store.audit.verify()
    assert (report.flaw_count, len(report.flaws)) == (1100, 1000)


async def test_the_head_is_told_to_the_log_now_and_then(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    await store.events.append([an_event() for _ in range(999)])
    assert "audit.checkpoint" not in capsys.readouterr().out
    await store.events.append([an_event(), an_event()])
    head = await store.audit.head()
    assert re.search(rf"audit\.checkpoint.*{head.hash}.*{head.seq}", capsys.readouterr().out)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.permutations(range(1, 9)))
def test_of_any_order_exactly_the_displaced_events_are_told(order: list[int]) -> None:
    hashes = {0: ORIGIN} | {true: f"h{true}" for true in order}
    places = {ORIGIN: 0} | {hashes[true]: at for at, true in enumerate(order, 1)}
    breaks = [
        Break(at, str(true), hashes[true - 1], at - 1)
        for at, (true, before) in enumerate(zip(order, [0, *order], strict=False), 1)
        if true - 1 != before
    ]
    flaws = displaced(breaks, places, len(order))
    named = {seq for flaw in flaws for seq in range(flaw.seq, flaw.last_seq + 1)}
    assert named == {at for at, true in enumerate(order, 1) if at != true}


async def test_the_trail_is_not_bound_to_the_order_of_time(store: Store) -> None:
    await store.events.append([an_event(created_at=NOON - timedelta(days=number)) for number in range(3)])
    assert (await store.audit.verify()).is_whole
