"""Rules in the admin API: the bodies of their requests and answers."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from llm_proxy.records import Direction, FieldClass, Mode, Origin, Severity, ViewName
from llm_proxy.web.admin.rule_fields import RuleChanges, RuleFields
from llm_proxy.web.admin.rule_meter import Meter
from llm_proxy.web.admin.schemas import View


class GuardrailCreate(RuleFields):
    """A new rule. Three members are enough: ``pattern``, ``mode`` and, for replacing, ``replace_by``."""


class GuardrailUpdate(RuleChanges):
    """A change of a rule: absent members stay as they are. A part, such as ``allow``, is changed as a whole."""


class Near(View):
    """Words that must stand near a match."""

    pattern: str
    before: int
    after: int


class Allow(View):
    """What passes although the rule matches it."""

    regexes: list[str]
    stopwords: list[str]
    hashes: list[str]
    target: str


class Audience(View):
    """Some calls."""

    keys: list[str]
    providers: list[str]
    models: list[str]
    endpoints: list[str]


class Scope(View):
    """The calls that a rule is for."""

    only: Audience
    exempt: Audience


class Example(View):
    """A text, and whether the rule finds anything in it."""

    text: str
    match: bool


class RuleView(View):
    """What a rule says."""

    pattern: str
    mode: Mode
    replace_by: str
    enabled: bool
    name: str
    description: str
    severity: Severity
    template: Literal["go", "literal"]
    secret_group: int | str
    validators: list[str]
    near: Near | None
    allow: Allow
    directions: list[Direction]
    field_classes: list[FieldClass]
    views: list[ViewName]
    scope: Scope
    history: Literal["same", "redact"]
    examples: list[Example]


class Guardrail(RuleView):
    """A rule. ``hits_24h`` counts its events; ``cost_us_per_kb`` is its time here for 1 KB of ordinary text.

    ``origin`` says where it is changed: here (``api``), in the configuration file, or in its pack.
    """

    id: str
    version: int
    origin: Origin
    pack: str
    created_at: datetime
    updated_at: datetime
    created_by: str
    updated_by: str
    copy_of: str = Field("", description="The id of the pack's rule of which it is a copy, in whose place it stands.")
    hits_24h: int = 0
    last_hit_at: datetime | None = None
    cost_us_per_kb: float | None = None
    meter: Meter | None = Field(None, description="What it took and found on real traffic; null before the first call.")
    warnings: list[str] = Field([], description="What its author should know: what ordinary texts it would flag.")


class GuardrailVersion(View):
    """What a rule was from ``at`` on, and who made it so. ``change``: ``created``, ``changed: mode``, ``deleted``, …"""

    version: int
    at: datetime
    by: str
    change: str
    rule: RuleView
