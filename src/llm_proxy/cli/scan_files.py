"""Rules out of a file: ours, as GUARDRAILS_FILE names one, or another program's. All are admitted as by a gateway."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.errors import SettingsError
from llm_proxy.packs import rules_in_force
from llm_proxy.records import Guardrail
from llm_proxy.web import rules_file
from llm_proxy.web.admin.import_drafts import OURS, Order, prepare


@dataclass(frozen=True, slots=True)
class FileRules:
    """A file's rules, those of the packs that it switches on, and why others of it are not among them."""

    rules: tuple[Guardrail, ...]
    left_out: tuple[str, ...]


def read_rules(file: Path, fingerprinter: Fingerprinter) -> FileRules:
    """Read a file's rules. Those of other programs fail a scan, whatever mode an import would give them.

    Raises OSError and BadRequest, and SettingsError for one of our own files in which something is wrong: to scan with
    fewer rules than were meant would look like success.
    """
    try:
        content = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as exc:
        raise SettingsError(f"{file} is not UTF-8.") from exc
    if rules_file.is_ours(content):
        return _as_a_gateway(file, content, fingerprinter)
    prepared = prepare(Order(content), fingerprinter)
    left_out = tuple(f"{each.name}: {each.reason}" for each in prepared.skipped)
    if prepared.format in OURS and left_out:
        raise SettingsError(f"{file} has rules that are not valid. {'; '.join(left_out)}")
    rules = [draft.rule for draft in prepared.drafts]
    if prepared.format not in OURS:
        rules = [replace(rule, mode="reject") for rule in rules]
    return FileRules(_numbered(file, rules), left_out)


def _as_a_gateway(file: Path, content: str, fingerprinter: Fingerprinter) -> FileRules:
    """Read a file as a gateway does at its start, but for scopes: here are no keys and no providers."""
    said = rules_file.parse(str(file), content, fingerprinter)
    rules_file.admit(str(file), said.drafts, fingerprinter)
    return FileRules((*_numbered(file, said.drafts), *rules_in_force(said.states)), ())


def _numbered(file: Path, rules: Iterable[Guardrail]) -> tuple[Guardrail, ...]:
    return tuple(
        replace(rule, id=f"{file.name}:{number}", origin="file", pack="") for number, rule in enumerate(rules, 1)
    )
