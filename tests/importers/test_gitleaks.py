"""Rules of gitleaks, in the format that its README describes."""

from typing import Any

import pytest

from llm_proxy import importers
from llm_proxy.importers import Found, Reading

CONFIG = r"""
title = "a configuration"

[extend]
useDefault = true

[[allowlists]]
description = "everywhere"
paths = ['''vendor/''']
regexes = ['''^\$\{\w+\}$''']
stopwords = ["dummy"]

[[allowlists]]
targetRules = ["acme-token"]
stopwords = ["only-acme"]

[[rules]]
id = "acme-token"
description = "A token of Acme's."
regex = '''\b(acme_[a-z0-9]{32})(?:[\s"']|$)'''
entropy = 3.5
keywords = ["acme_"]
tags = ["key"]

[[rules]]
id = "acme-secret"
regex = '''(?i)acme.{0,20}secret.{0,5}([a-f0-9]{16}).{0,5}([a-z]{4})'''
secretGroup = 2
path = '''\.env$'''
[[rules.allowlists]]
regexTarget = "line"
regexes = ['''test''', '''sample''']
[[rules.allowlists]]
condition = "AND"
paths = ['''tests/''']
regexes = ['''never''']

[[rules]]
id = "hex-near-word"
regex = '''\b[0-9a-f]{40}\b'''
keywords = ["acme", "acme+co"]

[[rules]]
id = "old-style"
regex = '''pin=(\d{4})'''
[rules.allowlist]
stopwords = ["0000"]
regexes = ['''^(1234''']

[[rules]]
id = "key-files"
path = '''\.pem$'''

[[rules]]
id = "extended"
[[rules.allowlists]]
stopwords = ["x"]

[[rules]]
id = "looks-ahead"
regex = '''key(?=[0-9])'''

[[rules]]
id = "possessive"
regex = '''key=[a-z]++'''

[[rules]]
id = "helper"
regex = '''user=\w+'''
skipReport = true

[[rules]]
id = "composite"
regex = '''password=\w+'''
[[rules.required]]
id = "helper"
withinLines = 5

[[rules]]
id = "acme-token"
regex = '''again'''

[[rules]]
id = "number"
regex = 5
"""


@pytest.fixture(scope="module")
def reading() -> Reading:
    return importers.read(CONFIG)


def found(reading: Reading, name: str) -> Found:
    return next(rule for rule in reading.rules if rule.name == name)


def test_it_is_known_for_what_it_is(reading: Reading) -> None:
    assert reading.format == "gitleaks"
    assert len(reading.notes) == 2
    assert "default configuration" in reading.notes[0]


def test_what_can_be_said_here_is_taken_over(reading: Reading) -> None:
    assert found(reading, "acme-token").fields == {
        "name": "acme-token",
        "description": "A token of Acme's.",
        "pattern": r"""\b(acme_[a-z0-9]{32})(?:[\s"']|$)""",
        "severity": "high",
        "secret_group": 1,
        "validators": ["entropy>=3.5"],
        "allow": {"regexes": [r"^\$\{\w+\}$"], "stopwords": ["dummy", "only-acme"], "target": "secret"},
    }
    assert found(reading, "acme-token").changes == ()


def test_no_more_is_allowed_than_the_file_allows(reading: Reading) -> None:
    rule = found(reading, "acme-secret")
    assert rule.fields["secret_group"] == 2
    assert rule.fields["allow"] == {"regexes": [r"^\$\{\w+\}$"], "stopwords": ["dummy"], "target": "secret"}
    assert any("several things at once" in change for change in rule.changes)
    assert any("allowed by the line is left out" in change for change in rule.changes)
    assert any("path is left out" in change for change in rule.changes)
    assert found(reading, "old-style").fields["allow"]["stopwords"] == ["dummy", "0000"]
    assert any("(1234" in change for change in found(reading, "old-style").changes)


def test_keywords_must_stand_near_where_the_pattern_has_no_word_of_its_own(reading: Reading) -> None:
    near: Any = found(reading, "hex-near-word").fields["near"]
    assert near == {"pattern": r"(?i)acme|acme\+co", "before": 500, "after": 500}
    assert "near" not in found(reading, "acme-token").fields


def test_what_cannot_be_taken_over_is_listed_with_the_reason(reading: Reading) -> None:
    reasons = {rule.name: rule.reason for rule in reading.skipped}
    assert reasons == {
        "key-files": "It looks at the names of files, and a request has none.",
        "extended": "It has no regex of its own. (Under [extend], such a rule changes one that is not in this file.)",
        "looks-ahead": "It uses look-ahead (?=…), for which RE2 has no words.",
        "helper": "It reports nothing by itself (skipReport): other rules ask for it.",
        "composite": "It counts only when other rules match nearby (required).",
        "acme-token": "Another rule of this file has its id.",
        "number": "Its regex is no text.",
    }


def test_what_go_would_refuse_is_rewritten_where_that_helps(reading: Reading) -> None:
    rule = found(reading, "possessive")
    assert (rule.fields["pattern"], rule.changes) == ("key=[a-z]+", ("possessive quantifiers are greedy ones",))


def test_rules_that_the_file_disables_elsewhere_are_told() -> None:
    notes = importers.read('[extend]\nuseDefault = true\ndisabledRules = ["generic", "jwt"]\n').notes
    assert notes[-1] == "It wants rules of that disabled: generic, jwt."
