"""Rules by the command line: the same as by the admin API."""

import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from llm_proxy.cli import app

runner = CliRunner()


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSN", str(tmp_path / "gateway.db"))


def run(*arguments: str, exit_code: int = 0, stdin: str | None = None) -> Result:
    result = runner.invoke(app, ["guardrails", *arguments], input=stdin)
    assert result.exit_code == exit_code, result.output
    return result


def told(*arguments: str) -> object:
    return json.loads(run(*arguments, "--json").stdout)


def test_a_rule_is_added_changed_and_deleted_and_each_step_is_a_version():
    added = told("add", "--name", "Bird", "--pattern", "canary-[0-9]+", "--mode", "reject")
    assert (added["version"], added["created_by"], added["origin"]) == (1, "command line", "api")
    assert told("list") == [added]
    changed = told("set", "Bird", "--mode", "replace", "--replace-by", "[bird]", "--severity", "high")
    assert (changed["mode"], changed["severity"], changed["version"]) == ("replace", "high", 2)
    assert told("disable", added["id"][:8])["enabled"] is False
    assert told("enable", "Bird")["enabled"] is True
    assert "Deleted" in run("delete", "Bird").stdout
    assert told("list") == []
    versions = told("versions", added["id"])
    assert [each["change"] for each in versions][:2] == ["deleted", "changed: enabled"]
    assert {each["by"] for each in versions} == {"command line"}
    assert told("restore", added["id"], "1")["mode"] == "reject"
    assert [rule["name"] for rule in told("list")] == ["Bird"]


def test_every_member_can_be_given():
    rule = told(
        "add",
        *("--pattern", r"pin (\d+)", "--mode", "monitor", "--secret-group", "1", "--validator", "has_digit"),
        *("--direction", "request", "--direction", "response", "--field-class", "A", "--view", "raw"),
        *("--near", '{"pattern": "bank", "before": 20}', "--allow", '{"stopwords": ["0000"]}', "--disabled"),
        *("--scope", '{"only": {"models": ["gpt-*"]}}', "--examples", '[{"text": "my bank pin 12", "match": true}]'),
        *("--history", "redact", "--template", "literal", "--description", "PINs"),
    )
    assert (rule["secret_group"], rule["validators"], rule["enabled"]) == (1, ["has_digit"], False)
    assert (rule["directions"], rule["field_classes"], rule["views"]) == (["request", "response"], ["A"], ["raw"])
    assert rule["near"] == {"pattern": "bank", "before": 20, "after": 0}
    assert rule["allow"]["stopwords"] == ["0000"]
    assert rule["scope"]["only"]["models"] == ["gpt-*"]
    assert (rule["history"], rule["template"], rule["description"]) == ("redact", "literal", "PINs")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("rule.json", '{"pattern": "(a1)b2", "mode": "reject", "secret_group": 1}'),
        ("rule.toml", "pattern = '(a1)b2'\nmode = 'reject'\nsecret_group = 1\n"),
        ("rules.toml", "[[rule]]\npattern = '(a1)b2'\nmode = 'reject'\nsecret_group = 1\n"),
    ],
)
def test_members_may_come_from_a_file_and_options_win(tmp_path: Path, name: str, text: str):
    (tmp_path / name).write_text(text)
    rule = told("add", "--from", str(tmp_path / name), "--mode", "monitor")
    assert (rule["pattern"], rule["mode"], rule["secret_group"]) == ("(a1)b2", "monitor", 1)


def test_people_are_told_what_they_need():
    out = run("add", "--pattern", "[0-9a-f]{32}", "--mode", "monitor", "--name", "Hex [32]").stdout
    assert out.startswith("Added Hex [32] (")
    assert "ordinary texts" in out
    assert "Hex [32]" in run("list").stdout
    assert "[0-9a-f]{32}" in run("show", "Hex [32]").stdout
    assert "created" in run("versions", "Hex [32]").stdout


REFUSED = [
    (("add", "--pattern", "("), "mode is required"),
    (("add", "--pattern", "(", "--mode", "reject"), "not valid RE2"),
    (("add", "--pattern", "a", "--mode", "block"), "'reject', 'replace', 'pseudonymise' or 'monitor'"),
    (("add", "--pattern", "a", "--mode", "reject", "--near", "{"), "--near is not JSON"),
    (("add", "--pattern", "a", "--mode", "reject", "--view", "spaceless"), "monitor only"),
    (("add", "--from", "absent.toml"), "cannot be read"),
    (("set", "nothing", "--mode", "reject"), "There is no guard rail 'nothing'"),
    (("restore", "00000000-0000-4000-8000-000000000000", "1"), "no guard rail with this id"),
    (("export", "--format", "xml"), "choose toml or csv"),
    (("import", "absent.toml"), "cannot be read"),
]


@pytest.mark.parametrize(("arguments", "reason"), REFUSED)
def test_what_is_wrong_is_refused_with_the_reason(arguments: tuple[str, ...], reason: str):
    assert reason in run(*arguments, exit_code=1).stderr


def test_a_name_that_two_rules_have_names_neither():
    for pattern in "ab":
        told("add", "--pattern", f"{pattern}1b2", "--mode", "reject", "--name", "Twin")
    assert "2 guard rails are called 'Twin'" in run("delete", "Twin", exit_code=1).stderr
    assert len(told("list")) == 2


def test_a_packs_rule_is_shown_and_not_changed():
    assert runner.invoke(app, ["packs", "enable", "entropy"]).exit_code == 0
    assert told("list") == []
    one, _ = told("list", "--packs")
    assert told("show", one["id"])["pack"] == "entropy"
    assert "/admin/packs/entropy" in run("disable", one["id"], exit_code=1).stderr


def test_a_list_is_emptied_with_a_dash():
    told("add", "--name", "PIN", "--pattern", "pin [0-9]+", "--mode", "reject", "--validator", "has_digit")
    assert told("set", "PIN", "--validator", "-")["validators"] == []


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--allow", '{"stopwords": [""]}'), "allow.stopwords[0] must not be empty"),
        (("--validator", ""), "validators[0] must not be empty"),
        (("--allow", '{"hashes": ["x"]}'), "allow.hashes[0] must be a fingerprint as events tell it"),
        (("--near", '{"colour": 1}'), "near.pattern is required"),
        (("--near", '{"pattern": "a", "colour": 1}'), "near.colour is not a member known here"),
    ],
)
def test_what_is_wrong_is_told_in_our_words(options: tuple[str, str], reason: str):
    assert reason in run("add", "--pattern", "pin", "--mode", "reject", *options, exit_code=1).stderr
