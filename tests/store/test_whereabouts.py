from datetime import timedelta

import pytest

from llm_proxy.store import Store
from llm_proxy.store.whereabouts import Sightings, Whereabouts
from tests.store.conftest import NOON, an_event

MINE, OTHER = "a" * 32, "b" * 32


async def test_where_a_secret_went_is_told_over_all_events_that_found_it(store: Store) -> None:
    rule = {"guardrail_id": "r1", "rule_name": "AWS key"}
    await store.events.append(
        [
            an_event(fingerprints=(MINE, MINE), api_key_id="k1", model="m1", created_at=NOON, **rule),
            an_event(fingerprints=(MINE, OTHER), api_key_id="k2", model="m1", view="decoded",
                     action="monitored", created_at=NOON + timedelta(hours=2), guardrail_id="r2"),
            an_event(fingerprints=(MINE,), api_key_id="k1", model="m2", direction="response", endpoint="messages",
                     action="replaced", created_at=NOON + timedelta(hours=1), **rule),
            an_event(fingerprints=(OTHER,), api_key_id="k3"),
            an_event(api_key_id="k4"),
        ]
    )  # fmt: skip
    found = await store.sightings.of(MINE)
    assert (found.events, found.first_seen, found.last_seen) == (3, NOON, NOON + timedelta(hours=2))
    told = {kind: {place.value: place.events for place in places} for kind, places in found.places.items()}
    assert told["keys"] == {"k1": 2, "k2": 1}
    assert told["models"] == {"m1": 2, "m2": 1}
    assert told["actions"] == {"rejected": 1, "monitored": 1, "replaced": 1}
    assert told["directions"] == {"request": 2, "response": 1}
    assert told["endpoints"] == {"chat/completions": 2, "messages": 1}
    assert told["views"] == {"raw": 2, "decoded": 1}
    assert told["rules"] == {"r1": 2, "r2": 1}
    assert found.rule_names == {"r1": "AWS key", "r2": ""}
    first = found.places["keys"][0]
    assert (first.value, first.first_seen, first.last_seen) == ("k1", NOON, NOON + timedelta(hours=1))


async def test_a_secret_that_was_never_found_was_nowhere(store: Store) -> None:
    await store.events.append([an_event(fingerprints=(OTHER,))])
    assert await store.sightings.of(MINE) == Whereabouts()
    assert (await store.sightings.count(MINE), await store.sightings.count(OTHER)) == (0, 1)


async def test_a_deleted_event_is_forgotten(store: Store) -> None:
    await store.events.append([event := an_event(fingerprints=(MINE,))])
    await store.events.delete(event.id)
    assert await store.sightings.of(MINE) == Whereabouts()


@pytest.mark.parametrize("most", [1, 3])
async def test_all_are_counted_and_the_newest_told(store: Store, most: int) -> None:
    events = [an_event(fingerprints=(MINE,), created_at=NOON + timedelta(seconds=number)) for number in range(5)]
    await store.events.append(events)
    found = await Sightings(store.database, most).of(MINE)
    assert (found.events, sum(place.events for place in found.places["keys"])) == (5, most)
    assert found.last_seen == events[-1].created_at
