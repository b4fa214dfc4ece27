r"""RE2's syntax, read into a tree: what a pattern is made of, with its flags resolved.

Only for patterns that RE2 has accepted: what it refuses is not refused here. The tree tells which texts a pattern can
match, and by the order of branches and the laziness of repetitions which of several matches RE2 prefers.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from llm_proxy.core.words import may_break


@dataclass(frozen=True, slots=True)
class One:
    """One character of a set. ``source`` is RE2 syntax; ``breaks``: a break of a text may be in the set."""

    source: str
    breaks: bool


@dataclass(frozen=True, slots=True)
class Border:
    """An assertion: it takes no character."""

    source: str


@dataclass(frozen=True, slots=True)
class Row:
    """One part after the other; none is the empty text."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several branches."""

    branches: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Repeat:
    """A body ``least`` to ``most`` times; ``most`` None is without end, ``lazy`` prefers few."""

    body: "Node"
    least: int
    most: int | None
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class Capture:
    """A numbered group."""

    number: int
    body: "Node"


Node: TypeAlias = One | Border | Row | Choice | Repeat | Capture

ANY = One("(?s:.)", breaks=True)
NOT_NEWLINE = One(r"[^\n]", breaks=True)

_REPEATED = re.compile(r"(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)")
_GROUP = re.compile(r"\(\?(?:P?<(?P<name>\w+)>|(?P<flags>[imsU-]*)(?P<end>[:)]))")
_ESCAPE = re.compile(
    r"\\(?:(?P<property>[pP](?:\{[^}]*\}|.))|x\{(?P<hex>[0-9A-Fa-f]+)\}|x(?P<byte>[0-9A-Fa-f]{2})"
    r"|(?P<octal>[0-7]{1,3})|(?P<letter>.))",
    re.DOTALL,
)
_POSIX = re.compile(r"\[:(\^?)(\w+):\]")
_CONTROLS = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_WORDLIKE = frozenset({"alnum", "alpha", "digit", "graph", "lower", "punct", "upper", "word", "xdigit"})
_QUANTIFIERS = {"*": (0, None), "+": (1, None), "?": (0, 1)}


class UnknownSyntax(ValueError):
    """A pattern that this module cannot read, although RE2 may."""


def parse(pattern: str) -> Node:
    """Read a pattern that RE2 accepts; raises UnknownSyntax."""
    reader = _Reader(pattern)
    try:
        node = reader.choice(frozenset())
    except (IndexError, RecursionError) as exc:
        raise UnknownSyntax from exc
    if reader.position < len(pattern):
        raise UnknownSyntax
    return node


def literal(code: int) -> str:
    """Return RE2 syntax for one character."""
    letter = chr(code)
    return letter if letter.isascii() and letter.isalnum() else f"\\x{{{code:x}}}"


