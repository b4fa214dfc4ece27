"""One connection: what is refused, what is served and in which order. Against a real server."""

import asyncio
import gc
import http.client
import json
import random
import socket
from collections.abc import Iterator

import pytest
from uvicorn.config import Config
from uvicorn.server import ServerState

from llm_proxy.web.server.connection import protocol_class
from llm_proxy.web.server.http_rules import ServerLimits
from tests.web.server.raw_cases import ACCEPTED, CHUNKED, REFUSED, H, get
from tests.web.server.raw_http import RecordingApp, ThreadServer, exchange, open_files, resident_bytes, until

SMUGGLED = get(b"/smuggled")


@pytest.fixture(scope="module")
def shared() -> Iterator[ThreadServer]:
    with ThreadServer() as server:
        yield server


@pytest.fixture
def server(shared: ThreadServer) -> ThreadServer:
    shared.app.seen.clear()
    shared.app.left = 0
    return shared


# --- what is refused, what is served ---


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_an_error_and_the_end_of_the_connection(server: ThreadServer, name: str) -> None:
    raw, statuses = REFUSED[name]
    heard = exchange(server.port, raw + SMUGGLED)
    assert heard.closed
    assert len(heard.statuses) == 1
    assert heard.statuses[0] in statuses
    head, _, body = heard.data.partition(b"\r\n\r\n")
    assert b"\r\nconnection: close" in head.lower()
    error = json.loads(body)["error"]
    assert error["type"] == "invalid_request_error"
    assert set(error) == {"message", "type", "param", "code"}
    assert server.app.seen == []
    assert server.app.running == 0


@pytest.mark.parametrize("name", ACCEPTED)
def test_served_and_the_connection_stays_in_step(server: ThreadServer, name: str) -> None:
    raw, body = ACCEPTED[name]
    heard = exchange(server.port, raw + get(b"/next"), quiet_s=0.15)
    assert heard.statuses == [200, 200]
    assert not heard.closed
    first, second = server.app.seen
    assert first.body == body
    assert second.scope["path"] == "/next"


class Wire(asyncio.Transport):
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def write_eof(self) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def served_bytewise(raw: bytes) -> tuple[Wire, RecordingApp]:
    """Give one connection a request a byte at a time."""
    app, wire = RecordingApp(), Wire()
    config = Config(app, ws="none", lifespan="off", log_config=None, access_log=False, proxy_headers=False)
    protocol = protocol_class(ServerLimits())(config=config, server_state=ServerState(), app_state={})
    protocol.connection_made(wire)
    for byte in raw:
        protocol.data_received(bytes((byte,)))
        if wire.closed:
            break
    while protocol.tasks:
        await asyncio.sleep(0)
    return wire, app


SHORT = [name for name, (raw, _) in REFUSED.items() if len(raw) < 1000]


@pytest.mark.parametrize("name", SHORT)
async def test_refused_alike_when_it_comes_byte_by_byte(name: str) -> None:
    raw, statuses = REFUSED[name]
    wire, app = await served_bytewise(raw)
    assert wire.closed
    assert int(wire.written[9:12]) in statuses
    assert app.seen == []


@pytest.mark.parametrize("name", [name for name, (raw, _) in ACCEPTED.items() if len(raw) < 1000])
async def test_served_alike_when_it_comes_byte_by_byte(name: str) -> None:
    raw, body = ACCEPTED[name]
    wire, app = await served_bytewise(raw)
    assert wire.written.startswith(b"HTTP/1.1 200 ")
    assert [seen.body for seen in app.seen] == [body]


def test_P10_headers_without_end_cost_no_memory(server: ThreadServer) -> None:
    before = resident_bytes()
    heard = exchange(server.port, H + b"X: ", *[b"a" * (1 << 20)] * 32)
    assert heard.statuses == [431]
    assert resident_bytes() - before < 4 << 20


