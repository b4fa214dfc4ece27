"""The packs' rules find together, behind the prefilter and in unions, what each finds alone."""

import random

from llm_proxy.core.pattern_sets import PatternSet
from llm_proxy.core.watch import compile_rules
from llm_proxy.packs import PACKS, load_pack

# Characters of more bytes, those that fold to k and s, and what assertions tell apart.
ODD = ["é", "日", "😀", "\u212a", "\u017f", "\n", " ", "\0", "-", "'", '"']
BATCH = 9


def mutated(chance: random.Random, text: str, others: list[str]) -> str:
    place = chance.randrange(len(text) + 1)
    inserted = chance.choice([chance.choice(ODD), chance.choice(others)])
    folded = text.replace("k", "\u212a", 1) if chance.random() < 0.2 else text
    return folded[:place] + inserted + folded[place:]


def test_together_the_rules_find_what_each_finds_alone() -> None:
    detectors = compile_rules([rule for name in PACKS for rule in load_pack(name).rules], 1).detectors
    patterns = [detector.pattern for detector in detectors]
    examples = [example.text for detector in detectors for example in detector.rule.examples]
    chance = random.Random(4)
    texts = [*examples, *(mutated(chance, text, examples) for text in examples)]
    together = PatternSet(patterns)
    hits = 0
    for start in range(0, len(texts), BATCH):
        batch = texts[start : start + BATCH]
        alone = [
            (index, number, tuple(matches))
            for index, text in enumerate(batch)
            for number, pattern in enumerate(patterns)
            if (matches := pattern.matches(text))
        ]
        assert [(hit.text, hit.pattern, hit.matches) for hit in together.find(batch)] == alone
        hits += len(alone)
    assert hits > len(examples)
