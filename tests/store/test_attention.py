"""What needs attention: each case, and what just misses being one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from llm_proxy.records import ApiKey, Guardrail, Provider, UsageRecord
from llm_proxy.store import Store, attention
from llm_proxy.store.attention import Concerns, ConstantRule, FailingProvider, LimitedKey, MissingProvider, SilentRule
from tests.store.conftest import NOON, a_record, an_event

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOTHING = Concerns([], [], [], [], [])


async def concerns(store: Store) -> Concerns:
    return await store.attention.read(NOON)


def calls(provider: Provider, said: str, *, back: timedelta = MINUTE) -> list[UsageRecord]:
    """Return calls of a provider, the oldest first, a second apart; the newest was so long ago. ``E`` failed."""
    return [
        a_record(
            provider_id=provider.id,
            status="error" if letter == "E" else "ok",
            http_status=500 + number if letter == "E" else 200,
            created_at=NOON - back - SECOND * (len(said) - number),
        )
        for number, letter in enumerate(said)
    ]


async def rule(store: Store, changed_at: datetime = NOON - DAY, **more: Any) -> Guardrail:
    made = Guardrail(str(uuid4()), "canary", "reject", "", created_at=NOON - 90 * DAY, updated_at=changed_at)
    made = replace(made, **more)
    await store.database.write(lambda connection: store.guardrails.add(connection, made))
    return made


async def test_nothing_needs_attention_where_nothing_is(store: Store, key: ApiKey):
    assert await concerns(store) == NOTHING


@pytest.mark.parametrize(
    ("said", "back", "expected"),
    [
        ("EOOOO", MINUTE, (5, 1, True, 500)),
        ("OOEEOOOOOO", MINUTE, (10, 2, True, 503)),
        ("EOOOOO", MINUTE, None),  # less than a fifth
        ("EEOO", MINUTE, None),  # fewer than five calls
        ("EEOOO", HOUR, None),  # longer ago
        ("EEE", MINUTE, (3, 3, False, 502)),
        ("OEEE", 23 * HOUR, (0, 0, False, 503)),
        ("EEE", 24 * HOUR, None),
        ("EE", MINUTE, None),
        ("OEE", MINUTE, None),
        ("EEEO", 2 * HOUR, None),
    ],
)
async def test_a_provider_fails_often_within_an_hour_or_three_times_in_a_row(
    store: Store, provider: Provider, said, back, expected
):
    await store.usage.append(calls(provider, said, back=back))
    failing = [FailingProvider(provider.id, "Main", *expected)] if expected else []
    assert await concerns(store) == replace(NOTHING, failing=failing)


async def test_the_calls_of_one_provider_say_nothing_of_another_and_a_deleted_one_does_not_fail(
    store: Store, provider: Provider
):
    await store.usage.append([*calls(provider, "OOOOO"), *calls(replace(provider, id=str(uuid4())), "EEEEE")])
    assert await concerns(store) == NOTHING
    await store.usage.append(calls(provider, "EEEEE"))
    assert len((await concerns(store)).failing) == 1
    await store.providers.delete(provider.id)
    assert await concerns(store) == NOTHING


async def test_a_deleted_provider_is_missed_by_its_live_keys(store: Store, provider: Provider, key: ApiKey):
    revoked = await store.keys.create(
        name="Old", provider_id=provider.id, rate_limit_rpm=0, digest="cd" * 32, display="llmp-cdcd"
    )
    await store.keys.revoke(revoked.id)
    assert await concerns(store) == NOTHING
    await store.providers.delete(provider.id)
    assert await concerns(store) == replace(NOTHING, missing=[MissingProvider(provider.id, "Main", ("Team",))])
    await store.keys.revoke(key.id)
    assert await concerns(store) == NOTHING


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ({1: 10}, 10),
        ({1: 4, 60: 6}, 10),
        ({1: 9}, None),
        ({1: 9, 24 * 60 + 1: 9}, None),
        ({24 * 60 - 1: 11}, 11),
    ],
)
async def test_a_key_met_its_limit_ten_times_in_a_day(store: Store, key: ApiKey, minutes, expected):
    noon = NOON.replace(second=0, microsecond=0)
    places = {(noon - MINUTE * back, key.id, key.provider_id): count for back, count in minutes.items()}
    await store.limited.add(places | {(noon, str(uuid4()), key.provider_id): 50})
    limited = [LimitedKey(key.id, "Team", expected)] if expected else []
    assert await concerns(store) == replace(NOTHING, limited=limited)


async def test_a_revoked_key_meets_no_limit(store: Store, key: ApiKey):
    await store.limited.add({(NOON.replace(second=0, microsecond=0), key.id, key.provider_id): 50})
    await store.keys.revoke(key.id)
    assert await concerns(store) == NOTHING


async def judged(store: Store, found_by: Guardrail, *, replaced: int, rejected: int, clean: int) -> None:
    """Store calls in which a rule found something, twice each, and others."""
    ids = [str(uuid4()) for _ in range(replaced + rejected)]
    actions: Sequence[Any] = ["replaced"] * replaced + ["rejected"] * rejected
    await store.events.append(
        [
            an_event(guardrail_id=found_by.id, call_id=call_id, action=action, created_at=NOON - HOUR)
            for call_id, action in zip(ids, actions, strict=True)
            for _ in range(2)
        ]
    )
    forwarded = [*ids[:replaced], *(str(uuid4()) for _ in range(clean))]
    await store.usage.append([a_record(id=call_id, created_at=NOON - HOUR) for call_id in forwarded])


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"replaced": 10, "rejected": 0, "clean": 10}, (10, 20)),
        ({"replaced": 0, "rejected": 20, "clean": 0}, (20, 20)),
        ({"replaced": 4, "rejected": 8, "clean": 11}, (12, 23)),
        ({"replaced": 10, "rejected": 0, "clean": 11}, None),
        ({"replaced": 0, "rejected": 19, "clean": 0}, None),
        ({"replaced": 19, "rejected": 0, "clean": 0}, None),
    ],
)
async def test_a_rule_that_finds_something_in_half_of_the_calls_is_constant(store: Store, given, expected):
    mine = await rule(store)
    await judged(store, mine, **given)
    constant = [ConstantRule(mine.id, "canary", *expected)] if expected else []
    assert await concerns(store) == replace(NOTHING, constant=constant)


@pytest.mark.parametrize("state", ["disabled", "deleted", "a day ago"])
async def test_a_rule_that_is_not_in_force_or_found_nothing_lately_is_not_constant(store: Store, state):
    mine = await rule(store, enabled=state != "disabled")
    if state == "deleted":
        await store.guardrails.delete(mine.id)
    await judged(store, mine, replaced=30, rejected=0, clean=0)
    now = NOON + DAY if state == "a day ago" else NOON
    assert (await store.attention.read(now)).constant == []


async def test_of_very_many_calls_the_newest_are_looked_at(store: Store, monkeypatch: pytest.MonkeyPatch):
    mine = await rule(store)
    await judged(store, mine, replaced=0, rejected=0, clean=40)
    newer = [a_record(created_at=NOON - MINUTE * number) for number in range(20)]
    await store.usage.append(newer)
    told = [
        an_event(guardrail_id=mine.id, call_id=each.id, action="replaced", created_at=each.created_at)
        for each in newer[:10]
    ]
    await store.events.append(told)
    assert (await concerns(store)).constant == []
    monkeypatch.setattr(attention, "_MOST_CALLS", 20)
    assert (await concerns(store)).constant == [ConstantRule(mine.id, "canary", 10, 20)]


async def test_events_that_do_not_name_their_call_count_one_by_one(store: Store):
    mine = await rule(store)
    await store.events.append(
        [an_event(guardrail_id=mine.id, call_id="", action="rejected", created_at=NOON - HOUR) for _ in range(20)]
    )
    assert (await concerns(store)).constant == [ConstantRule(mine.id, "canary", 20, 20)]


@pytest.mark.parametrize(
    ("changed", "hit", "enabled", "is_silent"),
    [
        (7 * DAY, None, True, True),
        (7 * DAY, 31 * DAY, True, True),
        (7 * DAY - SECOND, None, True, False),  # it has not had its time yet
        (7 * DAY, 30 * DAY, True, False),
        (7 * DAY, None, False, False),
    ],
)
async def test_a_rule_that_found_nothing_in_a_month_is_silent(store: Store, changed, hit, enabled, is_silent):
    mine = await rule(store, NOON - changed, enabled=enabled)
    if hit is not None:
        await store.events.append([an_event(guardrail_id=mine.id, created_at=NOON - hit)])
    silent = [SilentRule(mine.id, "canary")] if is_silent else []
    assert await concerns(store) == replace(NOTHING, silent=silent)


async def test_a_call_whose_answer_was_refused_is_counted_once(store: Store) -> None:
    mine = await store.guardrails.create(pattern="secret", mode="reject", replace_by="")
    calls = [a_record(created_at=NOON - HOUR) for _ in range(40)]
    await store.usage.append(calls)
    refused = {"guardrail_id": mine.id, "action": "rejected", "direction": "response", "created_at": NOON - HOUR}
    await store.events.append([an_event(call_id=each.id, **refused) for each in calls[:20]])
    (rule,) = (await store.attention.read(NOON)).constant
    assert (rule.found, rule.calls) == (20, 40)
