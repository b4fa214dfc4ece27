"""Raw bytes on the gateway's port: one reading of a request, and on doubt a refusal and a closed connection."""

import json
from collections.abc import Iterable

import pytest

from tests.e2e.conftest import StartGateway
from tests.gateway_process import CHAT, Caller, Gateway, chat_body
from tests.mock_answers import sensible
from tests.mock_upstream import Mock
from tests.wire import Heard, call, exchange

BODY = json.dumps(chat_body()).encode()
CHUNKED = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
REFUSED = {400, 501}


def assert_refused(heard: Heard, mock: Mock, statuses: Iterable[int] = REFUSED) -> None:
    """The first answer is a refusal, the connection is closed, nothing reached MOCK."""
    assert heard.statuses[:1] in [[status] for status in statuses], heard.data[:300]
    assert len(heard.statuses) == 1
    assert heard.closed
    assert mock.requests == []


def test_a_plain_request_by_hand_is_answered(mock: Mock, caller: Caller) -> None:
    for lines, body in ((f"Content-Length: {len(BODY)}", BODY), ("Transfer-Encoding: chunked", CHUNKED)):
        heard = exchange(caller.gateway.port, caller.raw("Connection: close", lines, body=body))
        assert (heard.statuses, heard.closed) == ([200], True)
        assert mock.last.body == BODY


@pytest.mark.parametrize("order", [0, 1])
def test_P01_a_length_beside_chunked_is_refused(order: int, mock: Mock, caller: Caller) -> None:
    lines = [f"Content-Length: {len(CHUNKED)}", "Transfer-Encoding: chunked"]
    raw = caller.raw(*(lines[::-1] if order else lines), body=CHUNKED)
    assert_refused(exchange(caller.gateway.port, raw), mock)


@pytest.mark.parametrize(
    "line",
    ["Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, identity", "Transfer-Encoding: identity",
     "Transfer-Encoding: \x0bchunked", "Transfer-Encoding : chunked", "Transfer-Encoding: gzip, chunked",
     "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
     "Transfer-Encoding:", "Transfer-Encoding: chunked;q=1", "Transfer-Encoding: \"chunked\""],
)  # fmt: skip
def test_P02_another_transfer_encoding_is_refused(line: str, mock: Mock, caller: Caller) -> None:
    assert_refused(exchange(caller.gateway.port, caller.raw(line, body=CHUNKED)), mock)


def test_P02_chunked_in_http_1_0_is_refused(mock: Mock, caller: Caller) -> None:
    raw = caller.raw("Transfer-Encoding: chunked", body=CHUNKED).replace(b"HTTP/1.1", b"HTTP/1.0", 1)
    assert_refused(exchange(caller.gateway.port, raw), mock)


@pytest.mark.parametrize(
    "line",
    [f"Content-Length: {len(BODY)}\r\nContent-Length: 5", "Content-Length: 5, 5", f"Content-Length: +{len(BODY)}",
     "Content-Length: -1", f"Content-Length: {len(BODY):#x}", "Content-Length: 5_0", "Content-Length: \xd9\xa5",
     "Content-Length: 18446744073709551616", "Content-Length: 18446744073709551621", "Content-Length:",
     f"Content-Length: {len(BODY)} 0"],
)  # fmt: skip
def test_P03_a_length_that_is_none_is_refused(line: str, mock: Mock, caller: Caller) -> None:
    assert_refused(exchange(caller.gateway.port, caller.raw(line, body=BODY)), mock, (400, 413))


@pytest.mark.parametrize(
    ("found", "put"),
    [
        (b"\r\n", b"\n"),
        (b"Host: gateway\r\n", b"Host: gateway\r"),
        (b"Host: gateway", b"Host: gate\0way"),
        (b"Host: gateway", b"Host: gateway\r\n folded"),
        (b"Host: gateway", b"Host : gateway"),
        (b"Host: gateway", b"Host: gateway\r\nX-A: a\x01b"),
        (b"Host: gateway", b"Host: gateway\r\nX-A: a\x7fb"),
        (b"Host: gateway", b"Host: gateway\r\nX A: b"),
        (b"Host: gateway", b"Host: gateway\r\n: b"),
        (b"Host: gateway", b"Host: gateway\r\nno colon"),
        (b"POST ", b"POST  "),
        (b"POST ", b"P\tST "),
    ],
)
def test_P04_malformed_lines_are_refused(found: bytes, put: bytes, mock: Mock, caller: Caller) -> None:
    raw = caller.raw(f"Content-Length: {len(BODY)}").replace(found, put) + BODY
    assert_refused(exchange(caller.gateway.port, raw), mock)


SIZE = b"%x" % len(BODY)


