"""One strict reading of a body: what cannot be read is refused, what can be read is forwarded to the byte."""

import hashlib
import json
import socket
import threading
import time
from typing import Any

import pytest

from tests.e2e.conftest import StartGateway
from tests.gateway_process import CHAT, Caller, Gateway, chat_body
from tests.mock_upstream import Mock
from tests.wire import exchange

CANARY = "canary-7421"
MIB = 1 << 20
VALID = b'{"model":"mock-1","messages":[{"role":"user","content":"%s"}]}'


def assert_refused(caller: Caller, body: bytes, mock: Mock, *, statuses: tuple[int, ...] = (400,), **more: Any) -> None:
    """The body is refused in OpenAI's shape and nothing of it reaches MOCK."""
    heard = caller.call(CHAT, body, **more)
    assert heard.status in statuses, heard.body
    assert heard.error["type"] in {"invalid_request_error", "guardrail_rejected"}
    assert mock.requests == []


def test_P23_a_length_beyond_the_limit_is_413_before_the_body_is_read(mock: Mock, caller: Caller) -> None:
    heard = exchange(caller.gateway.port, caller.raw("Content-Type: application/json", f"Content-Length: {33 * MIB}"))
    assert heard.statuses == [413]
    assert heard.closed
    assert heard.seconds < 2
    assert mock.requests == []


def test_P23_an_endless_chunked_body_is_413_at_the_limit(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway(max_body_bytes=4 * MIB)
    caller = gateway.caller(mock.url)
    before = gateway.memory_bytes()
    part = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    heard = exchange(gateway.port, caller.raw("Transfer-Encoding: chunked"), *[part] * 1000)
    assert heard.statuses == [413] or (heard.statuses == [] and heard.closed)
    assert heard.closed
    assert mock.requests == []
    assert gateway.memory_bytes() - before < 40 * MIB


def test_P23_a_body_just_within_the_limit_is_forwarded(mock: Mock, caller: Caller) -> None:
    body = VALID % (b"x" * (31 * MIB))
    assert caller.call(CHAT, body).status == 200
    assert hashlib.sha256(mock.last.body).digest() == hashlib.sha256(body).digest()


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd", "deflate", "identity, gzip"])
def test_P24_a_compressed_body_is_415(coding: str, mock: Mock, caller: Caller) -> None:
    headers = {"Content-Encoding": coding}
    assert_refused(caller, json.dumps(chat_body()).encode(), mock, statuses=(415,), headers=headers)


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json;charset=utf-16",
        "application/json; charset=utf-7",
        "multipart/form-data; boundary=x",
        "application/octet-stream",
        "nonsense",
        "",
    ],
)
def test_P25_G24_an_odd_content_type_is_415_or_the_body_is_inspected(
    content_type: str, mock: Mock, gateway: Gateway
) -> None:
    gateway.rule(CANARY)
    caller = gateway.caller(mock.url)
    clean = caller.call(CHAT, VALID % b"harmless", headers={"Content-Type": content_type})
    assert clean.status in {200, 415}
    assert len(mock.requests) == (clean.status == 200)
    mock.requests.clear()
    assert_refused(caller, VALID % CANARY.encode(), mock, statuses=(400, 415), headers={"Content-Type": content_type})


def test_P25_a_body_without_content_type_is_read_as_json_and_inspected(mock: Mock, gateway: Gateway) -> None:
    gateway.rule(CANARY)
    caller = gateway.caller(mock.url)
    for text, status, seen in ((b"harmless", 200, 1), (CANARY.encode(), 400, 1)):
        body = VALID % text
        assert exchange(gateway.port, caller.raw(f"Content-Length: {len(body)}", body=body)).statuses == [status]
        assert len(mock.requests) == seen