class _Reader:
    """Recursive descent; one method for each rule of the grammar."""

    def __init__(self, pattern: str) -> None:
        self.text = pattern
        self.position = 0
        self.groups = 0

    def choice(self, flags: frozenset[str]) -> Node:
        """Read branches up to the end or the group's bracket."""
        branches: list[Node] = []
        parts: list[Node] = []
        while self.position < len(self.text) and self.text[self.position] != ")":
            if self.text[self.position] == "|":
                self.position += 1
                branches.append(Row(tuple(parts)))
                parts = []
            elif self.text.startswith(r"\Q", self.position):
                parts += self._quoted(flags)
            elif (changed := self._flags(flags)) is not None:
                flags = changed
            else:
                parts.append(self._atom(flags))
            self._quantify(parts, flags)
        branches.append(Row(tuple(parts)))
        return branches[0] if len(branches) == 1 else Choice(tuple(branches))

    def _quantify(self, parts: list[Node], flags: frozenset[str]) -> None:
        """Read a quantifier, if one follows: it is for the last part."""
        found = _REPEATED.match(self.text, self.position) if parts else None
        if found is None:
            return
        self.position = found.end()
        sign, least, comma, most, question = found.groups()
        bounds = _QUANTIFIERS[sign] if sign else (int(least), int(most) if most else None if comma else int(least))
        parts[-1] = Repeat(parts[-1], *bounds, lazy=bool(question) != ("U" in flags))

    def _quoted(self, flags: frozenset[str]) -> list[Node]:
        quoted, _, _ = self.text[self.position + 2 :].partition(r"\E")
        closed = self.text.startswith(r"\E", self.position + 2 + len(quoted))
        self.position += 2 + len(quoted) + (2 if closed else 0)
        return [_letter(ord(letter), flags) for letter in quoted]

    def _flags(self, flags: frozenset[str]) -> frozenset[str] | None:
        """Read flags for the rest of a group; None when something else stands here."""
        found = _GROUP.match(self.text, self.position)
        if found is None or found["end"] != ")":
            return None
        self.position = found.end()
        return _changed(flags, found["flags"])

    def _atom(self, flags: frozenset[str]) -> Node:
        letter = self.text[self.position]
        if letter == "(":
            return self._group(flags)
        if letter == "[":
            return self._class(flags)
        if letter == "\\":
            return self._escape(flags)
        self.position += 1
        if letter == ".":
            return ANY if "s" in flags else NOT_NEWLINE
        if letter in "^$":
            return Border(f"(?m:{letter})" if "m" in flags else letter)
        return _letter(ord(letter), flags)

    def _group(self, flags: frozenset[str]) -> Node:
        found = _GROUP.match(self.text, self.position)
        number = None
        if found is None or found["name"]:
            if found is None and self.text.startswith("(?", self.position):
                raise UnknownSyntax
            self.groups += 1
            number = self.groups
        self.position = found.end() if found else self.position + 1
        body = self.choice(_changed(flags, found["flags"] or "") if found else flags)
        if self.text[self.position] != ")":
            raise UnknownSyntax
        self.position += 1
        return body if number is None else Capture(number, body)

    def _escape(self, flags: frozenset[str]) -> Node:
        found = _ESCAPE.match(self.text, self.position)
        if found is None:
            raise UnknownSyntax
        self.position = found.end()
        if found["property"]:
            return One(found[0], breaks=True)
        kind = found["letter"]
        if kind is None or kind in _CONTROLS or not kind.isalnum():
            return _letter(_code(found), flags)
        if kind in "AbBz":
            return Border(found[0])
        if kind in "dDsSwW":
            return One(f"(?i:{found[0]})" if "i" in flags else found[0], breaks=kind in "DsSW")
        raise UnknownSyntax

    def _class(self, flags: frozenset[str]) -> Node:
        start = self.position
        self.position += 1
        breaks = self.text[self.position] == "^"
        self.position += breaks
        first = self.position
        while self.text[self.position] != "]" or self.position == first:
            breaks = self._class_item() or breaks
        self.position += 1
        source = self.text[start : self.position]
        return One(f"(?i:{source})" if "i" in flags else source, breaks)

    def _class_item(self) -> bool:
        """Read a character, a range or a named set; say whether a break may be in it."""
        found = _POSIX.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
            return bool(found[1]) or found[2] not in _WORDLIKE
        low = self._class_letter()
        if isinstance(low, bool):
            return low
        high: int | bool = low
        if self.text[self.position] == "-" and self.text[self.position + 1] != "]":
            self.position += 1
            high = self._class_letter()
        return may_break(low, high)

    def _class_letter(self) -> int | bool:
        """Read a character of a class; of a set, whether a break may be in it."""
        found = _ESCAPE.match(self.text, self.position)
        if found is None:
            self.position += 1
            return ord(self.text[self.position - 1])
        self.position = found.end()
        if found["property"]:
            return True
        kind = found["letter"]
        if kind is not None and kind in "dDsSwW":
            return kind in "DsSW"
        return _code(found)


def _code(found: re.Match[str]) -> int:
    if digits := found["hex"] or found["byte"]:
        return int(digits, 16)
    if found["octal"]:
        return int(found["octal"], 8)
    return _CONTROLS.get(found["letter"], ord(found["letter"]))


def _letter(code: int, flags: frozenset[str]) -> One:
    source = literal(code)
    return One(f"(?i:{source})" if "i" in flags else source, may_break(code, code))


def _changed(flags: frozenset[str], told: str) -> frozenset[str]:
    on, _, off = told.partition("-")
    return (flags | frozenset(on)) - frozenset(off)
