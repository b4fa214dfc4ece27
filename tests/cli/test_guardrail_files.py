"""Rules tried, imported and exported by the command line."""

import json
from pathlib import Path

import pytest

from tests.cli.test_guardrails import database, run, told  # noqa: F401 (a fixture)

GITLEAKS = """
[[rules]]
id = "acme-token"
regex = '''acme_[a-z0-9]{8}'''
[[rules]]
id = "hex"
regex = '''[0-9a-f]{32}'''
path = "env"
[[rules]]
id = "ahead"
regex = '''a(?=b)'''
"""


@pytest.fixture
def gitleaks(tmp_path: Path) -> str:
    file = tmp_path / "gitleaks.toml"
    file.write_text(GITLEAKS)
    return str(file)


def test_a_file_is_imported_and_what_became_of_each_rule_is_told(gitleaks: str):
    out = run("import", gitleaks).stdout
    assert "gitleaks: 2 imported (2 created, 0 changed, 0 unchanged), 1 skipped." in out
    assert "hex: path is left out: it looks at all texts; flags" in out
    assert "ahead: skipped. It uses look-ahead" in out
    assert {(rule["pack"], rule["mode"]) for rule in told("list")} == {("import:gitleaks.toml", "monitor")}
    assert "0 created, 0 changed, 2 unchanged" in run("import", gitleaks).stdout


def test_a_dry_run_stores_nothing(gitleaks: str):
    assert "2 would be imported" in run("import", gitleaks, "--dry-run").stdout
    assert told("list") == []


def test_mode_name_and_format_can_be_said(gitleaks: str):
    report = told("import", gitleaks, "--mode", "reject", "--name", "acme", "--format", "gitleaks")
    assert (report["pack"], len(report["imported"]), len(report["skipped"])) == ("import:acme", 2, 1)
    assert {rule["mode"] for rule in told("list")} == {"reject"}
    assert "There is no mode" in run("import", gitleaks, "--mode", "block", exit_code=1).stderr
    assert "There is no format" in run("import", gitleaks, "--format", "xml", exit_code=1).stderr
    assert "none of the formats" in run("import", "-", stdin="hello", exit_code=1).stderr


def test_what_is_exported_is_imported_again():
    told("add", "--pattern", r"key-\d{4}", "--mode", "replace", "--replace-by", "[key]", "--name", "Key")
    exported = run("export").stdout
    assert "pattern = 'key-\\d{4}'" in exported
    run("delete", "Key")
    assert "toml: 1 imported" in run("import", "-", stdin=exported).stdout
    (rule,) = told("list")
    assert (rule["name"], rule["replace_by"], rule["pack"]) == ("Key", "[key]", "")
    assert run("export", "--format", "csv").stdout.splitlines()[1] == r"Key,key-\d{4},replace,[key],,"


def test_no_rule_is_lost_in_a_file_for_want_of_a_name_of_its_own():
    rules = [told("add", "--pattern", f"key-{number}", "--mode", "reject", "--name", "Key") for number in "12"]
    rules.append(told("add", "--pattern", "key-3", "--mode", "reject"))
    exported = run("export").stdout
    for rule in rules:
        run("delete", rule["id"])
    assert "3 imported (3 created, 0 changed, 0 unchanged), 0 skipped" in run("import", "-", stdin=exported).stdout
    assert {rule["pattern"] for rule in told("list")} == {"key-1", "key-2", "key-3"}


def test_packs_of_a_file_are_not_imported_and_one_that_there_is_not_is_refused():
    out = run("import", "-", stdin="[packs.secrets]").stdout
    assert "toml: 0 imported" in out
    assert "Packs are left out" in out
    assert "there is no pack 'nosuch'" in run("import", "-", stdin="[packs.nosuch]", exit_code=1).stderr


def test_a_rule_is_checked_before_it_is_there():
    out = run("check", "--pattern", "[0-9a-f]{32}").stdout
    assert "It would be admitted" in out
    assert "ordinary texts" in out
    assert "not valid RE2" in run("check", "--pattern", "(", exit_code=1).stderr
    assert told("check", "--pattern", "zebra-[0-9]")["ok"] is True
    assert told("list") == []


def test_a_text_is_judged_by_the_rules_in_force_and_by_a_draft():
    told("add", "--pattern", "canary-[0-9]+", "--mode", "replace", "--replace-by", "[bird]", "--name", "Bird")
    out = run("test", "say canary-42").stdout
    assert out.startswith("replaced (")
    assert "Bird (replace)" in out
    assert out.endswith("say [bird]\n")
    assert run("test", "-", "--pattern", "parrot", stdin="a parrot").stdout.startswith("rejected (")
    tested = told("test", "canary-1 parrot", "--pattern", "parrot", "--mode", "replace", "--draft-only")
    assert (tested["verdict"], tested["result"]) == ("replaced", "canary-1 ")
    body = json.dumps({"messages": [{"role": "user", "content": "canary-7"}]})
    assert "in messages[0].content" in run("test", body, "--body").stdout


def test_a_text_may_be_the_call_of_a_key_that_there_is():
    refused = run("test", "canary", "--api-key-id", "00000000-0000-4000-8000-000000000000", exit_code=1)
    assert "There is no live key with this id" in refused.stderr


def test_why_a_file_cannot_be_read_is_told_in_words(tmp_path: Path):
    (tmp_path / "latin").write_bytes(b"\xff")
    assert "cannot be read: Is a directory." in run("import", str(tmp_path), exit_code=1).stderr
    assert "cannot be read: it is not UTF-8." in run("import", str(tmp_path / "latin"), exit_code=1).stderr