@pytest.mark.parametrize(
    "text",
    [
        b"\xff",
        b"\xc0\xaf",
        b"\xe0\x80\xaf",
        b"\xed\xa0\x80\xed\xb0\x80",
        b"\xf4\x90\x80\x80",
        b"\xe2\x82",
        b"\xf8\x88\x80\x80\x80",
    ],
)
def test_P26_a_body_that_is_not_utf8_is_400(text: bytes, mock: Mock, caller: Caller) -> None:
    assert_refused(caller, VALID % text, mock)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_P27_a_byte_order_mark_or_another_encoding_is_400(encoding: str, mock: Mock, caller: Caller) -> None:
    assert_refused(caller, json.dumps(chat_body()).encode(encoding), mock)


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "01", "+1", "1.", ".5", "0x10", "1_0", "--1", "1e", "-"]
)
def test_P28_a_number_that_is_none_in_json_is_400(number: str, mock: Mock, caller: Caller) -> None:
    assert_refused(caller, f'{{"model":"mock-1","messages":[],"temperature":{number}}}'.encode(), mock)


@pytest.mark.parametrize(
    "body",
    [
        '{"model":"m","messages":[],}',
        '{"model":"m","messages":[1,]}',
        '{"model":"m",/* c */"messages":[]}',
        '{"model":"m","messages":[]} // c',
        '{"model":"m","messages":[]}{}',
        "{'model':'m'}",
        '{"model":"m","messages":[]',
        '{"model":"a\tb","messages":[]}',
        '{"model":"\\x41","messages":[]}',
        '{"model":"\\u12","messages":[]}',
        '{model:"m"}',
        '{"model":"m" "messages":[]}',
        "{\u00a0}",
        "True",
    ],
)
def test_P28_what_is_no_json_is_400(body: str, mock: Mock, caller: Caller) -> None:
    assert_refused(caller, body.encode(), mock)


@pytest.mark.parametrize(
    "body",
    [
        '{"messages":[{"role":"user","content":"%s"}],"model":"m","messages":[]}',
        '{"messages":[],"model":"m","messages":[{"role":"user","content":"%s"}]}',
        '{"model":"m","messages":[{"role":"user","content":"%s","content":"x"}]}',
        '{"model":"m","messages":[{"role":"user","content":"x","content":"%s"}]}',
        '{"model":"m","messages":[],"metadata":{"a":"%s","\\u0061":"x"}}',
        '{"model":"m","messages":[{"role":"user","content":"x","c\\u006fntent":"%s"}]}',
        '{"model":"m","messages":[],"m\\u0065ssages":[{"role":"user","content":"%s"}]}',
    ],
)
def test_P29_duplicate_members_are_400(body: str, mock: Mock, gateway: Gateway) -> None:
    gateway.rule(CANARY)
    caller = gateway.caller(mock.url)
    assert_refused(caller, (body % CANARY).encode(), mock)
    assert_refused(caller, (body % "harmless").encode(), mock)


@pytest.mark.parametrize("mode", ["reject", "replace"])
@pytest.mark.parametrize(
    "body",
    [
        '{"model":"m","Messages":[{"role":"user","content":"%s"}]}',
        '{"model":"m","messages":[{"role":"user","CONTENT":"%s"}]}',
        '{"model":"m","m\\u0065ssages":[{"role":"user","content":"%s"}]}',
        '{"model":"m","messages":[{"role":"user","content ":"%s"}]}',
        '{"model":"m","messages":[{"Role":"user","Content":"%s"}]}',
        '{"MODEL":"m","messages":[{"\\u0072ole":"user","\\u0063ontent":"%s"}]}',
        '{"model":"m","messages":[],"unheard_of":{"deep":[["%s"]]}}',
    ],
)
def test_P30_members_in_other_spellings_hide_nothing(body: str, mode: str, mock: Mock, gateway: Gateway) -> None:
    gateway.rule(CANARY, mode, "[gone]")
    caller = gateway.caller(mock.url)
    heard = caller.call(CHAT, (body % CANARY).encode())
    assert heard.status in ({400} if mode == "reject" else {200, 400})
    assert not [request for request in mock.requests if CANARY.encode() in request.body]


