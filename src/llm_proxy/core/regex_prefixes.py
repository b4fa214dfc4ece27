"""What a pattern's matches begin like: which end of an unfinished text may become one.

A match is ``before``, then the secret, then ``behind``. While a text arrives, its end must wait if it reads like
``before`` in full and any beginning of the rest, because more text could complete it. To be certain, assertions in the
rest are taken to hold: they may be decided by characters that have not come.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from llm_proxy.core.regex_syntax import ANY, NOT_NEWLINE, Border, Capture, Choice, Node, One, Repeat, Row, parse

_MOST_REPEATS = 1000  # RE2's own limit
_FEW_REPEATS = 8

_Parts: TypeAlias = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Beginnings:
    """The unfinished matches of a pattern, in RE2 syntax.

    ``source``: what it matches at the end of a text may become a match whose secret has begun. ``coarse``: the same
    with long repetitions taken for endless ones, where ``source`` is too large to be compiled. ``whole``: what it
    matches there may become a match, coarsely.
    ``ahead``: the pattern, for which a text's end is whatever more text may bring. Its matches that end before are the
    pattern's own whatever comes; one that ends there may yet become another. None where more than the match decides.
    ``spaced``: a break may stand in the secret, or between it and the match's end; else both lie in one word.
    ``reach``: how far before the secret a match may begin, in characters; None without end.
    """

    source: str
    coarse: str
    whole: str
    ahead: str | None
    spaced: bool
    reach: int | None


def beginnings(pattern: str, group: int, after: int = 0, *, whole_line: bool = False) -> Beginnings:
    """Read how a pattern's matches begin; ``group`` is the number of the secret's group.

    ``after`` more characters behind a match, or its ``whole_line``, belong to what decides. Raises UnknownSyntax.
    """
    root = parse(pattern)
    decides = (*_repeated(ANY, after), *((Repeat(NOT_NEWLINE, 0, None),) if whole_line else ()))
    paths = [(before, (*rest, *decides)) for before, rest, _ in _paths(root, group)]
    lengths = [_longest(Row(before)) for before, _ in paths]
    return Beginnings(
        source=_union(paths, _MOST_REPEATS),
        coarse=_union(paths, _FEW_REPEATS),
        whole=_union([((), (root,))], _FEW_REPEATS),
        ahead=None if decides else _ahead(root),
        spaced=any(_breaks(Row(rest), followed=False) for _, rest in paths),
        reach=None if None in lengths else max(length or 0 for length in lengths),
    )


def _repeated(body: Node, times: int) -> _Parts:
    whole, left = divmod(times, _MOST_REPEATS)
    return (Repeat(body, 0, _MOST_REPEATS),) * whole + ((Repeat(body, 0, left),) if left else ())


def _union(paths: Sequence[tuple[_Parts, _Parts]], most: int) -> str:
    sources = []
    for before, rest in paths:
        begun = _begun(Row(rest), most)
        if begun is not None:
            sources.append(_source(Row(before), most, borders=True) + begun)
    return "|".join(sources)


def _paths(node: Node, group: int) -> Iterator[tuple[_Parts, _Parts, bool]]:
    """Yield each way through a pattern as what stands before the secret, the secret with the rest, and True.

    Where the group takes no part, or may be empty, the whole match is the secret: nothing before it, and False.
    """
    if isinstance(node, Capture):
        if node.number == group and not _can_be_empty(node.body):
            yield (), (node.body,), True
        else:
            yield from _paths(node.body, group)
    elif not _holds(node, group):
        yield (), (node,), False
    elif isinstance(node, Row):
        yield from _paths_in_row(node.parts, group)
    elif isinstance(node, Choice):
        for branch in node.branches:
            yield from _paths(branch, group)
    elif isinstance(node, Repeat) and node.most == 1:
        yield from _paths(node.body, group)
        if not node.least:
            yield (), (), False
    else:  # which of the repetitions is the secret, only the match can tell
        yield (), (node,), False


def _paths_in_row(parts: _Parts, group: int) -> Iterator[tuple[_Parts, _Parts, bool]]:
    place = next(index for index, part in enumerate(parts) if _holds(part, group))
    head, tail = parts[:place], parts[place + 1 :]
    for before, rest, found in _paths(parts[place], group):
        yield ((*head, *before), (*rest, *tail), True) if found else ((), (*head, *rest, *tail), False)


def _holds(node: Node, group: int) -> bool:
    if isinstance(node, Capture):
        return node.number == group or _holds(node.body, group)
    return any(_holds(inner, group) for inner in _inner(node))


def _inner(node: Node) -> _Parts:
    if isinstance(node, Row):
        return node.parts
    if isinstance(node, Choice):
        return node.branches
    return (node.body,) if isinstance(node, Repeat | Capture) else ()


def _can_be_empty(node: Node) -> bool:
    if isinstance(node, One):
        return False
    if isinstance(node, Choice):
        return any(map(_can_be_empty, node.branches))
    return (isinstance(node, Repeat) and not node.least) or all(map(_can_be_empty, _inner(node)))


def _longest(node: Node) -> int | None:
    """Return the length of the longest text that a node takes; None without end."""
    if isinstance(node, One | Border):
        return int(isinstance(node, One))
    lengths = [_longest(inner) for inner in _inner(node)]
    known = [length for length in lengths if length is not None]
    if isinstance(node, Repeat) and (node.most == 0 or known == [0]):
        return 0
    if len(known) < len(lengths) or (isinstance(node, Repeat) and node.most is None):
        return None
    if isinstance(node, Choice):
        return max(known)
    return sum(known) * (node.most or 0 if isinstance(node, Repeat) else 1)


def _breaks(node: Node, *, followed: bool) -> bool:
    """Say whether a break may stand in a match before its end. An assertion behind it needs a look at what follows."""
    if isinstance(node, One):
        return node.breaks and followed
    if isinstance(node, Row):
        return any(
            _breaks(part, followed=followed or any(map(_counts, node.parts[index + 1 :])))
            for index, part in enumerate(node.parts)
        )
    return any(_breaks(inner, followed=followed or _is_loop(node)) for inner in _inner(node))


def _is_loop(node: Node) -> bool:
    return isinstance(node, Repeat) and node.most != 1


def _counts(node: Node) -> bool:
    """Say whether a node takes a character or asserts something."""
    return isinstance(node, One | Border) or any(map(_counts, _inner(node)))


def _begun(node: Node, most: int) -> str | None:
    """Return the source of every beginning of a node's texts that is not empty; None when it takes no character."""
    if isinstance(node, One):
        return node.source
    if isinstance(node, Capture):
        return _begun(node.body, most)
    if isinstance(node, Choice):
        begun = [each for each in (_begun(branch, most) for branch in node.branches) if each is not None]
        return f"(?:{'|'.join(begun)})" if begun else None
    if isinstance(node, Repeat):
        first = _begun(node.body, most)
        if first is None or node.most == 0:
            return None
        times = None if node.most is None else node.most - 1
        return _times(_source(node.body, most), 0, times, most) + first
    return _begun_row(node.parts, most) if isinstance(node, Row) else None


