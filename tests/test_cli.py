"""The command line: what it prints, what it refuses, and with which exit code."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from llm_proxy import __version__
from tests.store.go_database import GoDatabase

TOKEN = "0123456789abcdef0123456789abcdef"


def run(*arguments: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "llm_proxy.cli", *arguments]
    kept = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        command, env=kept | environment, cwd=folder, capture_output=True, text=True, timeout=50, check=False
    )


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    assert run("--version", folder=tmp_path).stdout.strip() == f"llm-proxy {__version__}"


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({}, "ADMIN_TOKEN is required"),
        ({"ADMIN_TOKEN": "change-me"}, "ADMIN_TOKEN is shorter"),
        ({"ADMIN_TOKEN": TOKEN, "ADDR": "nowhere"}, "ADDR"),
        ({"ADMIN_TOKEN": TOKEN, "MAX_CALLS": "many"}, "MAX_CALLS"),
    ],
)
def test_A13_C09_a_wrong_setting_stops_the_start_with_its_reason(
    environment: dict[str, str], reason: str, tmp_path: Path
) -> None:
    refused = run("serve", folder=tmp_path, **environment)
    assert refused.returncode == 1
    assert reason in refused.stderr
    assert "Traceback" not in refused.stderr


def test_D08_a_database_that_cannot_be_used_stops_the_start_with_its_reason(tmp_path: Path) -> None:
    refused = run(
        "serve", folder=tmp_path, ADMIN_TOKEN=TOKEN, ADDR="127.0.0.1:0", DSN=str(tmp_path / "absent" / "x.db")
    )
    assert refused.returncode != 0
    assert "start.refused" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_rule_of_the_file_that_is_not_valid_stops_the_start_with_its_name_and_the_reason(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text('[[rule]]\nname = "Bird"\npattern = "("\nmode = "reject"\n')
    given = {"ADMIN_TOKEN": TOKEN, "ADDR": "127.0.0.1:0", "DSN": "new.db", "GUARDRAILS_FILE": "rules.toml"}
    refused = run("serve", folder=tmp_path, **given)
    assert refused.returncode != 0
    assert "the rule 'Bird' is not valid" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_D13_importing_twice_adds_nothing_twice(tmp_path: Path) -> None:
    go = GoDatabase(tmp_path / "old.db")
    go.provider()
    first, second = (run("import", "old.db", folder=tmp_path, DSN="new.db") for _ in range(2))
    assert "providers: 1 read, 1 imported, 0 already there, 0 skipped" in first.stdout
    assert "providers: 1 read, 0 imported, 1 already there, 0 skipped" in second.stdout


def test_importing_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "old.db").write_text("not a database, certainly not one of the Go program's" * 20)
    refused = run("import", "old.db", folder=tmp_path, ADMIN_TOKEN=TOKEN, DSN="new.db")
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "new.db").exists()


def test_a_mistyped_file_makes_no_database(tmp_path: Path) -> None:
    refused = run("import", "odl.db", folder=tmp_path, DSN="new.db")
    assert refused.returncode == 1
    assert "odl.db" in refused.stderr
    assert list(tmp_path.iterdir()) == []
