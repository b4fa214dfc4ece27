"""What each rule of a pack says of itself is tried: its examples, its replacement, its cost."""

import re
import time
from functools import cache

import pytest

from llm_proxy.core.detectors import Detector, compile_rule
from llm_proxy.core.guardrails import check_rule
from llm_proxy.core.pattern_sets import PatternSet
from llm_proxy.errors import NotFound
from llm_proxy.packs import PACKS, load_pack, read_pack, rule_id
from llm_proxy.records import Example, Guardrail

RULES = [rule for name in PACKS for rule in load_pack(name).rules]
EXAMPLES = [(rule, example) for rule in RULES for example in rule.examples]
SHORTEST = {"secrets": 80, "personal-data": 12, "entropy": 1}


def label(rule: Guardrail) -> str:
    return f"{rule.pack}/{rule.name}"


@cache
def detector(rule_id: str) -> Detector:
    return compile_rule(next(rule for rule in RULES if rule.id == rule_id))


@pytest.mark.parametrize("name", PACKS)
def test_a_pack_says_whose_it_is_and_holds_what_it_promises(name: str) -> None:
    pack = load_pack(name)
    assert pack.name == name
    assert re.fullmatch(r"\d+\.\d+\.\d+", pack.version)
    assert pack.licence == "MIT"
    assert pack.source
    assert pack.description.endswith(".")
    assert len(pack.rules) >= SHORTEST[name]


@pytest.mark.parametrize("name", PACKS)
def test_rules_of_a_pack_have_names_and_ids_of_their_own(name: str) -> None:
    rules = load_pack(name).rules
    assert len({rule.name for rule in rules}) == len({rule.id for rule in rules}) == len(rules)
    assert all(rule.name and rule.pack == name and rule.origin == "pack" for rule in rules)


def test_a_rule_has_the_same_id_whenever_it_is_read() -> None:
    assert load_pack("secrets") == load_pack("secrets")
    assert rule_id("secrets", "github-token") in {rule.id for rule in RULES}


def test_another_pack_is_not_found() -> None:
    with pytest.raises(NotFound, match="secrets"):
        load_pack("../secrets")


def test_a_pattern_is_put_together_of_fragments() -> None:
    pack = read_pack(
        """
        pack = {name = "p", version = "1.0.0", released = 2026-01-15, licence = "MIT", source = "s", description = "d."}
        fragments = {digit = '[0-9]', digits = '(?:{{digit}}{2})+'}
        [[rule]]
        id = "r"
        name = "Digits"
        pattern = 'x{{digits}}y{2}'
        mode = "monitor"
        allow = {regexes = ['^x{{digit}}']}
        examples = []
        """
    )
    assert pack.rules[0].pattern == "x(?:[0-9]{2})+y{2}"
    assert pack.rules[0].allow.regexes == ("^x[0-9]",)


@pytest.mark.parametrize("rule", RULES, ids=label)
def test_a_rule_can_be_admitted(rule: Guardrail) -> None:
    check_rule(rule)
    assert not {"F", "G"} & set(rule.field_classes)
    assert {example.match for example in rule.examples} == {True, False}


@pytest.mark.parametrize(
    ("rule", "example"), EXAMPLES, ids=lambda each: label(each) if isinstance(each, Guardrail) else ""
)
def test_an_example_is_found_or_not_as_it_says(rule: Guardrail, example: Example) -> None:
    assert bool(detector(rule.id).matches(example.text)) == example.match


def replaced(text: str, rule: Guardrail) -> str:
    for match in reversed(detector(rule.id).matches(text)):
        text = text[: match.start] + detector(rule.id).replacement(text, match) + text[match.end :]
    return text


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.mode == "replace"], ids=label)
def test_what_stands_in_a_secrets_place_is_found_by_no_rule(rule: Guardrail) -> None:
    for example in rule.examples:
        clean = replaced(example.text, rule)
        again = {label(other) for other in RULES if other.mode == "replace" and detector(other.id).matches(clean)}
        found = {
            label(other) for other in RULES if other.mode == "replace" and detector(other.id).matches(example.text)
        }
        assert label(rule) not in again
        assert again <= found


def test_monitoring_rules_are_kept_apart() -> None:
    assert {rule.mode for rule in load_pack("entropy").rules} == {"monitor"}
    assert "pseudonymise" in {rule.mode for rule in load_pack("personal-data").rules}


KEYWORDS = (
    "password secret token api_key access key auth pass: Bearer Basic sk- AKIA ghp_ eyJ -----BEGIN card iban phone "
)
HOSTILE = {
    "words": KEYWORDS,
    "letters": "aB3-_x9Q",
    "digits": "4",
    "blanks": " \t",
    "quotes": "password=\"'`",
    "separators": "://:@",
    "hexadecimal": "0123456789abcdef",
    "lines": "-----BEGIN PRIVATE KEY-----\n",
}


@pytest.mark.parametrize("rule", RULES, ids=label)
def test_a_rule_reads_100_kb_of_whatever_in_good_time(rule: Guardrail) -> None:
    for name, piece in HOSTILE.items():
        text = (piece * (100_000 // len(piece) + 1))[:100_000]
        costs = []
        for _ in range(3):
            start = time.thread_time()
            detector(rule.id).matches(text)
            costs.append(time.thread_time() - start)
            if costs[-1] < 0.05:
                break
        assert min(costs) < 0.05, name


def test_a_pack_finds_nothing_in_ordinary_prose_and_code() -> None:
    text = (
        "Please explain why the key to a good password policy is length, and what a token is.\n"
        "def login(user: User, password: str) -> Token:\n"
        "    token = create_token(user.id, secret=settings.SECRET_KEY)\n"
        "    return Token(token=token, expires_in=3600)\n"
    )
    patterns = PatternSet([detector(rule.id).pattern for rule in RULES])
    assert not [
        RULES[hit.pattern].name
        for hit in patterns.find([text])
        if detector(RULES[hit.pattern].id).sift(text, hit.matches)
    ]
