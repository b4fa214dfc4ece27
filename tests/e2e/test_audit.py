"""The audit trail: an event for every action, durable before anything moves, and it outlives what it tells of."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.e2e.conftest import StartGateway
from tests.gateway_process import CHAT, Gateway, chat_body, eventually
from tests.mock_upstream import Mock

SECRET, PATTERN = "AKIA-canary-0042", "AKIA-canary-[0-9]+"


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold every database of the gateway as another process would that never lets go."""
    held = [sqlite3.connect(path, isolation_level=None) for path in folder.glob("*.db")]
    assert held
    for database in held:
        database.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        for database in held:
            database.execute("ROLLBACK")
            database.close()


@pytest.mark.parametrize("mode", ["reject", "replace"])
def test_G12_without_a_writable_audit_trail_a_matching_call_is_503(
    mode: str, start_gateway: StartGateway, mock: Mock
) -> None:
    gateway = start_gateway()
    gateway.rule(PATTERN, mode, "[key]")
    caller = gateway.caller(mock.url)
    with locked(gateway.folder):
        heard = caller.call(CHAT, chat_body(f"use {SECRET}"), timeout_s=30)
        assert (heard.status, heard.error["code"]) == (503, "audit_unavailable")
        assert mock.requests == []
        assert caller.chat("harmless").status == 200
    healed = eventually(lambda: caller.call(CHAT, chat_body(f"use {SECRET}")).status, lambda status: status != 503)
    assert healed == (400 if mode == "reject" else 200)
    assert caller.chat("harmless").status == 200
    caller.events(1)


def test_G18_a_rule_is_in_force_for_the_next_call_and_gone_for_the_one_after_its_deletion(
    mock: Mock, gateway: Gateway
) -> None:
    caller = gateway.caller(mock.url)
    for _ in range(10):
        rule = gateway.rule(PATTERN)
        assert caller.chat(SECRET).status == 400
        assert gateway.admin("DELETE", f"/admin/guardrails/{rule['id']}").status == 204
        assert caller.chat(SECRET).status == 200


def test_a_rule_can_be_changed_and_switched_off(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url)
    rule = gateway.rule(PATTERN)
    path = f"/admin/guardrails/{rule['id']}"
    assert gateway.admin("PATCH", path, {"enabled": False}).json()["enabled"] is False
    assert caller.chat(SECRET).status == 200
    assert gateway.admin("PATCH", path, {"enabled": True, "mode": "replace", "replace_by": "[key]"}).status == 200
    assert caller.chat(SECRET).status == 200
    assert mock.last.json() == chat_body("[key]")
    assert gateway.admin("PATCH", path, {"pattern": "("}).status == 400
    assert caller.chat(SECRET).status == 200
    assert mock.last.json() == chat_body("[key]")


def test_G18_no_call_sees_zero_rules_while_rules_change(mock: Mock, gateway: Gateway) -> None:
    gateway.rule(PATTERN)
    caller = gateway.caller(mock.url)
    done = threading.Event()
    seen: list[int] = []

    def send() -> None:
        while not done.is_set():
            seen.append(caller.chat(SECRET).status)

    sending = threading.Thread(target=send)
    sending.start()
    for n in range(20):
        other = gateway.rule(f"other-{n}")
        gateway.admin("DELETE", f"/admin/guardrails/{other['id']}")
    done.set()
    sending.join()
    assert set(seen) == {400}
    assert mock.requests == []


def test_G19_a_rule_that_fails_to_load_leaves_the_last_good_set_in_force(
    start_gateway: StartGateway, mock: Mock
) -> None:
    gateway = start_gateway()
    rule = gateway.rule(PATTERN)
    caller = gateway.caller(mock.url)
    with closing(sqlite3.connect(gateway.folder / "gateway.db", timeout=5)) as database, database:
        database.execute("UPDATE guardrails SET pattern = '('")
    # A change of the provider's name makes the process read everything again.
    gateway.admin("PUT", f"/admin/providers/{caller.provider_id}", {"name": "renamed"})
    assert eventually(gateway.is_ready, lambda ready: not ready) is False
    heard = caller.chat(SECRET)
    assert heard.status in {400, 503}
    if heard.status == 400:
        assert rule["id"] in heard.error["message"]
    assert mock.requests == []
    assert gateway.admin("DELETE", f"/admin/guardrails/{rule['id']}").status == 204
    assert eventually(gateway.is_ready, lambda ready: ready)


