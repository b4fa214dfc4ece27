"""Only headers of an allow-list cross the gateway, in either direction."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from tests.gateway_process import CHAT, CREDENTIAL, Caller, Gateway, chat_body, eventually
from tests.mock_answers import answer, chat_chunk, chat_events, chunked, error_answer, event, json_answer
from tests.mock_upstream import Mock
from tests.wire import exchange

MAY_REACH_A_PROVIDER = {
    "host",
    "content-type",
    "content-length",
    "accept",
    "accept-encoding",
    "authorization",
    "user-agent",
    "x-request-id",
    "connection",
}
HOP_BY_HOP = {
    "Connection": "keep-alive, X-Nominated",
    "Keep-Alive": "timeout=5",
    "TE": "trailers",
    "Trailer": "X-Sum",
    "Proxy-Authorization": "Basic cHJveHk6c2VjcmV0",
    "Proxy-Authenticate": "Basic",
    "Proxy-Connection": "keep-alive",
    "X-Nominated": "nominated-canary",
}


def sent(caller: Caller, headers: dict[str, str], mock: Mock, path: str = CHAT, **body: Any) -> set[str]:
    """Call with these headers and return the names that reached MOCK, after asserting what always holds."""
    assert caller.call(path, chat_body(**body), headers=headers).status == 200
    request = mock.last
    told = json.dumps(request.headers)
    assert caller.key not in told
    assert told.count(CREDENTIAL) == 1
    assert [name for name, _ in request.headers if request.values(name) != request.values(name)[:1]] == []
    return request.names


def test_H01_no_hop_by_hop_header_reaches_the_provider(mock: Mock, caller: Caller) -> None:
    names = sent(caller, HOP_BY_HOP, mock)
    assert names <= MAY_REACH_A_PROVIDER
    assert "canary" not in json.dumps([pair for pair in mock.last.headers if pair[1] != f"Bearer {CREDENTIAL}"])


def test_P44_connection_cannot_strip_the_credential_or_the_framing(mock: Mock, caller: Caller) -> None:
    names = sent(caller, {"Connection": "authorization, content-length, host, content-type"}, mock)
    assert {"authorization", "host", "content-type", "content-length"} <= names


@pytest.mark.parametrize(
    "presented",
    ["Authorization", "x-api-key", "api-key"],
)
def test_H02_no_credential_of_the_client_reaches_the_provider(presented: str, mock: Mock, caller: Caller) -> None:
    headers = {"Cookie": "session=client-canary", "Proxy-Authorization": "Bearer client-canary"}
    headers |= {"Authorization": f"Bearer {caller.key}"} if presented == "Authorization" else {presented: caller.key}
    payload = json.dumps(chat_body())
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    heard = exchange(
        caller.gateway.port,
        f"POST {CHAT} HTTP/1.1\r\nHost: gateway\r\nContent-Type: application/json\r\n{lines}"
        f"Content-Length: {len(payload)}\r\nConnection: close\r\n\r\n{payload}".encode(),
    )
    assert heard.statuses == [200]
    told = json.dumps(mock.last.headers)
    assert caller.key not in told
    assert "client-canary" not in told
    assert not {"cookie", "proxy-authorization", "api-key"} & mock.last.names


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAT, chat_body()),
        (CHAT, chat_body(stream=True)),
        ("/v1/embeddings", {"model": "mock-1", "input": "x"}),
        ("/v1/messages", chat_body(max_tokens=9)),
        ("/v1/models", None),
    ],
)
def test_H03_the_providers_credential_is_sent_exactly_once(path: str, body: object, mock: Mock, caller: Caller) -> None:
    assert caller.call(path, body).status == 200
    assert json.dumps(mock.last.headers).count(CREDENTIAL) == 1
    assert mock.last.values("host") == [f"127.0.0.1:{mock.port}"]


def test_H03_an_anthropic_call_carries_its_version(mock: Mock, caller: Caller) -> None:
    headers = {"anthropic-version": "2023-06-01", "anthropic-beta": "tools-2024-04-04"}
    caller.call("/v1/messages", chat_body(max_tokens=9), headers=headers)
    assert mock.last.values("anthropic-version") == ["2023-06-01"]
    assert mock.last.values("anthropic-beta") == ["tools-2024-04-04"]


@pytest.mark.parametrize("stream", [False, True])
def test_H04_nothing_private_of_the_provider_reaches_the_client(stream: bool, mock: Mock, caller: Caller) -> None:
    private = [
        ("Set-Cookie", "up=canary-up"),
        ("Authorization", "Bearer canary-up"),
        ("Server", "canary-up"),
        ("Alt-Svc", 'h3=":443"; canary-up'),
        ("Strict-Transport-Security", "max-age=1; canary-up"),
        ("Connection", "X-Canary"),
        ("Keep-Alive", "timeout=77"),
        ("x-api-key", "canary-up"),
        ("X-Canary", "canary-up"),
        ("OpenAI-Organization", "canary-up"),
        ("OpenAI-Project", "canary-up"),
        ("CF-Ray", "canary-up"),
        ("WWW-Authenticate", "Bearer canary-up"),
        ("Access-Control-Allow-Origin", "*"),
    ]
    allowed = [("openai-processing-ms", "123"), ("openai-version", "2020-10-01")]
    headers = [*private, *allowed]
    mock.then(chunked(chat_events(), headers) if stream else json_answer({"choices": []}, 200, headers))
    heard = caller.chat(stream=stream)
    assert heard.status == 200
    assert "canary-up" not in json.dumps(heard.headers)
    assert not {name.lower() for name, _ in private} - {"connection", "server"} & heard.names
    assert heard.header("openai-processing-ms") == "123"


def test_H05_organisation_and_project_of_the_client_are_dropped(mock: Mock, caller: Caller) -> None:
    names = sent(caller, {"OpenAI-Organization": "org-client", "OpenAI-Project": "proj-client"}, mock)
    assert not {"openai-organization", "openai-project"} & names


def test_H06_a_valid_request_id_is_echoed_logged_and_forwarded(mock: Mock, caller: Caller) -> None:
    given = "req-4f1d6c0b.97a2_4d5e"
    heard = caller.call(CHAT, chat_body(), headers={"X-Request-Id": given})
    assert heard.header("x-request-id") == given
    assert mock.last.values("x-request-id") == [given]
    assert eventually(lambda: caller.gateway.log_lines(given), bool)


@pytest.mark.parametrize("given", ["a" * 10_240, 'quo"ted', "with space", "semi;colon<script>", "", "é"])
def test_H06_an_odd_request_id_is_replaced(given: str, mock: Mock, caller: Caller) -> None:
    heard = caller.call(CHAT, chat_body(), headers={"X-Request-Id": given.encode("latin-1")})
    fresh = heard.header("x-request-id")
    assert fresh
    assert fresh != given
    assert mock.last.values("x-request-id") in ([], [fresh])


def test_H06_every_answer_has_a_request_id(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url)
    mock.then(error_answer(500))
    answers = [caller.chat(), caller.call("/v1/nothing", {}), caller.chat(stream=True), caller.call(CHAT, b"{")]
    ids = [answer.header("x-request-id") for answer in answers]
    assert all(ids)
    assert len(set(ids)) == 4


def test_every_answer_of_a_call_names_it_as_usage_and_events_do(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url)
    gateway.rule("AKIA")
    mock.then(error_answer(500))
    answers = [caller.chat(), caller.chat(stream=True), caller.chat()]
    ids = [answer.header("x-llmp-call-id") for answer in answers]
    assert {record["id"] for record in caller.usage(3)} == set(ids)
    refused = caller.chat("AKIA")
    assert refused.status == 400
    assert caller.events()[0]["call_id"] == refused.header("x-llmp-call-id")
    assert caller.call(CHAT, b"{").header("x-llmp-call-id") not in {None, *ids}
    assert caller.call("/v1/nothing", {}).header("x-llmp-call-id") is None


SQUEEZE: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress}


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
@pytest.mark.parametrize("stream", [False, True])
def test_H08_an_answer_compressed_uninvited_is_decoded(stream: bool, coding: str, mock: Mock, caller: Caller) -> None:
    plain = b"".join(chat_events()) if stream else json.dumps({"choices": [], "usage": None}).encode()
    squeezed = SQUEEZE[coding](plain)
    told = [("Content-Encoding", coding)]
    mock.then(chunked([squeezed[:9], 0.01, squeezed[9:]], told) if stream else answer(squeezed, headers=told))
    heard = caller.chat(stream=stream)
    if heard.status != 502:
        assert heard.body == plain
        assert heard.header("content-encoding") is None
        assert heard.header("content-length") in {None, str(len(plain))}
    assert "gzip" not in "".join(mock.last.values("accept-encoding"))


@pytest.mark.parametrize("coding", ["br", "zstd", "rot13", "gzip"])
def test_H08_an_answer_that_cannot_be_decoded_is_502(coding: str, mock: Mock, caller: Caller) -> None:
    mock.then(answer(b"this is no such coding", headers=[("Content-Encoding", coding)]))
    heard = caller.chat()
    assert heard.status == 502
    assert heard.error["type"] == "upstream_error"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([("X-Evil", "a\r\rSet-Cookie: split=1")], id="CR"),
        pytest.param([("openai-processing-ms", "1\nSet-Cookie: split=1\n\nHTTP/1.1 200 OK")], id="LF"),
        pytest.param([("openai-processing-ms", "1\0")], id="NUL"),
        pytest.param([("X-Large", "x" * (1 << 20))], id="1 MB"),
        pytest.param([(f"X-{n}", "x") for n in range(1000)], id="1000 headers"),
        pytest.param([("Content-Length", "5"), ("Content-Length", "7")], id="two lengths"),
    ],
)
def test_H09_a_malformed_head_of_the_provider_is_502(
    headers: list[tuple[str, str]], mock: Mock, caller: Caller
) -> None:
    mock.then(answer(b"{}", headers=headers))
    heard = caller.chat()
    assert "split" not in json.dumps(heard.headers)
    assert heard.status == 502
    assert heard.error["type"] == "upstream_error"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("stream", [False, True])
def test_H12_a_redirect_is_not_followed(
    status: int, stream: bool, mock: Mock, second_mock: Mock, caller: Caller
) -> None:
    mock.then(answer(b"", status, [("Location", f"{second_mock.url}{CHAT}")]))
    heard = caller.chat(stream=stream)
    assert heard.status == 502
    assert heard.error["type"] == "upstream_error"
    assert heard.header("location") is None
    assert second_mock.connections == []
    assert second_mock.url not in heard.body.decode()


@pytest.mark.parametrize("text", ["é", "漢字漢字", "👩‍👩‍👧‍👦", "\u2028", '"quoted"', "\n\t"])
def test_H13_the_length_is_right_after_a_multi_byte_replacement(text: str, mock: Mock, gateway: Gateway) -> None:
    gateway.rule("secret-[0-9]+", "replace", text)
    caller = gateway.caller(mock.url)
    assert caller.chat("before secret-1 and secret-22 after").status == 200
    assert mock.last.values("content-length") == [str(len(mock.last.body))]
    assert mock.last.json() == chat_body(f"before {text} and {text} after")


def test_H15_an_api_answer_is_json_and_not_stored(mock: Mock, caller: Caller) -> None:
    heard = caller.chat()
    assert heard.header("content-type") == "application/json"
    assert heard.header("x-content-type-options") == "nosniff"
    assert heard.header("cache-control") == "no-store"


def test_the_answers_length_is_true(mock: Mock, caller: Caller) -> None:
    mock.then(answer(b'{"choices": [], "x": "\xc3\xa9"}'))
    heard = caller.chat()
    assert heard.header("content-length") == str(len(heard.body))


def test_an_event_stream_is_not_buffered_by_proxies(mock: Mock, caller: Caller) -> None:
    mock.then(chunked([event(chat_chunk({}, "stop"))]))
    heard = caller.chat(stream=True)
    assert "no-" in (heard.header("cache-control") or "")
    assert heard.header("content-length") is None
