"""The server's life, as a process of its own: it starts, is told to stop, lets answers finish, and says goodbye."""

import http.client
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from llm_proxy.errors import StartupError
from llm_proxy.web.server import Hooks, run
from llm_proxy.web.server.http_rules import ServerLimits
from llm_proxy.web.server.listen import bind
from tests.web.server.raw_cases import get
from tests.web.server.raw_http import RecordingApp, ThreadServer, exchange

ROOT = Path(__file__).parents[3]


class Process:
    """One server process. ``stop`` sends a signal; ``end`` returns exit code, output and how long it took."""

    def __init__(self, drain_s: float) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "tests.web.server.raw_http", str(drain_s)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.popen.stdout is not None
        self.port = int(self.popen.stdout.readline().removeprefix("port "))

    def stop(self, number: int = signal.SIGTERM) -> None:
        self.stopped_at = time.monotonic()
        self.popen.send_signal(number)

    def end(self) -> tuple[int, str, float]:
        out, err = self.popen.communicate(timeout=15)
        assert err == "", "an orderly end is silent"
        return self.popen.returncode, out, time.monotonic() - self.stopped_at

    def open(self, target: bytes) -> socket.socket:
        """Return a connection on which an answer has begun."""
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=15)
        sock.sendall(get(target))
        assert sock.recv(65536).startswith(b"HTTP/1.1 200 ")
        return sock


def rest_of(sock: socket.socket) -> bytes:
    """Return everything up to the end of a connection, and close it."""
    heard = b""
    with sock:
        while data := sock.recv(65536):
            heard += data
    return heard


@pytest.fixture
def start() -> Iterator[type[Process]]:
    started: list[Process] = []

    class Started(Process):
        def __init__(self, drain_s: float = 30.0) -> None:
            super().__init__(drain_s)
            started.append(self)

    yield Started
    for process in started:
        process.popen.kill()
        process.popen.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_X01_streams_finish_and_the_exit_is_clean(start: type[Process], number: int) -> None:
    process = start()
    streams = [process.open(b"/stream") for _ in range(5)]
    process.stop(number)
    for sock in streams:
        heard = rest_of(sock)
        assert b"part 9\n" in heard
        assert heard.endswith(b"4\r\nend\n\r\n0\r\n\r\n")
    code, out, seconds = process.end()
    assert code == 0
    assert out == "drain flushed code 0\n"
    assert seconds < 5


def test_X01_a_stopping_server_takes_no_new_connection(start: type[Process]) -> None:
    process = start()
    with process.open(b"/stream"):
        process.stop()
        time.sleep(0.5)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", process.port), timeout=5)


def test_X01_an_answer_that_starts_while_stopping_says_that_it_is_the_last(start: type[Process]) -> None:
    process = start()
    connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=10)
    connection.putrequest("POST", "/x")
    connection.putheader("Content-Length", "5")
    connection.endheaders(b"he")
    time.sleep(0.2)
    process.stop()
    time.sleep(0.4)
    connection.send(b"llo")
    response = connection.getresponse()
    assert response.status == 200
    assert response.headers["connection"] == "close"
    assert response.read() == b'{"path": "/x"}'
    connection.close()
    assert process.end()[0] == 0


def test_X04_an_idle_connection_does_not_delay_the_end(start: type[Process]) -> None:
    process = start()
    connection = http.client.HTTPConnection("127.0.0.1", process.port, timeout=10)
    connection.request("GET", "/x")
    connection.getresponse().read()
    with socket.create_connection(("127.0.0.1", process.port)) as silent:
        process.stop()
        assert silent.recv(100) == b""
        assert connection.sock.recv(100) == b""
    code, _, seconds = process.end()
    assert code == 0
    assert seconds < 3
    connection.close()


def test_X02_at_the_deadline_streams_end_with_their_own_last_words(start: type[Process]) -> None:
    process = start(drain_s=0.5)
    sock = process.open(b"/endless")
    process.stop()
    assert rest_of(sock).endswith(b"6\r\nerror\n\r\n0\r\n\r\n")
    code, out, seconds = process.end()
    assert code == 0
    assert out == "deadline\ndrain flushed code 0\n"
    assert 0.5 <= seconds < 3


@pytest.mark.parametrize("target", [b"/stubborn", b"/deaf"])
def test_X02_what_ignores_the_deadline_is_cut(start: type[Process], target: bytes) -> None:
    process = start(drain_s=0.5)
    sock = process.open(target)
    process.stop()
    assert not rest_of(sock).endswith(b"0\r\n\r\n")
    code, out, seconds = process.end()
    assert code == 0
    assert out == "deadline\ndrain flushed code 0\n"
    assert 1.5 <= seconds < 4


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT])
def test_X03_a_second_signal_hurries_but_still_flushes(start: type[Process], second: int) -> None:
    process = start(drain_s=30.0)
    sock = process.open(b"/endless")
    process.stop()
    time.sleep(0.5)
    process.stop(second)
    assert rest_of(sock).endswith(b"6\r\nerror\n\r\n0\r\n\r\n")
    code, out, seconds = process.end()
    assert code == 0
    assert out == "deadline\ndrain flushed code 0\n"
    assert seconds < 3


def test_X01_a_reader_that_is_slow_gets_its_answer_before_the_end(start: type[Process]) -> None:
    process = start()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.connect(("127.0.0.1", process.port))
        sock.sendall(get(b"/big"))
        time.sleep(0.3)
        process.stop()
        time.sleep(0.3)
        assert rest_of(sock).endswith(b"x" * 1000)
    assert process.end()[0] == 0


def test_X08_the_port_opens_only_after_the_application_has_started() -> None:
    (held,) = bind("127.0.0.1", 0)
    with held, pytest.raises(ConnectionRefusedError):
        socket.create_connection(held.getsockname(), timeout=5)


def test_an_application_that_fails_to_start_is_an_exit_code(capfd: pytest.CaptureFixture[str]) -> None:
    class Failing(RecordingApp):
        async def __call__(self, scope, receive, send) -> None:
            await send({"type": "lifespan.startup.failed", "message": "the reason"})

    assert run(Failing(), address=("127.0.0.1", 0), limits=ServerLimits(), hooks=Hooks()) == 3
    assert capfd.readouterr().out == ""


def test_an_address_in_use_is_told_before_anything_starts() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        app, port = RecordingApp(), taken.getsockname()[1]
        with pytest.raises(StartupError, match="in use"):
            run(app, address=("127.0.0.1", port), limits=ServerLimits(), hooks=Hooks())
    assert app.log == []


def test_the_server_itself_prints_nothing(start: type[Process]) -> None:
    process = start()
    assert exchange(process.port, get(b"/x"), quiet_s=0.1).statuses == [200]
    process.stop()
    assert process.end()[:2] == (0, "drain flushed code 0\n")


def test_a_restarted_server_takes_the_port_of_one_that_just_ended() -> None:
    with ThreadServer() as first:
        heard = exchange(first.port, get(b"/x", host=b"Host: gw\r\nConnection: close\r\n"))
        port = first.port
    (sock,) = bind("127.0.0.1", port)
    sock.close()
    assert heard.statuses == [200]
