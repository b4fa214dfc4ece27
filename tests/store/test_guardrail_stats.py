"""How often rules find something: their events of a day are counted, the last of all is told."""

from datetime import timedelta

from llm_proxy.store import Store
from llm_proxy.store.guardrail_stats import Hits
from tests.store.conftest import NOON, an_event

SECOND = timedelta(seconds=1)
DAY = timedelta(hours=24)


async def rule(store: Store) -> str:
    return (await store.guardrails.create(pattern="x", mode="reject", replace_by="")).id


async def test_the_events_of_24_hours_are_counted_and_the_last_of_all_is_told(store: Store):
    often, once, never = [await rule(store) for _ in range(3)]
    await store.events.append(
        [
            an_event(guardrail_id=often, created_at=NOON - DAY - SECOND),
            an_event(guardrail_id=often, created_at=NOON - DAY),
            an_event(guardrail_id=often, created_at=NOON - SECOND),
            an_event(guardrail_id=once, created_at=NOON - 40 * DAY),
        ]
    )
    assert await store.guardrail_stats.read(NOON) == {
        often: Hits(2, NOON - SECOND),
        once: Hits(0, NOON - 40 * DAY),
        never: Hits(0, None),
    }
    assert await store.guardrail_stats.read(NOON, once) == {once: Hits(0, NOON - 40 * DAY)}


async def test_a_deleted_rule_is_not_told(store: Store):
    deleted = await rule(store)
    await store.events.append([an_event(guardrail_id=deleted)])
    await store.guardrails.delete(deleted)
    assert await store.guardrail_stats.read(NOON) == {}
