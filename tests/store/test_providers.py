from dataclasses import replace

import pytest

from llm_proxy.errors import Conflict, StoreUnavailable
from llm_proxy.records import Provider, Secret
from llm_proxy.store import Store


async def create(store: Store, name: str) -> Provider:
    return await store.providers.create(
        name=name, base_url="https://a.test/v1", kind="openai", credential=Secret("sk-1")
    )


def seen(provider: Provider | None) -> tuple[object, ...]:
    assert provider is not None
    return provider.id, provider.name, provider.base_url, provider.kind, provider.credential.reveal()


async def test_a_provider_comes_back_as_it_was_stored(store: Store) -> None:
    made = await create(store, "Müller & Søn")
    for found in (await store.providers.get(made.id), (await store.providers.list())[0]):
        assert seen(found) == (made.id, "Müller & Søn", "https://a.test/v1", "openai", "sk-1")
        assert (found.created_at, found.updated_at) == (made.created_at, made.created_at)


async def test_the_newest_comes_first(store: Store) -> None:
    for name in "abc":
        await create(store, name)
    assert [provider.name for provider in await store.providers.list()] == ["c", "b", "a"]


@pytest.mark.parametrize(
    "changes", [{"name": "other"}, {"base_url": "https://b.test"}, {"kind": "azure"}, {"credential": "sk-2"}]
)
async def test_an_update_changes_what_was_given_and_nothing_else(store: Store, changes: dict[str, str]) -> None:
    made = await create(store, "a")
    given = {name: Secret(value) if name == "credential" else value for name, value in changes.items()}
    changed = await store.providers.update(made.id, **given)
    assert seen(changed) == seen(replace(made, **given)) != seen(made)
    assert seen(await store.providers.get(made.id)) == seen(changed)
    assert changed.created_at == made.created_at < changed.updated_at


async def test_an_update_of_nothing_changes_nothing(store: Store) -> None:
    made = await create(store, "a")
    revision = await store.revision()
    assert (await store.providers.update(made.id)).updated_at == made.updated_at
    assert await store.revision() == revision


async def test_a_living_name_is_taken(store: Store) -> None:
    first, second = await create(store, "a"), await create(store, "b")
    with pytest.raises(Conflict) as caught:
        await create(store, "a")
    assert caught.value.param == "name"
    with pytest.raises(Conflict):
        await store.providers.update(second.id, name="a")
    assert (await store.providers.update(first.id, name="a")).name == "a", "one's own name is not taken"


async def test_a_name_is_free_again_when_its_provider_is_deleted(store: Store) -> None:
    old = await create(store, "a")
    await store.providers.delete(old.id)
    new = await create(store, "a")
    assert await store.providers.names() == {old.id: "a", new.id: "a"}


async def test_D24_a_deleted_provider_leaves_its_name_and_not_its_credential(store: Store) -> None:
    made = await create(store, "a")
    assert await store.providers.delete(made.id)
    assert await store.providers.get(made.id) is None
    assert list(await store.providers.list()) == []
    assert await store.providers.update(made.id, name="b") is None
    assert await store.providers.names() == {made.id: "a"}
    row = "SELECT credential_sealed FROM providers"
    assert await store.database.read(lambda connection: connection.exec_driver_sql(row).scalar()) == b""
    assert not await store.providers.delete(made.id)


@pytest.mark.parametrize("unknown", ["", "nobody", "00000000-0000-0000-0000-000000000000"])
async def test_an_unknown_provider_is_not_there(store: Store, unknown: str) -> None:
    assert await store.providers.get(unknown) is None
    assert await store.providers.update(unknown, name="x") is None
    assert not await store.providers.delete(unknown)
    assert await store.revision() == 0


async def test_T22_a_credential_moved_to_another_row_is_not_used(store: Store) -> None:
    await create(store, "a")
    await create(store, "b")
    move = "UPDATE providers SET credential_sealed = (SELECT credential_sealed FROM providers WHERE name = 'a')"
    await store.database.write(lambda connection: connection.exec_driver_sql(move) and None)
    with pytest.raises(StoreUnavailable, match="sealed value"):
        await store.snapshot()
