from dataclasses import replace
from datetime import UTC, datetime

from llm_proxy.admission.dry_run import DryRuns
from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.records import Guardrail, Secret

NOW = datetime(2026, 4, 19, tzinfo=UTC)
KEY = Fingerprinter(Secret("k"))


def rule(pattern: str) -> Guardrail:
    return Guardrail("x", pattern, "reject", "", NOW, NOW)


def test_each_rule_is_told_its_own() -> None:
    hexadecimal, broken, rare, again = DryRuns().read(
        [rule("[0-9a-f]{32}"), rule("("), rule("zebra7"), rule("zebra7")], KEY
    )
    assert hexadecimal.flagged > 10
    assert broken is None
    assert (rare.flagged, rare.examples) == (0, ())
    assert again == rare


def test_who_wrote_a_rule_and_whether_it_is_in_force_does_not_matter() -> None:
    runs = DryRuns()
    (first,) = runs.read([rule("[0-9a-f]{32}")], KEY)
    (second,) = runs.read([replace(rule("[0-9a-f]{32}"), enabled=False, version=7, mode="monitor")], KEY)
    assert second is first
