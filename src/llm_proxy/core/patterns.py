r"""The one door to the regex engine: compile a pattern, find its matches.

RE2 alone decides what matches and where: it knows the syntax that rules are written in, and takes linear time. In
front of it stands a prefilter that reads all texts of a call at once and names the patterns worth asking about: RE2's
own ``FilteredRE2``. It names a pattern when the literals that a match must hold are there, so it names too many, never
too few. But it does not tell "nothing" from "out of memory"; so a canary, a random literal at the end of what it
reads, must be among what it names, else every pattern is asked about.

Some patterns hold no literal, digits for instance, and others only words of every day. They would be asked about every
text, each reading all of it. So what the prefilter names is asked about in groups of twenty, as alternatives of one
pattern; only when that matches, its halves are. Groups are no larger, because their states multiply: three passes over
a text that is new cost half of one.

Hyperscan would be a little faster, and is not used: Vectorscan 5.4.12, which its wheels contain, misses matches.
``a\s*b`` is not found beyond the 15th byte (VectorCamp/vectorscan issues 358 and 382). No canary shows that.
"""

import re
import secrets
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, islice
from math import ceil
from typing import Any, TypeAlias

import re2

from llm_proxy.core.regex_syntax import counts_first
from llm_proxy.errors import BadPattern, GuardrailUnavailable

Span: TypeAlias = tuple[int, int]
Groups: TypeAlias = tuple[Span, ...]  # of the whole match, then of each group; (-1, -1) when it took no part

MAX_PATTERN_BYTES = 4096

# What stands between texts that are read at once: at its borders ^, $ and \b hold as they do at a text's (with (?m)).
SEPARATOR = "\n\0\n"
_SEPARATOR = SEPARATOR.encode()

_GROUP = 20  # so many patterns, whichever they are, have few enough states together
_UNION_BYTES = 64 << 20  # at most for the states of many patterns at once; RE2's own limit is too low for them
_FEW = 4  # so many patterns are asked about as fast as the prefilter reads
_NEIGHBOURS = ("", "a", " ", "\n")  # all that an empty-width assertion can tell apart
FAULTS = (re2.error, RuntimeError, MemoryError)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SPECIAL = re.compile(r"[!-/:-@\[-^`{-~]")  # what has or could have a meaning in a pattern
_LINE_BORDERS = {"A": "^", "z": "$"}
_EVERYDAY = (
    b"password passphrase pass user login key token secret private access auth basic bearer api card id aws google "
    b"path session cookie account bank phone mobile name https:// key=value"
)


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


def compile_large(source: str) -> Any:  # noqa: ANN401 (google-re2 has no type stubs)
    """Compile what was put together of rules, for a match's place alone; raises BadPattern when it is too large."""
    options = _options()
    options.never_capture = True
    options.max_mem = _UNION_BYTES
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


class Together:
    """Patterns, by number, that are asked about at once, and then by halves.

    They are alternatives of one pattern: RE2's ``Set``, which would tell them apart, does not tell "nothing" from "out
    of memory", and has nothing to fall back on where the states are too many.
    """

    def __init__(self, patterns: Sequence[tuple[int, Pattern]]) -> None:
        self.numbers = frozenset(number for number, _ in patterns)
        self._patterns = patterns

    def candidates(self, joined: bytes, asked: frozenset[int]) -> frozenset[int]:
        """Return those of the numbers ``asked`` whose patterns may match in texts joined by ``SEPARATOR``."""
        asked &= self.numbers
        if len(asked) < 2:
            return frozenset(number for number, each in self._patterns if number in asked and each.may_match(joined))
        if self._alternatives is not None and self._alternatives.search(joined) is None:
            return frozenset()
        first, second = self._halves
        return first.candidates(joined, asked) | second.candidates(joined, asked)

    @cached_property
    def _halves(self) -> tuple["Together", "Together"]:
        half = len(self._patterns) // 2
        return Together(self._patterns[:half]), Together(self._patterns[half:])

    @cached_property
    def _alternatives(self) -> Any:  # noqa: ANN401 (google-re2 has no type stubs)
        """All of the patterns as one; None when that would be too large."""
        try:
            return compile_large("(?m)" + "|".join(f"(?:{each.across})" for _, each in self._patterns))
        except BadPattern:
            return None


@dataclass(frozen=True, slots=True)
class Hit:
    """All matches of one pattern in one text, both as indices into what was asked."""

    text: int
    pattern: int
    matches: tuple[Groups, ...]


