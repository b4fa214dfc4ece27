import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from llm_proxy.records import Tokens, UsageRecord
from llm_proxy.store import Store, UsageQuery
from llm_proxy.store.schema import usage
from llm_proxy.store.usage import MOST_TOKENS
from tests.store.conftest import NOON, a_record

EVERYTHING = UsageQuery()


async def records(store: Store, query: UsageQuery = EVERYTHING) -> list[UsageRecord]:
    return list((await store.usage.page(query)).records)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"first_byte_ms": None, "is_streaming": False, "status": "cancelled", "http_status": 0},
        {"tokens": Tokens(5, 6, source="estimated")},
        {"tokens": Tokens(5, 6, reported_total=40, source="provider")},
        {"model": "é/🙂:free", "endpoint": "responses"},
    ],
)
async def test_a_record_comes_back_as_it_was_stored(store: Store, changes: dict) -> None:
    record = a_record(**changes)
    await store.usage.append([record])
    assert await records(store) == [record]


async def test_a_final_record_takes_the_place_of_an_intent(store: Store) -> None:
    intent = a_record(status="interrupted", tokens=Tokens())
    await store.usage.append([intent], final=False)
    assert await records(store) == [intent]
    final = a_record(id=intent.id)
    await store.usage.append([final])
    assert await records(store) == [final]


async def test_D01_replaying_a_journal_changes_nothing(store: Store) -> None:
    final = a_record()
    await store.usage.append([final])
    for replayed, is_final in [
        (a_record(id=final.id, status="interrupted", tokens=Tokens()), False),
        (a_record(id=final.id, tokens=Tokens(999, 999)), True),
        (final, True),
    ]:
        await store.usage.append([replayed, replayed], final=is_final)
        assert await records(store) == [final]
    assert (await store.usage.page(EVERYTHING)).total == 1


async def test_sums_are_over_all_that_match_and_not_over_the_page(store: Store) -> None:
    key_id = str(uuid4())
    mine = [
        a_record(api_key_id=key_id, created_at=NOON + timedelta(seconds=n), tokens=Tokens(n, 10 * n)) for n in range(5)
    ]
    await store.usage.append([*mine, a_record(tokens=Tokens(1000, 1000))])
    page = await store.usage.page(UsageQuery(api_key_id=key_id), limit=2, offset=1)
    assert [record.id for record in page.records] == [mine[3].id, mine[2].id]
    assert (page.total, page.prompt_tokens, page.completion_tokens, page.total_tokens) == (5, 10, 100, 110)


async def test_nothing_sums_to_nought(store: Store) -> None:
    page = await store.usage.page(EVERYTHING)
    assert (list(page.records), page.total, page.prompt_tokens, page.total_tokens) == ([], 0, 0, 0)


MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (None, None, 1),
        (NOON, None, 1),
        (NOON + MICROSECOND, None, 0),
        (None, NOON, 0),
        (None, NOON + MICROSECOND, 1),
        (NOON, NOON + MICROSECOND, 1),
        (NOON - timedelta(hours=1), NOON, 0),
    ],
)
async def test_D19_a_range_is_exact_with_its_start_and_without_its_end(store: Store, start, end, found: int) -> None:
    await store.usage.append([a_record()])
    assert (await store.usage.page(UsageQuery(start=start, end=end))).total == found


async def test_filters_combine(store: Store) -> None:
    record = a_record()
    await store.usage.append([record, a_record(api_key_id=record.api_key_id), a_record(provider_id=record.provider_id)])
    query = UsageQuery(api_key_id=record.api_key_id, provider_id=record.provider_id, start=NOON)
    assert await records(store, query) == [record]


async def test_a_providers_nonsense_does_not_break_the_sums(store: Store) -> None:
    await store.usage.append([a_record(tokens=Tokens(10**30, -5, source="provider")) for _ in range(20)])
    page = await store.usage.page(EVERYTHING)
    assert (page.prompt_tokens, page.completion_tokens) == (20 * MOST_TOKENS, 0)


async def test_an_odd_model_name_can_be_recorded(store: Store) -> None:
    await store.usage.append([a_record(model="\ud800\0" + "x" * 5000)])
    (stored,) = await records(store)
    assert stored.model == "??" + "x" * 998


async def test_D17_parallel_appends_lose_no_token(store: Store) -> None:
    await asyncio.gather(*(store.usage.append([a_record(tokens=Tokens(n, 1))]) for n in range(300)))
    page = await store.usage.page(EVERYTHING)
    assert (page.total, page.prompt_tokens, page.completion_tokens) == (300, sum(range(300)), 300)


@pytest.mark.parametrize(
    "query",
    [UsageQuery(start=NOON), UsageQuery(api_key_id="k", start=NOON), UsageQuery(provider_id="p", end=NOON)],
    ids=["time", "key", "provider"],
)
async def test_a_query_reads_an_index_and_not_the_table(store: Store, query: UsageQuery) -> None:

    statement = select(usage.c.id).where(*query.conditions).order_by(usage.c.created_at.desc())
    compiled = statement.compile(compile_kwargs={"literal_binds": True})
    plan = await store.database.read(
        lambda connection: [row.detail for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}")]
    )
    assert plan
    assert all("USING" in step and "INDEX" in step for step in plan), plan


@pytest.mark.parametrize("limit", [1, 2, 7, 40, 1000])
async def test_pages_tell_every_record_once_in_order_also_those_of_one_instant(store: Store, limit: int) -> None:
    mine = [a_record(created_at=NOON + timedelta(microseconds=number % 3), model="mine") for number in range(40)]
    await store.usage.append([*mine, a_record(model="another")])
    found, after = [], None
    while True:
        page = await store.usage.page(UsageQuery(model="mine"), after=after, limit=limit)
        assert (page.total, page.prompt_tokens) == (40, 440)
        found += page.records
        await store.usage.append([a_record(created_at=NOON + timedelta(seconds=1))])
        if page.next is None:
            break
        after = page.next
    assert [record.id for record in found] == [
        record.id for record in sorted(mine, key=lambda record: (record.created_at, record.id), reverse=True)
    ]
    assert await store.usage.read(UsageQuery(model="mine"), after=None, limit=50) == found


async def test_filters_by_model_and_status_choose(store: Store) -> None:
    mine = a_record(model="a", status="error")
    await store.usage.append([mine, a_record(model="A", status="error"), a_record(model="a", status="ok")])
    assert await records(store, UsageQuery(model="a", status="error")) == [mine]
