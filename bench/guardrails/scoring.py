"""How findings are scored against labels. Pure: cases and findings in, counts out."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bench.guardrails.corpus import Case, Span

Found: TypeAlias = list[Span] | bool  # where something was found; or no more than whether
GRAM = 8  # so many characters in a row of a secret are a leak; of a shorter secret, all


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    count: int
    total: int

    def __str__(self) -> str:
        return f"{100 * self.count / self.total:.1f} %" if self.total else "-"


def is_found(case: Case, found: Found) -> bool:
    """Say whether findings count for a case: any that overlaps one of its spans, or any at all where it names none."""
    if isinstance(found, bool) or not case.spans:
        return bool(found)
    return any(start < end_ and start_ < end for start, end in found for start_, end_ in case.spans)


def groups(case: Case) -> list[str]:
    """Name the rows of the table in which a case counts."""
    if case.source == "CredData":
        return ["CredData"] if case.rule.startswith("UUID") else ["CredData", "CredData without UUIDs"]
    return [case.source]


def recall(scored: Iterable[tuple[Case, Found]]) -> dict[str, Share]:
    """Return, by source, how many of the cases that hold something were found."""
    return _shares((case, is_found(case, found)) for case, found in scored if case.is_positive)


def flagged(scored: Iterable[tuple[Case, Found]]) -> dict[str, Share]:
    """Return, by source, how many of the cases that hold nothing, or a placeholder, were flagged all the same."""
    return _shares((case, is_found(case, found)) for case, found in scored if case.label in {"benign", "placeholder"})


def precision(scored: Iterable[tuple[Case, Found]]) -> dict[str, Share]:
    """Return, by source that holds both kinds, how many of the flagged cases hold something."""
    rows = [(case, found) for case, found in scored if case.label != "ambiguous"]
    both = {case.source for case, _ in rows if case.is_positive} & {c.source for c, _ in rows if not c.is_positive}
    return _shares((case, case.is_positive) for case, found in rows if case.source in both and is_found(case, found))


def uncovered(case: Case, found: Found) -> int:
    """Return how many characters of the case's spans that are found stand outside of what was found.

    A span that no finding touches is a miss, not a leak.
    """
    if isinstance(found, bool):
        return 0
    left = 0
    for start, end in case.spans:
        inside = [(max(start, a), min(end, b)) for a, b in found if a < end and start < b]
        if inside:
            covered = {position for a, b in inside for position in range(a, b)}
            left += end - start - len(covered)
    return left


def leaked(case: Case, found: Found, sent: str) -> bool:
    """Say whether a found span's characters, ``GRAM`` in a row, are still in what is sent.

    What the text also holds outside of its labelled spans does not count: those copies were never labelled.
    """
    rest = list(case.text)
    for start, end in case.spans:
        rest[start:end] = "\0" * (end - start)
    elsewhere = "".join(rest)
    for start, end in case.spans:
        touched = found is True or (found and any(a < end and start < b for a, b in found))
        if touched and any(sent.count(gram) > elsewhere.count(gram) for gram in grams(case.text[start:end])):
            return True
    return False


def grams(secret: str) -> set[str]:
    """Return the pieces of a secret whose delivery is a leak."""
    if len(secret) <= GRAM:
        return {secret} if secret else set()
    return {secret[position : position + GRAM] for position in range(len(secret) - GRAM + 1)}


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which such a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _shares(rows: Iterable[tuple[Case, bool]]) -> dict[str, Share]:
    totals: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for case, counted in rows:
        for group in groups(case):
            totals[group] += 1
            counts[group] += counted
    return {group: Share(counts[group], totals[group]) for group in sorted(totals)}
