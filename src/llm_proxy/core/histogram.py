"""How long things took, kept small: counts in bins whose width grows with the time, so that a percentile is within 5 %.

A histogram is one whole number, a cell of bits to each bin, so that the histogram of two sets is the sum of theirs. A
cell holds a million million counts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from math import ceil, sqrt

_GROWTH = 1.1  # the middle of a bin is within sqrt(1.1), 4.9 %, of all that is in it
_LOWEST_MS = 0.1
_HIGHEST_MS = 3_600_000 * _GROWTH
_CELL_BYTES = 5


def _edges() -> tuple[float, ...]:
    edges = [_LOWEST_MS]
    while edges[-1] < _HIGHEST_MS:
        edges.append(edges[-1] * _GROWTH)
    return tuple(edges)


# Bin n holds what is not below edge n - 1 but below edge n; the first and the last have one side only.
EDGES_MS = _edges()
_MIDDLES_MS = (
    EDGES_MS[0],
    *(sqrt(low * high) for low, high in pairwise(EDGES_MS)),
    EDGES_MS[-1],
)


def bin_of(time_ms: float) -> int:
    """Return the number of the bin that a time falls into."""
    return bisect_right(EDGES_MS, time_ms)


def histogram(counts: Iterable[tuple[int, int]]) -> int:
    """Return the histogram of some bins and what each holds; a bin may come several times."""
    return sum(count << 8 * _CELL_BYTES * number for number, count in counts)


def pack(cells: int) -> bytes:
    """Return a histogram as bytes: without the empty bins at either end; nothing for an empty one."""
    if not cells:
        return b""
    first = _first_bin(cells)
    cells >>= 8 * _CELL_BYTES * first
    return bytes([first]) + cells.to_bytes((cells.bit_length() + 7) // 8, "big")


def unpack(packed: bytes) -> int:
    """Return the histogram that was packed."""
    return int.from_bytes(packed[1:], "big") << 8 * _CELL_BYTES * packed[0] if packed else 0


def percentiles(cells: int, shares: Sequence[float]) -> list[float | None]:
    """Return for each share (0.95) the time in ms that this part of all times does not exceed; None of an empty one.

    Within 5 % between a tenth of a millisecond and an hour; what is beyond counts as that.
    """
    if not cells:
        return [None for _ in shares]
    first = _first_bin(cells)
    cells >>= 8 * _CELL_BYTES * first
    data = cells.to_bytes((cells.bit_length() + 7) // 8, "little")
    counted = (int.from_bytes(data[at : at + _CELL_BYTES], "little") for at in range(0, len(data), _CELL_BYTES))
    reached = list(accumulate(counted))
    return [_MIDDLES_MS[first + bisect_left(reached, max(1, ceil(share * reached[-1])))] for share in shares]


def _first_bin(cells: int) -> int:
    """Return the number of the lowest bin that is not empty; ``cells & -cells`` is the lowest bit that is set."""
    return ((cells & -cells).bit_length() - 1) // (8 * _CELL_BYTES)
