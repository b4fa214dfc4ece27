"""The numbers as Markdown."""

from typing import Any

Rows = list[list[str]]
_CHAT = "11.6 KB chat"


def markdown(results: dict[str, Any]) -> str:
    """Return all tables that the results have numbers for."""
    parts = [_head(results)]
    if "quality" in results:
        for part, title in (
            ("recall", "Recall: texts with a secret, or personal data, that are found"),
            ("flagged", "False alarms: texts without that are flagged"),
            ("precision", "Precision: of the flagged texts, those that hold something"),
        ):
            parts += [f"### {title}", _by_source(results["quality"], part)]
        parts += ["### Left after replacing", _left(results["quality"])]
        parts += ["### Missed most, by the sources' own rules", _missed(results["quality"])]
    if "differential" in results:
        parts += ["### All patterns at once against one by one", _differential(results["differential"])]
    if "placements" in results:
        parts += ["### Places of a request where a secret is stopped", _shares(results["placements"], "endpoint")]
    if "encodings" in results:
        parts += ["### Disguises", _shares(results["encodings"], "encoding", is_summed=False)]
    if "streams" in results:
        parts += ["### Answers in pieces", _numbers({"ours, secrets": results["streams"]}, "rules")]
    if results.get("speed"):
        parts += ["### Cost of ordinary prompts", _numbers(results["speed"], "detector")]
    if "hostile" in results:
        parts += ["### Dear texts, milliseconds", _turned(results["hostile"], "text")]
    if "request" in results:
        parts += [f"### {_CHAT}, microseconds", _numbers(results["request"], "rules")]
    return "\n\n".join(parts) + "\n"


def table(head: list[str], rows: Rows) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def share(pair: tuple[int, int] | None) -> str:
    """Return a share in percent, exact where it is all or nothing."""
    if not pair or not pair[1]:
        return "-"
    count, total = pair
    return f"{100 * count / total:.1f}" if 0 < count < total else f"{100 * count // total}"


def _head(results: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in results["detectors"].items())
    rules = ", ".join(f"{count} {name}" for name, count in results["rules"].items())
    missing = f" Not installed: {', '.join(results['missing'])}." if results["missing"] else ""
    files = f" Files: {', '.join(results['files'])}." if results["files"] else " No corpus."
    return f"{results['date']}, {results['machine']}. Rules: {rules}. {versions}.{missing}{files}"


def _by_source(quality: dict[str, Any], part: str) -> str:
    sources = sorted({source for each in quality.values() for source in each[part]})
    totals = {
        source: max(each[part][source][1] for each in quality.values() if source in each[part]) for source in sources
    }
    rows = [
        [
            source,
            str(totals[source]) if part != "precision" else "",
            *(share(e[part].get(source)) for e in quality.values()),
        ]
        for source in sources
    ]
    return table(["%", "texts", *quality], rows)


def _left(quality: dict[str, Any]) -> str:
    names = ["found", "refused", "own", "label", "outside"]
    return table(
        ["detector", *names], [[name, *(str(each["left"][n]) for n in names)] for name, each in quality.items()]
    )


def _missed(quality: dict[str, Any]) -> str:
    rows = [
        [name, ", ".join(f"{rule} {count}" for rule, count in each["missed"].items())] for name, each in quality.items()
    ]
    return table(["detector", "missed"], [row for row in rows if row[0].startswith("ours")])


def _differential(told: dict[str, Any]) -> str:
    counts = table(list(told)[:-1], [[f"{count:,}" for count in list(told.values())[:-1]]])
    return "\n".join([counts, *(f"- {each}" for each in told["differences"])])


def _shares(by_name: dict[str, dict[str, tuple[int, int]]], first: str, *, is_summed: bool = True) -> str:
    keys = list(next(iter(by_name.values())))
    total = next(iter(by_name.values()))
    rows = [
        [key, str(total[key][1]), *(str(each[key][0]) if each else "n/a" for each in by_name.values())] for key in keys
    ]
    if is_summed:
        sums = [str(sum(pair[0] for pair in each.values())) if each else "n/a" for each in by_name.values()]
        rows.append(["all", str(sum(pair[1] for pair in total.values())), *sums])
    return table([first, "of", *by_name], rows)


def _numbers(by_name: dict[str, dict[str, float]], first: str) -> str:
    keys = list(next(iter(by_name.values())))
    return table([first, *keys], [[name, *(number(each[key]) for key in keys)] for name, each in by_name.items()])


def _turned(by_name: dict[str, dict[str, float | None]], first: str) -> str:
    keys = list(next(iter(by_name.values())))
    return table([first, *by_name], [[key, *(number(each[key]) for each in by_name.values())] for key in keys])


def number(value: float | None) -> str:
    """Return a number as exact as it is worth, and patience's end for None."""
    if value is None:
        return "> 20,000"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"
