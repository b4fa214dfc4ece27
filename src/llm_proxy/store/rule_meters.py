"""What rules cost and find, summed over all processes and restarts."""

from collections.abc import Sequence

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects.sqlite import insert

from llm_proxy.core.tally import Reading
from llm_proxy.store.database import Database
from llm_proxy.store.schema import rule_meters as table


class RuleMeters:
    """Adds readings up, and reads the sums."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, readings: Sequence[Reading]) -> None:
        """Add readings to the sums of their rules; raises StoreUnavailable."""
        if not readings:
            return
        row = insert(table)
        new = row.excluded
        summed = {name: table.c[name] + new[name] for name in ("calls", "hits", "time_us")}
        latest = func.coalesce(func.max(table.c.last_hit_at, new.last_hit_at), new.last_hit_at, table.c.last_hit_at)
        add = row.on_conflict_do_update(index_elements=["guardrail_id"], set_=summed | {"last_hit_at": latest})
        rows = [
            {
                "guardrail_id": each.guardrail_id,
                "calls": each.calls,
                "hits": each.hits,
                "time_us": each.time_us,
                "last_hit_at": each.last_hit_at,
            }
            for each in readings
        ]
        await self._database.write(lambda connection: connection.execute(add, rows))

    async def read(self) -> dict[str, Reading]:
        """Return the sums by rule, deleted rules and those of packs among them."""

        def query(connection: Connection) -> dict[str, Reading]:
            return {row.guardrail_id: Reading(*row) for row in connection.execute(select(table))}

        return await self._database.read(query)
