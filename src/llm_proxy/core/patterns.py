r"""The one door to the regex engine: compile a pattern, find its matches.

RE2 alone decides what matches and where: it knows the syntax that rules are written in, and takes linear time.
"""

import re
import secrets
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import re2

from llm_proxy.errors import BadPattern

Span: TypeAlias = tuple[int, int]
Groups: TypeAlias = tuple[Span, ...]  # of the whole match, then of each group; (-1, -1) when it took no part

MAX_PATTERN_BYTES = 4096

# What stands between texts that are read at once: at its borders ^, $ and \b hold as they do at a text's (with (?m)).
SEPARATOR = "\n\0\n"

_UNION_BYTES = 128 << 20  # at most for the states of many patterns at once; RE2's own limit is too low for them
_NEIGHBOURS = ("", "a", " ", "\n")  # all that an empty-width assertion can tell apart
FAULTS = (re2.error, RuntimeError, MemoryError)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL = re.compile(r"[!-/:-@\[-^`{-~]")  # what has or could have a meaning in a pattern
_LINE_BORDERS = {"A": "^", "z": "$"}


class Pattern:
    """A compiled pattern. ``group_names`` maps names to group numbers."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._regexp = re2.compile(source, _options())
        self.groups: int = self._regexp.groups
        self.group_names: Mapping[str, int] = self._regexp.groupindex

    def matches(self, text: str) -> list[Groups]:
        """Return all non-overlapping, non-empty matches, as code-point offsets into ``text`` (without lone surrogates).

        Where a pattern makes RE2 look far ahead for each of many matches, the time is their product. So in a text of
        64 KiB the 4,095th match takes all that follows; shorter texts have more, none fewer than a thousand.
        """
        limit = self.most_matches(text)
        found: list[Groups] = []
        for match in self._regexp.finditer(text.encode() if text.isascii() else text):  # in bytes it need not count
            spans = tuple(match.span(group) for group in range(self.groups + 1))
            if spans[0][0] == spans[0][1]:
                continue
            if len(found) + 1 == limit:
                return [*found, ((spans[0][0], len(text)), *spans[1:])]
            found.append(spans)
        return found

    def most_matches(self, text: str) -> int:
        """Return the number of the match that takes all that follows it."""
        return max(1_000, 2**28 // (len(text) + 1))

    def spans(self, text: str | bytes) -> list[Span]:
        """Return the spans of all matches; for patterns of ours, in which RE2 never looks far ahead.

        In bytes they are counted in bytes, and found in half the time.
        """
        return [match.span() for match in self._regexp.finditer(text)]

    def can_be_empty(self) -> bool:
        """Say whether the pattern matches the empty string in any surroundings: border, word, space, line."""
        return any(
            self._regexp.fullmatch(before + after, len(before), len(before))
            for before in _NEIGHBOURS
            for after in _NEIGHBOURS
        )

    def may_match(self, joined: bytes) -> bool:
        """Say whether any of the texts joined by ``SEPARATOR`` (UTF-8) can match: false is certain."""
        return self._across_texts is None or self._across_texts.search(joined) is not None

    def first(self, joined: bytes, start: int) -> int:
        """Return where, from ``start`` on, what ``may_match`` looks for begins; -1 when it is nowhere."""
        if self._across_texts is None:
            return start
        match = self._across_texts.search(joined, start)
        return -1 if match is None else match.start()

    @cached_property
    def across(self) -> str | None:
        """The source with every border of a text taken for a line's; None where that cannot be said of it."""
        if r"\Q" in self.source or re.search(r"\(\?[A-Za-z]*-[A-Za-z]*m", self.source):
            return None
        return _ESCAPE.sub(lambda match: _LINE_BORDERS.get(match[1], match[0]), self.source)

    @cached_property
    def _across_texts(self) -> Any:  # noqa: ANN401 (google-re2 has no type stubs)
        if self.across is None:
            return None
        options = _options()
        options.never_capture = True
        return re2.compile(f"(?m){self.across}", options)


class Prefilter:
    """RE2's ``FilteredRE2`` with a canary."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        canary = secrets.token_hex(16)
        self._canary_number = len(patterns)
        self._tail = (SEPARATOR + canary).encode()
        self._filter = re2.Filter()
        for source in (*(pattern.source for pattern in patterns), canary):
            self._filter.Add(source, _options())
        self._filter.Compile()

    def named(self, joined: bytes) -> frozenset[int] | None:
        """Return the numbers of all patterns that may match in texts joined by ``SEPARATOR``; None if unknown."""
        named = frozenset(self._filter.Match(joined + self._tail, potential=True) or ())
        return named if self._canary_number in named else None


def compile_large(source: str, most_bytes: int = _UNION_BYTES) -> Any:  # noqa: ANN401 (google-re2 has no type stubs)
    """Compile what was put together of rules, for a match's place alone; raises BadPattern when it is too large.

    ``most_bytes`` are for the pattern and its states.
    """
    options = _options()
    options.never_capture = True
    options.max_mem = most_bytes
    try:
        return re2.compile(source, options)
    except re2.error:
        raise BadPattern("The pattern is too large.") from None


def quoted(text: str) -> str:
    """Return the source of a pattern that matches this text and nothing else."""
    return _SPECIAL.sub(r"\\\g<0>", text.encode("utf-8", "replace").decode())


def compile_pattern(pattern: str) -> Pattern:
    """Admit a pattern for a rule; raises BadPattern with a reason for its author."""
    try:
        size = len(pattern.encode())
    except UnicodeEncodeError:
        raise BadPattern("The pattern is not valid Unicode: it holds half of a surrogate pair.") from None
    if size > MAX_PATTERN_BYTES:
        raise BadPattern(f"The pattern is longer than {MAX_PATTERN_BYTES} bytes.")
    if "C" in _ESCAPE.findall(pattern):
        raise BadPattern(r"The pattern uses \C, which could cut a character into pieces.")
    try:
        compiled = Pattern(pattern)
    except re2.error as exc:
        reason = exc.args[0].decode(errors="replace") if isinstance(exc.args[0], bytes) else str(exc)
        raise BadPattern(f"The pattern is not valid RE2 syntax: {reason}.") from exc
    if compiled.can_be_empty():
        raise BadPattern("The pattern matches the empty string, so it would match everywhere.")
    return compiled


def _options() -> Any:  # noqa: ANN401 (google-re2 has no type stubs)
    options = re2.Options()
    options.log_errors = False  # it would print patterns to stderr
    return options
