"""What the pipeline needs of the world, as Protocols. Tests put fakes here; ``web.app`` puts the real ones."""

from collections.abc import Sequence
from typing import Protocol

from llm_proxy.core.watch import RuleSet
from llm_proxy.records import (
    Admission,
    ApiKey,
    GuardrailEvent,
    Provider,
    UpstreamReply,
    UpstreamRequest,
    UsageRecord,
)


class Directory(Protocol):
    """What is known in memory about keys, providers and rules."""

    def find_key(self, digest: str) -> ApiKey | None:
        """Return the live key with this hex SHA-256, or None when it is unknown, revoked or expired."""
        ...

    def find_provider(self, provider_id: str) -> Provider | None:
        """Return the provider, or None when it was deleted."""
        ...

    @property
    def rules(self) -> RuleSet:
        """Return the rule set in force; raises GuardrailUnavailable when none was ever loaded."""
        ...


class Limiter(Protocol):
    """Whose turn it is."""

    async def take(self, key_id: str, rpm: int) -> Admission:
        """Take one request from the key's bucket of ``rpm`` requests a minute (0: no limit)."""
        ...


class Upstream(Protocol):
    """The way to the providers."""

    async def send(self, request: UpstreamRequest) -> UpstreamReply:
        """Send and return as soon as the answer's headers are there; raises UpstreamError.

        A cancel closes the connection.
        """
        ...


class Ledger(Protocol):
    """What must not be lost."""

    def begin(self, record: UsageRecord) -> None:
        """Note that a call is about to reach a provider; without a later ``put`` this record stands."""
        ...

    def put(self, record: UsageRecord) -> None:
        """Book what a call cost. Returns at once; survives the death of the process."""
        ...

    def limited(self, key_id: str, provider_id: str) -> None:
        """Count a call that the key's rate limit refused. Returns at once, never raises."""
        ...

    async def record_events(self, events: Sequence[GuardrailEvent]) -> None:
        """Return when the events are durable; raises AuditUnavailable when they cannot be."""
        ...
