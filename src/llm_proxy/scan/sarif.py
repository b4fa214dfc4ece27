"""A scan as SARIF 2.1.0 (OASIS), as GitHub code scanning and others read it. Columns count code points.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
"""

from collections.abc import Mapping, Sequence
from typing import Literal
from urllib.parse import quote

from llm_proxy.records import Guardrail, Severity
from llm_proxy.scan.findings import Found, Policy
from llm_proxy.scan.sources import Skipped

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "llmProxySecret/v1"

Level = Literal["note", "warning", "error"]
Object = dict[str, object]

_LEVELS: Mapping[Severity, Level] = {"low": "note", "medium": "warning", "high": "error", "critical": "error"}
# What GitHub sorts security findings by: over 9.0 is critical, 7.0 high, 4.0 medium.
_SCORES: Mapping[Severity, str] = {"low": "2.0", "medium": "5.0", "high": "8.0", "critical": "9.5"}


def render(findings: Sequence[Found], skipped: Sequence[Skipped], policy: Policy, version: str) -> Object:
    """Return the log of one run. No secret is in it."""
    rules = sorted({each.rule.id: each.rule for each in findings}.values(), key=lambda rule: rule.id)
    numbers = {rule.id: number for number, rule in enumerate(rules)}
    driver: Object = {
        "name": "llm-proxy",
        "fullName": "LLM Proxy scan",
        "version": version,
        "semanticVersion": version,
        "rules": [_rule(rule) for rule in rules],
    }
    run: Object = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The folder in which the scan was started."}}},
        "invocations": [_invocation(skipped)],
        "results": [_result(each, numbers[each.rule.id], policy) for each in findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Guardrail) -> Object:
    text = rule.description or f"Text that the rule {rule.label} finds."
    advice = "Take the secret out of the file and of its history, and revoke it where it was issued."
    return {
        "id": rule.id,
        "name": rule.label,
        "shortDescription": {"text": rule.label},
        "fullDescription": {"text": text},
        "help": {"text": f"{text}\n{advice}", "markdown": f"{text}\n\n{advice}"},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "tags": ["security", *([rule.pack] if rule.pack else ())],
            "security-severity": _SCORES[rule.severity],
            "severity": rule.severity,
            "mode": rule.mode,
        },
    }


def _result(found: Found, number: int, policy: Policy) -> Object:
    where = f" at {found.place}" if found.place else ""
    result: Object = {
        "ruleId": found.rule.id,
        "ruleIndex": number,
        "level": _LEVELS[found.rule.severity],
        "message": {"text": f"{found.rule.label} finds {found.preview}{where} ({found.view} view)."},
        "locations": [_location(found)],
        "partialFingerprints": {FINGERPRINT: found.fingerprint},
        "properties": {
            "severity": found.rule.severity,
            "view": found.view,
            "fails": policy.fails(found),
            "also": [*found.also],
        },
    }
    if found.is_allowed:
        result["suppressions"] = [{"kind": "inSource", "justification": "The line allows it."}]
    elif found.is_known:
        result["suppressions"] = [{"kind": "external", "justification": "The baseline has it."}]
    return result


def _location(found: Found) -> Object:
    region = found.region
    location: Object = {
        "physicalLocation": {
            "artifactLocation": _artifact(found.path),
            "region": {
                "startLine": region.line,
                "startColumn": region.column,
                "endLine": region.end_line,
                "endColumn": region.end_column,
                "charOffset": region.offset,
                "charLength": region.length,
            },
        }
    }
    if found.place:
        location["logicalLocations"] = [{"fullyQualifiedName": found.place, "kind": "value"}]
    return location


def _artifact(path: str) -> Object:
    uri = quote(path.removeprefix("./"))
    return {"uri": f"file://{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": "SRCROOT"}


def _invocation(skipped: Sequence[Skipped]) -> Object:
    notes = [
        {
            "level": "error" if each.is_fault else "note",
            "message": {"text": f"{each.path} was not read: {each.reason}."},
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(each.path)}}],
        }
        for each in skipped
    ]
    faultless = not any(each.is_fault for each in skipped)
    return {"executionSuccessful": faultless, "toolExecutionNotifications": notes}
