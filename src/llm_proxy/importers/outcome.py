"""What came of reading a file of rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Format = Literal["gitleaks", "noseyparker", "kingfisher", "toml", "csv", "json"]

FORMATS: tuple[Format, ...] = ("gitleaks", "noseyparker", "kingfisher", "toml", "csv", "json")


@dataclass(frozen=True, slots=True)
class Found:
    """A rule that was read. ``fields`` are members as a request for a rule has them.

    ``changes`` say what is otherwise than in the file: what was rewritten, and what was left out. ``id`` is the rule's
    where the file came from, if it is one of ours.
    """

    name: str
    fields: Mapping[str, object]
    changes: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """A rule that cannot be taken over, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A file's rules. ``notes`` are about the file as a whole; ``packs`` is how one of ours sets packs, unread."""

    format: Format
    rules: tuple[Found, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    notes: tuple[str, ...] = ()
    packs: object = field(default_factory=dict)


class CannotImport(ValueError):
    """Why one rule cannot be taken over."""
