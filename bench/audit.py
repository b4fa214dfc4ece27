"""What the chain of the audit trail costs: ``bench/audit.py [events]``, in a temporary folder.

Prints milliseconds: appending 1, 100 and 10,000 events (the best of several, the commit included), verifying, asking
where a secret went, and removing what is too old; and how long a call's event waited meanwhile.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from rich.console import Console
from rich.table import Table as Printed

from llm_proxy.records import GuardrailEvent
from llm_proxy.store import Store
from llm_proxy.store.event_search import EventQuery

NOW = datetime(2026, 4, 19, 12, tzinfo=UTC)
COMMON = "a" * 32  # the fingerprint that every other event has


def event(number: int, days: int = 0) -> GuardrailEvent:
    """Return one of about 500 bytes."""
    return GuardrailEvent(
        id=str(uuid4()),
        guardrail_id=str(uuid4()),
        api_key_id=str(uuid4()),
        pattern="AKIA[0-9A-Z]{16}",
        mode="reject",
        input_text="use AKIA0123456789ABCDEF for this " + "x" * 400,
        created_at=NOW - timedelta(days=days),
        call_id=str(uuid4()),
        endpoint="chat/completions",
        place="messages[0].content",
        spans=((4, 24),),
        fingerprints=(COMMON if number % 2 else f"{number:032x}",),
        previews=("AKIA…(20)",),
        rule_name="AWS access key",
    )


async def main(count: int) -> None:
    """Time it all."""
    table = Printed("Audit trail", "ms")
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(f"{folder}/bench.db", None)
        for size, times in ((1, 50), (100, 10), (10_000, 1)):
            best = min([await ms(lambda size=size: append(store, size)) for _ in range(times)])
            table.add_row(f"append {size:,}", f"{best:,.2f}")
        for _ in range(0, count, 5000):
            await append(store, 5000, days=60)
        table.add_row(f"verify {(await store.audit.verify()).events:,}", f"{await ms(store.audit.verify):,.0f}")
        table.add_row("where a common secret went", f"{await ms(lambda: store.sightings.of(COMMON)):,.1f}")
        query = EventQuery(fingerprint=COMMON)
        table.add_row("its newest events", f"{await ms(lambda: store.event_search.page(query)):,.1f}")
        table.add_row("where a rare secret went", f"{await ms(lambda: store.sightings.of(f'{0:032x}')):,.1f}")
        waits: list[float] = []
        calls = asyncio.create_task(call(store, waits))
        table.add_row(f"purge {count:,}", f"{await ms(lambda: store.retention.purge({'medium': 30}, NOW)):,.0f}")
        calls.cancel()
        table.add_row("longest wait of an event meanwhile", f"{max(waits):,.1f}")
        assert (await store.audit.verify()).is_whole
        await store.close()
    Console().print(table)


async def append(store: Store, size: int, days: int = 0) -> None:
    await store.events.append([event(number, days) for number in range(size)])


async def call(store: Store, waits: list[float]) -> None:
    while True:
        waits.append(await ms(lambda: append(store, 1)))
        await asyncio.sleep(0.005)


async def ms(run: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await run()
    return (time.perf_counter() - started) * 1000


if __name__ == "__main__":
    asyncio.run(main(int((*sys.argv[1:], "20000")[0])))
