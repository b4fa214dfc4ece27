"""What was found where, and whether it makes a scan fail."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

from llm_proxy.records import Guardrail, Secret, Severity, ViewName
from llm_proxy.scan.windows import Region

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")


@dataclass(frozen=True, slots=True)
class Found:
    """One secret in one file, as one rule sees it. ``place`` is told of transcripts: ``messages[2].content``.

    ``is_allowed``: its line says so. ``is_known``: the baseline has it.
    """

    path: str
    region: Region
    rule: Guardrail
    view: ViewName
    secret: Secret
    preview: str
    fingerprint: str
    place: str = ""
    is_allowed: bool = False
    is_known: bool = False
    also: tuple[str, ...] = ()  # other rules that find it there


@dataclass(frozen=True, slots=True)
class Policy:
    """Which findings make a scan fail: new ones of enough severity; those of monitor rules only where asked for."""

    fail_on: Severity = "low"
    fail_on_monitor: bool = False

    def fails(self, found: Found) -> bool:
        """Say whether a finding does."""
        if found.is_allowed or found.is_known:
            return False
        if found.rule.mode == "monitor" and not self.fail_on_monitor:
            return False
        return SEVERITIES.index(found.rule.severity) >= SEVERITIES.index(self.fail_on)


def merged(findings: Iterable[Found], policy: Policy) -> list[Found]:
    """Tell each secret once, by the rule that weighs most: the one that fails the scan, then the most severe one."""
    places: dict[tuple[str, Region, str], list[Found]] = {}
    for found in findings:
        places.setdefault((found.path, found.region, found.fingerprint), []).append(found)
    return [_heaviest(found, policy) for found in places.values()]


def _heaviest(found: list[Found], policy: Policy) -> Found:
    first = max(found, key=lambda each: (policy.fails(each), SEVERITIES.index(each.rule.severity)))
    others = dict.fromkeys(each.rule.label for each in found if each.rule.id != first.rule.id)
    return replace(first, also=tuple(others))


@dataclass(frozen=True, slots=True)
class Counts:
    """Sums over a scan's findings."""

    findings: int
    failing: int
    known: int
    allowed: int
    by_severity: Mapping[Severity, int]


def counts(findings: Collection[Found], policy: Policy) -> Counts:
    """Count findings; ``by_severity`` leaves out what is known or allowed."""
    new = [each for each in findings if not (each.is_known or each.is_allowed)]
    return Counts(
        findings=len(findings),
        failing=sum(map(policy.fails, findings)),
        known=sum(each.is_known for each in findings),
        allowed=sum(each.is_allowed for each in findings),
        by_severity={name: sum(each.rule.severity == name for each in new) for name in SEVERITIES},
    )
