"""What is measured: a name, a version, and what it finds in a text."""

from typing import Any, Protocol

from bench.guardrails.corpus import Span
from bench.guardrails.scoring import Found

Body = dict[str, Any]


class NotInstalled(Exception):
    """A peer's package is not there. The report says so."""


class Detector(Protocol):
    """One row of the tables."""

    name: str
    version: str
    kinds: frozenset[str]  # the labels that it is for: "secret", "pii"

    def found(self, text: str) -> Found:
        """Return where something is found, or whether anything is."""
        ...

    def replaced(self, text: str) -> str | None:
        """Return the text without what is found; None when it would be refused instead, or nothing is offered."""
        ...

    def sent(self, endpoint: str, body: Body) -> Body | None:
        """Return what of a request would go to a provider, None when it would be refused.

        Raises NotImplementedError where the detector reads texts only, or needs a server for it.
        """
        ...


def located(text: str, pieces: list[str]) -> list[Span]:
    """Return the gaps between pieces of a text, which stand in it in this order: what was cut out of it."""
    spans = []
    position = len(pieces[0])
    for number, piece in enumerate(pieces[1:], 2):
        start = len(text) - len(piece) if number == len(pieces) else text.index(piece, position + 1)
        spans.append((position, start))
        position = start + len(piece)
    return spans


def cut(text: str, spans: list[Span], by: str) -> str:
    """Return the text with spans, and what overlaps them, replaced."""
    pieces = []
    position = 0
    for start, end in merged(spans):
        pieces += [text[position:start], by]
        position = end
    return "".join((*pieces, text[position:]))


def merged(spans: list[Span]) -> list[Span]:
    """Return the unions of spans that overlap."""
    unions: list[Span] = []
    for start, end in sorted(spans):
        if unions and start < unions[-1][1]:
            unions[-1] = (unions[-1][0], max(end, unions[-1][1]))
        else:
            unions.append((start, end))
    return unions
