"""What the admin API tells of the audit trail as a whole: whether anyone changed it, and where a secret went."""

from datetime import datetime

from pydantic import Field

from llm_proxy.store.audit_report import FlawKind
from llm_proxy.web.admin.schemas import Body, GuardrailEventBrief, View


class Head(View):
    """The chain's last place: the number and the hash of an event."""

    seq: int
    hash: str


class Flaw(View):
    """Something wrong with the events from one number to another. ``event_id`` is "" where it is not about one event.

    ``put back`` are events where a tombstone tells that there are none, ``unlisted`` ones that a search by fingerprint
    passes over; ``head`` is about the end of the chain.
    """

    kind: FlawKind
    seq: int
    last_seq: int
    event_id: str
    note: str


class AuditReport(View):
    """What verifying the trail found. ``removed`` events are told of by ``tombstones``: that is no flaw.

    Of the flaws, ``flaw_count`` in all, the first thousand are told.
    """

    whole: bool = Field(description="Whether nothing is wrong.")
    events: int
    tombstones: int
    removed: int
    head: Head | None
    flaw_count: int
    flaws: list[Flaw]


class FingerprintAsk(Body):
    """A secret. It is neither stored nor logged."""

    value: str = Field(min_length=1, max_length=65536, json_schema_extra={"writeOnly": True})


class Fingerprint(View):
    """A secret's fingerprint, and how many events found it."""

    fingerprint: str
    count: int


class SightingPlace(View):
    """A key, a model, a rule … that a secret was found with. ``name`` is what people call it, null when it has none."""

    value: str
    name: str | None
    count: int
    first_seen: datetime
    last_seen: datetime


class SecretSightings(View):
    """Where a secret was found: in ``count`` events, the newest 20,000 of which are told apart by what they say.

    Of each kind there are up to 100 entries, those with the most events first. ``records`` are the events, newest
    first, without their texts; ``next_cursor`` continues them.
    """

    fingerprint: str
    preview: str
    count: int
    first_seen: datetime | None
    last_seen: datetime | None
    keys: list[SightingPlace]
    providers: list[SightingPlace]
    models: list[SightingPlace]
    endpoints: list[SightingPlace]
    places: list[SightingPlace]
    actions: list[SightingPlace]
    directions: list[SightingPlace]
    views: list[SightingPlace]
    rules: list[SightingPlace]
    records: list[GuardrailEventBrief]
    next_cursor: str | None
