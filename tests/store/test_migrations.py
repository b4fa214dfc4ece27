import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect

from llm_proxy.errors import Conflict, StoreError, StoreUnavailable
from llm_proxy.store import Store
from llm_proxy.store.migrations import upgrade
from tests.store.conftest import OpenStore, an_event


def dump(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [line for line in connection.iterdump() if "pinged_at" not in line]
    finally:
        connection.close()


async def test_D12_a_second_migration_changes_nothing(open_store: OpenStore, path: Path) -> None:
    await (await open_store()).close()
    before = dump(path)
    store = await open_store()
    await store.database.write(upgrade)
    await store.close()
    assert dump(path) == before
    assert "CREATE TABLE providers" in "\n".join(before)


async def test_D12_a_database_of_a_newer_release_is_refused(open_store: OpenStore, path: Path) -> None:
    await (await open_store()).close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer release"):
        await open_store()
    assert path.read_bytes() == before


async def test_a_migration_that_fails_leaves_nothing_behind(store: Store) -> None:
    def drop_and_upgrade(connection: Connection) -> None:
        for table in reversed(inspect(connection).get_table_names()):
            if table not in {"admin_log", "providers"}:
                connection.exec_driver_sql(f"DROP TABLE {table}")
        upgrade(connection)  # stumbles over the table that is there already

    before = await store.database.read(lambda connection: set(inspect(connection).get_table_names()))
    with pytest.raises(StoreUnavailable):
        await store.database.write(drop_and_upgrade)
    assert await store.database.read(lambda connection: set(inspect(connection).get_table_names())) == before


async def test_versions_of_rules_can_be_neither_changed_nor_deleted(store: Store) -> None:
    add = "INSERT INTO guardrail_versions VALUES ('a', 1, '{}', 0, 'admin', 'created')"
    await store.database.write(lambda connection: connection.exec_driver_sql(add) and None)
    for change in ("UPDATE guardrail_versions SET by = 'nobody'", "DELETE FROM guardrail_versions"):
        with pytest.raises(Conflict):
            await store.database.write(lambda connection, sql=change: connection.exec_driver_sql(sql) and None)


@pytest.mark.parametrize(("change", "marks"), [("model = 'other'", 1), ("hash = 'aa', prev_hash = 'bb'", 0)])
async def test_only_what_is_summed_makes_an_hour_stale(store: Store, change: str, marks: int) -> None:
    await store.events.append([an_event()])

    def job(connection: Connection) -> int:
        connection.exec_driver_sql("DELETE FROM stale_periods")
        connection.exec_driver_sql(f"UPDATE guardrail_events SET {change}")
        return connection.exec_driver_sql("SELECT count(*) FROM stale_periods").scalar_one()

    assert await store.database.write(job) == marks
