from datetime import timedelta

from sqlalchemy import select

from llm_proxy.store import Store
from llm_proxy.store.schema import limited_calls
from tests.store.conftest import NOON

MINUTE = NOON.replace(second=0, microsecond=0)


async def test_counts_of_one_minute_key_and_provider_add_up_and_others_stand_alone(store: Store) -> None:
    await store.limited.add({(MINUTE, "key-1", "provider-1"): 2, (MINUTE, "key-2", "provider-1"): 5})
    await store.limited.add(
        {(MINUTE, "key-1", "provider-1"): 3, (MINUTE + timedelta(minutes=1), "key-1", "provider-1"): 1}
    )
    await store.limited.add({})
    rows = await store.database.read(
        lambda connection: [tuple(row) for row in connection.execute(select(limited_calls))]
    )
    assert set(rows) == {
        (MINUTE, "key-1", "provider-1", 5),
        (MINUTE, "key-2", "provider-1", 5),
        (MINUTE + timedelta(minutes=1), "key-1", "provider-1", 1),
    }
