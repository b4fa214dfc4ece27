from datetime import UTC, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from llm_proxy.store import Store
from llm_proxy.store.schema import Instant, metadata, storable

DIALECT = sqlite.dialect()


@pytest.mark.parametrize(
    ("instant", "stored"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), 0),
        (datetime(2026, 4, 19, 10, 0, 0, 123456, tzinfo=UTC), 1_776_592_800_123_456),
        (datetime(2026, 4, 19, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2))), 1_776_592_800_123_456),
        (datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC), -1),
        (datetime.max.replace(tzinfo=UTC), 253_402_300_799_999_999),
    ],
)
def test_an_instant_is_stored_in_microseconds_and_comes_back_in_utc(instant: datetime, stored: int) -> None:
    assert Instant().process_bind_param(instant, DIALECT) == stored
    back = Instant().process_result_value(stored, DIALECT)
    assert back == instant
    assert back.tzinfo is UTC


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(TypeError):
        Instant().process_bind_param(datetime(2026, 4, 19), DIALECT)  # noqa: DTZ001 (the fault itself)


def test_text_that_no_database_takes_is_replaced_one_for_one() -> None:
    assert storable("a\ud800b\0c é") == "a?b?c é"


async def test_the_migrations_make_exactly_the_schema_that_queries_see(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        return compare_metadata(MigrationContext.configure(connection), metadata)

    assert await store.database.read(differences) == []


@pytest.mark.parametrize("table", metadata.sorted_tables, ids=str)
def test_every_table_can_be_said_in_postgresql(table) -> None:
    assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=postgresql.dialect()))
