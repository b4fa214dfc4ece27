"""``llm-proxy audit`` as an operator runs it, beside a gateway or on a copy of its database."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from llm_proxy.records import GuardrailEvent
from llm_proxy.store import Store
from llm_proxy.store.schema import utc_now
from tests.store.conftest import an_event

SECRET = "AKIA-canary-0042-of-many"
SWAP = (
    "UPDATE guardrail_events SET seq = 99 WHERE seq = 3; UPDATE guardrail_events SET seq = 3 WHERE seq = 4;"
    "UPDATE guardrail_events SET seq = 4 WHERE seq = 99;"
)


def run(*arguments: str, folder: Path, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "llm_proxy.cli", "audit", *arguments]
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), "DSN": "g.db"} | environment
    return subprocess.run(
        command, env=env, cwd=folder, capture_output=True, text=True, input=given, timeout=50, check=False
    )


async def _fill(path: Path, events: list[GuardrailEvent]) -> str:
    store = await Store.open(str(path), None)
    fingerprint = store.fingerprints.of(SECRET)
    await store.events.append(events)
    told = {"fingerprints": (fingerprint,), "previews": ("AKIA…(24)",), "severity": "critical"}
    await store.events.append([an_event(**told, created_at=utc_now())])
    await store.close()
    return fingerprint


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    asyncio.run(_fill(tmp_path / "g.db", [an_event(created_at=utc_now() - timedelta(days=n * 10)) for n in range(6)]))
    return tmp_path


def by_hand(folder: Path, script: str) -> None:
    with closing(sqlite3.connect(folder / "g.db")) as database, database:
        database.executescript(script)


def verified(folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = run("verify", "--json", *arguments, folder=folder)
    return done.returncode, json.loads(done.stdout)


def test_D27_a_whole_trail_ends_with_0_and_tells_its_head(folder: Path) -> None:
    code, report = verified(folder)
    assert (code, report["whole"], report["events"], report["flaws"]) == (0, True, 7, [])
    done = run("verify", folder=folder)
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == f"head 7:{report['head']['hash']}"
    assert verified(folder, "--expect-head", f"7:{report['head']['hash']}")[0] == 0


@pytest.mark.parametrize(
    ("script", "kind", "seq"),
    [
        ("UPDATE guardrail_events SET model = 'x' WHERE seq = 3", "changed", 3),
        ("DELETE FROM guardrail_events WHERE seq = 3", "missing", 3),
        ("DELETE FROM guardrail_events WHERE seq = 7", "missing", 7),
        (SWAP, "reordered", 3),
    ],
)
def test_D27_a_broken_trail_ends_with_1_and_names_the_event(folder: Path, script: str, kind: str, seq: int) -> None:
    by_hand(folder, script)
    with closing(sqlite3.connect(folder / "g.db")) as database:
        found = database.execute("SELECT id FROM guardrail_events WHERE seq = ?", (seq,)).fetchone()
    code, report = verified(folder)
    assert (code, report["whole"]) == (1, False)
    flaw = report["flaws"][0]
    assert (flaw["kind"], flaw["seq"]) == (kind, seq)
    told = run("verify", folder=folder)
    assert told.returncode == 1
    assert f"{kind}: event {seq}" in told.stdout
    many = "1 place" if report["flaw_count"] == 1 else f"{report['flaw_count']} places"
    assert f"The trail is BROKEN in {many}:" in told.stdout
    if found:
        assert flaw["event_id"] == found[0]
        assert found[0] in told.stdout


def test_a_trail_that_was_put_back_is_told_by_the_expected_head(folder: Path) -> None:
    head = verified(folder)[1]["head"]
    by_hand(
        folder,
        "DELETE FROM guardrail_events; DELETE FROM event_fingerprints; DELETE FROM meta WHERE name = 'audit_head'",
    )
    code, report = verified(folder, "--expect-head", head["hash"])
    assert code == 1
    assert "expected hash" in report["flaws"][-1]["note"]


@pytest.mark.parametrize(
    ("arguments", "environment", "reason"),
    [
        (["verify"], {"DSN": "absent.db"}, "There is no database"),
        (["verify"], {"SECRET_KEY": "another key of enough characters"}, "not the key"),
        (["verify", "--expect-head", "x"], {}, "--expect-head"),
        (["purge", "--days", "many"], {}, "--days"),
        (["purge"], {"AUDIT_RETENTION_DAYS": "many"}, "AUDIT_RETENTION_DAYS"),
        (["search", "--fingerprint", "x"], {}, "--fingerprint"),
        (["search", "--severity", "x"], {}, "--severity"),
        (["fingerprint"], {}, "no secret"),
    ],
)
def test_what_cannot_be_read_ends_with_2(
    folder: Path, arguments: list[str], environment: dict[str, str], reason: str
) -> None:
    done = run(*arguments, folder=folder, **environment)
    assert done.returncode == 2
    assert reason in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "absent.db").exists()


def test_purging_removes_what_is_too_old_and_leaves_the_trail_whole(folder: Path) -> None:
    assert json.loads(run("purge", "--json", folder=folder).stdout) == {"removed": 0}
    assert run("purge", folder=folder, AUDIT_RETENTION_DAYS="25").stdout == "3 events removed\n"
    assert json.loads(run("purge", "--json", "--days", "medium=15", folder=folder).stdout) == {"removed": 1}
    code, report = verified(folder)
    assert (code, report["events"], report["removed"], report["tombstones"]) == (0, 2 + 1, 4, 1)
    with closing(sqlite3.connect(folder / "g.db")) as database:
        acts = [row[0] for row in database.execute("SELECT action FROM admin_log")]
    assert acts == ["audit.purge"] * 3


def test_a_secret_is_searched_for_without_telling_it_to_anyone(folder: Path) -> None:
    fingerprint = run("fingerprint", folder=folder, given=f"{SECRET}\n").stdout.strip()
    by_value = json.loads(run("search", "--json", "--fingerprint", "-", folder=folder, given=SECRET).stdout)
    by_print = json.loads(run("search", "--json", "--fingerprint", fingerprint, folder=folder).stdout)
    assert by_value == by_print
    assert [event["fingerprints"] for event in by_value] == [[fingerprint]]
    told = run("search", "--severity", "critical", folder=folder).stdout
    assert fingerprint in told
    assert "AKIA…(24)" in told
    assert SECRET not in told
    assert len(json.loads(run("search", "--json", "--limit", "3", folder=folder).stdout)) == 3
    assert SECRET.encode() not in (folder / "g.db").read_bytes()