def test_G19_a_damaged_rule_at_the_start_is_never_no_rules(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway()
    gateway.rule(PATTERN)
    caller = gateway.caller(mock.url)
    assert gateway.stop() == 0
    with closing(sqlite3.connect(gateway.folder / "gateway.db")) as database, database:
        database.execute("UPDATE guardrails SET pattern = '('")
    gateway.process = gateway.spawn()

    def outcome() -> int | None:
        try:
            return caller.chat(SECRET).status
        except OSError:
            return None if gateway.process.poll() is None else -1

    told = eventually(outcome, lambda status: status is not None, 15)
    assert told in {503, -1}
    assert mock.requests == []
    if told == 503:
        assert not gateway.is_ready()


@pytest.mark.parametrize("stream", [False, True])
def test_G20_G22_a_refusal_names_rule_and_event_and_neither_pattern_nor_text(
    stream: bool, mock: Mock, gateway: Gateway
) -> None:
    rule = gateway.rule(PATTERN)
    caller = gateway.caller(mock.url)
    heard = caller.chat(f"please use {SECRET} today", stream=stream)
    assert heard.status == 400
    (event,) = caller.events(1)
    message = heard.error["message"]
    assert rule["id"] in message
    assert event["id"] in message
    text = heard.body.decode()
    assert not [private for private in (SECRET, PATTERN, "AKIA", "please use") if private in text]


def test_an_event_has_its_wire_form_and_can_be_read_and_deleted(mock: Mock, gateway: Gateway) -> None:
    rule = gateway.rule(PATTERN, "replace", "[key]")
    caller = gateway.caller(mock.url)
    caller.chat(f"use {SECRET}")
    (event,) = caller.events(1)
    assert {"id", "guardrail_id", "api_key_id", "pattern", "mode", "input_text", "created_at"} <= set(event)
    assert (event["input_text"], event["api_key_id"]) == (f"use {SECRET}", caller.key_id)
    assert event["created_at"].endswith("Z")
    path = f"/admin/guardrail-events/{event['id']}"
    assert gateway.admin("GET", path).json()["id"] == event["id"]
    by_rule = gateway.admin("GET", f"/admin/guardrail-events?guardrail_id={rule['id']}").json()
    assert by_rule["total"] == 1
    assert gateway.admin("DELETE", path).status == 204
    assert gateway.admin("GET", path).status == 404
    caller.events(0)


def test_every_finding_of_a_call_is_recorded(mock: Mock, gateway: Gateway) -> None:
    first, second = gateway.rule(PATTERN), gateway.rule("other-[0-9]+", "replace", "[x]")
    caller = gateway.caller(mock.url)
    messages = [{"role": "user", "content": f"a {SECRET}"}, {"role": "user", "content": "an other-1"}]
    assert caller.call(CHAT, {"model": "m", "messages": messages}).status == 400
    assert {event["guardrail_id"] for event in caller.events(2)} == {first["id"], second["id"]}


def test_G27_events_and_usage_outlive_rule_key_and_provider(mock: Mock, gateway: Gateway) -> None:
    rule = gateway.rule(PATTERN, "replace", "[key]")
    caller = gateway.caller(mock.url)
    assert caller.chat(SECRET).status == 200
    caller.usage(1)
    for path in ("guardrails", "keys", "providers"):
        wanted = {"guardrails": rule["id"], "keys": caller.key_id, "providers": caller.provider_id}[path]
        assert gateway.admin("DELETE", f"/admin/{path}/{wanted}").status == 204
    (event,) = caller.events(1)
    assert (event["pattern"], event["input_text"]) == (PATTERN, SECRET)
    assert caller.usage(1)[0]["provider_id"] == caller.provider_id


def test_G21_neither_text_nor_credentials_lie_in_clear_on_the_disk(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway()
    gateway.rule(PATTERN, "replace", "[key]")
    caller = gateway.caller(mock.url)
    assert caller.chat(f"prompt-canary {SECRET}").status == 200
    caller.events(1)
    caller.usage(1)
    assert gateway.stop() == 0
    written = b"".join(path.read_bytes() for path in gateway.folder.iterdir() if path.is_file())
    for private in (SECRET, "prompt-canary", caller.key, *gateway.secrets):
        assert private.encode() not in written
        assert json.dumps(private).encode()[1:-1] not in written
