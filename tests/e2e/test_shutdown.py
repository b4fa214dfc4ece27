"""SIGTERM ends a process in order: not ready, no new calls, open streams finish or are told, every row is written."""

import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.conftest import StartGateway
from tests.gateway_process import CHAT, Gateway, chat_body, eventually
from tests.mock_answers import DONE, chat_chunk, chat_events, chunked, event, sensible
from tests.mock_upstream import Mock, Then
from tests.wire import call, sse_json


def statuses_on_disk(gateway: Gateway) -> Counter[str]:
    """Return how many usage rows of each status the database file holds."""
    with closing(sqlite3.connect(gateway.folder / "gateway.db")) as database:
        return Counter(status for (status,) in database.execute("SELECT status FROM usage"))


def answers_ready(gateway: Gateway) -> bool:
    """Say whether a new connection hears that the process is ready."""
    try:
        return call(gateway.port, "GET", "/readyz", timeout_s=2).status == 200
    except OSError:
        return False


def is_listening(gateway: Gateway) -> bool:
    """Say whether a new connection is accepted."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", gateway.port)) == 0


def test_X01_open_streams_finish_after_sigterm(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway(drain_s=15)
    caller = gateway.caller(mock.url)
    gate = threading.Event()
    mock.always(chunked([event(chat_chunk({"content": "first"})), gate, *chat_events(["last"])]))
    streams = [caller.open(CHAT, chat_body(stream=True)) for _ in range(100)]
    for under_way in streams:
        under_way.start()
        under_way.until(b"first")
    gateway.process.send_signal(signal.SIGTERM)
    asked_at = time.monotonic()
    assert answers_ready(gateway) is False
    assert eventually(lambda: is_listening(gateway), lambda listening: not listening, 1) is False
    time.sleep(0.3)
    assert gateway.process.poll() is None
    gate.set()
    for under_way in streams:
        answer = under_way.rest()
        assert answer.complete
        assert answer.body.endswith(DONE)
    assert gateway.process.wait(5) == 0
    assert time.monotonic() - asked_at < 10
    assert statuses_on_disk(gateway) == {"ok": 100}


def test_X01_a_plain_call_under_way_is_answered_after_sigterm(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway(drain_s=10)
    caller = gateway.caller(mock.url)
    mock.always(lambda request: [0.5, *sensible(request)])
    under_way = caller.open(CHAT, chat_body())
    mock.wait()
    gateway.process.send_signal(signal.SIGTERM)
    under_way.start()
    assert under_way.rest().status == 200
    assert gateway.process.wait(3) == 0
    assert statuses_on_disk(gateway) == {"ok": 1}


def test_X02_at_the_end_of_the_drain_time_streams_are_told_and_rows_written(
    start_gateway: StartGateway, mock: Mock
) -> None:
    gateway = start_gateway(drain_s=1)
    caller = gateway.caller(mock.url)
    mock.always([*chunked(chat_events(["first"])[:2])[:-1], Then.STALL])
    streams = [caller.open(CHAT, chat_body(stream=True)) for _ in range(20)]
    for under_way in streams:
        under_way.start()
        under_way.until(b"first")
    gateway.process.send_signal(signal.SIGTERM)
    asked_at = time.monotonic()
    for under_way in streams:
        answer = under_way.rest()
        assert sse_json(answer.body)[-1]["error"]["message"]
        assert b"[DONE]" not in answer.body
    assert gateway.process.wait(5) == 0
    assert 0.9 <= time.monotonic() - asked_at <= 1 + 1
    for request in mock.requests:
        request.connection.wait_gone(0.5)
    assert statuses_on_disk(gateway) == {"interrupted": 20}


def test_X03_a_second_signal_ends_at_once_and_in_order(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway(drain_s=30)
    caller = gateway.caller(mock.url)
    mock.always([*chunked(chat_events(["first"])[:2])[:-1], Then.STALL])
    under_way = caller.open(CHAT, chat_body(stream=True))
    under_way.start()
    under_way.until(b"first")
    gateway.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    gateway.process.send_signal(signal.SIGTERM)
    gateway.process.wait(3)
    under_way.rest()
    assert sum(statuses_on_disk(gateway).values()) == 1


def test_X04_an_idle_connection_does_not_hold_up_the_stop(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway(drain_s=20)
    idle = gateway.caller(mock.url).open("/v1/models")
    idle.start().read()
    started = time.monotonic()
    assert gateway.stop() == 0
    assert time.monotonic() - started < 3
    idle.leave()


def test_X09_livez_needs_no_database_and_readyz_no_provider(start_gateway: StartGateway) -> None:
    gateway = start_gateway()
    gateway.caller("http://127.0.0.1:1").chat()
    assert gateway.is_ready()
    locks = [sqlite3.connect(path, isolation_level=None) for path in gateway.folder.glob("*.db")]
    for lock in locks:
        lock.execute("BEGIN EXCLUSIVE")
    assert max(gateway.seconds_alive() for _ in range(5)) <= 0.25
    for lock in locks:
        lock.execute("ROLLBACK")
        lock.close()


def test_a_restart_keeps_keys_rules_and_rows(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway()
    gateway.rule("secret-[0-9]+")
    caller = gateway.caller(mock.url)
    assert caller.chat().status == 200
    assert gateway.stop() == 0
    gateway.__enter__()
    assert caller.chat().status == 200
    assert caller.chat("secret-1").status == 400
    caller.usage(2)
    caller.events(1)


def test_D02_a_killed_process_loses_no_call_that_reached_the_provider(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway()
    caller = gateway.caller(mock.url)
    for _ in range(5):
        assert caller.chat().status == 200
    mock.always([*chunked(chat_events(["first"])[:2])[:-1], Then.STALL])
    under_way = caller.open(CHAT, chat_body(stream=True))
    under_way.start()
    under_way.until(b"first")
    gateway.process.kill()
    gateway.process.wait(5)
    under_way.leave()
    gateway.__enter__()
    records = caller.usage(6)
    assert Counter(record["status"] == "ok" for record in records) == {True: 5, False: 1}


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("admin_token", ""),
        ("admin_token", "change-me-please-now"),
        ("admin_token", "short"),
        ("max_body_bytes", "lots"),
    ],
)
def test_A13_the_process_does_not_start_with_settings_it_cannot_keep(setting: str, value: str, tmp_path: Path) -> None:
    gateway = Gateway(tmp_path, **{setting: value})
    process = gateway.spawn()
    try:
        assert process.wait(10) != 0
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(5)
        raise
    assert setting.upper() in gateway.log
    assert "Traceback" not in gateway.log
    assert not value or len(value) < 12 or value not in gateway.log
