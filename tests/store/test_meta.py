from llm_proxy.store import Store, meta


async def test_a_value_is_kept_and_changed(store: Store) -> None:
    async def get() -> str | None:
        return await store.database.read(lambda connection: meta.get(connection, "name"))

    assert await get() is None
    for value in ("first", "second"):
        await store.database.write(lambda connection, value=value: meta.put(connection, "name", value))
        assert await get() == value


async def test_the_revision_counts_from_nought(store: Store) -> None:
    assert await store.revision() == 0
    for number in (1, 2, 3):
        await store.database.write(meta.bump_revision)
        assert await store.revision() == number