class PatternSet:
    """Patterns that are looked for together. Immutable, and safe to use from many threads.

    ``joined``, where it is asked for, are the texts joined by ``SEPARATOR``, for who has joined them already.
    """

    def __init__(self, patterns: Sequence[Pattern], prefilter: Prefilter | None = None) -> None:
        self._patterns = tuple(patterns)
        self._prefilter = prefilter or Prefilter(patterns)
        self._everything = frozenset(range(len(patterns)))

    def may_find(self, texts: Sequence[str], joined: bytes | None = None) -> bool:
        """Say whether any pattern may match in texts without lone surrogates: false is certain.

        It takes linear time, where to find every hit may take the product of text and hits. Raises as ``find``.
        """
        try:
            return bool(self._candidates(_joined(texts) if joined is None else joined))
        except FAULTS as exc:
            raise GuardrailUnavailable from exc

    def find(self, texts: Sequence[str], limit: int | None = None) -> list[Hit]:
        """Return every hit in texts without lone surrogates, by text, then pattern; no more than ``limit``.

        Raises GuardrailUnavailable when the engine fails.
        """
        return list(islice(self.hits(texts), limit))

    def hits(self, texts: Sequence[str], joined: bytes | None = None) -> Iterator[Hit]:
        """Yield what ``find`` returns."""
        if not texts:
            return
        joined = _joined(texts) if joined is None else joined
        try:
            candidates = self._candidates(joined)
            ends = list(accumulate(len(text.encode()) + len(_SEPARATOR) for text in texts)) if candidates else []
            places = [(index, number) for number in candidates for index in self._holders(number, joined, ends)]
            for index, number in sorted(places):
                if matches := self._patterns[number].matches(texts[index]):
                    yield Hit(index, number, tuple(matches))
        except FAULTS as exc:
            raise GuardrailUnavailable from exc

    def costs(self, texts: Sequence[str], among: frozenset[int], clock: Callable[[], float]) -> dict[int, float]:
        """Return how long those of some patterns take that the prefilter lets through; the others cost nothing."""
        joined = _joined(texts)
        named = self._prefilter.named(joined) if len(self._patterns) > _FEW else None
        taken = {}
        for number in among if named is None else named & among:
            started = clock()
            if self._patterns[number].may_match(joined):
                for text in texts:
                    self._patterns[number].matches(text)
            taken[number] = clock() - started
        return taken

    @cached_property
    def _together(self) -> tuple[Together, ...]:
        """Groups of what the prefilter names for nothing at all, for everyday words, and of the others.

        Patterns that begin alike share states, so they stand together.
        """
        free = self._prefilter.named(b"") or frozenset()
        common = (self._prefilter.named(_EVERYDAY) or frozenset()) - free
        pairs = [pair for pair in enumerate(self._patterns) if _is_steady(pair[1])]
        made = []
        for numbers in (free, common, self._everything - free - common):
            group = sorted((pair for pair in pairs if pair[0] in numbers), key=lambda pair: pair[1].source)
            size = ceil(len(group) / ceil(len(group) / _GROUP)) if group else 1
            made += [Together(group[start : start + size]) for start in range(0, len(group), size)]
        return tuple(made)

    def _candidates(self, joined: bytes) -> frozenset[int]:
        """Return the patterns that may match in any of the texts."""
        named = self._prefilter.named(joined) if len(self._patterns) > _FEW else None
        asked = self._everything if named is None else self._everything & named
        found: frozenset[int] = frozenset()
        for together in self._together if len(asked) > 1 else ():
            found |= together.candidates(joined, asked)
            asked -= together.numbers
        return found | {index for index in asked if self._patterns[index].may_match(joined)}

    def _holders(self, number: int, joined: bytes, ends: Sequence[int]) -> Iterator[int]:
        """Yield the texts in which a pattern may match: the first few one by one, the rest by halves.

        A search may read to the end of all texts, so that one for each of many would take the square of their length.
        """
        pattern, start, index = self._patterns[number], 0, -1
        for _ in range(_FEW):
            at = pattern.first(joined, start) if start < len(joined) else -1
            if at < 0:
                return
            index = bisect_right(ends, at)
            yield index
            start = ends[index]
        yield from _halved(pattern, joined, ends, index + 1, len(ends))


def _halved(pattern: Pattern, joined: bytes, ends: Sequence[int], first: int, last: int) -> Iterator[int]:
    """Yield those of the texts from ``first`` to before ``last`` in which a pattern may match."""
    if first == last or not pattern.may_match(joined[ends[first - 1] if first else 0 : ends[last - 1]]):
        return
    if last - first == 1:
        yield first
        return
    half = (first + last) // 2
    yield from _halved(pattern, joined, ends, first, half)
    yield from _halved(pattern, joined, ends, half, last)


def _joined(texts: Sequence[str]) -> bytes:
    return SEPARATOR.join(texts).encode()


def _is_steady(pattern: Pattern) -> bool:
    """Say whether a pattern may be asked about with others: without too many states, or names that others have."""
    return pattern.across is not None and not pattern.group_names and not counts_first(pattern.source)


def _options() -> Any:  # noqa: ANN401 (google-re2 has no type stubs)
    options = re2.Options()
    options.log_errors = False  # it would print patterns to stderr
    return options
