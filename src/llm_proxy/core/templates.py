"""Replacement templates in the language of Go's ``Regexp.Expand``, as rules have always been written.

``$name``, ``${name}``, ``$1``, ``${1}`` stand for a group, ``$$`` for a dollar sign. A name without braces is as long
as it can be: ``$1z`` is the group named ``1z``. A group that does not exist or took no part in the match is empty, and
a ``$`` that begins none of these is itself. Source: https://pkg.go.dev/regexp#Regexp.Expand and its ``extract``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from llm_proxy.core.patterns import Groups

_NUMBER = re.compile("0|[1-9][0-9]{0,7}")


@dataclass(frozen=True, slots=True)
class Reference:
    """A group by its name or number, both as written."""

    group: str


@dataclass(frozen=True, slots=True)
class Template:
    """A template in pieces: literal texts and references."""

    pieces: tuple[str | Reference, ...]

    @property
    def literal(self) -> str | None:
        """The replacement when it is always the same, None when it refers to groups."""
        texts = [piece for piece in self.pieces if isinstance(piece, str)]
        return "".join(texts) if len(texts) == len(self.pieces) else None

    def expand(self, text: str, groups: Groups, names: Mapping[str, int]) -> str:
        """Return the replacement for one match in ``text``; ``names`` maps the pattern's group names to numbers."""
        return "".join(
            piece if isinstance(piece, str) else _group_text(piece.group, text, groups, names) for piece in self.pieces
        )


def parse_template(source: str) -> Template:
    """Read a template. Every text is one: what is malformed stands for itself."""
    head, *tails = source.split("$")
    pieces: list[str | Reference] = [head]
    following = iter(tails)
    for tail in following:
        name, rest = _extract(tail)
        if name:
            pieces += (Reference(name), rest)
        else:  # an empty tail stands between the two dollar signs of $$, or after the last one
            pieces.append("$" + (tail or next(following, "")))
    return Template(tuple(piece for piece in pieces if piece))


def literal_template(source: str) -> Template:
    """Return the template that is always ``source``, dollar signs and all."""
    return Template((source,) if source else ())


def _extract(tail: str) -> tuple[str, str]:
    """Split what follows a ``$`` into a group's name and the rest; the name is empty when there is none."""
    braced = tail.startswith("{")
    begin = end = int(braced)
    while end < len(tail) and (tail[end].isalpha() or tail[end].isdecimal() or tail[end] == "_"):
        end += 1
    if braced and not tail.startswith("}", end):
        return "", tail
    return tail[begin:end], tail[end + int(braced) :]


def _group_text(group: str, text: str, groups: Groups, names: Mapping[str, int]) -> str:
    number = int(group) if _NUMBER.fullmatch(group) else names.get(group, -1)
    if not 0 <= number < len(groups):
        return ""
    start, end = groups[number]
    return text[start:end] if start >= 0 else ""
