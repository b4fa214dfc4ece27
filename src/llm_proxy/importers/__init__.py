"""Rules of other programs, and our own as files: what is taken over, what becomes of it, and what cannot and why."""

import csv
import json
import tomllib
from dataclasses import replace

import yaml

from llm_proxy.errors import BadRequest
from llm_proxy.importers import gitleaks, own, yaml_rules
from llm_proxy.importers.faults import fault
from llm_proxy.importers.outcome import FORMATS, CannotImport, Format, Found, Reading, Skipped

__all__ = ["FORMATS", "CannotImport", "Format", "Found", "Reading", "Skipped", "read"]

_OF_JSON = ("[", "{")
_DEEPEST = 50  # in each other, lists and mappings of YAML
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(content: str, form: Format | None = None) -> Reading:
    """Read a file's text; without a format it is told from the text. Raises BadRequest when it is none of them."""
    content = content.removeprefix("\ufeff")
    for reader in _READERS if form is None else [_READERS_OF[form]]:
        reading = reader(content, form)
        if reading is not None:
            return reading
    known = f"none of the formats that can be imported: {', '.join(FORMATS)}"
    reason = f"This is {known if form is None else f'not a file of the format {form}'}. {fault(content, form)}"
    raise BadRequest(reason.rstrip(), param="content")


def _read_json(content: str, _: Format | None) -> Reading | None:
    if not content.lstrip().startswith(_OF_JSON):
        return None
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    rules = value.get("rules", value.get("rule")) if isinstance(value, dict) else value
    return own.read(rules, "json") if isinstance(rules, list) else None


def _read_toml(content: str, form: Format | None) -> Reading | None:
    try:
        tables = tomllib.loads(content)
    except (tomllib.TOMLDecodeError, RecursionError):
        return None
    if form != "gitleaks" and (isinstance(tables.get("rule"), list) or {*tables} == {"packs"}):
        packs = tables.get("packs", {})
        notes = ["Packs are left out: they are switched, not imported."] if packs else []
        return replace(own.read(tables.get("rule", ()), "toml", notes), packs=packs)
    if form != "toml" and {key.lower() for key in tables} & {"rules", "extend", "allowlist", "allowlists"}:
        return gitleaks.read(tables)
    return None


def _read_yaml(content: str, form: Format | None) -> Reading | None:
    if form is None and content.lstrip().startswith(_OF_JSON):  # which is YAML too, until it breaks off
        return None
    try:
        documents = _documents(content)
    except (yaml.YAMLError, RecursionError, ValueError):
        return None
    rules = yaml_rules.rules_of(documents)
    if not rules:
        return None
    return yaml_rules.read(documents, form or yaml_rules.format_of(rules))


def _documents(content: str) -> list[object]:
    """Read YAML. How deep things stand in each other is looked at first: the loader in C would overflow the stack."""
    depth = 0
    for event in yaml.parse(content, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST:
            raise RecursionError
    return list(yaml.load_all(content, Loader=_Loader))


def _read_csv(content: str, _: Format | None) -> Reading | None:
    heading = content.lstrip().partition("\n")[0].lower()
    if "pattern" not in [column.strip().strip('"') for column in heading.split(",")]:
        return None
    try:
        return own.read_csv(content)
    except csv.Error:
        return None


_READERS = (_read_json, _read_toml, _read_csv, _read_yaml)
_READERS_OF = {
    "gitleaks": _read_toml,
    "noseyparker": _read_yaml,
    "kingfisher": _read_yaml,
    "toml": _read_toml,
    "csv": _read_csv,
    "json": _read_json,
}