@pytest.mark.parametrize(
    "body",
    [
        b"0x" + SIZE + b"\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"5_0\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"-1\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"1" + b"0" * 16 + b"\r\n" + BODY + b"\r\n0\r\n\r\n",
        b"+" + SIZE + b"\r\n" + BODY + b"\r\n0\r\n\r\n",
        SIZE + b";a\nb\r\n" + BODY + b"\r\n0\r\n\r\n",
        SIZE + b";" + b"x" * (1 << 20) + b"\r\n" + BODY + b"\r\n0\r\n\r\n",
        SIZE + b"\r\n" + BODY + b"xx0\r\n\r\n",
        SIZE + b"\n" + BODY + b"\n0\n\n",
        b"\r\n" + BODY + b"\r\n0\r\n\r\n",
    ],
    ids=["0x", "5_0", "-1", "17 digits", "plus", "LF in extension", "1 MB extension", "no CRLF", "bare LF", "empty"],
)
def test_P05_malformed_chunks_are_refused(body: bytes, mock: Mock, caller: Caller) -> None:
    heard = exchange(caller.gateway.port, caller.raw("Transfer-Encoding: chunked", body=body))
    assert heard.statuses in ([400], [413], [])
    assert heard.closed
    assert mock.requests == []


def test_P07_two_requests_in_one_segment_are_answered_in_order(mock: Mock, gateway: Gateway) -> None:
    first, second = gateway.caller(mock.url), gateway.caller(mock.url)
    mock.always(lambda request: [0.1 if b"one" in request.body else 0.0, *sensible(request)])
    bodies = [json.dumps(chat_body(text)).encode() for text in ("one", "two")]
    raw = first.raw(f"Content-Length: {len(bodies[0])}", body=bodies[0])
    heard = exchange(gateway.port, raw + second.raw(f"Content-Length: {len(bodies[1])}", body=bodies[1]))
    assert heard.statuses == [200, 200]
    assert [request.body for request in mock.requests] == bodies
    first.usage(1)
    second.usage(1)


def test_P07_after_a_refusal_with_an_unread_body_nothing_more_is_read(mock: Mock, caller: Caller) -> None:
    smuggled = caller.raw(f"Content-Length: {len(BODY)}", body=BODY)
    raw = caller.raw(f"Content-Length: {64 << 20}", body=smuggled)
    assert_refused(exchange(caller.gateway.port, raw), mock, (413,))


def test_P09_a_long_request_line_is_414(mock: Mock, gateway: Gateway) -> None:
    assert_refused(exchange(gateway.port, b"GET /" + b"x" * (9 << 10) + b" HTTP/1.1\r\nHost: g\r\n\r\n"), mock, (414,))


@pytest.mark.parametrize(
    "lines", ["X-A: " + "x" * (70 << 10), "\r\n".join(f"X-{n}: x" for n in range(200)), "X-A: " + "x" * (1 << 20)]
)
def test_P10_large_headers_are_431(lines: str, mock: Mock, caller: Caller) -> None:
    assert_refused(exchange(caller.gateway.port, caller.raw(lines, "Content-Length: 0")), mock, (431,))


def test_P11_an_absolute_target_names_no_other_host(mock: Mock, caller: Caller) -> None:
    raw = caller.raw(f"Content-Length: {len(BODY)}", "Connection: close", body=BODY)
    heard = exchange(caller.gateway.port, raw.replace(b"POST /", b"POST http://evil.test/", 1))
    assert heard.statuses in ([400], [200])
    assert [request.values("host") for request in mock.requests] in ([], [[f"127.0.0.1:{mock.port}"]])


