"""A rule's members as options of a command, or out of a file."""

import json
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from pydantic import BaseModel, ValidationError

from llm_proxy.cli.desk import AsJson, Config, refuse
from llm_proxy.web.admin.refusals import told

B = TypeVar("B", bound=BaseModel)

# The options that are named otherwise than the members, and those whose value is JSON.
_MEMBERS = {"validator": "validators", "direction": "directions", "field_class": "field_classes", "view": "views"}
_PARTS = ("near", "allow", "scope", "examples")
_OTHERS = ("members_from", "config", "as_json")


def _option(told: str, *names: str) -> Any:  # noqa: ANN401 (typer's own)
    return typer.Option(*names, help=told, show_default=False)


@dataclass(kw_only=True)
class RuleOptions:
    """What a rule says. Options that are not given say nothing."""

    pattern: Annotated[str | None, _option("What to look for, in RE2 syntax.")] = None
    mode: Annotated[str | None, _option("reject, replace, pseudonymise or monitor.")] = None
    replace_by: Annotated[str | None, _option("What the secret becomes; $1 is a group.")] = None
    name: Annotated[str | None, _option("What events and refusals call the rule.")] = None
    description: Annotated[str | None, _option("For people.")] = None
    severity: Annotated[str | None, _option("low, medium, high or critical.")] = None
    template: Annotated[str | None, _option("go, or literal: then $1 is no group.")] = None
    secret_group: Annotated[str | None, _option("The group that is the secret, by number or name.")] = None
    enabled: Annotated[bool | None, _option("Whether it is in force.", "--enabled/--disabled")] = None
    validator: Annotated[
        list[str] | None, _option("What the secret must be, such as luhn. May be several; - for nothing.")
    ] = None
    direction: Annotated[list[str] | None, _option("request or response. May be both.")] = None
    field_class: Annotated[list[str] | None, _option("A kind of field that it reads, A to K. May be several.")] = None
    view: Annotated[list[str] | None, _option("raw, folded, decoded, joined, spaceless. May be several.")] = None
    history: Annotated[str | None, _option("same or redact: what becomes of a match in an earlier turn.")] = None
    near: Annotated[str | None, _option('JSON: {"pattern": "(?i)card", "before": 100, "after": 0}.')] = None
    allow: Annotated[str | None, _option('JSON: {"stopwords": ["example"], "values": ["…"]}.')] = None
    scope: Annotated[str | None, _option('JSON: {"only": {"models": ["gpt-*"]}}.')] = None
    examples: Annotated[str | None, _option('JSON: [{"text": "…", "match": true}].')] = None
    members_from: Annotated[Path | None, _option("A file with members, JSON or TOML; options win.", "--from")] = None
    config: Config = None
    as_json: AsJson = False


def given(options: RuleOptions) -> dict[str, Any]:
    """Return the members that were given, in a file or as options."""
    members: dict[str, Any] = {} if options.members_from is None else _read(options.members_from)
    for each in fields(RuleOptions):
        value = getattr(options, each.name)
        if each.name in _OTHERS or value is None or value == []:
            continue
        if isinstance(value, list):  # - is none of them
            value = [one for one in value if one != "-"]
        members[_MEMBERS.get(each.name, each.name)] = _json(each.name, value) if each.name in _PARTS else value
    group = members.get("secret_group")
    if isinstance(group, str) and group.isdecimal():
        members["secret_group"] = int(group)
    return members


def parsed(model: type[B], members: dict[str, Any]) -> B:
    """Return the body of members, or refuse with what is wrong, as the admin API would."""
    try:
        return model.model_validate(members)
    except ValidationError as exc:
        refuse(told(dict(exc.errors()[0]), depth=0).message)


def _json(name: str, text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as exc:
        refuse(f"--{name} is not JSON: {exc}.")


def _read(file: Path) -> dict[str, Any]:
    """Read a table of members, or the one rule of a file of rules."""
    try:
        text = file.read_text(encoding="utf-8")
        value = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (OSError, ValueError) as exc:
        refuse(f"{file} cannot be read: {exc}.")
    rules = value.get("rule")
    if isinstance(rules, list) and len(rules) == 1:
        value = rules[0]
    if not isinstance(value, dict) or "rule" in value:
        refuse(f"{file} must hold one rule. Several are imported: llm-proxy guardrails import {file}")
    return value