def _begun_row(parts: _Parts, most: int) -> str | None:
    begun: str | None = None
    for part in reversed(parts):
        if isinstance(part, One):
            begun = part.source + (f"(?:{begun})?" if begun else "")
            continue
        ways = [_begun(part, most), None if begun is None else _source(part, most) + begun]
        known = [way for way in ways if way is not None]
        begun = f"(?:{'|'.join(known)})" if len(known) == 2 else next(iter(known), None)
    return begun


def _source(node: Node, most: int, *, borders: bool = False) -> str:
    """Return the source of a node, with or without its assertions."""
    if isinstance(node, One):
        return node.source
    if isinstance(node, Border):
        return node.source if borders else ""
    sources = [_source(inner, most, borders=borders) for inner in _inner(node)]
    if isinstance(node, Repeat):
        return _times(sources[0], node.least, node.most, most)
    if isinstance(node, Choice):
        return f"(?:{'|'.join(sources)})"
    return "".join(sources)


def _ahead(node: Node) -> str:
    """Return the source of a node in which each character and each assertion may also be the end of the text.

    The order of preference is kept.
    """
    if isinstance(node, One | Border):
        return rf"(?:{node.source}|\z)"
    sources = [_ahead(inner) for inner in _inner(node)]
    if isinstance(node, Repeat):
        times = _times(sources[0], node.least, node.most, _MOST_REPEATS)
        return times + "?" if times and node.lazy and node.least != node.most else times
    if isinstance(node, Choice):
        return f"(?:{'|'.join(sources)})"
    return "".join(sources)


def _times(source: str, least: int, most: int | None, limit: int) -> str:
    """Return the source of a repetition; one of more than ``limit`` is endless."""
    if not source or most == 0:
        return ""
    if most == 1:
        return f"(?:{source}){'' if least else '?'}"
    if most is None or most > limit:
        return f"(?:{source}){{{min(least, limit)},}}"
    return f"(?:{source}){{{least},{most}}}"
