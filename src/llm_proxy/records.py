"""The nouns. Frozen: a stage that changes one makes another with ``dataclasses.replace``."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal


class Secret:
    """A text that cannot be printed, logged or put into a traceback by accident. ``reveal()`` is the only way out."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        raise TypeError("compare secrets with hmac.compare_digest")

    __hash__ = None  # type: ignore[assignment]  # an unequal-able value has no hash


Mode = Literal["reject", "replace", "pseudonymise", "monitor"]
Severity = Literal["low", "medium", "high", "critical"]
Direction = Literal["request", "response"]
# A free text · B JSON in a string · C JSON tree (schema, tool input) · D label · E URL · F binary · G credential slot
# H protected by a signature · I control · J outside of the body (headers, query) · K unknown member
FieldClass = Literal["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K"]
ViewName = Literal["raw", "folded", "decoded", "joined", "spaceless"]
Action = Literal["rejected", "replaced", "pseudonymised", "monitored"]
Origin = Literal["api", "file", "pack", "built-in"]

DIRECTIONS: tuple[Direction, ...] = ("request", "response")
FIELD_CLASSES: tuple[FieldClass, ...] = ("A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K")
VIEWS: tuple[ViewName, ...] = ("raw", "folded", "decoded", "joined")  # spaceless is for monitor rules that ask for it
ProviderKind = Literal["openai", "anthropic", "azure", "sandbox"]
UsageSource = Literal["provider", "estimated", "partial", "none"]
UsageStatus = Literal["ok", "cancelled", "interrupted", "error"]


@dataclass(frozen=True, slots=True)
class Provider:
    """An upstream account. ``base_url`` as the administrator gave it; ``credential`` is what clients never see."""

    id: str
    name: str
    base_url: str
    kind: ProviderKind
    credential: Secret
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A proxy key. ``digest`` is the hex SHA-256 of the whole key, ``rate_limit_rpm`` 0 means no limit."""

    id: str
    name: str
    digest: str
    provider_id: str
    rate_limit_rpm: int
    created_at: datetime
    revoked_at: datetime | None = None
    display: str = ""  # the first characters of the key (``llmp-1a2b``), "" for an imported one


@dataclass(frozen=True, slots=True)
class Near:
    """Words that must stand near a match for it to count: an RE2 pattern, and how many characters around it reaches."""

    pattern: str
    before: int = 100
    after: int = 0


@dataclass(frozen=True, slots=True)
class Allow:
    """What a rule lets pass although its pattern matches.

    ``regexes`` (RE2) and ``stopwords`` (any case) are looked for in ``target``: the secret, the whole match, or the
    line it stands in. ``hashes`` are fingerprints of permitted values.
    """

    regexes: tuple[str, ...] = ()
    stopwords: tuple[str, ...] = ()
    hashes: tuple[str, ...] = ()
    target: Literal["secret", "match", "line"] = "secret"


@dataclass(frozen=True, slots=True)
class Audience:
    """Some calls, told by ids of keys and providers, globs of model names, and endpoint names."""

    keys: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """The calls a rule is for.

    Of each list of ``only`` that is not empty one entry must fit, and none of any list of ``exempt``.
    """

    only: Audience = Audience()
    exempt: Audience = Audience()


@dataclass(frozen=True, slots=True)
class Example:
    """A text, and whether the rule finds anything in it."""

    text: str
    match: bool = True


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A rule: what to look for (RE2 syntax) and what to do with it.

    ``replace_by`` is a Go template (``$1``, ``${name}``, ``$$``), or a literal text where ``template`` says so.
    ``secret_group`` is the group that is the secret: what is validated, replaced and masked; 0 is the whole match.
    """

    id: str
    pattern: str
    mode: Mode
    replace_by: str
    created_at: datetime
    updated_at: datetime
    enabled: bool = True
    name: str = ""
    severity: Severity = "medium"
    template: Literal["go", "literal"] = "go"
    secret_group: int | str = 0
    validators: tuple[str, ...] = ()
    near: Near | None = None
    allow: Allow = Allow()
    directions: tuple[Direction, ...] = ("request",)
    field_classes: tuple[FieldClass, ...] = FIELD_CLASSES
    views: tuple[ViewName, ...] = VIEWS
    scope: Scope = Scope()
    history: Literal["same", "redact"] = "same"
    examples: tuple[Example, ...] = ()
    description: str = ""
    version: int = 1
    origin: Origin = "api"
    pack: str = ""
    created_by: str = ""
    updated_by: str = ""
    copy_of: str = ""  # the id of the pack's rule in whose place it stands

    @property
    def label(self) -> str:
        """What the rule is called where it has no name."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class PackState:
    """How an administrator has set a pack. ``mode`` and ``directions``: None leaves each rule as the pack has it."""

    name: str
    enabled: bool = False
    mode: Mode | None = None
    directions: tuple[Direction, ...] | None = None
    disabled_rules: tuple[str, ...] = ()
    updated_at: datetime | None = None
    updated_by: str = ""


@dataclass(frozen=True, slots=True)
class GuardrailEvent:
    """The audit record of one rule's findings in one text of one call.

    ``pattern``, ``mode``, ``rule_name`` and ``severity`` are copies: the event outlives the rule. ``place`` is where
    the text stood (``messages[2].content``), ``spans`` code-point offsets into ``input_text``; ``fingerprints`` and
    ``previews`` tell the secret of each span: a keyed hash, the same wherever it is found, and its masked beginning.
    ``action`` is what became of the call's text. From ``request_id`` on, what older events do not tell is None or "".
    """

    id: str
    guardrail_id: str
    api_key_id: str
    pattern: str
    mode: Mode
    input_text: str
    created_at: datetime
    call_id: str = ""
    endpoint: str = ""
    place: str = ""
    spans: tuple[tuple[int, int], ...] = ()
    action: Action = "rejected"
    provider_id: str = ""
    model: str = ""  # as the client named it
    rule_name: str = ""
    rule_version: int = 1
    severity: Severity = "medium"
    direction: Direction = "request"
    field_class: FieldClass = "A"
    view: ViewName = "raw"
    fingerprints: tuple[str, ...] = ()
    previews: tuple[str, ...] = ()
    request_id: str = ""
    ruleset_version: int | None = None
    latency_us: int | None = None  # what reading and inspecting took until then
    body_bytes: int | None = None
    client_hash: str = ""  # of the client's address, keyed
    is_forwarded: bool | None = None  # the provider got the request, or was about to


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token counts of one answer.

    ``prompt`` and ``completion`` include ``cached`` and ``reasoning``, which break them down.
    """

    prompt: int = 0
    completion: int = 0
    cached: int = 0
    reasoning: int = 0
    source: UsageSource = "none"
    reported_total: int | None = None  # the provider's own sum, which some count otherwise

    @property
    def total(self) -> int:
        """The provider's sum where it gave one, else prompt and completion together."""
        return self.prompt + self.completion if self.reported_total is None else self.reported_total


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """What one call that reached a provider cost. ``id`` is the call's id: booking it twice is impossible."""

    id: str
    api_key_id: str
    provider_id: str
    endpoint: str
    model: str
    tokens: Tokens
    status: UsageStatus
    http_status: int  # as the client saw it; 0 when nothing was answered
    is_streaming: bool
    created_at: datetime
    duration_ms: float = 0.0
    first_byte_ms: float | None = None


