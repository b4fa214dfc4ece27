"""The fast way and the slow way find the same, and where they did not it would be seen."""

from datetime import UTC, datetime

import pytest
from bench.guardrails import differential, ours, tables, timing
from bench.guardrails.differential import differences, variants

from llm_proxy.core.pattern_sets import PatternSet
from llm_proxy.records import Guardrail

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RULES = [
    Guardrail(f"r{number}", pattern, "replace", "", NOW, NOW)
    for number, pattern in enumerate([r"key_\w+", "(?i)token", r"\bcard [0-9]{4}", "^a.c$", "never", "\u017f|\u212a"])
]
TEXTS = ["a key_abc and a TOKEN", "card 1234", "abc\nkey_1", "nothing", "", "\ud800 card 0000"]


def test_no_hit_is_found_by_one_way_alone() -> None:
    told = differences(RULES, TEXTS, ["key_ " * 100])
    assert (told["texts"], told["missed"], told["extra"], told["differences"]) == (13, 0, 0, [])
    assert told["hits"] >= 5
    assert "| 13 |" in tables.markdown(
        {"date": "", "machine": "", "rules": {}, "detectors": {}, "missing": [], "files": [], "differential": told}
    )


def test_each_text_is_asked_about_with_wide_characters_too() -> None:
    plain, wide = variants(["x" * 500])
    assert plain == "x" * 500
    assert wide.count("x") == 500
    assert len(wide.encode()) > len(wide) > 500


def test_what_the_fast_way_misses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    class Blind(PatternSet):
        def find(self, texts, limit=None):
            return [hit for hit in super().find(texts, limit) if hit.pattern]

    monkeypatch.setattr(differential, "PatternSet", Blind)
    told = differences(RULES, TEXTS, [])
    assert told["missed"] >= 4
    assert all(each.startswith("r0") for each in told["differences"])


@pytest.mark.parametrize("pack", ["secrets", "personal-data"])
def test_the_packs_find_the_same_either_way(pack: str) -> None:
    rules = ours.packs()[pack]
    texts = [example.text for rule in rules for example in rule.examples]
    told = differences(rules, texts, list(timing.hostile(ours.keywords(rules)).values())[:2])
    assert (told["missed"], told["extra"]) == (0, 0)
    assert told["hits"] > len(rules)
