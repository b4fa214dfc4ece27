"""Rules to scan with, and what holds them."""

from collections.abc import Sequence
from datetime import UTC, datetime

from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.records import Guardrail, Secret
from llm_proxy.scan.scanner import Scanner

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FINGERPRINTER = Fingerprinter(Secret("a key of tests"))


def rule(pattern: str = "canary-[0-9]+", **more: object) -> Guardrail:
    """Return a rule."""
    known = {"id": "birds", "mode": "reject", "replace_by": "", "created_at": NOW, "updated_at": NOW}
    return Guardrail(**known | {"pattern": pattern} | more)


def scanner(rules: Sequence[Guardrail] = ()) -> Scanner:
    """Return a scanner, by itself one that finds canaries."""
    return Scanner(rules or [rule()], FINGERPRINTER)
