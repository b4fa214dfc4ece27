"""What would change if a draft were the rule: what it finds that nothing found before, and what it no longer finds."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from llm_proxy.core.gathering import Finding
from llm_proxy.core.patterns import Span
from llm_proxy.core.watch import Sighting
from llm_proxy.records import ViewName

Change = Literal["new", "same", "gone"]

_MOST = 1000  # of a text's secrets on each side: they are compared each with each


class Spot(NamedTuple):
    """One secret, where it stands."""

    place: str
    text: str
    span: Span
    value: str
    view: ViewName = "raw"

    def meets(self, other: "Spot") -> bool:
        """Say whether both are about the same secret, or parts of it; in other views its letters are the same."""
        if self.place != other.place:
            return False
        if self.text == other.text and self.span[0] < other.span[1] and other.span[0] < self.span[1]:
            return True
        shorter, longer = sorted((self.value, other.value), key=len)
        return bool(shorter) and shorter in longer


def spots(findings: Iterable[Finding]) -> list[Spot]:
    """Return the secrets of findings."""
    return [
        Spot(finding.place, finding.text, span, value, finding.view)
        for finding in findings
        for span, value in zip(finding.spans, finding.values, strict=True)
    ][:_MOST]


def spots_in(text: str, sightings: Iterable[Sighting]) -> list[Spot]:
    """Return the secrets of sightings in one text."""
    return [
        Spot("", text, span, value, sighting.view)
        for sighting in sightings
        for span, value in zip(sighting.spans, sighting.values, strict=True)
    ][:_MOST]


def compare(draft: Sequence[Spot], before: Sequence[Spot]) -> list[tuple[Change, Spot]]:
    """Return what the draft finds, with whether it was found before, and then what it does not find any more."""
    found: list[tuple[Change, Spot]] = [("same" if any(map(spot.meets, before)) else "new", spot) for spot in draft]
    return found + [("gone", spot) for spot in before if not any(map(spot.meets, draft))]
