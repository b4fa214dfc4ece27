"""Usage and audit on their way into the store: nothing is lost when a process dies, nothing waits that need not."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime

import structlog

from llm_proxy.errors import AuditUnavailable, StoreUnavailable
from llm_proxy.ledger.journal import Journal
from llm_proxy.records import GuardrailEvent, UsageRecord

log = structlog.get_logger()

_LINGER_S = 0.1  # records of this long make one batch
_RETRY_S = 1.0
_BATCH = 2000
_REWRITE_BYTES = 8 << 20


class JournalledLedger:
    """Journals usage at once and moves it into the store in batches; writes guard-rail events before it returns.

    ``append_usage`` must be idempotent by the record's id; ``add_limited`` adds to what is counted by minute, key and
    provider. All three callables raise StoreUnavailable when nothing was written.

    Limited calls are not journalled: a process that is killed loses the counts since its last flush: a tenth of a
    second of them, while the store can be written.
    """

    def __init__(
        self,
        journal: Journal,
        append_usage: Callable[[Sequence[UsageRecord]], Awaitable[None]],
        append_events: Callable[[Sequence[GuardrailEvent]], Awaitable[None]],
        add_limited: Callable[[Mapping[tuple[datetime, str, str], int]], Awaitable[None]],
    ) -> None:
        self._journal = journal
        self._append_usage = append_usage
        self._append_events = append_events
        self._add_limited = add_limited
        self._limited: Counter[tuple[datetime, str, str]] = Counter()
        self._opening: dict[str, UsageRecord] = {}
        self._waiting: list[UsageRecord] = []
        self._filled = asyncio.Event()
        self._turn = asyncio.Lock()
        self._writer: asyncio.Task[None] | None = None
        self.healthy = True

    async def start(self) -> None:
        """Move what an earlier process left into the store, then begin to write. Raises StoreUnavailable."""
        for orphan in self._journal.orphans():
            if orphan.records:
                await self._append_usage(orphan.records)
            log.info("usage.recovered", records=len(orphan.records), damaged=orphan.damaged)
            orphan.remove()
        self._writer = asyncio.create_task(self._write(), name="usage writer")

    async def stop(self) -> None:
        """Write what is waiting, as far as the store takes it; the rest stays in the journal for the next start."""
        if self._writer is not None:
            self._writer.cancel()
            with suppress(asyncio.CancelledError):
                await self._writer
        with suppress(StoreUnavailable):
            await self.flush()
        self._journal.close(is_settled=not self._waiting and not self._opening)

    def begin(self, record: UsageRecord) -> None:
        """Journal a call that is about to reach its provider.

        Raises AuditUnavailable when the journal cannot be written.
        """
        try:
            self._journal.append("begin", record)
        except OSError as exc:
            self._fall_ill()
            raise AuditUnavailable("Usage cannot be recorded now, so the call was not forwarded.") from exc
        self._opening[record.id] = record

    def put(self, record: UsageRecord) -> None:
        """Book a call. Returns at once, never raises: the record is in memory whatever the journal says."""
        try:
            self._journal.append("final", record)
        except OSError as exc:
            self._fall_ill()
            log.error("usage.journal_failed", error=exc.strerror)  # noqa: TRY400 (no traceback: the reason is the message)
        self._opening.pop(record.id, None)
        self._waiting.append(record)
        self._filled.set()

    def limited(self, key_id: str, provider_id: str) -> None:
        """Count a call that its key's rate limit refused. Returns at once, never raises."""
        self._limited[datetime.now(UTC).replace(second=0, microsecond=0), key_id, provider_id] += 1
        self._filled.set()

    async def record_events(self, events: Sequence[GuardrailEvent]) -> None:
        """Return when the events are in the store, synced; raises AuditUnavailable."""
        try:
            await self._append_events(events)
        except StoreUnavailable as exc:
            log.error("audit.failed", events=len(events), error=str(exc))  # noqa: TRY400 (the reason is the message)
            raise AuditUnavailable from exc

    def _fall_ill(self) -> None:
        """Say so, and let the writer find out when it is over: no call comes to a process that is not ready."""
        self.healthy = False
        self._filled.set()

    async def _write(self) -> None:
        while True:
            await self._filled.wait()
            await asyncio.sleep(_LINGER_S if self.healthy else _RETRY_S)
            try:
                await self.flush()
                if not self.healthy:
                    self._filled.set()
            except StoreUnavailable as exc:
                self.healthy = False
                log.error("usage.delayed", records=len(self._waiting), error=str(exc))  # noqa: TRY400 (the reason is the message)

    async def flush(self) -> None:
        """Move all waiting records into the store; they leave memory only then. Raises StoreUnavailable."""
        async with self._turn:
            while batch := self._waiting[:_BATCH]:
                await self._append_usage(batch)
                del self._waiting[: len(batch)]
            self._filled.clear()
            if self._limited:
                # Unlike a record, a count must not be written twice: to stop this must not cut it off half-way.
                await asyncio.shield(self._move_limited())
            self.healthy = self._tend_journal()

    async def _move_limited(self) -> None:
        counts, self._limited = self._limited, Counter()
        try:
            await self._add_limited(counts)
        except StoreUnavailable:
            self._limited.update(counts)
            self._filled.set()
            raise

    def _tend_journal(self) -> bool:
        """Keep the journal short; tell whether it can be written. A fault leaves the old file, which has everything."""
        try:
            if self._journal.size > _REWRITE_BYTES:
                self._journal.rewrite(list(self._opening.values()))
            self._journal.probe()
        except OSError as exc:
            log.error("usage.journal_failed", error=exc.strerror)  # noqa: TRY400 (the reason is the message)
            return False
        return True
