"""Usage on its way into the store: nothing lost, nothing doubled, whatever dies or fails in between."""

import asyncio
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llm_proxy.errors import AuditUnavailable, StoreUnavailable
from llm_proxy.ledger import JournalledLedger
from llm_proxy.ledger.journal import Journal
from llm_proxy.records import GuardrailEvent, Tokens, UsageRecord
from tests.fakes import NOW

OPEN = UsageRecord(
    "call-1", "key-1", "provider-1", "chat/completions", "m", Tokens(2, source="estimated"), "interrupted", 0,
    is_streaming=True, created_at=NOW,
)  # fmt: skip
DONE = replace(
    OPEN, tokens=Tokens(3, 4, 1, 2, "provider", 7), status="ok", http_status=200, duration_ms=1.5, first_byte_ms=0.5
)


@dataclass
class FakeStore:
    usage: dict[str, UsageRecord] = field(default_factory=dict)
    events: list[GuardrailEvent] = field(default_factory=list)
    limited: Counter[tuple[datetime, str, str]] = field(default_factory=Counter)
    is_down: bool = False

    async def append_usage(self, records: Sequence[UsageRecord]) -> None:
        if self.is_down:
            raise StoreUnavailable
        self.usage |= {record.id: record for record in records}

    async def append_events(self, events: Sequence[GuardrailEvent]) -> None:
        if self.is_down:
            raise StoreUnavailable
        self.events.extend(events)

    async def add_limited(self, counts: Mapping[tuple[datetime, str, str], int]) -> None:
        await asyncio.sleep(0)
        if self.is_down:
            raise StoreUnavailable
        self.limited.update(counts)

    @property
    def limited_keys(self) -> dict[str, int]:
        """How many by key, whatever the minute was."""
        found: Counter[str] = Counter()
        for (_, key, _), calls in self.limited.items():
            found[key] += calls
        return found


def ledger(folder: Path, store: FakeStore) -> JournalledLedger:
    return JournalledLedger(Journal(folder / "test.db"), store.append_usage, store.append_events, store.add_limited)


async def until(holds: Callable[[], bool], within_s: float = 5.0) -> None:
    for _ in range(int(within_s / 0.01)):
        if holds():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen in time")


def journals(folder: Path) -> list[Path]:
    return list(folder.glob("test.db.usage-*"))


async def test_what_is_put_is_in_the_store_soon_and_the_journal_is_gone_after_a_clean_stop(tmp_path: Path) -> None:
    store = FakeStore()
    each = ledger(tmp_path, store)
    await each.start()
    each.begin(OPEN)
    each.put(DONE)
    await until(lambda: store.usage == {"call-1": DONE})
    await each.stop()
    assert journals(tmp_path) == []


async def test_stopping_writes_what_is_waiting(tmp_path: Path) -> None:
    store = FakeStore()
    each = ledger(tmp_path, store)
    await each.start()
    each.put(DONE)
    await each.stop()
    assert store.usage == {"call-1": DONE}


async def test_X12_what_the_store_did_not_take_is_there_at_the_next_start(tmp_path: Path) -> None:
    store = FakeStore()
    each = ledger(tmp_path, store)
    await each.start()
    store.is_down = True
    each.begin(OPEN)
    each.put(DONE)
    await each.stop()
    assert len(journals(tmp_path)) == 1
    assert journals(tmp_path)[0].stat().st_mode & 0o777 == 0o600
    later = FakeStore()
    again = ledger(tmp_path, later)
    await again.start()
    await again.stop()
    assert later.usage == {"call-1": DONE}
    assert journals(tmp_path) == []


async def test_usage_waits_while_the_store_is_down_and_is_written_when_it_is_back(tmp_path: Path) -> None:
    store = FakeStore(is_down=True)
    each = ledger(tmp_path, store)
    await each.start()
    each.put(DONE)
    await until(lambda: not each.healthy)
    store.is_down = False
    each.put(replace(DONE, id="call-2"))
    await until(lambda: set(store.usage) == {"call-1", "call-2"} and each.healthy)
    await each.stop()


DIE = """
import os, sys
from pathlib import Path
from tests.ledger.test_ledger import DONE, OPEN
from dataclasses import replace
from llm_proxy.ledger.journal import Journal
journal = Journal(Path(sys.argv[1]) / "test.db")
journal.append("begin", OPEN)
journal.append("final", DONE)
journal.append("begin", replace(OPEN, id="call-2"))
os.kill(os.getpid(), 9)
"""


