r"""Many patterns, looked for in many texts at once.

Nearly all texts hold nothing, and that is told first, in three searches: for signs of all patterns, as alternatives
of one. Those of patterns without a literal are looked for together, then short ones, then the longer ones of patterns
whose short ones are found in everyday language: all of them at once would have too many states. Where a sign is found
the search goes on behind the text that holds it, so only a few of the texts are looked at further.

In these, each place where a sign begins is asked for the patterns that may match from there on. That is exact enough to
leave hardly more than what matches, and reads next to nothing. In short texts a prefilter says first which patterns are
worth asking about: RE2's own ``FilteredRE2``. It names a pattern when the literals that a match must hold are there, so
it names too many, never too few. But it does not tell "nothing" from "out of memory"; so a canary, a random literal at
the end of what it reads, must be among what it names, else every pattern is asked about.

Where signs are everywhere, as in a list of keywords, patterns are asked about in groups of twenty, by their signs as
alternatives of one pattern; only when that matches, in groups of five, and of these, when they match, each by itself.
Groups are no larger, because their states multiply.

Hyperscan would be faster, and is not used: Vectorscan 5.4.12, which its wheels contain, misses matches. ``a\s*b`` is
not found beyond the 15th byte (VectorCamp/vectorscan issues 358 and 382). No canary shows that.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain, islice
from operator import attrgetter
from typing import Any, NamedTuple

from llm_proxy.core.everyday import EVERYDAY, is_everyday
from llm_proxy.core.patterns import FAULTS, Groups, Pattern, Prefilter, compile_large
from llm_proxy.core.regex_signs import signs_of
from llm_proxy.core.text_rows import TextRow
from llm_proxy.errors import BadPattern, GuardrailUnavailable

_GROUP, _SMALL_GROUP = 20, 5  # so many patterns, whichever they are, have few enough states together
_GROUP_BYTES = 24 << 20
_MOST_TOGETHER = 64, 256  # so many of everyday language, and of all others, are looked for in one search
_FEW = 4  # a set of fewer patterns asks about them one by one
# So many places where signs begin are looked at, and one more for so many bytes. What is asked there may read on to the
# next space or the next "a", so there may be few places from which these are far, by the length of what may be read.
_PLACES, _APART, _READ = 8, 1 << 11, 128 << 20
_ENDS, _FAR = (b" ", b"a"), 1_000
_SHORT = 1 << 15  # bytes
_SLOW_S = 0.02  # beside which the preparation is nothing


@dataclass(frozen=True, eq=False)
class _Signed:
    """A pattern, its number, and its signs.

    ``sign`` is looked for first, ``whole`` where few are looked for. ``at_sign`` is asked about where ``sign`` begins.
    """

    number: int
    sign: str
    at_sign: str | None
    whole: str
    pattern: Pattern
    is_rare: bool = True  # the prefilter does not name it for everyday language

    def begins(self, joined: bytes, start: int) -> bool:
        """Say whether the pattern may have its sign at a place."""
        return self._at_sign is None or self._at_sign.match(joined, start) is not None

    @cached_property
    def _at_sign(self) -> Any:  # noqa: ANN401 (google-re2 has no type stubs)
        try:
            return None if self.at_sign is None else compile_large(self.at_sign)
        except BadPattern:
            return None


class Together:
    """Patterns, by number, that are asked about at once by their signs, and then by smaller groups.

    The signs are alternatives of one pattern: RE2's ``Set``, which would tell them apart, does not tell "nothing" from
    "out of memory", and has nothing to fall back on where the states are too many.
    """

    def __init__(self, patterns: Sequence[_Signed]) -> None:
        self.numbers = frozenset(each.number for each in patterns)
        self.patterns = sorted(patterns, key=attrgetter("sign"))  # what begins alike shares states

    def may_match(self, joined: bytes) -> bool:
        """Say whether any of the signs is in texts joined by ``SEPARATOR``: false is certain."""
        return self.first(joined, 0) >= 0

    def first(self, joined: bytes, start: int) -> int:
        """Return where, from ``start`` on, the first of the signs may begin; -1 when none is there."""
        if not self.patterns or self._signs is None:
            return start if self.patterns else -1
        match = self._signs.search(joined, start)
        return -1 if match is None else match.start()

    def may_begin(self, joined: bytes, start: int) -> bool:
        """Say whether any of the signs may be at a place."""
        return self._signs is None or self._signs.match(joined, start) is not None

    def located(self, joined: bytes, asked: frozenset[int]) -> frozenset[int] | None:
        """Return those of the numbers ``asked`` whose patterns may match in texts joined by ``SEPARATOR``.

        They are the patterns that begin where any sign does. None where there are too many places to look at.
        """
        if self._signs is None:
            return None
        most = _PLACES + _READ // (len(joined) + 1)
        seen: set[_Signed] = set()
        start, count, dear = self.first(joined, 0), 0, 0
        while start >= 0:
            dear += any(joined.find(end, start, start + _FAR) < 0 for end in _ENDS)
            if dear > most or count > _PLACES + start // _APART:
                return None
            seen.update(self.beginning(joined, start, asked))
            start, count = self.first(joined, start + 1), count + 1
        return frozenset(each.number for each in seen if each.pattern.may_match(joined))

    def grouped(self, joined: bytes, asked: frozenset[int]) -> frozenset[int]:
        """Return what ``located`` returns, however many places there are."""
        asked &= self.numbers
        if len(asked) > 1:
            is_there = self.may_match(joined)
            return frozenset().union(*(part.grouped(joined, asked) for part in self._parts if is_there))
        few = (each for each in self.patterns if each.number in asked)
        return frozenset(each.number for each in few if each.pattern.may_match(joined))

    def beginning(self, joined: bytes, start: int, asked: frozenset[int]) -> Iterator[_Signed]:
        """Yield those of the patterns ``asked`` that begin at a place, where a sign does."""
        asked &= self.numbers
        if len(asked) > _FEW and len(self.patterns) > _SMALL_GROUP:
            for part in self._nearer:
                if part.may_begin(joined, start):
                    yield from part.beginning(joined, start, asked)
            return
        yield from (each for each in self.patterns if each.number in asked and each.begins(joined, start))

    @cached_property
    def _signs(self) -> Any:  # noqa: ANN401 (google-re2 has no type stubs)
        """All of the signs as one pattern; None when that would be too large."""
        try:
            union = "|".join(f"(?:{each.sign})" for each in self.patterns)
            return compile_large(union, _GROUP_BYTES) if len(self.patterns) <= _GROUP else compile_large(union)
        except BadPattern:
            return None

    @cached_property
    def _parts(self) -> "Sequence[Together]":
        """The patterns in smaller groups, by their whole signs."""
        ordered = sorted(self.patterns, key=attrgetter("is_rare", "pattern.source"))
        return _divided([replace(each, sign=each.whole) for each in ordered], self._size)

    @cached_property
    def _nearer(self) -> "Sequence[Together]":
        """The patterns in smaller groups, by the same signs."""
        return _divided(self.patterns, self._size)

    @property
    def _size(self) -> int:
        return next((size for size in (_GROUP, _SMALL_GROUP) if size < len(self.patterns)), 1)


def _divided(patterns: Sequence[_Signed], size: int) -> Sequence[Together]:
    return [Together(patterns[start : start + size]) for start in range(0, len(patterns), size)]


@dataclass(frozen=True, slots=True)
class Hit:
    """All matches of one pattern in one text, both as indices into what was asked."""

    text: int
    pattern: int
    matches: tuple[Groups, ...]


class Glance(NamedTuple):
    """What three searches tell of texts in a row: in which of them a pattern may match, and which patterns may."""

    texts: Sequence[int]
    seen: Sequence[Together]


class PatternSet:
    """Patterns that are looked for together. Immutable, and safe to use from many threads."""

    def __init__(self, patterns: Sequence[Pattern], prefilter: Prefilter | None = None) -> None:
        self._patterns = tuple(patterns)
        self._prefilter = prefilter or Prefilter(patterns)
        self._everything = frozenset(range(len(patterns)))
        self._first: dict[str, Together] = {}

    def glance(self, row: TextRow, also: Pattern) -> tuple[Glance, Sequence[int]]:
        """Return in which texts any pattern may match, and in which ``also`` may; by their indices.

        It takes three searches, and one more for each of these texts. Raises as ``find``.
        """
        try:
            begun = row.holders((self._first.get(also.source) or self._with(also)).first)
            return self._glance(row, begun), begun
        except FAULTS as exc:
            raise GuardrailUnavailable from exc

    def may_find(self, row: TextRow, glance: Glance | None = None) -> bool:
        """Say whether any pattern may match: false is certain. ``glance`` is what was told of the row, if anything was.

        It takes linear time, where to find every hit may take the product of text and hits. Raises as ``find``.
        """
        try:
            glance = glance or self._glance(row)
            return bool(self._candidates(row.only(glance.texts).data, glance.seen))
        except FAULTS as exc:
            raise GuardrailUnavailable from exc

    def find(self, texts: Sequence[str], limit: int | None = None) -> list[Hit]:
        """Return every hit in texts without lone surrogates, by text, then pattern; no more than ``limit``.

        Raises GuardrailUnavailable when the engine fails.
        """
        return list(islice(self.hits(TextRow(texts)), limit))

    def hits(self, row: TextRow, glance: Glance | None = None) -> Iterator[Hit]:
        """Yield what ``find`` returns. ``glance`` is what was told of the row, if anything was."""
        try:
            owners, seen = glance or self._glance(row)
            row = row.only(owners)
            candidates = self._candidates(row.data, seen) if owners else ()
            places = [(index, number) for number in candidates for index in self._holders(number, row)]
            for index, number in sorted(places):
                if matches := self._patterns[number].matches(row.texts[index]):
                    yield Hit(owners[index], number, tuple(matches))
        except FAULTS as exc:
            raise GuardrailUnavailable from exc

    def costs(self, texts: Sequence[str], among: frozenset[int], clock: Callable[[], float]) -> dict[int, float]:
        """Return how long those of some patterns take that the prefilter lets through; the others cost nothing.

        Raises as ``find``.
        """
        row = TextRow(texts)
        try:
            named = self._prefilter.named(row.data) if len(self._patterns) >= _FEW else None
            return {number: self._cost(number, row, clock) for number in (among if named is None else named & among)}
        except FAULTS as exc:
            raise GuardrailUnavailable from exc

    def _cost(self, number: int, row: TextRow, clock: Callable[[], float]) -> float:
        """Return the better of two rounds: on the first text that it reads the engine prepares itself."""
        taken: list[float] = []
        while len(taken) < 2 and not (taken and taken[0] > _SLOW_S):
            started = clock()
            for index in self._holders(number, row):
                self._patterns[number].matches(row.texts[index])
            taken.append(clock() - started)
        return min(taken)

    @cached_property
    def _together(self) -> Sequence[Together]:
        """The patterns that have signs: those without a literal, of everyday language, and all others."""
        free, common = (self._prefilter.named(text) or frozenset() for text in (b"", EVERYDAY))
        without, rare, everyday = [], [], []
        for number, pattern in enumerate(self._patterns):
            signs = signs_of(pattern.source)
            if signs.whole is None:
                continue
            signed = _Signed(number, signs.whole, signs.at_whole, signs.whole, pattern, is_rare=number not in common)
            if number in free or signs.short is None or signs.longer is None:
                without.append(signed)
            elif is_everyday(signs.longer):
                everyday.append(signed)
            elif is_everyday(signs.short):
                everyday.append(replace(signed, sign=signs.longer, at_sign=signs.at_literal))
            else:
                rare.append(replace(signed, sign=signs.short, at_sign=signs.at_literal))
        by_sign = (sorted(patterns, key=attrgetter("sign")) for patterns in (everyday, rare))
        parts = (_divided(patterns, most) for patterns, most in zip(by_sign, _MOST_TOGETHER, strict=True))
        return [Together(without), *chain.from_iterable(parts)]

    def _with(self, also: Pattern) -> Together:
        """Return the patterns without a literal, and one pattern more: their states together are few."""
        more = _Signed(-1, also.source, also.source, also.source, also)
        return self._first.setdefault(also.source, Together([*self._together[0].patterns, more]))

    @cached_property
    def _alone(self) -> frozenset[int]:
        """The patterns that have no sign."""
        return self._everything.difference(*(together.numbers for together in self._together))

    def _glance(self, row: TextRow, among: Sequence[int] | None = None) -> Glance:
        """Return what ``glance`` tells. Those without a literal match only in texts ``among``, if they are known."""
        free, *others = self._together
        if among is None:
            among = row.holders(free.first)
        elif among and not free.may_match(row.only(among).data):
            among = ()
        held = [(free, among), *((together, row.holders(together.first)) for together in others)]
        seen = [together for together, texts in held if texts]
        if self._alone:
            return Glance(range(len(row.texts)), seen)
        return Glance(sorted({*chain.from_iterable(texts for _, texts in held)}), seen)

    def _candidates(self, joined: bytes, seen: Sequence[Together]) -> frozenset[int]:
        """Return the patterns that may match in any of the texts: of those that were ``seen``, and of those alone."""
        asked = self._everything
        if len(asked) < _FEW:
            return frozenset(number for number in asked if self._patterns[number].may_match(joined))
        if not (seen or self._alone):
            return frozenset()
        is_long = len(joined) > _SHORT and not self._alone  # to name patterns takes longer than to look at places
        asked = self._everything if is_long else self._named(joined)
        found = {number for number in self._alone & asked if self._patterns[number].may_match(joined)}
        located = [(together, together.located(joined, asked)) for together in seen]
        if is_long and any(numbers is None for _, numbers in located):
            asked = self._named(joined)
        return frozenset(
            found.union(
                *(together.grouped(joined, asked) if numbers is None else numbers for together, numbers in located)
            )
        )

    def _named(self, joined: bytes) -> frozenset[int]:
        """Return the patterns that the prefilter names; all where it cannot tell."""
        named = self._prefilter.named(joined)
        return self._everything if named is None else self._everything & named

    def _holders(self, number: int, row: TextRow) -> Iterator[int]:
        """Yield the texts in which a pattern may match: the first few one by one, the rest by halves.

        A search may read to the end of all texts, so that one for each of many would take the square of their length.
        """
        pattern, start, index = self._patterns[number], 0, -1
        for _ in range(_FEW):
            at = pattern.first(row.data, start) if start < len(row.data) else -1
            if at < 0:
                return
            index = bisect_right(row.ends, at)
            yield index
            start = row.ends[index]
        yield from _halved(pattern, row.data, row.ends, index + 1, len(row.ends))


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
