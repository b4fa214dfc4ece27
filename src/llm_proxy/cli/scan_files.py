"""Rules out of a file: ours, as GUARDRAILS_FILE names one, or another program's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import ValidationError

from llm_proxy import importers
from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.core.guardrails import check_rule
from llm_proxy.errors import BadPattern, SettingsError
from llm_proxy.records import Guardrail
from llm_proxy.web.admin.admitting import draft_of
from llm_proxy.web.admin.refusals import told
from llm_proxy.web.admin.rule_fields import RuleFields, members

_OURS = frozenset({"toml", "csv", "json"})


@dataclass(frozen=True, slots=True)
class FileRules:
    """A file's rules, and why others of it are not among them."""

    rules: tuple[Guardrail, ...]
    left_out: tuple[str, ...]


def read_rules(file: Path, fingerprinter: Fingerprinter) -> FileRules:
    """Read a file's rules. Those of other programs fail a scan, whatever mode an import would give them.

    Raises OSError and BadRequest, and SettingsError for one of our own files in which a rule is wrong: to scan with
    fewer rules than were meant would look like success.
    """
    try:
        reading = importers.read(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError as exc:
        raise SettingsError(f"{file} is not UTF-8.") from exc
    rules = []
    left_out = [f"{each.name}: {each.reason}" for each in reading.skipped]
    is_ours = reading.format in _OURS
    for number, found in enumerate(reading.rules):
        try:
            fields = found.fields if is_ours else {**found.fields, "mode": "reject"}
            rules.append(_rule(fields, f"{file.name}:{number + 1}", fingerprinter))
        except (BadPattern, ValueError) as exc:
            left_out.append(f"{found.name}: {exc}")
    if is_ours and left_out:
        raise SettingsError(f"{file} has rules that are not valid. {'; '.join(left_out)}")
    return FileRules(tuple(rules), tuple(left_out))


def _rule(fields: Mapping[str, object], rule_id: str, fingerprinter: Fingerprinter) -> Guardrail:
    """Make a rule; raises BadPattern and ValueError with the reason why it is none."""
    try:
        body = RuleFields.model_validate(dict(fields))
    except ValidationError as exc:
        raise ValueError(told(dict(exc.errors()[0]), depth=0).message) from exc
    rule = replace(draft_of(members(body, fingerprinter), rule_id), origin="file")
    check_rule(rule)
    return rule
