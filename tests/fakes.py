"""Fakes for the pipeline's ports. Each keeps what it was told, and does what its fields say."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from llm_proxy.core.keys import digest
from llm_proxy.core.watch import RuleSet, compile_rules
from llm_proxy.errors import AuditUnavailable, GuardrailUnavailable, ProxyError
from llm_proxy.limits.memory import MemoryLimiter
from llm_proxy.pipeline import Gateway
from llm_proxy.pipeline.bounds import Bounds
from llm_proxy.pipeline.lookout import Lookout
from llm_proxy.records import (
    ApiKey,
    Call,
    Guardrail,
    GuardrailEvent,
    Mode,
    Provider,
    Reply,
    Secret,
    UpstreamReply,
    UpstreamRequest,
    UsageRecord,
)

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEY = "llmp-" + "ab" * 32
CREDENTIAL = "sk-upstream-credential"


def rule(
    pattern: str, mode: Mode = "reject", replace_by: str = "", *, rule_id: str = "rule-1", enabled: bool = True
) -> Guardrail:
    return Guardrail(rule_id, pattern, mode, replace_by, NOW, NOW, enabled)


def provider(**changes: str) -> Provider:
    given = {"id": "provider-1", "name": "mock", "base_url": "http://upstream.test", "kind": "openai", **changes}
    return Provider(**given, credential=Secret(CREDENTIAL), created_at=NOW, updated_at=NOW)  # type: ignore[arg-type]


def api_key(**changes: object) -> ApiKey:
    given = {"id": "key-1", "name": "team", "digest": digest(KEY), "provider_id": "provider-1", "rate_limit_rpm": 0}
    return ApiKey(**{**given, **changes}, created_at=NOW)  # type: ignore[arg-type]


@dataclass
class FakeDirectory:
    keys: list[ApiKey] = field(default_factory=lambda: [api_key()])
    providers: list[Provider] = field(default_factory=lambda: [provider()])
    guardrails: Sequence[Guardrail] | None = ()

    def find_key(self, digest: str) -> ApiKey | None:
        return next((key for key in self.keys if key.digest == digest), None)

    def find_provider(self, provider_id: str) -> Provider | None:
        return next((each for each in self.providers if each.id == provider_id), None)

    @property
    def rules(self) -> RuleSet:
        if self.guardrails is None:
            raise GuardrailUnavailable
        return compile_rules(self.guardrails, 1)


@dataclass
class FakeUpstream:
    """Answers each request with ``status``, ``headers`` and ``parts``; an exception among the parts is raised there."""

    parts: Sequence[bytes | BaseException] = (b'{"choices":[]}',)
    status: int = 200
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    error: ProxyError | None = None
    requests: list[UpstreamRequest] = field(default_factory=list)
    closed: int = 0

    async def send(self, request: UpstreamRequest) -> UpstreamReply:
        self.requests.append(request)
        if self.error is not None:
            raise self.error
        headers = (("content-type", self.content_type), *self.headers)
        return UpstreamReply(self.status, headers, self._body(), self._close)

    async def _body(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            if isinstance(part, BaseException):
                raise part
            yield part

    def _close(self) -> None:
        self.closed += 1


@dataclass
class FakeLedger:
    opened: list[UsageRecord] = field(default_factory=list)
    booked: list[UsageRecord] = field(default_factory=list)
    events: list[GuardrailEvent] = field(default_factory=list)
    limited_keys: list[tuple[str, str]] = field(default_factory=list)
    is_broken: bool = False

    def begin(self, record: UsageRecord) -> None:
        self.opened.append(record)

    def put(self, record: UsageRecord) -> None:
        self.booked.append(record)

    def limited(self, key_id: str, provider_id: str) -> None:
        self.limited_keys.append((key_id, provider_id))

    async def record_events(self, events: Sequence[GuardrailEvent]) -> None:
        if self.is_broken:
            raise AuditUnavailable
        self.events.extend(events)


@dataclass
class World:
    """A gateway among fakes."""

    directory: FakeDirectory = field(default_factory=FakeDirectory)
    upstream: FakeUpstream = field(default_factory=FakeUpstream)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    bounds: Bounds = field(default_factory=Bounds)
    lookout: Lookout = field(default_factory=Lookout)

    def __post_init__(self) -> None:
        key = Secret("a key for placeholders")
        self.gateway = Gateway(self.directory, MemoryLimiter(), self.upstream, self.ledger, self.bounds, key)
        self.gateway.lookout = self.lookout

    def call(self, body: bytes, endpoint: str = "chat/completions", key: str = KEY, **changes: Any) -> Call:
        async def receive_body() -> bytes:
            return body

        return Call(
            "call-1", "req_1", endpoint, Secret(key), {"content-type": "application/json"}, receive_body, **changes
        )

    async def answer(self, body: bytes, endpoint: str = "chat/completions") -> tuple[Reply, bytes]:
        """Answer a call and read the whole reply."""
        reply = await self.gateway.answer(self.call(body, endpoint))
        return reply, await read(reply)


async def read(reply: Reply) -> bytes:
    if isinstance(reply.body, bytes):
        return reply.body
    return b"".join([part async for part in reply.body])
