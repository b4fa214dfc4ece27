r"""Signs of patterns: simpler ones, each of which is found wherever the pattern is.

Many patterns as alternatives of one are fast while they have few states together. What multiplies states is memory: how
often a class was repeated, what stood before a match, how it goes on behind. A sign has little: repetitions beyond a
dozen are endless, what may be missing at its ends is left out, and most signs are no more than the first few characters
from the first literal on. It is found too often, never too seldom.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from llm_proxy.core.patterns import Pattern
from llm_proxy.core.regex_syntax import Border, Capture, Choice, Node, One, Repeat, Row, UnknownSyntax, parse

_MOST_REPEATS = 12  # more are counted as that many or more
_FEW_REPEATS = 3  # so many, and fewer, are counted
_SHORT, _LONGER = 12, 32  # characters
_LITERAL = re.compile(r"(?:\(\?i:)?[A-Za-z0-9]\)?|(?:\(\?i:)?\\x\{[0-9a-f]{3,}\}\)?")
_BORDERS = {
    "^": "(?m:^)",
    "$": "(?m:$)",
    r"\A": "(?m:^)",
    r"\z": "(?m:$)",
}  # of a text: in many that are joined, a line's


class Signs(NamedTuple):
    """The signs of a pattern, in RE2 syntax, for texts joined by line breaks; None for what it has not.

    ``whole`` is the pattern made simpler; ``short`` and ``longer`` are its first few characters from a literal on.
    ``at_whole`` and ``at_literal`` are asked about where these begin: nearly what the pattern matches from there on.
    They do not read far.
    """

    whole: str | None = None
    at_whole: str | None = None
    short: str | None = None
    longer: str | None = None
    at_literal: str | None = None


@lru_cache(maxsize=4096)
def signs_of(pattern: str) -> Signs:
    """Return the signs of a pattern that RE2 accepts. Nearly all patterns of a set are those of the set before."""
    try:
        root = _trimmed(parse(pattern), 0)
    except UnknownSyntax:
        return Signs()
    least = None if root is None else _trimmed(root, -1)
    if root is None or least is None:
        return Signs()
    whole = Signs(_source(least), _nearly(root))
    if not _has_literal(least):
        return whole
    begun = _from_literal(least)
    short, longer = (_trimmed(_beginning(begun, most)[0], -1) for most in (_SHORT, _LONGER))
    if short is None or longer is None:
        return whole
    return whole._replace(short=_source(short), longer=_source(longer), at_literal=_nearly(_from_literal(root)))


def _trimmed(node: Node, end: int) -> Node | None:
    """Return the least that stands at one end of every match, 0 or -1, with all the rest; None when that is nothing."""
    if isinstance(node, Capture):
        return _trimmed(node.body, end)
    if isinstance(node, Choice):
        branches = [_trimmed(branch, end) for branch in node.branches]
        known = tuple(branch for branch in branches if branch is not None)
        return Choice(known) if len(known) == len(branches) else None
    if isinstance(node, Repeat):
        return _trimmed_repeat(node, end)
    return _trimmed_row(node, end) if isinstance(node, Row) else node


def _trimmed_repeat(node: Repeat, end: int) -> Node | None:
    if node.least < 2:
        return _trimmed(node.body, end) if node.least else None
    least = min(node.least, _MOST_REPEATS)
    return Repeat(node.body, least, least)


def _trimmed_row(node: Row, end: int) -> Node | None:
    parts = list(node.parts)
    while parts:
        part = _trimmed(parts[end], end)
        if part is not None:
            parts[end] = part
            return Row(tuple(parts))
        parts.pop(end)
    return None


def _has_literal(node: Node) -> bool:
    """Say whether every match holds one of some characters that are letters or digits of one kind."""
    if isinstance(node, One):
        return _LITERAL.fullmatch(node.source) is not None
    if isinstance(node, Border):
        return False
    if isinstance(node, Choice):
        return all(map(_has_literal, node.branches))
    if isinstance(node, Row):
        return any(map(_has_literal, node.parts))
    return _has_literal(node.body) and (isinstance(node, Capture) or node.least > 0)


def _from_literal(node: Node) -> Node:
    """Return what follows in a match from its first literal on."""
    if isinstance(node, Choice):
        return Choice(tuple(map(_from_literal, node.branches)))
    if isinstance(node, Capture):
        return _from_literal(node.body)
    if isinstance(node, Row):
        first = next(index for index, part in enumerate(node.parts) if _has_literal(part))
        before = node.parts[max(0, first - 1) : first] if _begins_with_literal(node.parts[first]) else ()
        borders = tuple(part for part in before if isinstance(part, Border))
        return Row((*borders, _from_literal(node.parts[first]), *node.parts[first + 1 :]))
    if isinstance(node, Repeat) and not isinstance(node.body, One):
        more = None if node.most is None else node.most - 1
        return Row((_from_literal(node.body), Repeat(node.body, node.least - 1, more)))
    return node


def _begins_with_literal(node: Node) -> bool:
    """Say whether nothing stands before the first literal, in any match."""
    if isinstance(node, Choice):
        return all(map(_begins_with_literal, node.branches))
    if isinstance(node, Row):
        return bool(node.parts) and _begins_with_literal(node.parts[0])
    return (
        _begins_with_literal(node.body) if isinstance(node, Capture) else isinstance(node, One) and _has_literal(node)
    )


def _narrow(node: Node) -> tuple[Node, bool]:
    """Return the beginning of a node before what goes on over words and spaces without end, and whether it is cut."""
    if isinstance(node, Capture):
        return _narrow(node.body)
    if isinstance(node, Choice):
        begun = [_narrow(branch) for branch in node.branches]
        return Choice(tuple(each[0] for each in begun)), any(each[1] for each in begun)
    if isinstance(node, Repeat):
        body, is_cut = _narrow(node.body)
        if not is_cut and (node.most is not None or not _is_broad(node.body)):
            return node, False
        return (body if is_cut and node.least else Row(())), True
    parts = []
    for part in node.parts if isinstance(node, Row) else ():
        begun_part, is_cut = _narrow(part)
        parts.append(begun_part)
        if is_cut:
            return Row(tuple(parts)), True
    return Row(tuple(parts)) if isinstance(node, Row) else node, False


def _is_broad(node: Node) -> bool:
    """Say whether there may be letters in a node as well as spaces."""
    return _may_hold(node, "a") and _may_hold(node, " ")


def _may_hold(node: Node, character: str) -> bool:
    if isinstance(node, One):
        return _matches(node.source, character)
    if isinstance(node, Border):
        return False
    inner = node.parts if isinstance(node, Row) else node.branches if isinstance(node, Choice) else (node.body,)
    return any(_may_hold(part, character) for part in inner)


@lru_cache(maxsize=4096)
def _matches(source: str, character: str) -> bool:
    return bool(Pattern(source).spans(character))


def _beginning(node: Node, most: int) -> tuple[Node, int, bool]:
    """Return the beginning of a node that holds ``most`` characters, how many it holds, and whether more follows."""
    if isinstance(node, Capture):
        return _beginning(node.body, most)
    if isinstance(node, Choice):
        begun = [_beginning(branch, most) for branch in node.branches]
        return Choice(tuple(each[0] for each in begun)), min(each[1] for each in begun), any(each[2] for each in begun)
    if isinstance(node, Repeat):
        return _beginning_of_repeat(node, most)
    if isinstance(node, Row):
        return _beginning_of_row(node, most)
    return node, int(isinstance(node, One)), False


def _beginning_of_row(node: Row, most: int) -> tuple[Node, int, bool]:
    parts: list[Node] = []
    length, is_cut = 0, False
    for part in node.parts:
        if is_cut or length >= most:
            return Row(tuple(parts)), length, True
        begun, taken, is_cut = _beginning(part, most - length)
        parts.append(begun)
        length += taken
    return Row(tuple(parts)), length, is_cut


def _beginning_of_repeat(node: Repeat, most: int) -> tuple[Node, int, bool]:
    body, length, is_cut = _beginning(node.body, most)
    if not node.least:
        return node, 0, False
    if is_cut or length >= most:
        return body, length, True
    needed = -(-most // length) if length else node.least
    if needed >= node.least:
        return node, node.least * length, False
    return Repeat(node.body, needed, needed), needed * length, True


def _nearly(node: Node) -> str:
    """Return RE2 syntax for a node as it is, up to where a match could go on far."""
    return _source(_narrow(node)[0], is_exact=True)


def _source(node: Node, *, is_exact: bool = False) -> str:
    """Return RE2 syntax in which long repetitions are endless, unless it is to be exact."""
    if isinstance(node, One):
        return node.source
    if isinstance(node, Border):
        return _BORDERS.get(node.source, node.source)
    if isinstance(node, Capture):
        return _source(node.body, is_exact=is_exact)
    if isinstance(node, Row):
        return "".join(_source(part, is_exact=is_exact) for part in node.parts)
    if isinstance(node, Choice):
        return f"(?:{'|'.join(_source(branch, is_exact=is_exact) for branch in node.branches)})"
    body = _source(node.body, is_exact=is_exact)
    return _repeated(
        body, node.least, node.most, 1_000 if is_exact else _MOST_REPEATS, 1_000 if is_exact else _FEW_REPEATS
    )


def _repeated(source: str, least: int, most: int | None, counted: int, few: int) -> str:
    """Return a repetition: one of a number is counted up to ``counted``, one between two numbers up to ``few``.

    It takes as little as it can, for where a sign ends is of no matter, and to look for a later end takes time.
    """
    if not source or most == 0:
        return ""
    if least == most == 1:
        return source
    if most is not None and least == most <= counted:
        return f"(?:{source}){{{least}}}"
    if most is not None and most <= few:
        return f"(?:{source}){{{least},{most}}}?"
    return f"(?:{source}){{{min(least, counted)},}}?"
