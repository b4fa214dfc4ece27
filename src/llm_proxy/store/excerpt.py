"""How much of an inspected text its event keeps: all of it, the surroundings of masked findings, or nothing."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from llm_proxy.core.fingerprints import MASK

AuditText = Literal["sealed", "masked", "none"]
Span = tuple[int, int]

MOST_CHARACTERS = 1 << 20
MOST_SPANS = 1000
_MOST_WINDOWS = 100
_AROUND = 80
_LONGEST_FINDING = 1000  # shown of a finding that stands beyond the cap


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part of the text that was kept or masked, and where it begins in what is kept."""

    start: int
    end: int
    is_masked: bool
    at: int


def kept(text: str, spans: Sequence[Span], secrets: Iterable[Span], mode: AuditText) -> tuple[str, Sequence[Span]]:
    """Return what ``mode`` keeps of ``text``, and where ``spans`` (sorted; at most 1,000) stand in it.

    ``sealed`` keeps 1 Mi characters and, beyond them, 80 on each side of a finding. ``masked`` keeps only such
    surroundings, with ``***`` for each of ``secrets``: what any rule found in this text. Brackets say what is left out.
    """
    if mode == "none":
        return "", ()
    spans = spans[:MOST_SPANS]
    if mode == "masked":
        return _cut(text, spans, _windows(text, spans, len(text)), _merged(secrets))
    if len(text) <= MOST_CHARACTERS:
        return text, spans
    windows = [(0, MOST_CHARACTERS), *_windows(text, spans, _LONGEST_FINDING)]
    return _cut(text, spans, _merged(windows), ())


def _windows(text: str, spans: Sequence[Span], longest: int) -> Sequence[Span]:
    shown = ((start, min(end, start + longest)) for start, end in spans[:_MOST_WINDOWS])
    return _merged((max(0, start - _AROUND), min(len(text), end + _AROUND)) for start, end in shown)


def _merged(spans: Iterable[Span]) -> Sequence[Span]:
    """Return the same ground as disjoint spans in order."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _cut(
    text: str, spans: Sequence[Span], windows: Sequence[Span], masks: Sequence[Span]
) -> tuple[str, Sequence[Span]]:
    parts: list[str] = []
    pieces: list[_Piece] = []
    length = last = 0

    def put(part: str) -> None:
        nonlocal length
        parts.append(part)
        length += len(part)

    for window in windows:
        if window[0] > last:
            put(f"[… {window[0] - last} characters left out …]")
        for start, end, is_masked in _divided(window, masks):
            pieces.append(_Piece(start, end, is_masked, length))
            put(MASK if is_masked else text[start:end])
        last = window[1]
    if last < len(text):
        put(f"[… {len(text) - last} characters left out …]")
    return "".join(parts), [span for span in (_moved(span, pieces) for span in spans) if span is not None]


def _divided(window: Span, masks: Sequence[Span]) -> Iterator[tuple[int, int, bool]]:
    """Yield the parts of a window in order: start, end, and whether a mask covers it."""
    at, end = window
    for mask_start, mask_end in masks[bisect_right(masks, at, key=lambda mask: mask[1]) :]:
        if mask_start >= end:
            break
        if mask_start > at:
            yield at, mask_start, False
        yield max(at, mask_start), min(mask_end, end), True
        at = min(mask_end, end)
    if at < end:
        yield at, end, False


def _moved(span: Span, pieces: Sequence[_Piece]) -> Span | None:
    """Return where a span stands among the pieces, clipped to them; None when it begins in none."""
    first = pieces[bisect_right(pieces, span[0], key=lambda piece: piece.start) - 1] if pieces else None
    if first is None or not first.start <= span[0] < first.end:
        return None
    last = pieces[max(bisect_left(pieces, span[1], key=lambda piece: piece.start) - 1, 0)]
    start = first.at if first.is_masked else first.at + span[0] - first.start
    end = last.at + (len(MASK) if last.is_masked else min(span[1], last.end) - last.start)
    return start, max(start, end)
