"""What did it cost? One record for each call that was on its way to a provider, whatever became of it."""

import time
from dataclasses import replace
from datetime import UTC, datetime

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.usage import Meter
from llm_proxy.errors import ProxyError
from llm_proxy.pipeline.guard import Guarded
from llm_proxy.pipeline.places import Places
from llm_proxy.ports import Ledger
from llm_proxy.records import ApiKey, Call, Tokens, UsageRecord, UsageStatus


class Account:
    """One call's usage record: opened before the provider is asked, closed exactly once, without awaiting anything.

    It holds the call's place among those in flight from its opening to its close. The opening record is what stands
    if the process dies: it says ``interrupted`` and estimates the prompt.
    """

    def __init__(
        self, call: Call, endpoint: Endpoint, key: ApiKey, guarded: Guarded, *, ledger: Ledger, places: Places
    ) -> None:
        places.take(key.provider_id)
        self._places = places
        self.meter = Meter(endpoint, guarded.prompt_characters)
        self._notes = call.notes
        self._ledger = ledger
        self._started = time.perf_counter()
        self._first_byte_ms: float | None = None
        self._closed = False
        self._record = UsageRecord(
            id=call.id,
            api_key_id=key.id,
            provider_id=key.provider_id,
            endpoint=endpoint.name,
            model=guarded.label,
            tokens=self.meter.tokens(complete=False),
            status="interrupted",
            http_status=0,
            is_streaming=guarded.is_streaming,
            created_at=datetime.now(UTC),
        )
        try:
            ledger.begin(self._record)
        except ProxyError:
            places.free(key.provider_id)
            raise

    def first_byte(self) -> None:
        """Note the time of the answer's first part."""
        if self._first_byte_ms is None:
            self._first_byte_ms = self._elapsed_ms()

    def close(self, status: UsageStatus, http_status: int, tokens: Tokens | None = None) -> None:
        """Book the call. ``tokens`` None reads the meter: its counts are complete when the status is ``ok``."""
        if self._closed:
            return
        self._closed = True
        counted = self.meter.tokens(complete=status == "ok" or self.meter.finished) if tokens is None else tokens
        record = replace(
            self._record,
            model=self._record.model or self.meter.model[:200],
            tokens=counted,
            status=status,
            http_status=http_status,
            duration_ms=self._elapsed_ms(),
            first_byte_ms=self._first_byte_ms,
        )
        self._places.free(self._record.provider_id)
        self._notes.tokens, self._notes.outcome = counted, status
        self._ledger.put(record)

    def _elapsed_ms(self) -> float:
        return (time.perf_counter() - self._started) * 1000
