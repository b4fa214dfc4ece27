"""The borders of neighbouring texts: a secret may be cut in two by the end of a part or of a message.

The texts of a call are read one after the other as a model reads them: the end of each runs into the beginning of the
next, and between the parts of one message there may be a line break as well. White space at a border, and a message of
a few words between two others ("Got it."), are read and left out. Where one text ends with a plain word and
the next begins with one, as nearly all do, no secret is cut, and the border is not looked at.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby, pairwise
from typing import NamedTuple, TypeAlias

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.patterns import Span
from llm_proxy.core.strict_json import JsonObject, JsonValue

REACH = 256  # characters of a text that count as its end, or as its beginning

_NEVER_TEXT = frozenset({"tools"})
_ANSWERS = ("output", "content")
_MEMBERS = frozenset({"reasoning_content", "thinking", "content", "text", "output", "refusal", "summary"})
_WORD = re.compile(
    r"[*_\"'(]?(?:[A-Z][a-z]{1,15}|[a-z]{2,15}|I|[\u0400-\u042f]?[\u0430-\u045f]{2,20}|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+)"
    r"(?:['\u2019][a-z]{1,2})?[.,;!?\u2026)*\"'\u3002\uff01\uff0c\uff1f]{0,3}"
)
_BEGINS_WORD = re.compile(rf"\s*(?:{_WORD.pattern})(?:\s|\Z)").match
_WORD_REACH = 64
_RUNS_ON = re.compile(r"[\w+/=-]{2}")
_ASIDE_LENGTH = 64  # characters of a message that is no more than an answer to the one before
_WORDS = r"(?:[^\W\d_]{1,3}|[A-Z]?[^\W\d_A-Z]{1,15})"
_IS_ASIDE = re.compile(rf"\W*(?:{_WORDS}\W+)*(?:{_WORDS})?").fullmatch

# Most words of English, told at a glance: at the beginning of a text, and at its end, read backwards.
_GLIMPSE = 32  # characters, more than what is looked for
_BEGINS_PLAIN = re.compile(r"\s{0,4}+[A-Z]?+[a-z]{2,15}+[.,;!?]{0,3}+(?:\s|\Z)").match
_ENDS_PLAIN = re.compile(r"\s{0,4}+[.,;!?]{0,3}+[a-z]{2,15}+[A-Z]?+(?:\s|\Z)").match

Holder: TypeAlias = JsonObject | list[JsonValue]
_Steps: TypeAlias = Iterator[tuple[str | int, JsonValue]]
_Said: TypeAlias = tuple[str, Holder, str | int, int]  # a text, where it stands, and the number of its message


class Piece(NamedTuple):
    """A stretch of a string of the tree, and where it begins in what was joined."""

    holder: Holder
    step: str | int
    offset: int
    start: int
    length: int


@dataclass(eq=False)
class _Literals:
    """Which literal a string of the tree is. It is asked only when something was found."""

    tree: JsonObject
    _pieces: dict[tuple[int, str], list[Piece]] = field(default_factory=dict)

    def pieces(self, joined: "Joined") -> list[Piece]:
        """Return the stretches that were joined, in order."""
        key = id(joined.row), joined.separator
        if key not in self._pieces:
            self._pieces[key] = list(joined.pieces())
        return self._pieces[key]

    def index(self, piece: Piece) -> int:
        """Return the index in document order, keys and strings counted."""
        return self._indices[id(piece.holder), piece.step]

    @cached_property
    def _indices(self) -> dict[tuple[int, str | int], int]:
        indices: dict[tuple[int, str | int], int] = {}
        count = 0
        stack = [(id(self.tree), _steps(self.tree))]
        while stack:
            holder, steps = stack[-1]
            for step, value in steps:
                count += isinstance(step, str)
                if isinstance(value, str):
                    indices[holder, step] = count
                    count += 1
                elif isinstance(value, dict | list):
                    stack.append((id(value), _steps(value)))
                    break
            else:
                stack.pop()
        return indices


class Joined(NamedTuple):
    """Stretches of two or more texts in a row, from the end of the first to the beginning of the last.

    ``separator`` stands between the parts of one message.
    """

    text: str
    row: Sequence[_Said]
    separator: str
    literals: _Literals

    def crosses(self, start: int, end: int) -> bool:
        """Say whether a span of the text touches more than one string."""
        return len(self._touched(start, end)) > 1

    def parts(self, start: int, end: int) -> list[tuple[int, Span]]:
        """Return the literals that a span of the text touches, and where in each."""
        return [
            (
                self.literals.index(piece),
                (
                    piece.offset + max(start - piece.start, 0),
                    piece.offset + min(end - piece.start, piece.length),
                ),
            )
            for piece in self._touched(start, end)
        ]

    def _touched(self, start: int, end: int) -> list[Piece]:
        pieces = self.literals.pieces(self)
        first = bisect_right(pieces, start, key=lambda piece: piece.start + piece.length)
        return pieces[first : bisect_left(pieces, end, key=lambda piece: piece.start)]

    def pieces(self) -> Iterator[Piece]:
        """Yield the stretches, in order."""
        at = 0
        for position, (said, shown) in enumerate(zip(self.row, _shown(self.row), strict=True)):
            text, holder, step, message = said
            if position and self.row[position - 1][-1] == message:
                at += len(self.separator)
            offset = _left_out(said) + (0 if position else len(text) - len(shown))
            yield Piece(holder, step, offset, at, len(shown))
            at += len(shown)


def is_plain_word(text: str) -> bool:
    """Say whether a text is nothing but a plain word, of which no secret is a part."""
    return _WORD.fullmatch(text) is not None


def joined_views(tree: JsonObject, endpoint: Endpoint) -> list[Joined]:
    """Return the borders of a body's texts at which a secret may be cut in two or more.

    They are read in a row, and each by itself. A text of more than ``2 * REACH`` characters ends one row and begins the
    next, so what is joined is bounded by the number of texts.
    """
    told = [[each for each in _texts(tree, endpoint) if each[0]]]
    if "choices" in tree:
        told += _texts_of_choices(tree["choices"])
    literals = _Literals(tree)
    return [view for said in told if len(said) > 1 for view in _joined(said, literals)]


def _joined(said: Sequence[_Said], literals: _Literals) -> list[Joined]:
    found: list[Joined] = []
    for row in _rows(said):
        one, other = row[0], row[1]
        if len(row) == 2 and one[-1] != other[-1] and not _may_be_trimmed(one[0], other[0]):  # most are so
            found.append(_join(row, literals, ""))
            continue
        for reading in (row, *_trimmed(row)):
            found += _readings(reading, literals)
    return found


def _readings(row: Sequence[_Said], literals: _Literals) -> list[Joined]:
    found = [_join(row, literals, "")]
    if len(row) == 2 and row[0][-1] != row[1][-1]:
        return found
    if len({each[-1] for each in row}) < len(row):  # some are parts of one message
        found.append(_join(row, literals, "\n"))
    if len(row) > 2:
        found += [_join(few, literals, "") for few in _apart(row)]
    return found


def _trimmed(row: Sequence[_Said]) -> Iterator[Sequence[_Said]]:
    """Yield a row without the white space around its texts, and without asides, where anything is put together so."""
    if any(one[0][-1].isspace() or other[0][0].isspace() for one, other in pairwise(row)):
        row = [(said, holder, step, number) for text, holder, step, number in row if (said := text.strip())]
        if _runs_on(row):
            yield row
    few = [each for at, each in enumerate(row) if not (len(each[0]) <= _ASIDE_LENGTH and _is_aside(row, at))]
    if len(few) < len(row) and _runs_on(few):
        yield few


def _may_be_trimmed(text: str, following: str) -> bool:
    """Say whether there is white space at a border, and no plain word on either side of it."""
    is_spaced = text[-1].isspace() or following[0].isspace()
    return is_spaced and not (_ENDS_PLAIN(text[:-_GLIMPSE:-1]) or _BEGINS_PLAIN(following))


def _runs_on(row: Sequence[_Said]) -> bool:
    """Say whether any text of a row may go on in the next one."""
    return any(_RUNS_ON.match(one[0][-1] + other[0][0]) for one, other in pairwise(row))


def _is_aside(row: Sequence[_Said], at: int) -> bool:
    """Say whether a text of a row is a message of a few words between two others."""
    text, number = row[at][0], row[at][-1]
    is_between = 0 < at < len(row) - 1 and row[at - 1][-1] != number != row[at + 1][-1]
    return is_between and _IS_ASIDE(text) is not None


def _left_out(said: _Said) -> int:
    """Return how much of a string stands before a text that it is, or is but for the white space around it."""
    text, holder, step, _ = said
    whole = holder[step]  # type: ignore[index]
    return len(whole) - len(whole.lstrip()) if isinstance(whole, str) and len(whole) > len(text) else 0


def _texts(tree: JsonObject, endpoint: Endpoint) -> Iterator[_Said]:
    """Yield the texts that a model reads, in order: those of a member, of a message, of a part, of a tool's result.

    So they are of an answer, as a client reads it.
    """
    number = 0
    for name in (*endpoint.prompt, *_ANSWERS):
        value = tree.get(name)
        number += 1
        items = value if isinstance(value, list) and name not in _NEVER_TEXT else []
        if isinstance(value, str):
            yield value, tree, name, number
        for step, item in enumerate(items):
            if type(item) is dict and len(item) == 2 and type(content := item.get("content")) is str:  # as most are
                number += 1
                yield content, item, "content", number
                continue
            number += isinstance(item, str) or (isinstance(item, dict) and "role" in item)
            if isinstance(item, str):
                yield item, items, step, number
            elif isinstance(item, dict | list):
                yield from _within(item, number)


def _texts_of_choices(choices: JsonValue) -> list[list[_Said]]:
    """Return the parts of each choice of an answer: no two choices are read in a row."""
    found = []
    for choice in choices if isinstance(choices, list) else ():
        message = choice.get("message") if isinstance(choice, dict) else None
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, list):
            found.append([each for each in _within(content, 0) if each[0]])
    return found


def _within(value: Holder, number: int) -> Iterator[_Said]:
    stack = [(value, _members(value))]
    while stack:
        holder, members = stack[-1]
        for step, inner in members:
            if isinstance(inner, str):
                yield inner, holder, step, number
            elif isinstance(inner, dict | list):
                stack.append((inner, _members(inner)))
                break
        else:
            stack.pop()


def _members(holder: Holder) -> _Steps:
    if isinstance(holder, list):
        return iter(enumerate(holder))
    return iter([(key, value) for key, value in holder.items() if key in _MEMBERS])


def _steps(holder: Holder) -> _Steps:
    return iter(enumerate(holder)) if isinstance(holder, list) else iter(holder.items())


def _rows(said: Sequence[_Said]) -> Iterator[list[_Said]]:
    """Yield texts in a row, two at least, each with a border to the next that is to be looked at."""
    row: list[_Said] = []
    for at in _suspects([each[0] for each in said]):
        one, other = said[at], said[at + 1]
        if row and (row[-1] is not one or (len(row) > 1 and len(one[0]) > 2 * REACH)):
            yield row
            row = []
        row += [other] if row else [one, other]
    if row:
        yield row


def _suspects(texts: Sequence[str]) -> list[int]:
    """Return the numbers of the texts whose borders to the next are to be looked at: not both ends are plain words."""
    begins = [*map(_BEGINS_PLAIN, texts[1:])]
    ends = [_ENDS_PLAIN(text[:-_GLIMPSE:-1]) for text in texts[:-1]]
    if None not in begins and None not in ends:
        return []
    return [
        at
        for at, (begin, end) in enumerate(zip(begins, ends, strict=True))
        if (begin is None or end is None) and not _is_plain(texts[at], texts[at + 1], begins=begin, ends=end)
    ]


def _apart(row: Sequence[_Said]) -> Iterator[Sequence[_Said]]:
    """Yield two neighbours, or the parts of a message, where what stands around them in the row runs into them.

    A secret that begins or ends with a text would not be seen there: most rules want something else beside it.
    """
    runs_on = [_RUNS_ON.match(one[0][-1] + other[0][0]) is not None for one, other in pairwise(row)]
    if not any(runs_on):
        return
    around = [False, *runs_on, False]
    yield from (row[at : at + 2] for at in range(len(row) - 1) if around[at] or around[at + 2])
    for _, numbers in groupby(range(len(row)), key=lambda at: row[at][-1]):
        parts = list(numbers)
        if 2 < len(parts) < len(row) and (around[parts[0]] or around[parts[-1] + 1]):
            yield row[parts[0] : parts[-1] + 1]


def _is_plain(text: str, following: str, *, begins: object, ends: object) -> bool:
    """Say whether the border lies between two plain words; of one that was told at a glance it is known."""
    if min(len(text), len(following)) < 3:
        return False
    if not begins and not _BEGINS_WORD(following[:_WORD_REACH]):
        return False
    if ends:
        return True
    last = text[-_WORD_REACH:].rsplit(None, 1)[-1:]
    return bool(last) and _WORD.fullmatch(last[0]) is not None


def _shown(row: Sequence[_Said]) -> list[str]:
    """Return the end of the first text, all of those between, and the beginning of the last."""
    return [row[0][0][-REACH:], *(each[0] for each in row[1:-1]), row[-1][0][:REACH]]


def _join(row: Sequence[_Said], literals: _Literals, separator: str) -> Joined:
    if len(row) == 2 and not separator:
        return Joined(row[0][0][-REACH:] + row[1][0][:REACH], row, separator, literals)
    first, *others = _shown(row)
    if not separator:
        return Joined("".join((first, *others)), row, separator, literals)
    texts = [first]
    for one, other, shown in zip(row, row[1:], others, strict=False):
        texts += [separator, shown] if one[-1] == other[-1] else [shown]
    return Joined("".join(texts), row, separator, literals)