@pytest.mark.parametrize("name", ["content-length", "transfer-encoding", "x-forwarded-for", "authorization"])
def test_P45_a_header_with_underscores_is_not_its_hyphenated_twin(server: ThreadServer, name: str) -> None:
    twin = name.replace("-", "_") if "-" in name else name + "_"
    exchange(server.port, H + twin.encode() + b": 1\r\n\r\n", quiet_s=0.1)
    (seen,) = server.app.seen
    assert seen.values(name.encode()) == []
    assert seen.values(twin.encode()) == [b"1"]
    assert seen.scope["client"][0] == "127.0.0.1"


def test_H11_no_forwarding_header_changes_who_called(server: ThreadServer) -> None:
    exchange(server.port, H + b"X-Forwarded-For: 9.9.9.9\r\nX-Forwarded-Proto: https\r\n\r\n", quiet_s=0.1)
    assert server.app.seen[0].scope["client"][0] == "127.0.0.1"
    assert server.app.seen[0].scope["scheme"] == "http"


def test_P06_trailers_are_not_headers(server: ThreadServer) -> None:
    exchange(server.port, CHUNKED + b"0\r\nAuthorization: Bearer k\r\n\r\n" + get(b"/next"), quiet_s=0.1)
    assert [seen.values(b"authorization") for seen in server.app.seen] == [[], []]


@pytest.mark.parametrize(
    ("target", "path", "query"),
    [
        (b"/v1/chat/completions/", "/v1/chat/completions/", b""),
        (b"//v1//chat", "//v1//chat", b""),
        (b"/v1/%2e%2e/admin/keys?a=%20b", "/v1/../admin/keys", b"a=%20b"),
        (b"/v1/chat%2fcompletions;x", "/v1/chat/completions;x", b""),
        (b"/V1/../x?y?z", "/V1/../x", b"y?z"),
        (b"/%zz%ff", "/%zz\ufffd", b""),
        (b"/\\x", "/\\x", b""),
    ],
)
def test_P21_the_raw_path_is_what_the_client_sent(server: ThreadServer, target: bytes, path: str, query: bytes) -> None:
    exchange(server.port, get(target), quiet_s=0.1)
    scope = server.app.seen[0].scope
    assert scope["raw_path"] == target.partition(b"?")[0]
    assert (scope["path"], scope["query_string"]) == (path, query)


# --- one after the other ---


def test_P07_two_requests_in_one_segment_get_two_answers_in_order(server: ThreadServer) -> None:
    heard = exchange(
        server.port, H + b"Content-Length: 3\r\n\r\noneGET /two HTTP/1.1\r\nHost: gw\r\n\r\n", quiet_s=0.15
    )
    assert heard.statuses == [200, 200]
    assert heard.data.index(b'"/x"') < heard.data.index(b'"/two"')
    assert [seen.body for seen in server.app.seen] == [b"one", b""]


@pytest.mark.parametrize("framing", [b"Content-Length: 1000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n3e8\r\n"])
def test_P07_what_follows_an_unread_body_is_never_a_request(server: ThreadServer, framing: bytes) -> None:
    early = H.replace(b"/x", b"/early") + framing
    heard = exchange(server.port, early + b"a", 0.2, SMUGGLED * 50)
    assert heard.statuses == [401]
    assert heard.closed
    assert b"connection: close" in heard.data
    assert server.app.seen == []


def test_P07_a_refusal_keeps_the_connection_when_the_body_had_arrived(server: ThreadServer) -> None:
    heard = exchange(server.port, get(b"/early") + get(b"/next"), quiet_s=0.15)
    assert heard.statuses == [401, 200]
    assert b"connection: close" not in heard.data


def test_P07_nothing_behind_connection_close_is_read(server: ThreadServer) -> None:
    heard = exchange(server.port, get(b"/x", host=b"Host: gw\r\nConnection: close\r\n") + SMUGGLED)
    assert heard.statuses == [200]
    assert heard.closed
    assert [seen.scope["path"] for seen in server.app.seen] == ["/x"]


def send_far_more_than_kernels_buffer(sock: socket.socket, request: bytes) -> None:
    requests = request * 10_000
    for _ in range(400):
        sock.sendall(requests)


def test_P08_a_client_that_pipelines_and_does_not_read_is_cut(server: ThreadServer) -> None:
    before = resident_bytes()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.connect(("127.0.0.1", server.port))
        sock.settimeout(1)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            send_far_more_than_kernels_buffer(sock, get(b"/big"))
        assert len(server.app.seen) < 200
        assert resident_bytes() - before < 20 << 20
    until(lambda: server.app.running == 0)


