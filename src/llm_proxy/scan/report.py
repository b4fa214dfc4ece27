"""A scan as people and programs read it. Secrets are masked unless they are asked for."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from llm_proxy.scan.findings import Found, Policy, counts
from llm_proxy.scan.sources import Skipped

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a scan did. ``key`` names the key of its fingerprints."""

    findings: Sequence[Found]
    skipped: Sequence[Skipped]
    files: int
    characters: int
    seconds: float
    key: str

    def with_findings(self, findings: Sequence[Found]) -> "Scanned":
        """Return the same with other findings."""
        return replace(self, findings=findings)


def as_text(scanned: Scanned, policy: Policy, *, show_secrets: bool) -> str:
    """Return a line for each finding that is neither known nor allowed."""
    rows = [_cells(each, policy, show_secrets) for each in scanned.findings if not (each.is_known or each.is_allowed)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def summary(scanned: Scanned, policy: Policy) -> str:
    """Say in a few lines what was read and what was found."""
    found = counts(scanned.findings, policy)
    severities = ", ".join(f"{count} {name}" for name, count in reversed([*found.by_severity.items()]) if count)
    told = [f"{_number(sum(found.by_severity.values()), 'finding')}{f' ({severities})' if severities else ''}"]
    told += [f"{found.failing} of them failing the scan"] if found.failing else []
    told += [f"{found.known} in the baseline"] if found.known else []
    told += [f"{found.allowed} allowed on their line"] if found.allowed else []
    size = scanned.characters / _MEGABYTE
    rate = size / max(scanned.seconds, 1e-9)
    read = f"{_number(scanned.files, 'file')}, {size:.1f} MB in {scanned.seconds:.2f} s ({rate:.0f} MB/s)"
    return "; ".join(told) + f". Read: {read}.\n"


def as_json(scanned: Scanned, policy: Policy, version: str, *, show_secrets: bool) -> dict[str, object]:
    """Return everything about a scan. It can be the baseline of a later one."""
    return {
        "tool": {"name": "llm-proxy", "version": version},
        "fingerprint_key": scanned.key,
        "summary": asdict(counts(scanned.findings, policy))
        | {
            "files": scanned.files,
            "skipped": len(scanned.skipped),
            "characters": scanned.characters,
            "seconds": round(scanned.seconds, 3),
        },
        "skipped": [asdict(each) for each in scanned.skipped],
        "findings": [_object(each, policy, show_secrets) for each in scanned.findings],
    }


def _object(found: Found, policy: Policy, show_secrets: bool) -> dict[str, object]:
    rule = found.rule
    told: dict[str, object] = {
        "path": found.path,
        **found.region._asdict(),
        "place": found.place or None,
        "rule_id": rule.id,
        "rule": rule.label,
        "also": list(found.also),
        "pack": rule.pack or None,
        "severity": rule.severity,
        "mode": rule.mode,
        "view": found.view,
        "preview": found.preview,
        "fingerprint": found.fingerprint,
        "allowed": found.is_allowed,
        "known": found.is_known,
        "fails": policy.fails(found),
    }
    return told | {"secret": found.secret.reveal()} if show_secrets else told


def _cells(found: Found, policy: Policy, show_secrets: bool) -> list[str]:
    region, rule = found.region, found.rule
    return [
        f"{found.path}:{region.line}:{region.column}",
        rule.severity + ("" if policy.fails(found) else " (noted)"),
        f"{rule.label} (+{len(found.also)})" if found.also else rule.label,
        _one_line(found.secret.reveal()) if show_secrets else found.preview,
        found.fingerprint,
        " ".join(filter(None, (found.place, "" if found.view == "raw" else f"[{found.view}]"))),
    ]


def _one_line(secret: str) -> str:
    """Escape what would break the line or steer a terminal."""
    return secret.encode("unicode_escape").decode() if not secret.isprintable() else secret


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
