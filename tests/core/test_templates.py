"""Replacement templates mean what they mean in Go."""

import pytest

from llm_proxy.core.patterns import compile_pattern
from llm_proxy.core.templates import parse_template

# Each answer as Go's regexp.ReplaceAllString gives it for the pattern below and the text "k1=v2".
CASES = [
    ("", ""),
    ("plain", "plain"),
    ("$0", "k1=v2"),
    ("$1", "k1"),
    ("${1}", "k1"),
    ("$value", "v2"),
    ("${value}!", "v2!"),
    ("$value!", "v2!"),
    ("$1z", ""),
    ("${1}z", "k1z"),
    ("$1_2", ""),
    ("$2$1", "v2k1"),
    ("$3", ""),
    ("$4", ""),
    ("cost $5", "cost "),
    ("$unknown", ""),
    ("$01", ""),
    ("$123456789012", ""),
    ("$é", ""),
    ("$1é", ""),
    ("$$", "$"),
    ("$$1", "$1"),
    ("$$$1", "$k1"),
    ("$$$$", "$$"),
    ("$", "$"),
    ("a$", "a$"),
    ("$ $1", "$ k1"),
    ("$-1", "$-1"),
    ("${", "${"),
    ("${}", "${}"),
    ("${1", "${1"),
    ("${a b}", "${a b}"),
    ("${1}${", "k1${"),
    ("{$1}", "{k1}"),
    (r"\1\g<0>", r"\1\g<0>"),
    ('"\n\u2028', '"\n\u2028'),
]


@pytest.mark.parametrize(("template", "expected"), CASES)
def test_G15_a_template_expands_as_in_go(template: str, expected: str) -> None:
    pattern = compile_pattern(r"(k\d)=(?P<value>v\d)(x)?")
    text = "é k1=v2"
    (groups,) = pattern.matches(text)
    assert parse_template(template).expand(text, groups, pattern.group_names) == expected


@pytest.mark.parametrize(
    ("template", "expected"), [("[x]", "[x]"), ("$$1", "$1"), ("a$", "a$"), ("", ""), ("a$1", None)]
)
def test_a_template_without_references_is_literal(template: str, expected: str | None) -> None:
    assert parse_template(template).literal == expected


def test_a_very_long_template_is_read_in_linear_time() -> None:
    assert parse_template("$$" * 500_000).literal == "$" * 500_000
