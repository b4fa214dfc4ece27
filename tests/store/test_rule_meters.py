"""What processes have counted adds up."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from llm_proxy.core.tally import Reading
from llm_proxy.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BIRDS = Reading("birds", 10, 2, 30, NOW)


async def test_readings_add_up_and_the_latest_finding_stays(store: Store):
    await store.rule_meters.add([BIRDS, Reading("noise", 1, 0, 5)])
    await store.rule_meters.add([Reading("birds", 5, 0, 7), replace(BIRDS, last_hit_at=NOW - timedelta(1))])
    await store.rule_meters.add([])
    assert await store.rule_meters.read() == {
        "birds": Reading("birds", 25, 4, 67, NOW),
        "noise": Reading("noise", 1, 0, 5),
    }


async def test_a_later_finding_and_the_first_one_are_told(store: Store):
    await store.rule_meters.add([Reading("birds", 1, 0, 0)])
    await store.rule_meters.add([BIRDS])
    await store.rule_meters.add([replace(BIRDS, last_hit_at=NOW + timedelta(1))])
    assert (await store.rule_meters.read())["birds"].last_hit_at == NOW + timedelta(1)
