"""How providers fare: read off their last calls, quickly even when all of them failed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from llm_proxy.records import ApiKey, Provider, UsageRecord
from llm_proxy.store import Store
from llm_proxy.store.provider_health import Health
from tests.store.conftest import NOON, a_record

SECOND = timedelta(seconds=1)
A_WEEK = timedelta(days=7)
Call = Callable[..., UsageRecord]


@pytest.fixture
def call(provider: Provider) -> Call:
    def make(ago: timedelta, status: str = "ok", **changes: Any) -> UsageRecord:
        http_status = 200 if status == "ok" else 502
        given = {"provider_id": provider.id, "status": status, "http_status": http_status} | changes
        return a_record(created_at=NOON - ago, **given)

    return make


async def health(store: Store, provider: Provider) -> Health:
    return (await store.provider_health.read([provider.id], NOON))[provider.id]


async def test_a_provider_that_was_never_called_has_no_times(store: Store, provider: Provider) -> None:
    assert await health(store, provider) == Health()


async def test_keys_that_are_not_revoked_are_counted(store: Store, provider: Provider, key: ApiKey) -> None:
    other = await store.keys.create(name="o", provider_id=provider.id, rate_limit_rpm=0, digest="cd" * 32, display="")
    assert (await health(store, provider)).key_count == 2
    await store.keys.revoke(other.id)
    assert (await health(store, provider)).key_count == 1


async def test_the_last_call_of_each_kind_counts(store: Store, provider: Provider, call: Call) -> None:
    ages = [("ok", 9), ("error", 8), ("ok", 5), ("error", 4), ("cancelled", 2), ("interrupted", 1)]
    await store.usage.append([call(seconds * SECOND, status) for status, seconds in ages])
    await store.usage.append([call(3 * SECOND, "error", http_status=504)])
    assert await health(store, provider) == Health(0, NOON - 5 * SECOND, NOON - 3 * SECOND, 504)


async def test_calls_of_others_and_of_longer_ago_do_not_count(store: Store, provider: Provider, call: Call) -> None:
    others = [replace(call(SECOND, status), provider_id="another") for status in ("ok", "error")]
    await store.usage.append([*others, call(A_WEEK + SECOND), call(A_WEEK + SECOND, "error")])
    assert await health(store, provider) == Health()
    await store.usage.append([call(A_WEEK), call(A_WEEK, "error")])
    assert await health(store, provider) == Health(0, NOON - A_WEEK, NOON - A_WEEK, 502)


@pytest.mark.parametrize("failures", [1, 499, 500, 501, 1700])
@pytest.mark.parametrize("apart", [timedelta(microseconds=1), timedelta(minutes=3)], ids=["dense", "sparse"])
async def test_a_success_is_found_behind_any_run_of_failures(
    store: Store, provider: Provider, call: Call, failures: int, apart: timedelta
) -> None:
    await store.usage.append([call(apart * n, "error") for n in range(failures)])
    assert (await health(store, provider)).last_success_at is None
    before = [call(apart * failures + n * SECOND, "cancelled") for n in range(3)]
    await store.usage.append([*before, call(apart * failures + 9 * SECOND), call(apart * failures + 11 * SECOND)])
    found = await health(store, provider)
    assert (found.last_success_at, found.last_error_at) == (NOON - apart * failures - 9 * SECOND, NOON)


async def test_no_question_reads_more_than_an_index_can_answer(store: Store, provider: Provider, call: Call) -> None:
    await store.usage.append([call(SECOND * n, "error") for n in range(1200)])
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if "FROM usage" in statement:
            asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await health(store, provider)
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    def explain(connection: Connection) -> list[tuple[bool, str]]:
        plan = [(text, connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values)) for text, values in asked]
        return [("status = 'error'" in text, " ".join(row[3] for row in rows)) for text, rows in plan]

    plans = await store.database.read(explain)
    assert len(plans) > 10
    assert {plan.partition(" (")[0] for is_failure, plan in plans if is_failure} == {
        "SEARCH usage USING INDEX ix_usage_failures"
    }
    assert all("ix_usage_provider_id_created_at (provider_id=?" in plan for is_failure, plan in plans if not is_failure)
    assert not [plan for _, plan in plans if "TEMP B-TREE" in plan]
