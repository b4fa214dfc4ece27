"""The bodies of the admin API, in and out. A body in is strict: unknown members, null and conversions are refused."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from llm_proxy.records import (
    Action,
    Direction,
    FieldClass,
    Mode,
    ProviderKind,
    Severity,
    UsageSource,
    UsageStatus,
    ViewName,
)
from llm_proxy.web.admin.fields import Credential, Identifier, Name, RateLimit, absent

# --- in ---------------------------------------------------------------------------------------------------------------


class Body(BaseModel):
    """What every request body shares."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @property
    def given(self) -> dict[str, Any]:
        """The members that the client wrote, and no others."""
        return self.model_dump(exclude_unset=True)


class ProviderCreate(Body):
    """A new provider."""

    name: Name
    base_url: str
    api_key: Credential


class ProviderUpdate(Body):
    """A change of a provider: absent members stay as they are."""

    name: Name = absent()
    base_url: str = absent()
    api_key: Credential = absent()


class KeyCreate(Body):
    """A new key."""

    name: Name
    provider_id: Identifier
    rate_limit_rpm: RateLimit = 0


class KeyUpdate(Body):
    """A change of a key: absent members stay as they are."""

    name: Name = absent()
    provider_id: Identifier = absent()
    rate_limit_rpm: RateLimit = absent()


# --- out --------------------------------------------------------------------------------------------------------------


class View(BaseModel):
    """What every answer shares: it is read off a record, and holds nothing but what it names."""

    model_config = ConfigDict(from_attributes=True)


class Provider(View):
    """A provider, without its credential.

    Its health is read off the calls of its last seven days: null where there were none.
    """

    id: str
    name: str
    base_url: str
    kind: ProviderKind
    created_at: datetime
    updated_at: datetime
    key_count: int = Field(0, description="Keys that are not revoked.")
    last_success_at: datetime | None = None
    last_error_at: datetime | None = None
    last_error_status: int | None = Field(None, description="The HTTP status that the client saw.")


class ApiKey(View):
    """A key, without the key itself; ``display`` is its beginning. ``revoked_at`` is there when it was revoked."""

    id: str
    name: str
    provider_id: str
    rate_limit_rpm: int
    display: str
    created_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class MintedKey(View):
    """A new key: the only answer that holds ``key``."""

    id: str
    name: str
    key: str
    provider_id: str
    rate_limit_rpm: int
    display: str
    created_at: datetime


class GuardrailEvent(View):
    """What one rule found in one text of one call, and the text. ``api_key_name`` is null for a key that never was.

    ``spans`` are offsets into the text in code points; ``fingerprints`` and ``previews`` tell the secret of each.
    """

    id: str
    guardrail_id: str
    api_key_id: str
    pattern: str
    mode: Mode
    input_text: str
    place: str
    endpoint: str
    action: str
    call_id: str
    created_at: datetime
    spans: list[tuple[int, int]] = []
    provider_id: str = ""
    model: str = ""
    rule_name: str = ""
    rule_version: int = 1
    severity: Severity = "medium"
    direction: Direction = "request"
    field_class: FieldClass = "A"
    view: ViewName = "raw"
    fingerprints: list[str] = []
    previews: list[str] = []
    request_id: str = Field("", description="The call's `x-request-id`; empty where a rule found something in it.")
    ruleset_version: int | None = Field(None, description="The revision of the rules in force.")
    latency_us: int | None = Field(None, description="What reading and inspecting took until then, in microseconds.")
    body_bytes: int | None = Field(None, description="The size of the body, or of what was read of a stream.")
    client_hash: str = Field("", description="A keyed hash of the client's address.")
    is_forwarded: bool | None = Field(None, description="Whether the request went to the provider, or was about to.")
    api_key_name: str | None = None


class GuardrailEventBrief(View):
    """What one rule found in one text of one call, without the text. ``matches`` counts the findings in it."""

    id: str
    guardrail_id: str
    api_key_id: str
    pattern: str
    mode: Mode
    action: Action
    place: str
    endpoint: str
    call_id: str
    provider_id: str
    model: str
    matches: int
    created_at: datetime
    api_key_name: str | None
    provider_name: str | None
    rule_name: str
    rule_version: int
    severity: Severity
    direction: Direction
    field_class: FieldClass
    view: ViewName
    fingerprints: list[str]
    previews: list[str]
    request_id: str = Field(description="The call's `x-request-id`; empty where a rule found something in it.")
    ruleset_version: int | None = Field(description="The revision of the rules in force.")
    latency_us: int | None = Field(description="What reading and inspecting took until then, in microseconds.")
    body_bytes: int | None = Field(description="The size of the body, or of what was read of a stream.")
    client_hash: str = Field(description="A keyed hash of the client's address.")
    is_forwarded: bool | None = Field(description="Whether the request went to the provider, or was about to.")


class GuardrailEventSearch(View):
    """Some events without their texts, newest first. ``next_cursor`` continues the search; null at its end.

    A search looks at a bounded number of events at a time: fewer than asked for, even none, is not the end while there
    is a ``next_cursor``. ``searched_to`` is the time of the last event it looked at.
    """

    records: list[GuardrailEventBrief]
    next_cursor: str | None
    searched_to: datetime | None


class GuardrailEventPage(View):
    """Some events, newest first, and how many match in all."""

    records: list[GuardrailEvent]
    total: int


class UsageRecord(View):
    """What one call cost. ``source`` says where its numbers come from. Names are null for ids that never were."""

    id: str
    api_key_id: str
    provider_id: str
    endpoint: str
    model: str
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    cached_tokens: int
    reasoning_tokens: int
    source: UsageSource
    status: UsageStatus
    http_status: int
    is_streaming: bool
    duration_ms: float
    first_byte_ms: float | None
    created_at: datetime
    api_key_name: str | None
    provider_name: str | None


class UsagePage(View):
    """Some usage records, newest first; how many match in all, and the sums over all that match.

    ``next_cursor`` continues after the last record, as fast on the last page as on the first; null at the end.
    """

    records: list[UsageRecord]
    total: int
    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    next_cursor: str | None = None
