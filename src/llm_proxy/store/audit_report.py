"""What verifying the chain found: which events were changed, are missing, or stand where they do not belong."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from llm_proxy.store.chain import Link

FlawKind = Literal["changed", "missing", "reordered", "put back", "unlisted", "head"]
MOST_FLAWS = 1000
EXPECTED_HEAD = re.compile(r"(?:[0-9]{1,18}:)?[0-9a-f]{64}")  # a hash noted elsewhere, or its number and it


class Flaw(NamedTuple):
    """Something wrong with the events from one number to another.

    ``event_id`` is "" where there is no event, or more than one.
    """

    kind: FlawKind
    seq: int
    last_seq: int
    event_id: str
    note: str


class Break(NamedTuple):
    """An event, itself unchanged, that does not follow on the one before it but on the one that had this hash.

    ``wanted`` is "" where the one before it is missing or was changed, which is told already. ``last_before`` is the
    number of the event that stands before it.
    """

    seq: int
    event_id: str
    wanted: str
    last_before: int


@dataclass(slots=True)
class Report:
    """How many events were checked, how many tombstones tell were removed, the head, and up to 1,000 flaws."""

    events: int = 0
    tombstones: int = 0
    removed: int = 0
    head: Link | None = None
    flaws: list[Flaw] = field(default_factory=list)
    flaw_count: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.flaw_count

    def told(self) -> dict[str, Any]:
        """Return the same as JSON has it."""
        return {
            "whole": self.is_whole,
            "events": self.events,
            "tombstones": self.tombstones,
            "removed": self.removed,
            "head": self.head and self.head._asdict(),
            "flaw_count": self.flaw_count,
            "flaws": [flaw._asdict() for flaw in self.flaws],
        }

    def note(self, flaw: Flaw) -> None:
        """Count a flaw, and keep it while there is room."""
        self.flaw_count += 1
        if len(self.flaws) < MOST_FLAWS:
            self.flaws.append(flaw)

    def missing(self, first: int, last: int) -> None:
        """Note that the events with these numbers are not there."""
        many = f"the events {first} to {last} are" if last > first else f"the event {first} is"
        self.note(Flaw("missing", first, last, "", f"{many} missing, and no tombstone tells why"))


def displaced(breaks: Sequence[Break], places: Mapping[str, int], last_seq: int) -> list[Flaw]:
    """Tell of each break whether events before it are missing, or it begins a run that belongs elsewhere, or neither.

    ``places`` has the numbers under which hashes stand now. A run that follows a displaced one may be in its place.
    """
    starts = [0, *(each.seq for each in breaks)]
    wanted = dict(zip(starts, ["", *(each.wanted for each in breaks)], strict=True))
    moved = _moves(starts, wanted, places)
    flaws = []
    ends = [*(each.last_before for each in breaks[1:]), last_seq]
    for each, end in zip(breaks, ends, strict=False):
        if each.wanted and each.wanted not in places:
            note = f"one or more events between {each.seq - 1} and {each.seq} are missing; the rest was renumbered"
            flaws.append(Flaw("missing", each.seq, each.seq, each.event_id, note))
        elif moved[each.seq]:
            note = f"belongs at {each.seq + moved[each.seq]} and was moved"
            flaws.append(Flaw("reordered", each.seq, end, each.event_id, note))
    return flaws


def _moves(starts: Sequence[int], wanted: Mapping[int, str], places: Mapping[str, int]) -> dict[int, int]:
    """Return how far each run stands from its place: one after the event that it follows on, wherever that belongs."""
    moved: dict[int, int] = {0: 0}
    for start in starts:
        path: list[tuple[int, int]] = []  # runs on the way to one whose place is known, and what each adds
        at = start
        while at not in moved:
            moved[at] = 0  # what is not found stays where it is; so does what follows on itself
            before = places.get(wanted[at])
            if before is None:
                break
            path.append((at, before + 1 - at))
            at = starts[bisect_right(starts, before) - 1]
        distance = moved[at]
        for run, step in reversed(path):
            distance += step
            moved[run] = distance
    return moved