def test_P19_after_HEAD_the_connection_is_in_step(server: ThreadServer) -> None:
    heard = exchange(server.port, get(b"/x", method=b"HEAD") + get(b"/next"), quiet_s=0.15)
    assert heard.statuses == [200, 200]
    head, rest = heard.data.split(b"\r\n\r\n", 1)
    assert b"content-length: 14" in head
    assert rest.startswith(b"HTTP/1.1 200 ")
    assert rest.endswith(b'{"path": "/next"}')


# --- HTTP/1.0, expectations ---


def test_P16_a_stream_to_http_10_is_not_chunked_and_ends_with_the_connection(server: ThreadServer) -> None:
    heard = exchange(server.port, b"GET /short HTTP/1.0\r\n\r\n")
    head, _, body = heard.data.partition(b"\r\n\r\n")
    assert heard.closed
    assert b"transfer-encoding" not in head.lower()
    assert b"connection: close" in head.lower()
    assert body == b"part 0\npart 1\nend\n"


@pytest.mark.parametrize("connection", [b"", b"Connection: keep-alive\r\n"])
def test_P16_http_10_closes_after_an_answer_of_known_length(server: ThreadServer, connection: bytes) -> None:
    heard = exchange(server.port, b"GET /x HTTP/1.0\r\n" + connection + b"\r\n" + SMUGGLED)
    assert heard.statuses == [200]
    assert heard.closed
    assert heard.data.endswith(b'{"path": "/x"}')


def test_P17_a_client_is_told_to_continue_when_its_body_is_wanted(server: ThreadServer) -> None:
    asked = H + b"Content-Length: 5\r\nExpect: 100-Continue\r\n\r\n"
    heard = exchange(server.port, asked, 0.2, b"hello", quiet_s=0.15)
    assert heard.statuses == [100, 200]
    assert server.app.seen[0].body == b"hello"


def test_P17_a_refused_client_is_not_told_to_continue(server: ThreadServer) -> None:
    asked = H.replace(b"/x", b"/early") + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    heard = exchange(server.port, asked)
    assert heard.statuses == [401]
    assert heard.closed


def test_P17_http_10_is_never_told_to_continue(server: ThreadServer) -> None:
    heard = exchange(server.port, b"POST /x HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n", b"hello")
    assert heard.statuses == [200]


def test_P23_the_answer_reaches_a_client_that_sends_its_large_body_first(server: ThreadServer) -> None:
    before = resident_bytes()
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", "/early", body=(b"a" * (1 << 20) for _ in range(33)))
    response = connection.getresponse()
    assert response.status == 401
    assert response.headers["connection"] == "close"
    connection.close()
    assert resident_bytes() - before < 8 << 20


# --- noise and faults ---


def test_P41_noise_leaves_nothing_behind(server: ThreadServer, capfd: pytest.CaptureFixture[str]) -> None:
    gc.collect()
    before = open_files()
    chance = random.Random(41)
    for _ in range(300):
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(chance.choice((b"\x16\x03\x01", b"", b"GET ")) + chance.randbytes(chance.randint(1, 3000)))
    until(lambda: not server.server.server_state.connections)
    assert open_files() <= before
    assert exchange(server.port, get(b"/x"), quiet_s=0.1).statuses == [200]
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) <= 300
    assert all("request.refused" in line for line in lines)


def test_an_error_of_the_application_is_500_and_logged_once(
    server: ThreadServer, caplog: pytest.LogCaptureFixture
) -> None:
    heard = exchange(server.port, get(b"/boom"))
    assert heard.statuses == [500]
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is LookupError


def test_answers_tell_the_time_but_not_the_server(server: ThreadServer) -> None:
    for raw in (get(b"/x"), b"nonsense\r\n\r\n"):
        head = exchange(server.port, raw, quiet_s=0.1).data.partition(b"\r\n\r\n")[0].lower()
        assert b"\r\ndate: " in head
        assert b"\r\nserver:" not in head