@dataclass(slots=True)
class Notes:
    """What the stages learn about a call, for its one log line. Never a key, a text or a header."""

    key_id: str = ""
    provider_id: str = ""
    model: str = ""
    is_streaming: bool = False
    findings: int = 0
    found_outside: bool = False  # something was found outside of the body, perhaps in the client's request id
    upstream_status: int = 0
    tokens: Tokens = field(default_factory=Tokens)
    outcome: str = ""
    stopped: bool = False  # the process is ending this call, not the client


@dataclass(frozen=True, slots=True)
class Call:
    """One client request inside the pipeline. ``body`` is empty until ``receive_body`` was awaited by the gateway."""

    id: str  # UUID: the usage record's id
    request_id: str  # x-request-id, the client's own when it was well-formed
    endpoint: str  # a name in core.endpoints.ENDPOINTS
    presented_key: Secret
    headers: Mapping[str, str]  # lower-case, only those that may be forwarded
    receive_body: Callable[[], Awaitable[bytes]]
    remote: str = ""
    query: str = ""  # the allow-listed part of the query string, encoded
    outside: tuple[str, ...] = ()  # what the client wrote into forwarded headers and the query, inspected like texts
    body: bytes = b""
    notes: Notes = field(default_factory=Notes)


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back. ``body`` is closed by whoever iterates it.

    Its first part is already there when the status is sent.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: AsyncIterator[bytes] | bytes


@dataclass(frozen=True, slots=True)
class UpstreamRequest:
    """What a provider is asked: an absolute URL (or ``sandbox:…``), the headers with the credential, the body."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes
    provider_id: str = ""


@dataclass(frozen=True, slots=True)
class UpstreamReply:
    """What a provider answered. Iterate ``body`` for its parts."""

    status: int
    headers: tuple[tuple[str, str], ...]  # lower-case names, repeated ones kept
    body: AsyncIterator[bytes]
    close: Callable[[], None]  # ends a connection that was not read to its end, at once


@dataclass(frozen=True, slots=True)
class Admission:
    """A bucket's answer. Times in seconds; ``limit`` 0 means the key has no limit."""

    granted: bool
    limit: int
    remaining: int
    reset_s: float
    retry_after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything the data path knows, as read from the store in one transaction.

    Revoked keys and deleted objects are absent.
    """

    revision: int
    providers: tuple[Provider, ...] = field(default=())
    keys: tuple[ApiKey, ...] = field(default=())
    guardrails: tuple[Guardrail, ...] = field(default=())
    packs: tuple[PackState, ...] = field(default=())
