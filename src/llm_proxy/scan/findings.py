"""What was found where, and whether it makes a scan fail."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
    """Tell each secret once, by the rule that weighs most: the one that fails the scan, then the most severe one.

    A part of a secret is none of its own, unless it weighs more.
    """
    places: dict[tuple[str, Region, str], list[Found]] = {}
    for found in findings:
        places.setdefault((found.path, found.region, found.fingerprint), []).append(found)
    told = [_heaviest(found, policy) for found in places.values()]
    inside: dict[int, list[Found]] = {}  # the parts of a secret, by its number
    for number, whole in _parts(told):
        if _weight(told[number], policy) <= _weight(told[whole], policy):
            inside.setdefault(whole, []).append(told[number])
    parts = {id(part) for each in inside.values() for part in each}
    return [_heaviest([each, *inside.get(at, ())], policy) for at, each in enumerate(told) if id(each) not in parts]


def _parts(found: Sequence[Found]) -> Iterator[tuple[int, int]]:
    """Yield the numbers of each secret that is a part of another, and of that one: the outermost."""
    order = sorted(range(len(found)), key=lambda at: (found[at].path, found[at].region.offset, -_end(found[at])))
    whole = -1
    for at in order:
        each = found[at]
        if whole < 0 or found[whole].path != each.path or _end(each) > _end(found[whole]):
            whole = at
        elif each.secret.reveal() in found[whole].secret.reveal():
            yield at, whole


def _end(found: Found) -> int:
    return found.region.offset + found.region.length


def _weight(found: Found, policy: Policy) -> tuple[bool, int]:
    return policy.fails(found), SEVERITIES.index(found.rule.severity)


def _heaviest(found: Sequence[Found], policy: Policy) -> Found:
    first = max(found, key=lambda each: _weight(each, policy))
    others = dict.fromkeys(label for each in found for label in (each.rule.label, *each.also))
    others.pop(first.rule.label)
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