@pytest.mark.parametrize("host", ["x/?", "x#", "x/v1/models?", "x\\@y", "x%2f%3f", "a@b"])
def test_P12_a_host_cannot_change_the_path(host: str, gateway: Gateway) -> None:
    heard = exchange(gateway.port, f"GET /admin/keys HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert heard.statuses in ([400], [401])


@pytest.mark.parametrize(
    "lines",
    ["", "Host: a\r\nHost: b\r\n", "Host:\r\n", "Host: a, b\r\n", "Host: u@a\r\n", "Host: a/b\r\n", "Host: a b\r\n"],
)
def test_P13_a_doubtful_host_is_400(lines: str, mock: Mock, gateway: Gateway) -> None:
    assert_refused(exchange(gateway.port, f"GET /livez HTTP/1.1\r\n{lines}\r\n".encode()), mock, (400,))


@pytest.mark.parametrize("host", ["gateway", "gateway:8080", "127.0.0.1", "[::1]:8080", "gateway.example.", "GATEWAY"])
def test_P13_a_good_host_is_accepted(host: str, gateway: Gateway) -> None:
    heard = exchange(gateway.port, f"GET /livez HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert heard.statuses == [200]


@pytest.mark.parametrize("target", ["*", "/v1/mod\xe9ls", "v1/models", "", "/a b"])
def test_a_target_that_is_no_path_is_400(target: str, mock: Mock, gateway: Gateway) -> None:
    raw = f"GET {target} HTTP/1.1\r\nHost: g\r\n\r\n".encode("latin-1")
    assert_refused(exchange(gateway.port, raw), mock, (400,))


@pytest.mark.parametrize(
    "raw",
    [b"CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n", b"TRACE /v1/models HTTP/1.1\r\nHost: g\r\n\r\n",
     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"GET /livez HTTP/0.9\r\nHost: g\r\n\r\n",
     b"GET /livez HTTP/11\r\nHost: g\r\n\r\n", b"GET /livez http/1.1\r\nHost: g\r\n\r\n"],
)  # fmt: skip
def test_P14_P15_other_methods_and_versions_open_no_tunnel(raw: bytes, mock: Mock, gateway: Gateway) -> None:
    heard = exchange(gateway.port, raw)
    assert heard.statuses[:1] in ([400], [401], [404], [405], [501], [505])
    assert mock.requests == []


def test_P17_expect_continue(mock: Mock, caller: Caller) -> None:
    port, expect = caller.gateway.port, "Expect: 100-continue"
    good = exchange(port, caller.raw(expect, "Connection: close", f"Content-Length: {len(BODY)}"), 0.3, BODY)
    assert good.statuses == [100, 200]
    wrong = caller.raw(expect, f"Content-Length: {len(BODY)}").replace(caller.key.encode(), b"llmp-wrong")
    assert exchange(port, wrong).statuses == [401]
    assert exchange(port, caller.raw(expect, f"Content-Length: {64 << 20}")).statuses == [413]


def test_P19_head_keeps_the_connection_in_step(caller: Caller) -> None:
    for path in ("/livez", "/v1/models"):
        lines = f"Host: g\r\nAuthorization: Bearer {caller.key}\r\n\r\n"
        one = f"HEAD {path} HTTP/1.1\r\n{lines}GET /livez HTTP/1.1\r\n{lines}".encode()
        heard = exchange(caller.gateway.port, one)
        assert len(heard.statuses) == 2
        assert heard.statuses[1] == 200
        assert heard.data.split(b"\r\n\r\n", 1)[1].startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "path",
    ["/v1/chat/completions/", "//v1//chat//completions", "/v1/%2e%2e/admin/keys", "/v1/../admin/keys",
     "/v1/chat/completions;x", "/v1/chat%2fcompletions", "/v1/chat%2Fcompletions", "/V1/CHAT/COMPLETIONS",
     "/v1/./chat/completions", "/v1/chat/completions%00"],
)  # fmt: skip
def test_P21_another_spelling_of_a_path_is_404_or_the_same_with_all_its_checks(
    path: str, mock: Mock, gateway: Gateway
) -> None:
    gateway.rule("canary-[0-9]+")
    caller = gateway.caller(mock.url)
    assert caller.call(path, chat_body("canary-1")).status in {400, 401, 404}
    assert call(gateway.port, "POST", path, body=chat_body()).status in {400, 401, 404}
    assert mock.requests == []


def test_P22_another_method_is_405_and_says_which(mock: Mock, caller: Caller) -> None:
    for method, path, allow in (("GET", CHAT, "POST"), ("DELETE", CHAT, "POST"), ("POST", "/v1/models", "GET")):
        heard = caller.call(path, None if method != "POST" else {}, method=method)
        assert heard.status == 405
        assert allow in (heard.header("allow") or "")
        assert heard.error["type"] == "invalid_request_error"
    assert mock.requests == []


@pytest.mark.parametrize("path", [CHAT, "/v1/models", "/admin/keys"])
def test_P20_no_origin_is_let_in(path: str, mock: Mock, gateway: Gateway) -> None:
    headers = {"Origin": "http://evil.test", "Access-Control-Request-Method": "POST"}
    heard = call(gateway.port, "OPTIONS", path, headers=headers)
    assert not [name for name in heard.names if name.startswith("access-control")]
    assert mock.requests == []


def test_P39_a_request_that_trickles_is_cut_at_the_deadline(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway(header_timeout_s=0.8, body_grace_s=0.8)
    caller = gateway.caller(mock.url)
    slow_head = [part for letter in b"GET /livez HTTP/1.1\r\nX: " + b"x" * 30 for part in (bytes([letter]), 0.1)]
    slow_body = [part for letter in BODY[:40] for part in (bytes([letter]), 0.1)]
    for raw in (slow_head, [caller.raw(f"Content-Length: {len(BODY)}"), *slow_body]):
        heard = exchange(gateway.port, *raw, limit_s=6)
        assert heard.closed
        assert heard.statuses in ([], [408])
        assert heard.seconds <= 2.5
    assert mock.requests == []
    caller.usage(0)


def test_P45_underscores_are_no_hyphens(mock: Mock, caller: Caller) -> None:
    wrong = caller.raw(f"Content-Length: {len(BODY)}", body=BODY).replace(b"Authorization:", b"Authorization_:")
    assert exchange(caller.gateway.port, wrong).statuses in ([400], [401])
    raw = caller.raw("Content_Length: 3", f"Content-Length: {len(BODY)}", "Connection: close", body=BODY)
    assert exchange(caller.gateway.port, raw).statuses in ([400], [200])
    assert [request.body for request in mock.requests] in ([], [BODY])
