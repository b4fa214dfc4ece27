"""What a rule says, as it is written in a request, a configuration file or an imported one, and as a record.

One set of members for all of them, so that a rule can be carried from one to the other as it is.
"""

from dataclasses import asdict
from typing import Any

import orjson
from pydantic import BaseModel, Field

from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.records import FIELD_CLASSES, VIEWS, Allow, Audience, Example, Guardrail, Near, Scope
from llm_proxy.web.admin.fields import Pattern, RuleName, Template, absent
from llm_proxy.web.admin.rule_parts import (
    AllowPart,
    AudiencePart,
    Description,
    Directions,
    ExamplePart,
    Examples,
    FieldClasses,
    Group,
    History,
    ModeOf,
    NearPart,
    Part,
    ScopePart,
    SeverityOf,
    TemplateOf,
    Validators,
    Views,
)


class RuleFields(Part):
    """What a rule says. Three members are enough: ``pattern``, ``mode`` and, for replacing, ``replace_by``."""

    pattern: Pattern
    mode: ModeOf
    replace_by: Template = ""
    enabled: bool = True
    name: RuleName = ""
    description: Description = ""
    severity: SeverityOf = "medium"
    template: TemplateOf = "go"
    secret_group: Group = 0
    validators: Validators = Field([])
    near: NearPart | None = None
    allow: AllowPart = AllowPart()
    directions: Directions = Field(["request"])
    field_classes: FieldClasses = Field(list(FIELD_CLASSES))
    views: Views = Field(list(VIEWS))
    scope: ScopePart = ScopePart()
    history: History = "same"
    examples: Examples = Field([])


class RuleChanges(Part):
    """A change of a rule: absent members stay as they are. A part, such as ``allow``, is changed as a whole."""

    pattern: Pattern = absent()
    mode: ModeOf = absent()
    replace_by: Template = absent()
    enabled: bool = absent()
    name: RuleName = absent()
    description: Description = absent()
    severity: SeverityOf = absent()
    template: TemplateOf = absent()
    secret_group: Group = absent()
    validators: Validators = absent()
    near: NearPart | None = absent()
    allow: AllowPart = absent()
    directions: Directions = absent()
    field_classes: FieldClasses = absent()
    views: Views = absent()
    scope: ScopePart = absent()
    history: History = absent()
    examples: Examples = absent()


MEMBERS = tuple(RuleFields.model_fields)


def members(body: RuleFields | RuleChanges, fingerprinter: Fingerprinter) -> dict[str, Any]:
    """Return members of a ``Guardrail``: all of them, or those that a change names."""
    names = body.model_fields_set if isinstance(body, RuleChanges) else MEMBERS
    return {name: _member(getattr(body, name), fingerprinter) for name in MEMBERS if name in names}


def loggable(body: BaseModel) -> dict[str, Any]:
    """Return what a body says for the admin log: what was written, no permitted secret and no example's text."""
    return body.model_dump(exclude_unset=True, exclude={"allow": {"values"}, "examples": {"__all__": {"text"}}})


def written(rule: Guardrail) -> dict[str, Any]:
    """Return a rule as one would write it: pattern, mode, and what is not as by default."""
    plain = orjson.loads(orjson.dumps({name: value for name, value in asdict(rule).items() if name in MEMBERS}))
    said = RuleFields.model_validate(plain).model_dump(exclude_defaults=True)
    return {name: said[name] for name in MEMBERS if name in said}


def _member(value: object, fingerprinter: Fingerprinter) -> object:
    match value:
        case NearPart():
            return Near(value.pattern, value.before, value.after)
        case AllowPart():
            hashes = dict.fromkeys((*value.hashes, *map(fingerprinter.of, value.values)))
            return Allow(tuple(value.regexes), tuple(value.stopwords), tuple(hashes), value.target)
        case ScopePart():
            return Scope(_audience(value.only), _audience(value.exempt))
        case list():
            return tuple(Example(each.text, each.match) if isinstance(each, ExamplePart) else each for each in value)
        case _:
            return value


def _audience(part: AudiencePart) -> Audience:
    return Audience(tuple(part.keys), tuple(part.providers), tuple(part.models), tuple(part.endpoints))
