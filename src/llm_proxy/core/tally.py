"""What rules cost and find, in sums: calls, findings, time. The arithmetic only."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

_REMEMBERED = 256  # calls that were timed


@dataclass(frozen=True, slots=True)
class Reading:
    """What one rule took and found: in how many calls it looked, how often it found something, for how long it ran."""

    guardrail_id: str
    calls: int
    hits: int
    time_us: int
    last_hit_at: datetime | None = None


class _Sums:
    __slots__ = ("calls", "hits", "last_hit_at", "samples", "seconds", "spare_us", "untimed")

    def __init__(self) -> None:
        self.calls = self.hits = 0
        self.untimed = 0  # calls whose time is still to be told
        self.last_hit_at: datetime | None = None
        self.samples = 0
        self.seconds = 0.0
        self.spare_us = 0.0  # what whole microseconds leave over


class Tally:
    """Sums by rule. Every call and finding is counted; the time of a call is that of the calls that were timed."""

    def __init__(self) -> None:
        self._sums: dict[str, _Sums] = {}

    def count(self, rules: Iterable[str], calls: int) -> None:
        """Count calls in which rules looked."""
        for rule in rules:
            sums = self._of(rule)
            sums.calls += calls
            sums.untimed += calls

    def hit(self, rule: str, at: datetime) -> None:
        """Count a finding."""
        sums = self._of(rule)
        sums.hits += 1
        sums.last_hit_at = at

    def timed(self, seconds: Mapping[str, float]) -> None:
        """Add what one call took of each rule's time."""
        for rule, taken_s in seconds.items():
            sums = self._of(rule)
            if sums.samples == _REMEMBERED:  # traffic changes: what is long ago counts for less and less
                sums.samples, sums.seconds = sums.samples // 2, sums.seconds / 2
            sums.samples += 1
            sums.seconds += taken_s

    def take(self) -> list[Reading]:
        """Return what was not taken yet. The time of calls comes later where none of them was timed so far."""
        return [reading for rule, sums in self._sums.items() if (reading := _taken(rule, sums)) is not None]

    def give_back(self, readings: Iterable[Reading]) -> None:
        """Take readings back that could not be put anywhere."""
        for reading in readings:
            sums = self._of(reading.guardrail_id)
            sums.calls += reading.calls
            sums.hits += reading.hits
            sums.spare_us += reading.time_us
            sums.last_hit_at = sums.last_hit_at or reading.last_hit_at

    def _of(self, rule: str) -> _Sums:
        sums = self._sums.get(rule)
        if sums is None:
            sums = self._sums[rule] = _Sums()
        return sums


def _taken(rule: str, sums: _Sums) -> Reading | None:
    if sums.samples:
        sums.spare_us += sums.seconds / sums.samples * 1e6 * sums.untimed
        sums.untimed = 0
    reading = Reading(rule, sums.calls, sums.hits, int(sums.spare_us), sums.last_hit_at)
    if not reading.calls and not reading.hits and not reading.time_us:
        return None
    sums.calls, sums.hits, sums.last_hit_at = 0, 0, None
    sums.spare_us -= reading.time_us
    return reading
