"""Rehearsals by the command line: a backtest and meters on the database, shadow runs in the running gateway."""

import json

import pytest
from click.testing import Result
from typer.testing import CliRunner

from llm_proxy.cli import app
from tests.gateway_process import ADMIN_TOKEN, Caller, Gateway, eventually

DRAFT = ("--pattern", "parrot", "--name", "Birds")


@pytest.fixture(autouse=True)
def environment(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DSN", str(gateway.folder / "gateway.db"))
    monkeypatch.setenv("ADDR", f":{gateway.port}")
    monkeypatch.setenv("ADMIN_TOKEN", ADMIN_TOKEN)


def run(*arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["guardrails", *arguments])
    assert result.exit_code == exit_code, result.output
    return result


def told(*arguments: str) -> object:
    return json.loads(run(*arguments, "--json").stdout)


def test_a_draft_is_run_over_recorded_events(gateway: Gateway, caller: Caller) -> None:
    rule = gateway.rule("canary-[0-9]+", "replace", "[bird]")["id"]
    for content in ("say canary-42", "say canary-43 parrot"):
        caller.chat(content)
    caller.events(2)
    said = told("backtest", *DRAFT, "--limit", "2")
    assert (said["events"], said["would_match"], said["newly_matched"], said["newly_rejected"]) == (2, 1, 1, 1)
    out = run("backtest", *DRAFT, "--limit", "2").stdout
    assert "Read: 2 events of 2 calls, back to" in out
    assert "It finds something in 1 of 2 texts, in 1 new" in out
    assert "Cost: too little text to tell" in out
    assert "canary-43" not in out
    assert "say canary-43 parrot" in run("backtest", *DRAFT, "--limit", "2", "--reveal").stdout
    assert told("backtest", rule, "--limit", "2")["newly_matched"] == 0
    changed = told("backtest", rule, "--pattern", "canary-42", "--limit", "2")
    assert (changed["would_match"], changed["no_longer_matched"]) == (1, 1)
    assert "There is no guard rail 'absent'" in run("backtest", "absent", exit_code=1).stderr
    assert "give the --pattern of a draft" in run("backtest", "--mode", "reject", exit_code=1).stderr
    assert "limit should be less than" in run("backtest", *DRAFT, "--limit", "99999", exit_code=1).stderr


def test_a_draft_looks_at_live_calls_until_it_is_stopped(gateway: Gateway, caller: Caller) -> None:
    started = told("shadow", "start", *DRAFT, "--minutes", "1")
    assert (started["live"], started["mode"], started["draft_id"]) == (True, "reject", None)
    caller.chat("say parrot")
    said = eventually(lambda: told("shadow", "show", started["id"]), lambda run: run["calls"] == 1)
    assert (said["would_match"], said["newly_rejected"]) == (1, 1)
    shown = run("shadow", "show", started["id"]).stdout
    assert "1 calls judged: 1 match, 1 newly, 0 no longer all; 1 would be newly refused." in shown
    assert "in messages[0].content of" in shown
    assert started["id"] in {run["id"] for run in told("shadow", "show")}
    assert "Ended" in run("shadow", "stop", started["id"]).stdout
    assert "no shadow run" in run("shadow", "show", started["id"], exit_code=1).stderr
    assert "no shadow run" in run("shadow", "stop", "../keys", exit_code=1).stderr


def test_a_stored_rule_looks_at_live_calls_in_its_own_place(gateway: Gateway) -> None:
    rule = gateway.rule("canary-[0-9]+")["id"]
    started = told("shadow", "start", rule[:8], "--pattern", "canary-[0-9]{2}")
    assert (started["draft_id"], started["pattern"]) == (rule, "canary-[0-9]{2}")
    run("shadow", "stop", started["id"])
    assert "not valid RE2" in run("shadow", "start", "--pattern", "(", exit_code=1).stderr


def test_why_no_gateway_can_be_asked_is_told(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        "No gateway answers at http://127.0.0.1:9"
        in run("shadow", "show", "--url", "http://127.0.0.1:9", exit_code=1).stderr
    )
    assert "is not a gateway's URL" in run("shadow", "show", "--url", "localhost:80", exit_code=1).stderr
    monkeypatch.setenv("ADMIN_TOKEN", "another-token-0123456789")
    assert "token" in run("shadow", "show", exit_code=1).stderr
    monkeypatch.delenv("ADMIN_TOKEN")
    assert "ADMIN_TOKEN is required" in run("shadow", "show", exit_code=1).stderr


def test_a_text_is_judged_as_the_call_of_a_key(gateway: Gateway, caller: Caller) -> None:
    key = gateway.admin("GET", "/admin/keys").json()[0]["id"]
    draft = (*DRAFT, "--mode", "reject", "--scope", json.dumps({"exempt": {"keys": [key]}}))
    assert told("test", "a parrot", *draft)["verdict"] == "rejected"
    assert told("test", "a parrot", *draft, "--api-key-id", key)["verdict"] == "pass"


def test_meters_are_listed(gateway: Gateway, caller: Caller) -> None:
    rule = gateway.rule("canary-[0-9]+")["id"]
    caller.chat("say canary-42")

    def meter() -> dict[str, object]:
        gateway.admin("GET", "/admin/guardrails/meters")
        return next(each for each in told("meters") if each["guardrail_id"] == rule)

    assert eventually(meter, lambda each: each["calls"] == 1)["hits"] == 1
    assert rule in run("meters").stdout
