r"""Many patterns, looked for in many texts at once.

Nearly all texts hold nothing, and that is told first, in three searches: for signs of all patterns, as alternatives
of one. Those of patterns without a literal are looked for together, then short ones, then the longer ones of patterns
whose short ones are found in everyday language: all of them at once would have too many states.

Where a sign is found, a prefilter names the patterns worth asking about: RE2's own ``FilteredRE2``. It names a pattern
when the literals that a match must hold are there, so it names too many, never too few. But it does not tell "nothing"
from "out of memory"; so a canary, a random literal at the end of what it reads, must be among what it names, else every
pattern is asked about. What it names is asked about in groups of twenty, by their signs as alternatives of one pattern;
only when that matches, in groups of five, and of these, when they match, each by itself. Groups are no larger, because
their states multiply.

Hyperscan would be faster, and is not used: Vectorscan 5.4.12, which its wheels contain, misses matches. ``a\s*b`` is
not found beyond the 15th byte (VectorCamp/vectorscan issues 358 and 382). No canary shows that.
"""

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain, islice
from operator import attrgetter
from typing import Any, NamedTuple

from llm_proxy.core.everyday import EVERYDAY
from llm_proxy.core.patterns import FAULTS, Groups, Pattern, Prefilter, compile_large
from llm_proxy.core.regex_signs import short_sign, sign
from llm_proxy.core.text_rows import TextRow
from llm_proxy.errors import BadPattern, GuardrailUnavailable

_GROUP, _SMALL_GROUP = 20, 5  # so many patterns, whichever they are, have few enough states together
_GROUP_BYTES = 24 << 20
_ASKED = 20  # so many are asked about place by place
_FEW = 4  # a set of fewer patterns asks about them one by one
_PLACES, _SHORT = 8, 1 << 15  # so many places where signs begin, in so many bytes, are looked at one by one


@dataclass(frozen=True, eq=False)
class _Signed:
    """A pattern, its number, and its sign: ``sign`` is looked for first, ``whole`` where few are looked for."""

    number: int
    sign: str
    whole: str
    pattern: Pattern
    is_rare: bool = True  # the prefilter does not name it for everyday language

    def begins(self, joined: bytes, start: int) -> bool:
        """Say whether the sign is at a place."""
        return self._sign.match(joined, start) is not None

    @cached_property
    def _sign(self) -> Any:  # noqa: ANN401 (google-re2 has no type stubs)
        return compile_large(self.sign)


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

    def candidates(self, joined: bytes, asked: frozenset[int]) -> frozenset[int]:
        """Return those of the numbers ``asked`` whose patterns may match in texts joined by ``SEPARATOR``."""
        asked &= self.numbers
        if len(asked) > 1:
            return self.below(joined, asked) if self.may_match(joined) else frozenset()
        few = (each for each in self.patterns if each.number in asked)
        return frozenset(each.number for each in few if each.pattern.may_match(joined))

    def below(self, joined: bytes, asked: frozenset[int]) -> frozenset[int]:
        """Return what ``candidates`` returns, where it is known that a sign is there."""
        asked &= self.numbers
        seen = self._seen(joined, [each for each in self.patterns if each.number in asked])
        if seen is not None:
            return frozenset(each.number for each in seen if each.pattern.may_match(joined))
        return frozenset().union(*(part.candidates(joined, asked) for part in self._parts))

    def _seen(self, joined: bytes, asked: Sequence[_Signed]) -> Collection[_Signed] | None:
        """Return the patterns whose signs are there: those that begin where any does. None where it is dear."""
        if self._signs is None or len(joined) > _SHORT or len(asked) > _ASKED:
            return None
        seen: dict[int, _Signed] = {}
        start = -1
        for _ in range(_PLACES):
            match = self._signs.search(joined, start + 1)
            if match is None:
                return seen.values()
            start = match.start()
            seen.update((each.number, each) for each in asked if each.begins(joined, start))
        return None

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
        count = len(self.patterns)
        size = next((size for size in (_GROUP, _SMALL_GROUP) if size < count), 1)
        ordered = sorted(self.patterns, key=attrgetter("is_rare", "pattern.source"))
        closer = [replace(each, sign=each.whole) for each in ordered]
        return [Together(closer[start : start + size]) for start in range(0, count, size)]


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
        """Return how long those of some patterns take that the prefilter lets through; the others cost nothing."""
        joined = TextRow(texts).data
        named = self._prefilter.named(joined) if len(self._patterns) >= _FEW else None
        taken = {}
        for number in among if named is None else named & among:
            started = clock()
            if self._patterns[number].may_match(joined):
                for text in texts:
                    self._patterns[number].matches(text)
            taken[number] = clock() - started
        return taken

    @cached_property
    def _together(self) -> tuple[Together, Together, Together]:
        """The patterns that have signs: without a literal, with a rare one, and with one of everyday language."""
        free, common = (self._prefilter.named(text) or frozenset() for text in (b"", EVERYDAY))
        without, rare, everyday = [], [], []
        for number, pattern in enumerate(self._patterns):
            begun, whole = _signs_of(pattern.source)
            if whole is None:
                continue
            signed = _Signed(number, whole, whole, pattern, is_rare=number not in common)
            if number in free or begun is None:
                without.append(signed)
            elif begun:
                rare.append(replace(signed, sign=begun))
            else:
                everyday.append(signed)
        return Together(without), Together(rare), Together(everyday)

    def _with(self, also: Pattern) -> Together:
        """Return the patterns without a literal, and one pattern more: their states together are few."""
        more = _Signed(-1, also.source, also.source, also)
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
        named = self._prefilter.named(joined)
        asked = asked if named is None else asked & named
        found = {number for number in self._alone & asked if self._patterns[number].may_match(joined)}
        return frozenset(found.union(*(together.below(joined, asked) for together in seen)))

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


@lru_cache(maxsize=4096)
def _signs_of(source: str) -> tuple[str | None, str | None]:
    """Return a pattern's short sign, empty when it is in everyday language, and its sign; None for what it has not.

    Nearly all patterns of a set are those of the set before.
    """
    begun = short_sign(source)
    if begun is not None and compile_large(begun).search(EVERYDAY) is not None:
        begun = ""
    return begun, sign(source)


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
