from dataclasses import replace
from datetime import timedelta

import pytest

from llm_proxy.errors import BadRequest, Conflict
from llm_proxy.records import ApiKey, Provider, Secret
from llm_proxy.store import Store
from tests.store.conftest import NOON, a_record

NOBODY = "00000000-0000-0000-0000-000000000000"


async def create(store: Store, provider_id: str, name: str) -> ApiKey:
    return await store.keys.create(
        name=name, provider_id=provider_id, rate_limit_rpm=10**9, digest=name * 64, display="llmp-1a2b"
    )


async def test_a_key_comes_back_as_it_was_stored(store: Store, key: ApiKey) -> None:
    assert await store.keys.get(key.id) == key
    assert await store.keys.list() == [key]
    assert await store.keys.names() == {key.id: "Team"}


async def test_the_newest_comes_first(store: Store, provider: Provider) -> None:
    for name in "abc":
        await create(store, provider.id, name)
    assert [key.name for key in await store.keys.list()] == ["c", "b", "a"]


async def test_a_key_needs_a_living_provider(store: Store, provider: Provider, key: ApiKey) -> None:
    other = await store.providers.create(name="Old", base_url="https://a", kind="openai", credential=Secret("c"))
    await store.providers.delete(other.id)
    for gone in (NOBODY, other.id):
        for attempt in (create(store, gone, "a"), store.keys.update(key.id, provider_id=gone)):
            with pytest.raises(BadRequest) as caught:
                await attempt
            assert caught.value.param == "provider_id"
    assert await store.keys.list() == [key]


async def test_a_digest_is_stored_once(store: Store, provider: Provider) -> None:
    await create(store, provider.id, "a")
    with pytest.raises(Conflict):
        await create(store, provider.id, "a")


@pytest.mark.parametrize("changes", [{"name": "other"}, {"rate_limit_rpm": 0}, {"rate_limit_rpm": 7, "name": "x"}])
async def test_an_update_changes_what_was_given_and_nothing_else(store: Store, key: ApiKey, changes: dict) -> None:
    changed = await store.keys.update(key.id, **changes)
    assert changed == replace(key, **changes)
    assert await store.keys.get(key.id) == changed


async def test_a_key_can_move_to_another_provider(store: Store, key: ApiKey) -> None:
    other = await store.providers.create(name="New", base_url="https://a", kind="openai", credential=Secret("c"))
    assert (await store.keys.update(key.id, provider_id=other.id)).provider_id == other.id


async def test_a_revoked_key_stays_in_the_list_and_cannot_be_changed(store: Store, key: ApiKey) -> None:
    assert await store.keys.revoke(key.id)
    (revoked,) = await store.keys.list()
    assert revoked.revoked_at > key.created_at
    assert revoked == await store.keys.get(key.id) == replace(key, revoked_at=revoked.revoked_at)
    assert not await store.keys.revoke(key.id)
    assert await store.keys.update(key.id, name="back") is None
    assert await store.keys.get(key.id) == revoked


async def test_D24_a_key_outlives_its_provider(store: Store, provider: Provider, key: ApiKey) -> None:
    await store.providers.delete(provider.id)
    assert await store.keys.get(key.id) == key


async def test_an_unknown_key_is_not_there(store: Store) -> None:
    assert await store.keys.get(NOBODY) is None
    assert await store.keys.update(NOBODY, name="x") is None
    assert not await store.keys.revoke(NOBODY)
    assert await store.revision() == 0


async def test_when_a_key_last_called_is_told_of_all_keys_or_of_one(store: Store, key: ApiKey) -> None:
    idle = await create(store, key.provider_id, "c")
    assert await store.keys.last_used() == {}
    ages = [timedelta(hours=2), timedelta(0), timedelta(hours=1)]
    await store.usage.append([a_record(api_key_id=key.id, created_at=NOON - age) for age in ages])
    await store.usage.append([a_record(created_at=NOON + timedelta(hours=1))])
    assert await store.keys.last_used() == await store.keys.last_used(key.id) == {key.id: NOON}
    assert await store.keys.last_used(idle.id) == {}
