"""Two processes on one database: what one is told, the other knows within a second."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.e2e.conftest import StartGateway
from tests.gateway_process import Caller, Gateway, eventually
from tests.mock_upstream import Mock

WITHIN_S = 1.3  # a second is promised; the rest is this machine's


def pair(start_gateway: StartGateway, mock: Mock) -> tuple[Gateway, Caller, Caller]:
    """Start two processes on one file; return the first, and the same caller at the first and at the second."""
    first = start_gateway()
    second = start_gateway(dsn=str(first.folder / "gateway.db"))
    caller = first.caller(mock.url)
    there = replace(caller, gateway=second)
    assert eventually(lambda: there.chat().status, lambda status: status == 200, WITHIN_S) == 200
    return first, caller, there


def seconds_until(status: int, ask: Callable[[], int]) -> float:
    """Return how long it takes until a call is answered with this status."""
    started = time.monotonic()
    assert eventually(ask, lambda found: found == status) == status
    return time.monotonic() - started


def test_A07_a_key_revoked_at_one_process_is_refused_by_the_other(start_gateway: StartGateway, mock: Mock) -> None:
    first, caller, there = pair(start_gateway, mock)
    assert first.admin("DELETE", f"/admin/keys/{caller.key_id}").status == 204
    assert caller.chat().status == 401
    assert seconds_until(401, lambda: there.chat().status) <= WITHIN_S


def test_G18_a_rule_made_at_one_process_holds_at_the_other(start_gateway: StartGateway, mock: Mock) -> None:
    first, _, there = pair(start_gateway, mock)
    rule = first.rule("canary-[0-9]+")
    assert seconds_until(400, lambda: there.chat("canary-1").status) <= WITHIN_S
    assert first.admin("DELETE", f"/admin/guardrails/{rule['id']}").status == 204
    assert seconds_until(200, lambda: there.chat("canary-1").status) <= WITHIN_S


def test_D16_both_processes_book_their_calls(start_gateway: StartGateway, mock: Mock) -> None:
    _, caller, there = pair(start_gateway, mock)
    for _ in range(20):
        assert caller.chat().status == there.chat().status == 200
    booked = eventually(lambda: len(listed(caller)), lambda count: count >= len(mock.requests))
    assert booked == len(mock.requests) == 41


def listed(caller: Caller) -> list[object]:
    """Return this key's usage records."""
    return list(caller.gateway.admin("GET", f"/admin/usage?api_key_id={caller.key_id}&limit=1000").json()["records"])


def test_a_key_file_of_another_database_is_refused(start_gateway: StartGateway, tmp_path: Path) -> None:
    gateway = start_gateway()
    gateway.caller("sandbox:")
    assert gateway.stop() == 0
    (minted,) = [path for path in gateway.folder.iterdir() if path.name.endswith(".key")]
    assert minted.stat().st_mode & 0o777 == 0o600
    for setting in (None, "another-key-of-sufficient-length"):
        if setting is None:
            minted.rename(tmp_path / "lost.key")
        again = Gateway(tmp_path, dsn=str(gateway.folder / "gateway.db"), secret_key=setting)
        assert again.spawn().wait(10) != 0
        assert "SECRET_KEY" in again.log
        assert "Traceback" not in again.log
