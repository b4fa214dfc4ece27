import hmac
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import orjson
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

from llm_proxy.records import Secret
from llm_proxy.store import migrations
from llm_proxy.store.chain import BEFORE_THE_CHAIN, COVERED, ORIGIN, Chain, Link, Tombstone
from llm_proxy.store.rows import microseconds
from llm_proxy.store.schema import audit_tombstones, guardrail_events
from llm_proxy.store.seal import Sealer, create_sealer
from tests.store.conftest import NOON, OpenStore, an_event

KEY = Secret("0123456789abcdef0123456789abcdef")
ROW = {column.name: "" for column in guardrail_events.c} | {
    "created_at": NOON,
    "text_sealed": b"sealed",
    "spans": [[3, 9]],
}
OTHER = {"created_at": NOON.replace(second=1), "text_sealed": b"other", "spans": [[3, 8]], "rule_version": 2}


def a_release_of_before(path: Path, numbers: list[int]) -> None:
    """Make a database of before the chain, with events under these numbers."""
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        sealer: Sealer = create_sealer(connection, KEY, path.with_suffix(".key"))
        for number in numbers:
            event = an_event()
            sealed = sealer.seal(event.input_text, f"guardrail_events.text:{event.id}")
            add = text(
                "INSERT INTO guardrail_events VALUES (:seq, :id, 'r', 'k', 'secret', 'reject', 'rejected', 'c', 'e', "
                "'p', '[[3, 9]]', :sealed, 1, '', 'm')"
            )
            connection.execute(add, {"seq": number, "id": event.id, "sealed": sealed})
        connection.execute(text("DELETE FROM stale_periods"))
    engine.dispose()


@pytest.mark.parametrize("name", COVERED)
def test_the_hash_covers_every_column(name: str) -> None:
    chain = Chain(KEY)
    changed = ROW | {name: OTHER.get(name, "other")}
    assert chain.hash_of(ROW, ORIGIN) == chain.hash_of(dict(ROW), ORIGIN) != chain.hash_of(changed, ORIGIN)


def test_the_hash_covers_the_one_before_and_needs_the_key() -> None:
    hashes = {
        Chain(KEY).hash_of(ROW, ORIGIN),
        Chain(KEY).hash_of(ROW, "1" * 64),
        Chain(Secret("x")).hash_of(ROW, ORIGIN),
    }
    assert len(hashes) == 3


def test_all_columns_but_numbers_and_hashes_are_covered() -> None:
    assert {column.name for column in guardrail_events.c} - set(COVERED) == {"seq", "prev_hash", "hash"}


def test_a_tombstone_is_signed_whole() -> None:
    tombstone = Tombstone(1, 2, 2, ORIGIN, "1" * 64, NOON, "deleted")
    others = [
        tombstone._replace(**{name: NOON.replace(second=1) if name == "at" else "x"}) for name in Tombstone._fields
    ]
    assert len({Chain(KEY).hash_of_tombstone(each) for each in (tombstone, *others)}) == 1 + len(Tombstone._fields)


async def test_D12_events_of_before_the_chain_are_chained_once_with_their_gaps(
    open_store: OpenStore, path: Path
) -> None:
    numbers = [2, 3, 7, *range(8, 1300)]
    a_release_of_before(path, numbers)
    store = await open_store(secret_key=KEY)
    report = await store.audit.verify()
    assert (report.is_whole, report.events, report.tombstones, report.removed) == (True, len(numbers), 2, 4)
    query = audit_tombstones.select()
    buried = await store.database.read(lambda connection: [row.reason for row in connection.execute(query)])
    assert buried == [BEFORE_THE_CHAIN] * 2
    (newest, *_), _ = await store.events.page(limit=1)
    assert (newest.input_text, newest.rule_version, newest.severity) == ("my secret text", 1, "medium")
    stale = text("SELECT count(*) FROM stale_periods")
    assert await store.database.read(lambda connection: connection.scalar(stale)) == 0
    await store.events.append([an_event()])
    assert (await store.audit.verify()).head.seq == 1300


CIRCUMSTANCES = {
    "request_id": "",
    "ruleset_version": None,
    "latency_us": None,
    "body_bytes": None,
    "client_hash": "",
    "is_forwarded": None,
}


def test_an_event_of_before_its_circumstances_were_told_has_the_hash_it_was_given_then() -> None:
    chain = Chain(KEY)
    before = ROW | CIRCUMSTANCES
    told = before | {"created_at": microseconds(NOON), "text_sealed": sha256(b"sealed").hexdigest()}
    told = [told[name] for name in COVERED if name not in CIRCUMSTANCES]
    said = orjson.dumps(["event", told, ORIGIN])
    assert chain.hash_of(before, ORIGIN) == hmac.digest(KEY.reveal().encode(), said, "sha256").hex()


@pytest.mark.parametrize("name", CIRCUMSTANCES)
async def test_what_is_put_into_an_old_event_or_taken_out_of_a_new_one_is_noticed(
    open_store: OpenStore, path: Path, name: str
) -> None:
    store = await open_store()
    told = {"request_id": "r", "ruleset_version": 1, "latency_us": 5, "body_bytes": 9, "client_hash": "c"}
    await store.events.append([an_event(), an_event(**told, is_forwarded=True)])
    assert (await store.audit.verify()).is_whole
    for seq, value in ((1, 1), (2, CIRCUMSTANCES[name])):
        changed = guardrail_events.update().where(guardrail_events.c.seq == seq).values({name: value})
        await store.database.write(lambda connection, change=changed: connection.execute(change) and None)
    assert [flaw.kind for flaw in (await store.audit.verify()).flaws] == ["changed", "changed"]


async def test_a_chain_of_the_release_before_is_whole_afterwards(open_store: OpenStore, path: Path) -> None:
    store = await open_store(secret_key=KEY)
    await store.events.append([an_event(), an_event()])
    head = await store.audit.head()
    await store.close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:  # what the migration adds
        for name in CIRCUMSTANCES:
            connection.execute(text(f"ALTER TABLE guardrail_events DROP COLUMN {name}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    engine.dispose()
    store = await open_store(secret_key=KEY)
    await store.events.append([an_event(latency_us=7)])
    report = await store.audit.verify(f"{head.seq}:{head.hash}")
    assert (report.is_whole, report.events) == (True, 3)
    events, _ = await store.events.page()
    assert [event.latency_us for event in events] == [7, None, None]


async def test_what_is_stripped_of_its_hashes_is_not_chained_anew(open_store: OpenStore, path: Path) -> None:
    store = await open_store()
    await store.events.append([event := an_event(), an_event()])
    await store.close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE guardrail_events SET model = 'other', hash = '', prev_hash = ''"))
        connection.execute(text("DELETE FROM meta WHERE name = 'audit_head'"))
    engine.dispose()
    report = await (await open_store()).audit.verify()
    assert [flaw.kind for flaw in report.flaws] == ["changed", "changed", "head"]
    assert report.flaws[0].event_id == event.id


async def test_a_batch_that_repeats_what_is_there_takes_no_numbers(open_store: OpenStore) -> None:
    store = await open_store()
    first, second = an_event(), an_event()
    await store.events.append([first, first])
    await store.events.append([replace(first, model="other"), second])
    assert (await store.audit.verify()).head == await store.audit.head()
    assert (await store.audit.head()).seq == 2
    assert await store.database.read(store.events.chain.head) == await store.audit.head()
    assert isinstance(await store.audit.head(), Link)
