"""``llm-proxy scan`` as a hook or a pipeline runs it: exit codes, formats, sources, and no secret told."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from llm_proxy.cli import app
from llm_proxy.store import Store

ROOT = Path(__file__).parents[2]
AWS = "AKIA" + "QYLPMN5HHHFPZAM2"
RULES = [
    {"pattern": "canary-[0-9]+", "mode": "reject", "name": "Birds", "severity": "high"},
    {"pattern": "tweet-[a-z]+", "mode": "monitor", "name": "Noise", "severity": "critical"},
    {"pattern": "egg-[a-z]+", "mode": "reject", "name": "Off", "enabled": False},
]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gateway") / "gateway.db"

    async def make() -> None:
        store = await Store.open(str(path), None)
        for each in RULES:
            await store.guardrails.create(**{"replace_by": ""} | each)
        await store.close()

    asyncio.run(make())
    return path


@dataclass
class Done:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str, folder: Path, stdin: str = "", **environment: str) -> Done:
    """Run the command in this process: a new one takes a second to begin."""
    with contextlib.chdir(folder):
        result = CliRunner().invoke(app, ["scan", *arguments], input=stdin, env=environment)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def gateway(*arguments: str, folder: Path, database: Path, stdin: str = "") -> Done:
    return run("--gateway", *arguments, folder=folder, stdin=stdin, DSN=str(database))


@pytest.mark.parametrize(
    ("text", "options", "code"),
    [
        ("nothing", (), 0),
        ("canary-1", (), 1),
        ("canary-1", ("--fail-on", "high"), 1),
        ("canary-1", ("--fail-on", "critical"), 0),
        ("tweet-x", (), 0),
        ("tweet-x", ("--fail-on-monitor",), 1),
        ("egg-x", (), 0),
        ("canary-1 # llm-proxy:allow", (), 0),
        ("canary-1", ("--exclude", "*.txt"), 0),
        ("canary-1", ("--fail-on", "much"), 2),
    ],
)
def test_the_exit_code_says_whether_a_hook_should_stop(tmp_path, database, text, options, code):
    (tmp_path / "a.txt").write_text(text)
    done = gateway("a.txt", *options, folder=tmp_path, database=database)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr


def test_what_cannot_be_read_is_2_and_the_rest_is_read(tmp_path, database):
    (tmp_path / "a.txt").write_text("canary-1")
    done = gateway("absent.txt", "a.txt", folder=tmp_path, database=database)
    assert done.returncode == 2
    assert "absent.txt: not read: No such file or directory" in done.stderr
    assert done.stdout.startswith("a.txt:1:1  high  Birds")


def test_a_binary_file_is_passed_over_with_a_note(tmp_path, database):
    (tmp_path / "a.png").write_bytes(b"\x89PNG\0canary-1")
    done = gateway("a.png", folder=tmp_path, database=database)
    assert (done.returncode, done.stdout) == (0, "")
    assert "a.png: not read: it is binary" in done.stderr


@pytest.mark.parametrize(
    ("stdin", "options", "told"),
    [
        ("a\ncanary-1", (), "<stdin>:2:1 "),
        ('{"role": "user", "content": "canary-1"}\n{}\n', (), "<stdin>:1:30 "),
        ('{"messages": [\n{"role": "user", "content": "canary-1"}]}', (), "<stdin>:2:30 "),
        ('{"role": "user",\n "content": "canary-1"}', ("--input", "text"), "<stdin>:2:14 "),
    ],
)
def test_the_standard_input_is_read_as_what_it_looks_like(tmp_path, database, stdin, options, told):
    done = gateway("-", *options, folder=tmp_path, database=database, stdin=stdin)
    assert done.returncode == 1
    assert done.stdout.startswith(told)


def test_a_transcript_tells_places(tmp_path, database):
    body = {"model": "m", "messages": [{"role": "system", "content": "x"}, {"role": "user", "content": "canary-1"}]}
    (tmp_path / "t.jsonl").write_text("{}\n{}\n" + json.dumps(body))
    done = gateway("t.jsonl", "--format", "json", folder=tmp_path, database=database)
    (found,) = json.loads(done.stdout)["findings"]
    assert (found["line"], found["place"]) == (3, "messages[1].content")


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_no_form_tells_a_secret(tmp_path, database, form):
    (tmp_path / "a.txt").write_text("canary-4711")
    done = gateway(".", "--format", form, folder=tmp_path, database=database)
    assert done.returncode == 1
    assert "4711" not in done.stdout + done.stderr
    shown = gateway(".", "--format", form, "--show-secrets", folder=tmp_path, database=database)
    assert ("4711" in shown.stdout) is (form != "sarif")


def test_the_report_can_go_to_a_file_and_be_the_next_scans_baseline(tmp_path, database):
    (tmp_path / "old.txt").write_text("canary-1")
    first = gateway("old.txt", "--format", "json", "--output", "known.json", folder=tmp_path, database=database)
    assert (first.returncode, first.stdout) == (1, "")
    (tmp_path / "old.txt").rename(tmp_path / "moved.txt")
    again = gateway("moved.txt", "--baseline", "known.json", folder=tmp_path, database=database)
    assert (again.returncode, again.stdout) == (0, "")
    assert "1 in the baseline" in again.stderr
    (tmp_path / "new.txt").write_text("canary-2")
    assert gateway("new.txt", "--baseline", "known.json", folder=tmp_path, database=database).returncode == 1


@pytest.mark.parametrize("baseline", ["absent.json", "other.json"])
def test_a_baseline_that_cannot_be_used_is_2(tmp_path, database, baseline):
    (tmp_path / "other.json").write_text("{}")
    done = gateway("other.json", "--baseline", baseline, folder=tmp_path, database=database)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_mistyped_database_is_2_and_makes_none(tmp_path):
    (tmp_path / "a.txt").write_text("x")
    done = gateway("a.txt", folder=tmp_path, database=tmp_path / "absent.db")
    assert (done.returncode, [each.name for each in tmp_path.iterdir()]) == (2, ["a.txt"])


def test_the_program_reads_a_pipe_and_ends_with_the_code(tmp_path):
    command = [sys.executable, "-m", "llm_proxy.cli", "scan", "-"]
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    done = subprocess.run(
        command, env=kept, cwd=tmp_path, input=f"a\nkey {AWS}", capture_output=True, text=True, timeout=50, check=False
    )
    assert (done.returncode, done.stdout[:12]) == (1, "<stdin>:2:5 ")
    assert list(tmp_path.iterdir()) == []


def test_without_any_option_the_secrets_pack_looks_and_nothing_else_is_needed(tmp_path):
    (tmp_path / "a.env").write_text(f"AWS_ACCESS_KEY_ID={AWS}\n")
    done = run("a.env", "--format", "json", folder=tmp_path)
    assert done.returncode == 1, done.stderr
    packs = {found["pack"] for found in json.loads(done.stdout)["findings"]}
    assert packs == {"secrets"}
    assert [each.name for each in tmp_path.iterdir()] == ["a.env"]


@pytest.mark.parametrize(
    ("packs", "code"), [("personal-data", 1), ("secrets, personal-data", 1), ("secrets", 0), ("absent", 2)]
)
def test_packs_are_chosen_by_name(tmp_path, packs, code):
    (tmp_path / "a.txt").write_text("please pay with 4111 1111 1111 1111, visa")
    done = run("a.txt", "--packs", packs, folder=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_the_gateways_rules_and_packs_look_together(tmp_path, database):
    (tmp_path / "a.txt").write_text(f"canary-1 {AWS}\n")
    done = gateway("a.txt", "--packs", "secrets", "--format", "json", folder=tmp_path, database=database)
    assert {found["pack"] for found in json.loads(done.stdout)["findings"]} == {None, "secrets"}


OURS = """
[[rule]]
name = "Birds"
pattern = 'canary-([0-9]+)'
mode = "reject"
severity = "critical"
secret_group = 1
"""
GITLEAKS = """
[[rules]]
id = "bird-key"
description = "Keys of birds"
regex = 'canary-[0-9]+'
[[rules]]
id = "by-name"
path = 'x'
"""


@pytest.mark.parametrize(
    ("content", "code", "told"),
    [
        (OURS, 1, "a.txt:1:8  critical  Birds"),
        ("pattern,mode\ncanary-[0-9]+,monitor\n", 0, "a.txt:1:1"),
        (GITLEAKS, 1, "a.txt:1:1"),
        (OURS + '[[rule]]\npattern = "("\nmode = "reject"\n', 2, ""),
        (OURS.replace("reject", "block"), 2, ""),
        ("", 2, ""),
        ("what is this", 2, ""),
    ],
)
def test_rules_can_come_from_a_file_of_ours_or_of_others(tmp_path, content, code, told):
    (tmp_path / "a.txt").write_text("canary-1")
    (tmp_path / "rules").write_text(content)
    done = run("a.txt", "--rules", "rules", folder=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout.startswith(told)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("packs", "code", "told"),
    [
        ('[packs.secrets]\nmode = "reject"', 1, "a.txt:1:10 "),
        ('[packs.secrets]\nmode = "monitor"', 0, "a.txt:1:10 "),
        ('[packs.secrets]\ndirections = ["response"]', 1, "a.txt:1:10 "),
        ("[packs.secrets]\nenabled = false", 0, ""),
        ('[packs.secrets]\ndisabled_rules = ["aws-access-key"]', 0, ""),
    ],
)
def test_packs_look_as_the_gateways_own_file_sets_them(tmp_path, packs, code, told):
    (tmp_path / "a.txt").write_text(f"the code {AWS}\n")
    (tmp_path / "rules.toml").write_text(OURS + packs)
    done = run("a.txt", "--rules", "rules.toml", folder=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stdout.startswith(told)
    assert bool(told) == bool(done.stdout)


def test_a_file_may_hold_nothing_but_packs(tmp_path):
    (tmp_path / "a.txt").write_text(f"the code {AWS}\n")
    (tmp_path / "rules.toml").write_text("\ufeff[packs.secrets]\n", encoding="utf-8")
    assert run("a.txt", "--rules", "rules.toml", folder=tmp_path).returncode == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[packs.nosuch]", "rules.toml: there is no pack 'nosuch'. There are: secrets"),
        ('[packs.secrets]\nmode = "perhaps"', "rules.toml: the pack 'secrets' is not set well. mode should be"),
        ("[limits]\nrpm = 1\n" + OURS, "rules.toml holds 'limits'"),
        (OURS + OURS, "the rule 'Birds' is not valid. Another rule of this file has its name."),
        (OURS.replace("canary-([0-9]+)", "(x)[^y]*y|x"), "takes longer than 50 ms for a hostile text"),
    ],
)
def test_a_file_with_which_no_gateway_would_start_is_refused_in_its_words(tmp_path, content, told):
    (tmp_path / "a.txt").write_text("canary-1")
    (tmp_path / "rules.toml").write_text(content)
    done = run("a.txt", "--rules", "rules.toml", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert told in done.stderr


def test_a_rule_of_others_that_no_gateway_would_admit_is_left_out_with_the_reason(tmp_path):
    (tmp_path / "a.txt").write_text("canary-1")
    slow = GITLEAKS.replace("canary-[0-9]+", "x[^y]*y|x")
    (tmp_path / "rules.toml").write_text(slow + "[[rules]]\nid = 'other'\nregex = 'canary'")
    done = run("a.txt", "--rules", "rules.toml", folder=tmp_path)
    assert "left out: bird-key: The pattern takes longer than 50 ms for a hostile text" in done.stderr


def test_sources_add_up_whatever_a_file_leaves_out(tmp_path):
    (tmp_path / "a.txt").write_text(f"the code {AWS}\n")
    (tmp_path / "rules.toml").write_text('[packs.secrets]\nmode = "monitor"\ndisabled_rules = ["aws-access-key"]')
    done = run("a.txt", "--rules", "rules.toml", "--packs", "secrets", folder=tmp_path)
    assert done.returncode == 1


def test_rules_of_others_that_cannot_be_taken_over_are_told(tmp_path):
    (tmp_path / "a.txt").write_text("canary-1")
    (tmp_path / "rules.toml").write_text(GITLEAKS)
    assert "rules.toml: left out: by-name: " in run("a.txt", "--rules", "rules.toml", folder=tmp_path).stderr


def test_files_are_told_in_order(tmp_path, database):
    for number in range(40):
        (tmp_path / f"{number:02}.txt").write_text(f"canary-{number}\n" * (40 - number))
    done = gateway(".", "--format", "json", folder=tmp_path, database=database)
    paths = [found["path"] for found in json.loads(done.stdout)["findings"]]
    assert paths == sorted(paths)
    assert len(paths) == sum(range(41))


def test_fingerprints_are_those_of_the_gateways_events(tmp_path, database):
    async def read() -> str:
        store = await Store.open(str(database), None)
        try:
            return store.fingerprints.of("canary-1")
        finally:
            await store.close()

    (tmp_path / "a.txt").write_text("canary-1")
    done = gateway("a.txt", "--format", "json", folder=tmp_path, database=database)
    assert json.loads(done.stdout)["findings"][0]["fingerprint"] == asyncio.run(read())


def test_the_hook_for_pre_commit_runs_this_command():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert hook["id"] == "llm-proxy-scan"
    program, command = hook["entry"].split()
    assert program in project["scripts"]
    assert command in {each.name for each in app.registered_commands}
