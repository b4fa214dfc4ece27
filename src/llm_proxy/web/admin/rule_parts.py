"""The members of a rule as they are written, each with its bounds. Strict: nothing unknown, nothing converted."""

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.fingerprints import HEX_CHARACTERS
from llm_proxy.records import Direction, FieldClass, Mode, Severity, ViewName
from llm_proxy.web.admin.fields import Pattern, Text

T = TypeVar("T")

_REACH = Field(ge=0, le=10_000)
_Called = Annotated[Text, Field(min_length=1, max_length=200)]


class Part(BaseModel):
    """A rule, or a part of one."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _unique(values: list[T]) -> list[T]:
    if not values:
        raise ValueError("must name at least one")
    if len(values) != len(set(values)):
        raise ValueError("must not name anything twice")
    return values


def _group(value: object) -> object:
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000
    if not is_number and (not isinstance(value, str) or not value):
        raise ValueError("must be the number (0 to 1000) or the name of a group of the pattern")
    return value


def _endpoint(name: str) -> str:
    if name not in ENDPOINTS:
        raise ValueError(f"must be one of {', '.join(sorted(ENDPOINTS))}")
    return name


def _described(told: str, **bounds: Any) -> Any:  # noqa: ANN401 (pydantic's own)
    return Field(description=told, **bounds)


class NearPart(Part):
    """Words (RE2) that must stand in the ``before`` characters before a match, or the ``after`` ones behind it."""

    pattern: Pattern
    before: Annotated[int, _REACH] = 100
    after: Annotated[int, _REACH] = 0

    @model_validator(mode="after")
    def _reaches(self) -> Self:
        if not self.before and not self.after:
            raise ValueError("must reach before the match, after it, or both")
        return self


class AllowPart(Part):
    """What passes although the rule matches it: what a regex or a stop word (in any case) is found in, and hashes.

    ``target`` says where they are looked for: in the secret, the whole match, or the line it stands in. ``hashes`` are
    fingerprints of permitted secrets; of ``values``, permitted secrets in clear, only the fingerprints are stored.
    """

    regexes: Annotated[list[Pattern], Field(max_length=200)] = []
    stopwords: Annotated[list[Annotated[Text, Field(min_length=1, max_length=500)]], Field(max_length=5000)] = []
    hashes: Annotated[
        list[Annotated[str, Field(pattern=f"^[0-9a-f]{{{HEX_CHARACTERS}}}$")]], Field(max_length=5000)
    ] = []
    values: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=16_384)]],
        Field(max_length=500, json_schema_extra={"writeOnly": True}),
    ] = []
    target: Literal["secret", "match", "line"] = "secret"


class AudiencePart(Part):
    """Some calls: keys and providers (ids, or names), models (``gpt-*`` too), endpoints (``chat/completions``)."""

    keys: Annotated[list[_Called], Field(max_length=1000)] = []
    providers: Annotated[list[_Called], Field(max_length=1000)] = []
    models: Annotated[list[Annotated[Text, Field(min_length=1, max_length=200)]], Field(max_length=1000)] = []
    endpoints: Annotated[list[Annotated[str, AfterValidator(_endpoint)]], Field(max_length=100)] = []


class ScopePart(Part):
    """The calls that a rule is for: of each list of ``only`` that is not empty one fits, and none of ``exempt``."""

    only: AudiencePart = AudiencePart()
    exempt: AudiencePart = AudiencePart()


class ExamplePart(Part):
    """A text, and whether the rule finds anything in it."""

    text: Annotated[str, Field(max_length=16_384)]
    match: bool = True


ModeOf = Annotated[
    Mode,
    _described(
        "`reject` refuses the call, `replace` puts `replace_by` in the place of the secret, `pseudonymise` a "
        "placeholder that is undone in the answer, `monitor` only puts it on record."
    ),
]
SeverityOf = Annotated[Severity, _described("Where matches overlap, the one of the highest severity replaces.")]
TemplateOf = Annotated[Literal["go", "literal"], _described("Whether `$1` in `replace_by` stands for a group.")]
Group = Annotated[
    int | str,
    BeforeValidator(_group),
    _described("The group that is the secret, by number or name: what is validated and replaced. 0: the whole match."),
]
Validators = Annotated[
    list[Annotated[Text, Field(min_length=1, max_length=200)]],
    _described("What the secret must be besides: `luhn`, `entropy>=3.5`, …", max_length=20),
]
Directions = Annotated[
    list[Direction], AfterValidator(_unique), _described("Whether it reads requests, answers (`response`) or both.")
]
FieldClasses = Annotated[list[FieldClass], AfterValidator(_unique), _described("The kinds of fields that it reads.")]
Views = Annotated[
    list[ViewName],
    AfterValidator(_unique),
    _described("The readings of a text that it looks at. `spaceless` is for the mode `monitor` only."),
]
History = Annotated[
    Literal["same", "redact"],
    _described("What a reject rule does to a match in an earlier turn of the chat: the same, or replace it."),
]
Examples = Annotated[list[ExamplePart], _described("Checked whenever the rule is changed.", max_length=50)]
Description = Annotated[Text, Field(max_length=4000)]