@pytest.mark.parametrize("opening", [b"[", b'{"a":', b'[{"a":'], ids=["arrays", "objects", "both"])
def test_P31_deep_nesting_is_400_at_once_and_stalls_nobody(opening: bytes, mock: Mock, caller: Caller) -> None:
    body = b'{"model":"m","messages":' + opening * 100_000
    started = time.monotonic()
    assert_refused(caller, body, mock)
    assert time.monotonic() - started <= 0.1 + 0.1  # 100 ms are promised; the transfer of a megabyte takes its time too
    closing = b"".join({b"[": b"]", b'{"a":': b"}", b'[{"a":': b"}]"}[opening] for _ in range(1000))
    assert_refused(
        caller, b'{"model":"m","messages":' + opening * 1000 + b"1" * (opening != b"[") + closing + b"}", mock
    )


@pytest.mark.parametrize(("depth", "status"), [(120, 200), (129, 400)])
def test_P31_the_depth_limit_is_where_it_is_said_to_be(depth: int, status: int, caller: Caller) -> None:
    nested = b"[" * (depth - 1) + b"]" * (depth - 1)
    assert caller.call(CHAT, b'{"model":"m","messages":[],"x":' + nested + b"}").status == status


def test_P32_a_million_messages_stall_nobody(mock: Mock, gateway: Gateway) -> None:
    gateway.rule(CANARY)
    caller = gateway.caller(mock.url)
    body = b'{"model":"m","messages":[' + b",".join([b'{"role":"user","content":"x"}'] * 1_000_000) + b"]}"
    seen: list[int] = []
    sending = threading.Thread(target=lambda: seen.append(caller.call(CHAT, body).status))
    sending.start()
    slowest = 0.0
    while sending.is_alive():
        slowest = max(slowest, gateway.seconds_alive())
        time.sleep(0.01)
    sending.join()
    assert seen[0] in {200, 400, 413}
    assert slowest <= 0.25  # a stall of 100 ms is allowed; this process's own share of two cores adds to it


def test_P33_a_number_of_a_million_digits_is_refused_or_forwarded_untouched(mock: Mock, caller: Caller) -> None:
    body = b'{"model":"m","messages":[],"seed":' + b"9" * 1_000_000 + b"}"
    started = time.monotonic()
    heard = caller.call(CHAT, body)
    assert time.monotonic() - started <= 1
    assert heard.status == 400
    assert mock.requests == []


@pytest.mark.parametrize(
    "number", ["9223372036854775809", "1.0", "1e0", "-0", "1E+2", "0.1000", "123456789012345678901234567890"]
)
def test_P33_a_number_is_forwarded_as_it_was_written(number: str, mock: Mock, caller: Caller) -> None:
    body = f'{{"model":"m","messages":[],"seed":{number}}}'.encode()
    assert caller.call(CHAT, body).status == 200
    assert mock.last.body == body


@pytest.mark.parametrize("escape", ["\\u0000", "\\ud800", "\\udc00", "\\ud800\\ud800", "\\udfff x"])
@pytest.mark.parametrize("mode", ["reject", "replace"])
def test_P34_a_nul_or_lone_surrogate_beside_a_secret_is_never_a_500(
    mode: str, escape: str, mock: Mock, gateway: Gateway
) -> None:
    gateway.rule(CANARY, mode, "[gone]")
    caller = gateway.caller(mock.url)
    heard = caller.call(CHAT, VALID % f"{escape}{CANARY}{escape}".encode())
    assert heard.status in ({400} if mode == "reject" else {200, 400})
    assert not [request for request in mock.requests if CANARY.encode() in request.body]
    recorded = gateway.admin("GET", f"/admin/guardrail-events?api_key_id={caller.key_id}")
    assert recorded.status == 200
    if heard.status == 200 or heard.error["code"] == "guardrail_rejected":
        assert CANARY in recorded.json()["records"][0]["input_text"]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"1", b"true", b" ", b"{", b"[[[]]]"])
