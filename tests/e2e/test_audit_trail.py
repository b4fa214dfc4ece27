"""The audit trail as a whole: complete after a crash, whole until someone changes it, silent about what it found."""

import base64
import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, suppress
from typing import Any

import pytest

from tests.e2e.conftest import StartGateway
from tests.gateway_process import CHAT, Caller, Gateway, chat_body
from tests.mock_upstream import Mock

SECRET, PATTERN = "AKIAQ7ZP4M2XT5WB9DKE", "AKIA[0-9A-Z]{16}"


def verify(gateway: Gateway, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Run the command beside the gateway, on its database."""
    command = [sys.executable, "-m", "llm_proxy.cli", "audit", "verify", "--json", *arguments]
    done = subprocess.run(
        command, env=gateway.environment, cwd=gateway.folder, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, json.loads(done.stdout)


def by_hand(gateway: Gateway, statement: str) -> None:
    with closing(sqlite3.connect(gateway.folder / "gateway.db", timeout=10)) as database, database:
        database.execute(statement)


def numbered(text: str) -> set[int]:
    return {int(word.removeprefix("call-")) for word in text.replace('"', " ").split() if word.startswith("call-")}


def send(caller: Caller, done: threading.Event, number: int) -> None:
    while not done.is_set():
        with suppress(OSError, AssertionError):
            caller.call(CHAT, chat_body(f"call-{number} {SECRET}"), timeout_s=5)
        number += 4  # there are as many senders


@pytest.mark.parametrize("mode", ["replace", "monitor", "pseudonymise"])
def test_G12_a_kill_between_decision_and_upstream_loses_no_event(
    mode: str, start_gateway: StartGateway, mock: Mock
) -> None:
    gateway = start_gateway()
    gateway.rule(PATTERN, mode, "[key]" if mode == "replace" else "")
    caller = gateway.caller(mock.url)
    for crash in range(3):
        done = threading.Event()
        senders = [threading.Thread(target=send, args=(caller, done, crash * 100_000 + n)) for n in range(4)]
        for sender in senders:
            sender.start()
        mock.wait(len(mock.requests) + 5)
        gateway.process.kill()
        gateway.process.wait(5)
        done.set()
        for sender in senders:
            sender.join()
        gateway.__enter__()
    arrived = {number for request in mock.requests for number in numbered(request.body.decode())}
    assert len(arrived) >= 15
    page = gateway.admin("GET", "/admin/guardrail-events?limit=1000").json()
    recorded = {number for event in page["records"] for number in numbered(event["input_text"])}
    assert arrived <= recorded
    report = gateway.admin("GET", "/admin/audit/verify").json()
    assert (report["whole"], report["events"]) == (True, page["total"])


def test_D27_what_is_changed_by_hand_under_a_running_gateway_is_named(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway()
    rule = gateway.rule(PATTERN)
    caller = gateway.caller(mock.url)
    for number in range(5):
        caller.chat(f"call-{number} {SECRET}")
    events = caller.events(5)
    assert gateway.admin("DELETE", f"/admin/guardrail-events/{events[0]['id']}").status == 204
    assert gateway.admin("DELETE", f"/admin/guardrails/{rule['id']}").status == 204
    code, report = verify(gateway)
    assert (code, report["events"], report["removed"]) == (0, 4, 1)
    by_hand(gateway, f"UPDATE guardrail_events SET api_key_id = 'x' WHERE id = '{events[2]['id']}'")
    by_hand(gateway, f"DELETE FROM guardrail_events WHERE id = '{events[3]['id']}'")
    code, broken = verify(gateway, "--expect-head", report["head"]["hash"])
    assert code == 1
    assert [(flaw["kind"], flaw["seq"], flaw["event_id"]) for flaw in broken["flaws"]] == [
        ("changed", 3, events[2]["id"]),
        ("missing", 4, ""),
    ]
    assert gateway.admin("GET", "/admin/audit/verify").json()["flaws"] == broken["flaws"]
    by_hand(gateway, "DELETE FROM guardrail_events WHERE seq > 1")
    assert [flaw["kind"] for flaw in verify(gateway)[1]["flaws"]] == ["missing"]


def eight_grams(secret: str) -> set[bytes]:
    shapes = (secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex())
    return {shape[at : at + 8].encode() for shape in shapes for at in range(len(shape) - 7)}


@pytest.mark.parametrize("audit_text", ["sealed", "masked", "none"])
@pytest.mark.parametrize("mode", ["reject", "replace", "pseudonymise", "monitor"])
def test_G21_no_part_of_a_secret_stands_in_clear_in_any_file(
    mode: str, audit_text: str, start_gateway: StartGateway, mock: Mock
) -> None:
    gateway = start_gateway(audit_text=audit_text)
    gateway.rule(PATTERN, mode, "[key]" if mode == "replace" else "")
    caller = gateway.caller(mock.url)
    encoded = base64.b64encode(SECRET.encode()).decode()
    messages = [{"role": "user", "content": f"a {SECRET} b"}, {"role": "user", "content": f"then {encoded}"}]
    caller.call(CHAT, {"model": "m", "messages": messages})
    caller.call(CHAT, {"model": "m", "messages": messages, "metadata": {SECRET: SECRET, "b": SECRET.encode().hex()}})
    for model in (f"m-{SECRET}", encoded):
        caller.call(CHAT, {"model": model, "messages": messages})
    caller.call(CHAT, chat_body(), headers={"x-request-id": SECRET, "openai-beta": SECRET})
    gateway.admin("POST", "/admin/fingerprints", {"value": SECRET})
    fingerprint = gateway.admin("POST", "/admin/fingerprints", {"value": SECRET}).json()
    assert fingerprint["count"] >= 2
    found = gateway.admin("GET", f"/admin/fingerprints/{fingerprint['fingerprint']}").json()
    assert found["count"] == fingerprint["count"]
    assert [key["value"] for key in found["keys"]] == [caller.key_id]
    assert {"raw", "decoded"} <= {view["value"] for view in found["views"]}  # one secret, whatever it is dressed in
    grams = eight_grams(SECRET)

    def told() -> list[tuple[str, bytes]]:
        files = [path for path in gateway.folder.rglob("*") if path.is_file()]
        return [(path.name, gram) for path in files for gram in grams if gram in path.read_bytes()]

    assert told() == []  # with its write-ahead log
    assert gateway.stop() == 0
    assert told() == []
