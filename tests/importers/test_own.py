"""Our own files: what is written can be read again."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy import importers
from llm_proxy.errors import BadRequest
from llm_proxy.importers import own

TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
RULES = st.lists(
    st.fixed_dictionaries(
        {"name": TEXTS, "pattern": TEXTS},
        optional={
            "secret_group": st.integers(0, 9),
            "enabled": st.booleans(),
            "validators": st.lists(TEXTS, max_size=3),
            "near": st.fixed_dictionaries({"pattern": TEXTS, "before": st.integers(0, 99)}),
            "examples": st.lists(st.fixed_dictionaries({"text": TEXTS, "match": st.booleans()}), max_size=2),
            "scope": st.just({"only": {"keys": ["a"]}, "exempt": {}}),
        },
    ),
    min_size=1,
    max_size=3,
)


@given(RULES)
def test_what_is_written_as_toml_is_read_again(rules: list[dict[str, Any]]) -> None:
    text = own.write_toml(rules)
    assert tomllib.loads(text)["rule"] == rules
    assert [dict(each.fields) for each in importers.read(text).rules] == rules


def test_a_pattern_is_written_as_it_stands() -> None:
    assert own.write_toml([{"pattern": r"\bkey-\d+\b"}]) == "[[rule]]\npattern = '\\bkey-\\d+\\b'\n"


def test_a_table_of_comma_separated_values_is_read() -> None:
    reading = importers.read('name,pattern,mode,replace_by,owner\n"A, B","key-""[0-9]+",replace,[x],me\n,b,,,\n')
    assert reading.format == "csv"
    assert [dict(rule.fields) for rule in reading.rules] == [
        {"name": "A, B", "pattern": 'key-"[0-9]+', "mode": "replace", "replace_by": "[x]"},
        {"name": "rule 2", "pattern": "b"},
    ]
    assert reading.notes == ("The column 'owner' is left out.",)


def test_the_heading_of_a_table_may_be_written_in_any_way() -> None:
    (rule,) = importers.read("Name, Pattern ,MODE\nn,a1,reject\n").rules
    assert dict(rule.fields) == {"name": "n", "pattern": "a1", "mode": "reject"}


def test_rules_without_a_name_or_with_another_ones_are_told_apart_in_a_file() -> None:
    same = {"pattern": "b", "name": "n"}
    assert own.named([("1", {"pattern": "a"}), ("2", same), ("3", same)]) == [
        {"id": "1", "name": "1", "pattern": "a"},
        {"id": "2", "name": "n", "pattern": "b"},
        {"id": "3", "name": "n 3", "pattern": "b"},
    ]


def test_csv_is_written_as_it_is_read() -> None:
    rules = [{"name": "n", "pattern": 'a"b,c', "mode": "reject", "near": {}}]
    assert [dict(rule.fields) for rule in importers.read(own.write_csv(rules)).rules] == [
        {"name": "n", "pattern": 'a"b,c', "mode": "reject"}
    ]


def test_what_the_admin_api_answers_can_be_imported() -> None:
    reading = importers.read('[{"id": "x", "version": 3, "name": "n", "pattern": "a", "meter": null}, 5]')
    assert [dict(rule.fields) for rule in reading.rules] == [{"name": "n", "pattern": "a"}]
    assert len(reading.skipped) == 1


NOTHING = ("", "hello", "a: b", "[[other]]\nx = 1", '{"a": 1}', "name,mode\na,b", "rules: []", "{", "\0", "a: [b")


@pytest.mark.parametrize("content", [*NOTHING, "[" * 100_000, "- " * 100_000, "{a: " * 5000])
def test_what_is_none_of_the_formats_is_refused_naming_them(content: str) -> None:
    with pytest.raises(BadRequest, match="gitleaks, noseyparker, kingfisher") as caught:
        importers.read(content)
    assert caught.value.param == "content"


@pytest.mark.parametrize(
    ("content", "form", "told"),
    [
        ("[[rules]]\nid = 'a'\nregex = x\n", None, r"not valid TOML: .*line 3"),
        ("[[rules]]\nid = 'a'\n[[rules]\n", "gitleaks", r"not valid TOML: .*line 3"),
        ("rules:\n  - name: a\n\tpattern: b\n", None, r"not valid YAML: .*line 3, column 1"),
        ("rules:\n  - name: 'a\n", "kingfisher", r"not valid YAML: .*line 3"),
        ('[{"pattern": }]', None, r"not valid JSON: .*column 14"),
        ("rules: []", None, "As YAML it can be read, and holds no rules"),
        (" \n", None, "It is empty"),
        ("[" * 100_000, None, "nested too deeply"),
    ],
)
def test_where_a_broken_file_breaks_off_is_told(content: str, form: importers.Format | None, told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        importers.read(content, form)


def test_a_format_can_be_demanded() -> None:
    with pytest.raises(BadRequest, match="format gitleaks"):
        importers.read("name,pattern\na,b\n", "gitleaks")
    assert importers.read("rules:\n- {name: a, pattern: b}", "kingfisher").format == "kingfisher"
