"""Does the fast way find what the slow one finds? All patterns at once, prefilter and all, against one after the other.

Texts are those of the corpus, each once as it is and once with characters of several bytes put in, which shift all
offsets; and the texts that are dear. They are asked about alone and, as the texts of a call are, many together.
"""

import random
from collections.abc import Iterator, Sequence

from llm_proxy.core.detectors import compile_rule
from llm_proxy.core.pattern_sets import Hit, PatternSet
from llm_proxy.core.patterns import Pattern
from llm_proxy.core.strict_json import clean
from llm_proxy.records import Guardrail

_WIDE = "é€语🦜\u200b\u017f\u212a\u0301"
_TOGETHER = 20
_LONGEST = 1 << 17
_SHOWN = 20


def differences(rules: Sequence[Guardrail], texts: Sequence[str], hostile: Sequence[str]) -> dict[str, object]:
    """Return how many texts and hits there were, how many hits only one of the two ways found, and some of them."""
    patterns = [compile_rule(rule).pattern for rule in rules]
    together = PatternSet(patterns)
    hits, missed, extra, shown = 0, 0, 0, []
    asked = [*variants([text for text in texts if len(text) <= _LONGEST]), *hostile]
    for start in range(0, len(asked), _TOGETHER):
        few = asked[start : start + _TOGETHER]
        slow = {(hit.text, hit.pattern): hit.matches for hit in one_by_one(patterns, few)}
        joined = {(hit.text, hit.pattern): hit.matches for hit in together.find(few)}
        alone = {(at, hit.pattern): hit.matches for at, text in enumerate(few) for hit in together.find([text])}
        for found in (joined, alone):
            only_slow = [key for key in slow if found.get(key) != slow[key]]
            only_fast = [key for key in found if key not in slow]
            missed, extra = missed + len(only_slow), extra + len(only_fast)
            shown += [f"{rules[number].label}: {few[text][:200]!r}" for text, number in (*only_slow, *only_fast)]
        hits += len(slow)
    return {"texts": len(asked), "hits": hits, "missed": missed, "extra": extra, "differences": shown[:_SHOWN]}


def one_by_one(patterns: Sequence[Pattern], texts: Sequence[str]) -> Iterator[Hit]:
    """Yield what each pattern finds in each text, asked alone."""
    for index, text in enumerate(texts):
        for number, pattern in enumerate(patterns):
            if matches := pattern.matches(text):
                yield Hit(index, number, tuple(matches))


def variants(texts: Sequence[str]) -> Iterator[str]:
    """Yield each text, and what it is with some wide characters in it, the same ones every time."""
    chance = random.Random(1)
    for text in texts:
        yield clean(text)
        characters = list(clean(text))
        for _ in range(1 + len(characters) // 200):
            characters.insert(chance.randrange(len(characters) + 1), chance.choice(_WIDE))
        yield "".join(characters)
