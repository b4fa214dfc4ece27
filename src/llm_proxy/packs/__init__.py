"""The rule packs that come with the gateway: data files of rules, and their reader.

A pack's file has a table ``[pack]`` (name, version, released, licence, source, description), a table ``[defaults]`` of
what its rules share, and one ``[[rule]]`` each, with the fields of a guard rail. ``[fragments]`` names pieces of
patterns: ``{{name}}`` in a pattern, or in a fragment further down, stands for one. ``id`` is a short name within the
pack: the rule's own id is made of both, so that one rule has the same id, and its events meet, in every installation.
"""

import re
import tomllib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import lru_cache
from importlib import resources
from typing import Any

from llm_proxy.errors import BadPattern, NotFound
from llm_proxy.records import Allow, Audience, Example, Guardrail, Near, PackState, Scope

PACKS = ("secrets", "personal-data", "entropy")

_IDS = uuid.UUID("6f4f0b3e-6b1c-5d0e-9a57-3f1f0d6c2b11")  # the namespace of all packs' rules
_FRAGMENT = re.compile(r"\{\{(\w+)\}\}")
_PLAIN_LISTS = ("validators", "directions", "field_classes", "views")


@dataclass(frozen=True, slots=True)
class Pack:
    """A pack's rules, and whose they are."""

    name: str
    version: str
    licence: str
    source: str
    description: str
    rules: tuple[Guardrail, ...]


@lru_cache(maxsize=len(PACKS))
def load_pack(name: str) -> Pack:
    """Read a pack that comes with the gateway; raises NotFound for any other."""
    if name not in PACKS:
        raise NotFound(f"There is no pack {name!r}. There are: {', '.join(PACKS)}.")
    file = resources.files(__name__).joinpath(f"{name}.toml")
    return read_pack(file.read_text(encoding="utf-8"))


def rules_in_force(states: Iterable[PackState]) -> tuple[Guardrail, ...]:
    """Return the rules of the packs that are switched on, each as its pack is set.

    Raises BadPattern for one that is switched on and not there: its rules must not be missed in silence.
    """
    on = [state for state in states if state.enabled]
    for state in on:
        if state.name not in PACKS:
            raise BadPattern(f"The pack {state.name!r} is switched on, and this version does not have it.")
    return tuple(rule for state in on for rule in rules_as_set(state))


def rules_as_set(state: PackState) -> tuple[Guardrail, ...]:
    """Return the rules of a pack with what was set in the place of what the pack says."""
    changes: dict[str, Any] = {} if state.mode is None else {"mode": state.mode}
    changes |= {} if state.directions is None else {"directions": state.directions}
    return tuple(
        _enforceable(replace(rule, **changes, enabled=rule.enabled and rule.id not in state.disabled_rules))
        for rule in load_pack(state.name).rules
    )


def ids_of(name: str, wanted: Iterable[str]) -> tuple[str, ...]:
    """Return the ids of a pack's rules, each given by its id or its short name; raises NotFound for any other."""
    known = {rule.id for rule in load_pack(name).rules}
    found: dict[str, None] = {}
    for each in wanted:
        identifier = each.lower() if each.lower() in known else rule_id(name, each)
        if identifier not in known:
            raise NotFound(f"The pack {name!r} has no rule {each!r}.", param="disabled_rules")
        found[identifier] = None
    return tuple(found)


def find_rule(rule_id: str) -> Guardrail | None:
    """Return the rule of a pack with this id, as the pack has it."""
    return next((rule for name in PACKS for rule in load_pack(name).rules if rule.id == rule_id), None)


def read_pack(text: str) -> Pack:
    """Read a pack's file."""
    tables = tomllib.loads(text)
    about, defaults = tables["pack"], tables.get("defaults", {})
    released = _midnight(about.pop("released"))
    fragments: dict[str, str] = {}
    for name, piece in tables.get("fragments", {}).items():
        fragments[name] = _filled(piece, fragments)
    rules = tuple(_rule(about["name"], released, {**defaults, **table}, fragments) for table in tables["rule"])
    return Pack(**about, rules=rules)


def rule_id(pack: str, short: str) -> str:
    """Return the id of a pack's rule."""
    return str(uuid.uuid5(_IDS, f"{pack}/{short}"))


def _enforceable(rule: Guardrail) -> Guardrail:
    """Take a view for monitoring alone away from a rule whose mode was set to more."""
    if rule.mode == "monitor" or "spaceless" not in rule.views:
        return rule
    return replace(rule, views=tuple(view for view in rule.views if view != "spaceless"))


def _rule(pack: str, released: datetime, table: Mapping[str, Any], fragments: Mapping[str, str]) -> Guardrail:
    fields = dict(table)
    short = fields.pop("id")
    fields["pattern"] = _filled(fields["pattern"], fragments)
    fields |= {key: tuple(fields[key]) for key in _PLAIN_LISTS if key in fields}
    if "near" in fields:
        fields["near"] = Near(**fields["near"])
    if "allow" in fields:
        allow = Allow(**_tuples(fields["allow"]))
        fields["allow"] = replace(allow, regexes=tuple(_filled(regex, fragments) for regex in allow.regexes))
    if "scope" in fields:
        fields["scope"] = Scope(**{part: Audience(**_tuples(lists)) for part, lists in fields["scope"].items()})
    fields["examples"] = tuple(Example(**example) for example in fields["examples"])
    fields.setdefault("replace_by", f"[{short.replace('-', '_').upper()}]")
    return Guardrail(
        id=rule_id(pack, short), origin="pack", pack=pack, created_at=released, updated_at=released, **fields
    )


def _filled(pattern: str, fragments: Mapping[str, str]) -> str:
    return _FRAGMENT.sub(lambda match: fragments[match[1]], pattern)


def _tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
