"""What was found before and is lived with: a scan's own JSON, read again for its fingerprints."""

from collections.abc import Iterable
from dataclasses import replace

import orjson

from llm_proxy.errors import StartupError
from llm_proxy.scan.findings import Found


class BadBaseline(StartupError):
    """The baseline cannot be used."""


def read_baseline(data: bytes, key: str) -> frozenset[str]:
    """Return the fingerprints in the JSON of an earlier scan; raises BadBaseline.

    ``key`` names the key of this scan's fingerprints: those under another one would be of no use.
    """
    try:
        tree = orjson.loads(data)
    except orjson.JSONDecodeError as exc:
        raise BadBaseline("The baseline is not the JSON of an earlier scan.") from exc
    findings = tree.get("findings") if isinstance(tree, dict) else None
    if not isinstance(findings, list):
        raise BadBaseline("The baseline is not the JSON of an earlier scan: it has no list of findings.")
    if tree.get("fingerprint_key") != key:
        raise BadBaseline(
            f"The fingerprints of the baseline are under another key ({tree.get('fingerprint_key')}) than this scan's "
            f"({key}): make it with the same rules option, on the same database."
        )
    return frozenset(_fingerprint(each) for each in findings)


def marked(findings: Iterable[Found], known: frozenset[str]) -> list[Found]:
    """Return the findings, those with a known fingerprint marked: wherever the secret was moved to."""
    return [replace(each, is_known=each.fingerprint in known) for each in findings]


def _fingerprint(finding: object) -> str:
    fingerprint = finding.get("fingerprint") if isinstance(finding, dict) else None
    if not isinstance(fingerprint, str):
        raise BadBaseline("A finding of the baseline has no fingerprint.")
    return fingerprint
