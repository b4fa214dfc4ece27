"""What the admin API reports, beyond its nouns: sums over time, what needs attention, the process and its settings."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from llm_proxy.web.admin.schemas import View

Dimension = Literal["key", "provider", "model", "status"]
Bucket = Literal["minute", "hour", "day"]


class Figures(View):
    """What is counted.

    ``calls`` reached a provider; ``errors`` of them failed there. ``blocked`` calls were refused by a guard rail,
    before they reached one or in their answer, and ``limited`` ones by the key's rate limit. ``redacted`` ones were
    rewritten, replaced or pseudonymised.
    """

    calls: int = 0
    errors: int = 0
    blocked: int = 0
    redacted: int = 0
    limited: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0
    cached_tokens: int = 0
    reasoning_tokens: int = 0


class TimedFigures(Figures):
    """Figures and times in milliseconds, which are within 5 % of the exact ones; null where nothing was timed."""

    duration_p50_ms: float | None = None
    duration_p95_ms: float | None = None
    first_byte_p50_ms: float | None = None
    first_byte_p95_ms: float | None = None


class GroupFigures(TimedFigures):
    """The figures of one key, provider, model or status. ``name`` is what people call it, null when nothing does."""

    group: str
    name: str | None


class BucketFigures(TimedFigures):
    """The figures of one bucket of time, which begins at ``start``."""

    start: datetime


class SeriesPoint(Figures):
    """The figures of one group in one bucket; where nothing happened there is no point."""

    start: datetime
    group: str


class UsageSummary(View):
    """Sums over a range: in all, by group (the busiest first), by bucket of time (none left out), and by both.

    ``omitted_groups`` counts the groups beyond the ``limit`` busiest: they are in ``totals`` and ``buckets`` alone.
    """

    start: datetime
    end: datetime
    group_by: Dimension
    bucket: Bucket
    totals: TimedFigures
    groups: list[GroupFigures]
    buckets: list[BucketFigures]
    series: list[SeriesPoint]
    omitted_groups: int = 0


class Attention(View):
    """Something an operator should look at. ``subject`` is the id it is about, ``name`` what people call it."""

    kind: Literal[
        "provider_failing",
        "provider_missing",
        "limit_hit",
        "rule_constant",
        "rule_silent",
        "rules_not_loaded",
        "store_unavailable",
    ]
    severity: Literal["critical", "warning", "info"]
    subject: str
    name: str
    message: str


class AttentionList(View):
    """What needs attention, the worst first; empty when all is well."""

    records: list[Attention]


class AdminAct(View):
    """Who did or looked at what: the act, the id it was done to, details without secrets, the caller's address."""

    id: int
    at: datetime
    action: str
    subject: str
    detail: str
    remote: str


class AdminActPage(View):
    """Some acts, newest first. ``next_cursor`` continues after the last one; null at the end."""

    records: list[AdminAct]
    next_cursor: str | None


class SettingView(View):
    """One setting as it is in force. A secret's value is null; ``is_set`` tells whether it has one."""

    name: str
    value: str | None
    default: str | None
    source: Literal["environment", "secret file", "configuration file", "default"]
    is_secret: bool
    is_set: bool
    description: str


class SettingList(View):
    """All settings, in the order of the documentation."""

    records: list[SettingView]


class About(View):
    """What runs here."""

    version: str
    python_version: str
    sqlite_version: str
    platform: str
    started_at: datetime
    uptime_s: float
    database_bytes: int
    providers: int
    keys: int = Field(description="Keys that are not revoked.")
    guardrails: int
    faults: list[str] = Field(description="What keeps the process from being ready; empty when it is.")


class Session(View):
    """A dashboard session: it ends at ``expires_at``, or sooner after ``idle_timeout_s`` without a request."""

    expires_at: datetime
    idle_timeout_s: float
