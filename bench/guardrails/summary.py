"""The numbers that the documentation states, in three tables: secrets, personal data, the engine."""

from collections.abc import Callable
from typing import Any

from bench.guardrails.encodings import PROMISED
from bench.guardrails.tables import Rows, number, share, table

SECRET_SOURCES = {
    "CredData without UUIDs": "lines of code, CredData without UUIDs",
    "leaky-repo": "files of leaky-repo",
    "kingfisher": "Kingfisher's examples",
    "noseyparker": "Nosey Parker's examples",
    "gitleaks": "gitleaks' examples",
    "detect-secrets": "detect-secrets' examples",
    "secretlint": "secretlint's examples",
}
PERSONAL_SOURCES = {"presidio": "Presidio's examples", "presidio-research": "Presidio's synthetic sentences"}
BENIGN = {"awesome-chatgpt-prompts": "flagged: ordinary prompts", "gsm8k": "flagged: mathematics and code"}
NEAR = {
    "CredData without UUIDs": "flagged: lines of code that look alike, CredData",
    "gitleaks": "flagged: gitleaks' counter-examples",
    "noseyparker": "flagged: Nosey Parker's counter-examples",
}


def summary(results: dict[str, Any]) -> str:
    """Return the three tables; the parts that were not measured are left out."""
    parts = []
    if "quality" in results:
        found = [name for name in results["quality"] if _is_for(name, "secret")]
        personal = [name for name in results["quality"] if _is_for(name, "pii")]
        parts.append(table(["secrets, %", "of", *found], _quality(results, found, SECRET_SOURCES, BENIGN | NEAR)))
        parts.append(
            table(["personal data, %", "of", *personal], _quality(results, personal, PERSONAL_SOURCES, BENIGN))
        )
    parts.append(table(["engine", "ours", "others"], _engine(results)))
    return "\n\n".join(parts) + "\n"


def _is_for(name: str, kind: str) -> bool:
    if name.startswith("ours"):
        return name == ("ours, secrets" if kind == "secret" else "ours, personal data")
    is_personal = "personal" in name or "Presidio" in name
    return is_personal == (kind == "pii") and "0.0" not in name


def _quality(results: dict[str, Any], names: list[str], sources: dict[str, str], benign: dict[str, str]) -> Rows:
    quality = results["quality"]
    rows = []
    for part, titles in (("recall", sources), ("flagged", benign)):
        for source, title in titles.items():
            pairs = [quality[name][part].get(source) for name in names]
            total = max((pair[1] for pair in pairs if pair), default=0)
            rows.append([title, f"{total:,}", *map(share, pairs)])
    rows.append(
        ["found, and 8 characters still there after replacing", "", *(_left(quality[name]["left"]) for name in names)]
    )
    return rows


def _left(left: dict[str, int]) -> str:
    return f"{left['own']} of {left['found']:,}"


def _engine(results: dict[str, Any]) -> Rows:
    rows = []
    if "differential" in results:
        told = results["differential"]
        title = f"hits that only one way finds, at once or rule by rule, of {told['hits']:,} in {told['texts']:,} texts"
        rows.append([title, f"{told['missed'] + told['extra']:,}", ""])
    if "placements" in results:
        stopped = {name: sum(pair[0] for pair in each.values()) for name, each in results["placements"].items()}
        total = sum(pair[1] for pair in next(iter(results["placements"].values())).values())
        rows.append([f"places of a request where a secret is stopped, of {total}", *_both(stopped, str)])
    if "encodings" in results:
        caught = {name: sum(_is_caught(each, key) for key in PROMISED) for name, each in results["encodings"].items()}
        rows.append([f"disguises, of {len(PROMISED)}, with 99 % of what is found bare", *_both(caught, str)])
    if "streams" in results:
        told = results["streams"]
        rows.append([f"leaks in {told['streams']:,} streamed answers", str(told["with a leak"]), ""])
        rows.append(["words of an answer that wait: median, most", f"{told['p50 words']}, {told['most words']}", ""])
    if results.get("speed"):
        rows.append(
            ["µs a KB of ordinary prompts", *_both({k: v["µs/KB"] for k, v in results["speed"].items()}, number)]
        )
    for text in list(next(iter(results.get("hostile", {"": {}}).values()))):
        times = {name: each[text] for name, each in results["hostile"].items()}
        rows.append([f"ms for {text}", *_both(times, number)])
    if "request" in results:
        ours = results["request"]["ours, both"]
        rows.append(
            [
                f"µs for a chat of {ours['bytes']:,} bytes: read, first look",
                f"{number(ours['read'])}, {number(ours['first look'])}",
                "",
            ]
        )
    return rows


def _is_caught(counts: dict[str, tuple[int, int]], key: str) -> bool:
    bare = counts["none"][0]
    return bare > 0 and counts[key][0] >= 0.99 * bare


def _both(values: dict[str, Any], told: Callable[[Any], str]) -> tuple[str, str]:
    """Return ours, the packs together where there are several, and each of the others."""
    own = [value for name, value in values.items() if name.startswith("ours") and "without views" not in name]
    mine = values.get("ours, both", own[0])
    others = [
        f"{name} {told(value)}" for name, value in values.items() if not name.startswith("ours") and "0.0" not in name
    ]
    return told(mine), ", ".join(others)
