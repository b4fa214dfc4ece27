"""Our own rules as files: TOML, as ``llm-proxy guardrails export`` writes it, JSON as the admin API, CSV for a few."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from llm_proxy.importers.outcome import Format, Found, Reading, Skipped

# What an answer of the admin API tells of a rule besides what the rule says.
_TOLD = frozenset(
    {
        "id", "version", "origin", "pack", "created_at", "updated_at", "created_by", "updated_by", "copy_of",
        "hits_24h", "last_hit_at", "cost_us_per_kb", "meter", "warnings",
    }
)  # fmt: skip
_LONGEST_NAME = 200
CSV_COLUMNS = ("name", "pattern", "mode", "replace_by", "severity", "description")


def read(rules: Iterable[object], form: Format, notes: Sequence[str] = ()) -> Reading:
    """Read rules that are members already."""
    found, skipped = [], []
    for number, rule in enumerate(rules):
        name = f"rule {number + 1}"
        if not isinstance(rule, Mapping):
            skipped.append(Skipped(name, "It is no table of members."))
            continue
        fields = {str(key): value for key, value in rule.items() if key not in _TOLD}
        rule_id = rule.get("id")
        told = rule_id.lower() if isinstance(rule_id, str) else ""
        found.append(Found(str(fields.get("name") or name), {"name": name} | fields, id=told))
    return Reading(form, tuple(found), tuple(skipped), tuple(notes))


def read_csv(content: str) -> Reading:
    """Read a table with a heading, in any case of its letters: ``pattern``, and any of the other columns."""
    lines = csv.DictReader(io.StringIO(content, newline=""), strict=True)
    lines.fieldnames = [column.strip().lower() for column in lines.fieldnames or ()]
    rules = [
        {column: value for column, value in line.items() if column in CSV_COLUMNS and value} for line in lines if line
    ]
    unknown = [column for column in lines.fieldnames or () if column not in CSV_COLUMNS]
    return read(rules, "csv", [f"The column {column!r} is left out." for column in unknown])


def named(rules: Iterable[tuple[str, Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """Give rules, each with its id, names that no other has: in another gateway they are known by their names."""
    taken: set[str] = set()
    made: list[dict[str, Any]] = []
    for rule_id, rule in rules:
        name = rule.get("name") or rule_id
        if name in taken:
            name = _longer(name, rule_id)
        taken.add(name)
        made.append({"id": rule_id, "name": name, **{key: value for key, value in rule.items() if key != "name"}})
    return made


def is_stand_in(name: str, real: str, rule_id: str) -> bool:
    """Say whether a rule has a name in a file only for want of a name of its own."""
    return name == (_longer(real, rule_id) if real else rule_id)


def _longer(name: str, rule_id: str) -> str:
    return f"{name[: _LONGEST_NAME - len(rule_id) - 1]} {rule_id}"


def write_toml(rules: Iterable[Mapping[str, Any]]) -> str:
    """Write rules as a file that can be imported, or be the one of ``GUARDRAILS_FILE``."""
    return "\n".join(
        "[[rule]]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in rule.items()) for rule in rules
    )


def write_csv(rules: Iterable[Mapping[str, Any]]) -> str:
    """Write what fits into a table."""
    out = io.StringIO(newline="")
    table = csv.DictWriter(out, CSV_COLUMNS, extrasaction="ignore", lineterminator="\n")
    table.writeheader()
    table.writerows(rules)
    return out.getvalue()


def _toml(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return _string(value)
        case Mapping():
            return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }" if value else "{}"
        case list() | tuple():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case _:
            raise TypeError(f"TOML has no {type(value).__name__}")


def _string(text: str) -> str:
    """Write a text as it stands where that can be: patterns are full of backslashes."""
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
