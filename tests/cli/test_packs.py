"""Packs by the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from llm_proxy.cli import app
from llm_proxy.packs import PACKS, load_pack, rule_id

run = CliRunner()


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSN", str(tmp_path / "gateway.db"))


def told(*arguments: str) -> list[dict[str, object]]:
    return json.loads(run.invoke(app, ["packs", *arguments, "--json"]).stdout)


def test_a_pack_is_switched_on_and_off():
    assert [pack["enabled"] for pack in told("list")] == [False] * len(PACKS)
    assert run.invoke(app, ["packs", "enable", "secrets", "--mode", "reject"]).exit_code == 0
    assert next((pack["enabled"], pack["mode"]) for pack in told("list")) == (True, "reject")
    assert {rule["mode"] for rule in told("show", "secrets")} == {"reject"}
    assert run.invoke(app, ["packs", "disable", "secrets"]).exit_code == 0
    assert not told("list")[0]["enabled"]


def test_packs_are_told_to_people_too():
    assert "secrets" in run.invoke(app, ["packs", "list"]).stdout
    assert load_pack("entropy").rules[0].name.split()[0] in run.invoke(app, ["packs", "show", "entropy"]).stdout


@pytest.mark.parametrize("arguments", [["enable", "nothing"], ["enable", "secrets", "--mode", "perhaps"]])
def test_what_is_not_known_is_refused(arguments: list[str]):
    result = run.invoke(app, ["packs", *arguments])
    assert result.exit_code == 1
    assert "There is no" in result.output


def test_directions_and_rules_to_leave_out_can_be_said():
    arguments = ["--direction", "response", "--without", "random-hex", "--mode", "as-written"]
    enabled = run.invoke(app, ["packs", "enable", "entropy", *arguments])
    assert (enabled.exit_code, f" {len(load_pack('entropy').rules) - 1} rules" in enabled.stdout) == (0, True)
    pack = next(each for each in told("list") if each["name"] == "entropy")
    assert pack["disabled_rules"] == [rule_id("entropy", "random-hex")]
    assert pack["directions"] == ["response"]
    assert (pack["licence"], pack["source"]) == (load_pack("entropy").licence, load_pack("entropy").source)
    assert {rule["directions"][0] for rule in told("show", "entropy")} == {"response"}
    assert run.invoke(app, ["packs", "enable", "entropy", "--without", "-"]).exit_code == 0
    assert all(rule["enabled"] for rule in told("show", "entropy"))


def test_a_packs_rule_is_copied_to_be_changed():
    assert "Added Random hex" in run.invoke(app, ["packs", "copy", "entropy", "random-hex"]).stdout
    listed = json.loads(run.invoke(app, ["guardrails", "list", "--json"]).stdout)
    assert [rule["origin"] for rule in listed] == ["api"]
    again = run.invoke(app, ["packs", "copy", "entropy", "random-hex"])
    assert (again.exit_code, "There is a copy of this rule already" in again.output) == (1, True)
    deleted = run.invoke(app, ["guardrails", "delete", listed[0]["id"]])
    assert f"{listed[0]['copy_of']}, stays left out of its pack" in deleted.stdout
