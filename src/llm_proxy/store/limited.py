"""Calls that met the limit of their key, counted by the minute: no provider saw them, so they are no usage."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.dialects.sqlite import insert

from llm_proxy.store.database import Database
from llm_proxy.store.schema import limited_calls as table

# The minute, the key and the provider of some limited calls.
Place = tuple[datetime, str, str]

_INSERT = insert(table)
_ADD = _INSERT.on_conflict_do_update(
    index_elements=["minute", "api_key_id", "provider_id"], set_={"calls": table.c.calls + _INSERT.excluded.calls}
)


class LimitedCalls:
    """Writes the counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, counts: Mapping[Place, int]) -> None:
        """Add to what is counted already; return when it is durable. Raises StoreUnavailable."""
        rows = [
            {"minute": minute, "api_key_id": key_id, "provider_id": provider_id, "calls": calls}
            for (minute, key_id, provider_id), calls in counts.items()
        ]
        if rows:
            await self._database.write(lambda connection: connection.execute(_ADD, rows))
