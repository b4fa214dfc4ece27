"""One connection in time: clients that leave, trickle, stall or fall silent. Deadlines are scaled down."""

import socket
import struct
import time
from collections.abc import Iterator

import pytest

from llm_proxy.web.server.http_rules import ServerLimits
from tests.web.server.raw_cases import H, get
from tests.web.server.raw_http import ThreadServer, exchange, resident_bytes, until

FAST = ServerLimits(header_timeout_s=0.6, body_grace_s=0.6, write_stall_s=1.0, keep_alive_s=0.6, drain_s=0.0)
SLACK_S = 2.5  # a sweep is each half second, and the machine may be busy


@pytest.fixture(scope="module")
def shared() -> Iterator[ThreadServer]:
    with ThreadServer() as server:
        yield server


@pytest.fixture
def server(shared: ThreadServer) -> ThreadServer:
    shared.app.seen.clear()
    shared.app.left = 0
    return shared


@pytest.fixture(scope="module")
def hasty() -> Iterator[ThreadServer]:
    with ThreadServer(FAST) as server:
        yield server


def test_P40_a_request_cut_short_is_never_whole(server: ThreadServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.sendall(H + b"Content-Length: 100\r\n\r\n0123456789")
        sock.shutdown(socket.SHUT_WR)
        sock.settimeout(5)
        assert sock.recv(100) == b""
    until(lambda: server.app.left == 1)
    assert server.app.seen == []


@pytest.mark.parametrize("path", [b"/wait", b"/endless", b"/flood"])
@pytest.mark.parametrize("how", ["fin", "reset", "half"])
def test_S02_the_application_learns_at_once_that_the_client_left(server: ThreadServer, path: bytes, how: str) -> None:
    sock = socket.create_connection(("127.0.0.1", server.port))
    sock.sendall(get(path))
    until(lambda: server.app.running == 1)
    left_at = time.monotonic()
    if how == "reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if how == "half":
        sock.shutdown(socket.SHUT_WR)
    else:
        sock.close()
    until(lambda: server.app.left == 1)
    assert time.monotonic() - left_at < 1
    sock.close()
    until(lambda: server.app.running == 0)


def test_S05_a_client_that_half_closes_is_not_left_hanging(server: ThreadServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as sock:
        sock.settimeout(5)
        sock.sendall(get(b"/stream"))
        assert sock.recv(100)
        sock.shutdown(socket.SHUT_WR)
        rest = b""
        while data := sock.recv(65536):
            rest += data
        assert b"end\n" not in rest


@pytest.mark.parametrize("first", [b"", get(b"/x")], ids=["first", "following"])
def test_P39_a_head_has_a_deadline_however_slowly_it_trickles(hasty: ThreadServer, first: bytes) -> None:
    trickle = [part for byte in get(b"/" + b"a" * 200) for part in (bytes((byte,)), 0.05)]
    heard = exchange(hasty.port, first, *trickle)
    assert heard.statuses == ([200, 408] if first else [408])
    assert heard.closed
    assert heard.seconds < FAST.header_timeout_s + SLACK_S


def test_P39_a_connection_that_says_nothing_is_closed(hasty: ThreadServer) -> None:
    heard = exchange(hasty.port)
    assert heard.closed
    assert heard.data == b""
    assert heard.seconds < FAST.header_timeout_s + SLACK_S


@pytest.mark.parametrize("framing", [b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n"])
def test_P39_a_body_has_a_minimum_rate(hasty: ThreadServer, framing: bytes) -> None:
    trickle = [part for _ in range(60) for part in (b"1\r\na\r\n" if b"chunked" in framing else b"a", 0.05)]
    heard = exchange(hasty.port, H + framing, *trickle)
    assert heard.statuses == [408]
    assert heard.closed
    assert all(seen.scope["method"] == "GET" for seen in hasty.app.seen)


def test_P39_a_body_that_began_fast_may_not_stop(hasty: ThreadServer) -> None:
    heard = exchange(hasty.port, H + b"Content-Length: 4000000\r\n\r\n" + b"a" * 2_000_000)
    assert heard.statuses == [408]
    assert heard.seconds < 2 * FAST.body_grace_s + SLACK_S


def test_P39_a_steady_body_is_not_cut(hasty: ThreadServer) -> None:
    steady = [part for _ in range(20) for part in (b"a" * 1000, 0.1)]
    heard = exchange(hasty.port, H + b"Content-Length: 20000\r\n\r\n", *steady, quiet_s=0.2)
    assert heard.statuses == [200]


def test_P39_a_client_that_waits_for_its_turn_is_not_slow(hasty: ThreadServer) -> None:
    heard = exchange(hasty.port, get(b"/stream"), quiet_s=0.5)
    assert heard.data.endswith(b"4\r\nend\n\r\n0\r\n\r\n")


def test_S24_a_client_that_stops_reading_is_dropped(hasty: ThreadServer) -> None:
    hasty.app.left = 0
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.connect(("127.0.0.1", hasty.port))
        sock.sendall(get(b"/flood"))
        started = time.monotonic()
        until(lambda: hasty.app.left == 1, within_s=10)
        assert FAST.write_stall_s <= time.monotonic() - started < FAST.write_stall_s + 2 * SLACK_S


def test_S24_a_finished_answer_that_nobody_reads_does_not_hold_the_connection(hasty: ThreadServer) -> None:
    until(lambda: not hasty.server.server_state.connections)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", hasty.port))
        sock.sendall(get(b"/big") * 20)
        until(lambda: hasty.server.server_state.connections)
        until(lambda: not hasty.server.server_state.connections, within_s=10)


def test_S23_a_slow_reader_makes_the_application_wait(server: ThreadServer) -> None:
    before = resident_bytes()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.connect(("127.0.0.1", server.port))
        sock.sendall(get(b"/flood"))
        for _ in range(20):
            sock.recv(1024)
            time.sleep(0.05)
        assert resident_bytes() - before < 2 << 20
    until(lambda: server.app.running == 0)


def test_X04_an_idle_connection_is_closed_after_a_while(hasty: ThreadServer) -> None:
    heard = exchange(hasty.port, get(b"/x"), quiet_s=5.0)
    assert heard.statuses == [200]
    assert heard.closed
    assert FAST.keep_alive_s <= heard.seconds < FAST.keep_alive_s + SLACK_S
