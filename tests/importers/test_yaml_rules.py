"""Rules of Nosey Parker and Kingfisher, in the formats that their documentation describes."""

import pytest

from llm_proxy import importers
from llm_proxy.core.patterns import compile_pattern
from llm_proxy.importers import Found, Reading

NOSEY_PARKER = r"""
rules:

- name: Acme Token
  id: own.acme.1
  pattern: |
    (?x)(?i)
    acme                     (?# the company )
    [\ \t]* (?: = | : ) [\ \t]*
    \b ( [a-z0-9]{20} ) \b   # the token
  categories: [api, secret]
  description: >
    A token
    of Acme's.
  references:
  - https://docs.example.com/tokens
  examples:
  - 'ACME = 0123456789abcdefghij'
  negative_examples:
  - 'ACME = short'

- name: Acme Login
  id: own.acme.2
  pattern: "user=(\\w+) password=(\\w+)"
  categories: [fuzzy, generic, secret]

- name: Acme Login
  id: own.acme.3
  pattern: "user=(?P<user>\\w+) password=(?P<password>\\w+)"

- name: Acme Account
  id: own.acme.4
  pattern: "acct-[0-9]{10}"
  categories: [api, identifier]

- name: Looks behind
  id: own.acme.5
  pattern: "(?<=key=)[a-z]+"

- name: No pattern
  id: own.acme.6
---
rules:
- {name: Another document, id: own.other.1, pattern: 'other_[a-z]{8}'}
"""

KINGFISHER = r"""
rules:
  - name: Acme Key
    id: custom.acme.1
    pattern: |
      (?xi)
      \b
      (?P<TOKEN>
        acme-[a-z0-9]{24}
      )
      \b
    min_entropy: 3.2
    confidence: medium
    pattern_requirements:
      min_digits: 2
      min_uppercase: 1
      min_special_chars: 1
      ignore_if_contains: [EXAMPLE, test]
      checksum:
        actual: {template: "{{ TOKEN | suffix: 6 }}"}
        expected: "{{ BODY | crc32 }}"
    examples:
      - acme-0123456789abcdefghijklmn
    validation:
      type: Http
      content: {request: {method: GET, url: "https://api.example.com"}}
    depends_on_rule:
      - {rule_id: custom.acme.2, variable: ID}
    future_member: 1
  - name: Acme URL
    id: custom.acme.3
    pattern: 'https?://(\w+):(\w+)@([a-z.]+)'
  - name: Acme Id
    id: custom.acme.2
    pattern: '(?:id|ID)=(\d{12})|(?:acct)=(\d{12})'
    visible: false
    confidence: low
"""


def found(reading: Reading, ending: str) -> Found:
    return next(rule for rule in reading.rules if rule.name.endswith(f"{ending})"))


@pytest.fixture(scope="module")
def nosey() -> Reading:
    return importers.read(NOSEY_PARKER)


@pytest.fixture(scope="module")
def fisher() -> Reading:
    return importers.read(KINGFISHER)


def test_each_is_known_for_what_it_is(nosey: Reading, fisher: Reading) -> None:
    assert (nosey.format, fisher.format) == ("noseyparker", "kingfisher")


def test_a_rule_of_nosey_parker_is_taken_over(nosey: Reading) -> None:
    rule = found(nosey, "own.acme.1")
    assert rule.fields == {
        "name": "Acme Token (own.acme.1)",
        "description": "A token of Acme's.",
        "pattern": r"(?i)acme[ \t]*(?:=|:)[ \t]*\b([a-z0-9]{20})\b",
        "severity": "high",
        "enabled": True,
        "secret_group": 1,
        "examples": [
            {"text": "ACME = 0123456789abcdefghij", "match": True},
            {"text": "ACME = short", "match": False},
        ],
        "validators": [],
    }
    assert rule.changes == ("free spacing (?x) is undone", "comments are left out")


def test_all_documents_of_a_file_are_read(nosey: Reading) -> None:
    assert found(nosey, "own.other.1").fields["pattern"] == "other_[a-z]{8}"


@pytest.mark.parametrize(
    ("ending", "group", "severity"), [("acme.2", 0, "medium"), ("acme.3", "password", "high"), ("acme.4", 0, "low")]
)
def test_the_group_is_the_secret_and_of_several_all_are(nosey: Reading, ending, group, severity) -> None:
    fields = found(nosey, f"own.{ending}").fields
    assert (fields["secret_group"], fields["severity"]) == (group, severity)


def test_what_cannot_be_taken_over_is_listed_with_the_reason(nosey: Reading) -> None:
    assert {rule.name: rule.reason for rule in nosey.skipped} == {
        "Looks behind (own.acme.5)": "It uses look-behind (?<=…), for which RE2 has no words.",
        "No pattern (own.acme.6)": "It has no pattern.",
    }


def test_a_rule_of_kingfisher_is_taken_over(fisher: Reading) -> None:
    rule = found(fisher, "custom.acme.1")
    assert rule.fields["pattern"] == r"(?i)\b(?P<TOKEN>acme-[a-z0-9]{24})\b"
    assert rule.fields["secret_group"] == "TOKEN"
    assert rule.fields["severity"] == "medium"
    assert rule.fields["validators"] == ["entropy>=3.2", "digits>=2", "uppercase>=1", "special>=1"]
    assert rule.fields["allow"] == {"stopwords": ["EXAMPLE", "test"]}
    compile_pattern(str(rule.fields["pattern"]))


def test_what_a_rule_of_kingfisher_loses_is_told(fisher: Reading) -> None:
    changes = " · ".join(found(fisher, "custom.acme.1").changes)
    for lost in ("validation", "depends_on_rule", "checksum", "future_member"):
        assert lost in changes


def test_a_helper_comes_disabled(fisher: Reading) -> None:
    rule = found(fisher, "custom.acme.2")
    assert (rule.fields["enabled"], rule.fields["secret_group"], rule.fields["severity"]) == (False, 1, "low")
    assert any("disabled" in change for change in rule.changes)


def test_of_several_groups_that_match_at_once_none_is_left_standing(fisher: Reading) -> None:
    rule = found(fisher, "custom.acme.3")
    assert rule.fields["secret_group"] == 0
    assert rule.changes == ("several groups take part in a match: all of it is the secret",)
