import random
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from llm_proxy.records import Tokens, UsageRecord
from llm_proxy.store import Store, UsageQuery
from llm_proxy.store.usage_query import Sums, summed
from tests.store.conftest import NOON, a_record

KEYS, PROVIDERS = ([str(UUID(int=10 * kind + number)) for number in range(3)] for kind in (1, 2))
MODELS, STATUSES = ("a", "b", ""), ("ok", "error", "cancelled")


def scattered(count: int = 150) -> list[UsageRecord]:
    """Return calls of four days."""
    chance = random.Random(7)
    return [
        a_record(
            api_key_id=chance.choice(KEYS),
            provider_id=chance.choice(PROVIDERS),
            model=chance.choice(MODELS),
            status=chance.choice(STATUSES),
            tokens=Tokens(chance.randrange(1000), chance.randrange(1000)),
            created_at=NOON + timedelta(seconds=chance.randrange(4 * 86_400)),
        )
        for _ in range(count)
    ]


def exact(records: list[UsageRecord], query: UsageQuery) -> Sums:
    def matches(record: UsageRecord) -> bool:
        given = [(getattr(query, name), getattr(record, name)) for name in ("api_key_id", "provider_id", "model")]
        given.append((query.status, record.status))
        is_in = (query.start or NOON) <= record.created_at < (query.end or datetime.max.replace(tzinfo=NOON.tzinfo))
        return is_in and all(wanted is None or wanted == found for wanted, found in given)

    mine = [record.tokens for record in records if matches(record)]
    sums = [[each.prompt, each.completion, each.total] for each in mine]
    return Sums(len(mine), *(sum(column) for column in zip([0, 0, 0], *sums, strict=True)))


FILTERS = [
    {},
    {"api_key_id": KEYS[0]},
    {"provider_id": PROVIDERS[1]},
    {"model": "a"},
    {"model": ""},
    {"status": "error"},
    {"api_key_id": KEYS[0], "model": "b"},
    {"model": "none"},
]
RANGES = [
    {},
    {"start": NOON + timedelta(hours=30, minutes=7)},
    {"end": NOON + timedelta(hours=70, seconds=1)},
    {"start": NOON + timedelta(hours=13), "end": NOON + timedelta(hours=61)},
    {"start": NOON + timedelta(minutes=5), "end": NOON + timedelta(minutes=6)},
    {"start": NOON + timedelta(days=9)},
    {"start": NOON + timedelta(hours=3), "end": NOON},
]


@pytest.mark.parametrize("rolled_up", ["nothing", "in part", "all", "all, then changed"])
async def test_the_sums_are_those_of_the_rows_whatever_is_rolled_up(store: Store, rolled_up: str) -> None:
    records = scattered()
    await store.usage.append(records)
    if rolled_up != "nothing":
        until = NOON + timedelta(hours=40) if rolled_up == "in part" else NOON + timedelta(days=30)
        while await store.rollups.advance(until):
            pass
    if rolled_up == "all, then changed":
        late = scattered(20)
        await store.usage.append(late)
        records += late
    for given in FILTERS:
        for stretch in RANGES:
            query = UsageQuery(**given, **stretch)
            found = await store.database.read(lambda connection, query=query: summed(connection, query))
            assert found == exact(records, query), query


async def test_sums_are_read_from_roll_ups_where_there_are_some(store: Store) -> None:
    await store.usage.append(scattered())
    while await store.rollups.advance(NOON + timedelta(days=30)):
        pass
    forged = "UPDATE rollups SET prompt_tokens = 1000000 WHERE period = 'day' AND dimension = 'all'"
    await store.database.write(lambda connection: connection.exec_driver_sql(forged) and None)
    assert (await store.usage.page(UsageQuery())).prompt_tokens > 3_000_000