def test_P35_a_body_that_is_no_object_is_400(body: bytes, mock: Mock, caller: Caller) -> None:
    assert_refused(caller, body, mock)


WRONG: list[object] = [None, 1, -1.5, True, "x", [], {}, [[]], [None], [1], {"a": None}]
FIELDS = [
    "messages",
    "model",
    "stream",
    "stream_options",
    "tools",
    "input",
    "prompt",
    "n",
    "max_tokens",
    "user",
    "metadata",
]


@pytest.mark.parametrize("path", [CHAT, "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/messages"])
def test_P35_wrong_types_are_400_or_forwarded_and_never_500(path: str, mock: Mock, gateway: Gateway) -> None:
    mock.always(lambda _request: [b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"])
    gateway.rule(CANARY)
    caller = gateway.caller(mock.url)
    for field in FIELDS:
        for value in WRONG:
            heard = caller.call(path, chat_body() | {field: value})
            assert heard.status in {200, 400}, (field, value, heard.body)
            if heard.status == 400:
                assert heard.error["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    "more", [{"n": 10**9}, {"max_tokens": 10**18}, {"model": "m" * (10 * MIB)}, {"model": 7}, {"model": "a\nb\x1b[31m"}]
)
def test_P36_absurd_values_are_400_or_forwarded_untouched(more: dict[str, Any], mock: Mock, caller: Caller) -> None:
    body = json.dumps(chat_body() | more).encode()
    heard = caller.call(CHAT, body)
    if heard.status == 200:
        assert mock.last.body == body
    else:
        assert (heard.status, heard.error["type"]) == (400, "invalid_request_error")


UNTOUCHED = [
    b'{"model":"mock-1","messages":[]}',
    b' \t\r\n{ "z" : 1 , "model" :"mock-1"\n,"messages": [ ] , "a" :2 } \n',
    b'{"model":"m","messages":[{"content":"\\u0041\\/\\u00e9\\ud83d\\ude00 \\"q\\" \xc3\xa9"}],"new":[1.0,1e5,-0]}',
    b'{"messages":[{"content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw=="}}]}],"model":"m"}',
    b'{"model":"mock-1","messages":[],"stream":true,"stream_options":{"include_usage":true}}',
]


@pytest.mark.parametrize("body", UNTOUCHED)
def test_P37_a_body_no_rule_touches_arrives_byte_identical(body: bytes, mock: Mock, gateway: Gateway) -> None:
    gateway.rule(CANARY)
    gateway.rule("another-[0-9]+", "replace", "[x]")
    assert gateway.caller(mock.url).call(CHAT, body).status == 200
    assert hashlib.sha256(mock.last.body).digest() == hashlib.sha256(body).digest()


def test_P37_with_a_hit_only_the_matched_literal_differs(mock: Mock, gateway: Gateway) -> None:
    gateway.rule(CANARY, "replace", "[gone]")
    before = b'{ "b":1.0, "messages":[ {"role":"user", "content":'
    after = b', "x":"\\u0041\\/"} ] ,\n "model":"mock-1", "big":123456789012345678901234567890 }'
    assert gateway.caller(mock.url).call(CHAT, before + b'"my canary\\u002d7421 here"' + after).status == 200
    assert mock.last.body.startswith(before)
    assert mock.last.body.endswith(after)
    assert mock.last.json()["messages"][0]["content"] == "my [gone] here"


def test_P40_a_body_that_ends_early_reaches_nobody(mock: Mock, caller: Caller) -> None:
    with socket.create_connection(("127.0.0.1", caller.gateway.port)) as sock:
        sock.sendall(caller.raw("Content-Length: 100", body=b'{"model":1'))
    time.sleep(0.1)
    assert mock.requests == []
    caller.usage(0)
