"""What can be tried before it is relied on: rules on a text, a provider's address and credential."""

from typing import Annotated, Literal

from pydantic import Field

from llm_proxy.records import Action, Direction, FieldClass, Mode, ProviderKind, Severity, ViewName
from llm_proxy.web.admin.fields import Credential, Identifier, absent
from llm_proxy.web.admin.rule_fields import RuleFields
from llm_proxy.web.admin.rule_parts import ModeOf
from llm_proxy.web.admin.schemas import Body, View


class LoginRequest(Body):
    """The admin token, once, for a session."""

    token: str = Field(max_length=4096, json_schema_extra={"writeOnly": True})


class DraftRule(RuleFields):
    """A rule that is not stored. With ``id`` it stands in for the stored rule of that id, but for no built-in one."""

    id: Identifier = absent()


class GuardrailCheck(RuleFields):
    """A rule whose admission is asked for."""

    mode: ModeOf = "reject"


class FlaggedText(View):
    """An ordinary text in which the rule finds something. A long one is cut around its first finding."""

    text: str
    spans: list[tuple[int, int]]


class DryRun(View):
    """What the rule finds in the bundled ordinary texts: in ``flagged`` of ``texts``; at most ten as examples."""

    texts: int
    flagged: int
    examples: list[FlaggedText]


class GuardrailChecked(View):
    """Whether the rule would be admitted, and why not, with the member (``param``) that is wrong.

    ``cost_us_per_kb``: its time here for 1 KB of ordinary text. ``dry_run`` and ``warnings``: what an author should
    know of a rule that would be admitted.
    """

    ok: bool
    reason: str | None = None
    param: str | None = None
    cost_us_per_kb: float | None = None
    dry_run: DryRun | None = None
    warnings: list[str] = []  # noqa: RUF012 (pydantic copies it)


class GuardrailTest(Body):
    """A text, or the body of a request to ``endpoint``, to be judged by a draft and by the rules in force.

    Exactly one of ``text`` and ``body`` is given. Nothing of it is recorded.
    """

    text: str = absent()
    body: Annotated[str, Field(description="The JSON of a request, as a client would send it.")] = absent()
    endpoint: str = "chat/completions"
    direction: Annotated[Direction, Field(description="Which rules judge: by default those for requests.")] = absent()
    api_key_id: Annotated[
        Identifier,
        Field(
            description="Whose call it is: rules with a scope judge it if they are for it, placeholders are its own."
        ),
    ] = absent()
    draft: DraftRule = absent()
    with_stored: bool = Field(True, description="Whether the enabled stored rules judge too.")


class TrialFinding(View):
    """One rule's matches in one text. ``spans``: offsets in code points. ``guardrail_id`` is null for a new draft.

    ``view`` is the reading of the text in which they were found. ``previews`` and ``fingerprints`` are those that an
    event would have, one of each span; ``action`` is what would become of the text because of them.
    """

    guardrail_id: str | None
    is_draft: bool
    rule_name: str
    severity: Severity
    pattern: str
    mode: Mode
    action: Action
    field_class: FieldClass
    view: ViewName
    place: str
    text: str
    spans: list[tuple[int, int]]
    previews: list[str]
    fingerprints: list[str]


class GuardrailTested(View):
    """The verdict, and what the provider would get: null when the call would be refused.

    ``omitted_findings`` counts those beyond the 200 that are told, or beyond what an answer can hold.
    """

    verdict: Literal["pass", "replaced", "rejected"]
    findings: list[TrialFinding]
    omitted_findings: int = 0
    result: str | None
    duration_us: float


class ProviderTest(Body):
    """A provider that is not stored yet."""

    base_url: str
    api_key: Credential


class ProviderTested(View):
    """How a provider answered ``GET /models``: the class of its status and nothing of its answer."""

    ok: bool
    outcome: Literal["connected", "credential_refused", "not_found", "refused", "failing", "unreachable", "timed_out"]
    status_class: Literal["2xx", "3xx", "4xx", "5xx"] | None
    message: str
    duration_ms: float
    kind: ProviderKind