async def test_D01_D02_a_killed_process_loses_no_record_and_an_open_call_stands_as_interrupted(tmp_path: Path) -> None:
    root = Path(__file__).parent.parent.parent
    died = subprocess.run([sys.executable, "-c", DIE, str(tmp_path)], check=False, cwd=root)
    assert died.returncode == -9
    store = FakeStore()
    each = ledger(tmp_path, store)
    await each.start()
    assert store.usage == {"call-1": DONE, "call-2": replace(OPEN, id="call-2")}
    await each.stop()


async def test_the_journal_of_a_living_process_is_left_alone(tmp_path: Path) -> None:
    other = Journal(tmp_path / "test.db")
    other.append("final", DONE)
    store = FakeStore()
    each = ledger(tmp_path, store)
    await each.start()
    await each.stop()
    assert store.usage == {}
    assert len(journals(tmp_path)) == 1
    other.close(is_settled=True)


async def test_a_damaged_line_costs_that_line_only(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "test.db")
    journal.append("final", DONE)
    journal.append("final", replace(DONE, id="call-2"))
    journal.close(is_settled=False)
    (path,) = journals(tmp_path)
    content = path.read_bytes()
    path.write_bytes(content[:-20])
    store = FakeStore()
    each = ledger(tmp_path, store)
    await each.start()
    await each.stop()
    assert set(store.usage) == {"call-1"}


async def test_rewriting_keeps_the_calls_under_way(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "test.db")
    journal.append("final", DONE)
    journal.rewrite([replace(OPEN, id="call-2")])
    journal.close(is_settled=False)
    store = FakeStore()
    each = ledger(tmp_path, store)
    await each.start()
    await each.stop()
    assert set(store.usage) == {"call-2"}


async def test_without_a_journal_no_call_is_forwarded(tmp_path: Path) -> None:
    each = ledger(tmp_path, FakeStore())
    os.close(each._journal._fd)
    with pytest.raises(AuditUnavailable):
        each.begin(OPEN)
    assert not each.healthy


async def test_an_event_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    each = ledger(tmp_path, FakeStore(is_down=True))
    with pytest.raises(AuditUnavailable):
        await each.record_events([])


async def test_limited_calls_are_counted_by_minute_key_and_provider(tmp_path: Path) -> None:
    store = FakeStore()
    each = ledger(tmp_path, store)
    await each.start()
    before = datetime.now(UTC).replace(second=0, microsecond=0)
    for key in ("key-1", "key-2", "key-1"):
        each.limited(key, "provider-1")
    await until(lambda: store.limited_keys == {"key-1": 2, "key-2": 1})
    assert all(before <= minute <= datetime.now(UTC) and minute.second == 0 for minute, _, _ in store.limited)
    assert {provider for _, _, provider in store.limited} == {"provider-1"}
    await each.stop()


async def test_a_flush_and_a_stop_write_the_limited_calls(tmp_path: Path) -> None:
    store = FakeStore()
    each = ledger(tmp_path, store)
    each.limited("key-1", "provider-1")
    await each.flush()
    assert store.limited_keys == {"key-1": 1}
    each.limited("key-1", "provider-1")
    await each.stop()
    assert store.limited_keys == {"key-1": 2}


async def test_limited_calls_wait_while_the_store_is_down_and_are_counted_once_when_it_is_back(tmp_path: Path) -> None:
    store = FakeStore(is_down=True)
    each = ledger(tmp_path, store)
    await each.start()
    each.limited("key-1", "provider-1")
    await until(lambda: not each.healthy)
    each.limited("key-1", "provider-1")
    store.is_down = False
    await until(lambda: store.limited_keys == {"key-1": 2} and each.healthy)
    await each.stop()
    assert store.limited_keys == {"key-1": 2}


async def test_what_is_limited_during_a_flush_is_in_the_next(tmp_path: Path) -> None:
    store = FakeStore()
    each = ledger(tmp_path, store)
    await each.start()
    each.limited("key-1", "provider-1")
    flushing = asyncio.create_task(each.flush())
    await asyncio.sleep(0)
    each.limited("key-1", "provider-1")
    await flushing
    await until(lambda: store.limited_keys == {"key-1": 2})
    await each.stop()


async def test_a_flush_that_is_cut_off_loses_and_doubles_no_limited_call(tmp_path: Path) -> None:
    store = FakeStore()
    each = ledger(tmp_path, store)
    each.limited("key-1", "provider-1")
    flushing = asyncio.create_task(each.flush())
    await asyncio.sleep(0)
    flushing.cancel()
    await asyncio.gather(flushing, return_exceptions=True)
    await each.stop()
    assert store.limited_keys == {"key-1": 1}
