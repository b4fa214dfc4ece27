"""A request's head becomes a Call, or an error that says why not."""

from typing import Any

import pytest

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.errors import InvalidKey, MethodNotAllowed, NotFound, UnsupportedMediaType
from llm_proxy.records import Secret
from llm_proxy.web.accept import Head, accept, check_media_type, identify, presented_key, receive_call, route

CHAT = ENDPOINTS["chat/completions"]


async def no_body() -> bytes:
    return b""


def call(*headers: tuple[bytes, bytes], query: bytes = b"") -> Any:
    fields = [(b"authorization", b"Bearer llmp-1"), *headers]
    head = Head(fields)
    return accept({"query_string": query, "client": ("10.0.0.1", 5)}, head, CHAT, identify(head), no_body)


@pytest.mark.parametrize("endpoint", ENDPOINTS.values(), ids=lambda endpoint: endpoint.name)
def test_each_endpoint_is_routed_by_its_exact_path(endpoint) -> None:  # type: ignore[no-untyped-def]
    assert route({"raw_path": endpoint.path.encode(), "method": endpoint.method}) is endpoint


@pytest.mark.parametrize(
    "path",
    [b"/v1/chat/completions/", b"//v1//chat/completions", b"/v1/%2e%2e/admin/keys", b"/v1/chat%2fcompletions",
     b"/v1/chat/completions;x",
     b"/v1/Chat/completions", b"/v1", b"/v1/", b"/v1/files"],
)  # fmt: skip
def test_P21_any_other_path_is_unknown(path: bytes) -> None:
    with pytest.raises(NotFound):
        route({"raw_path": path, "method": "POST"})


@pytest.mark.parametrize(
    ("method", "path", "allow"), [("GET", b"/v1/messages", "POST"), ("POST", b"/v1/models", "GET, HEAD")]
)
def test_P22_another_method_is_told_which_is_right(method: str, path: bytes, allow: str) -> None:
    with pytest.raises(MethodNotAllowed) as caught:
        route({"raw_path": path, "method": method})
    assert caught.value.headers == {"allow": allow}


@pytest.mark.parametrize(
    "headers",
    [
        [(b"authorization", b"Bearer llmp-1")],
        [(b"authorization", b"bearer llmp-1")],
        [(b"authorization", b"BEARER   llmp-1 ")],
        [(b"x-api-key", b"llmp-1")],
        [(b"api-key", b"llmp-1")],
        [(b"authorization", b"Bearer llmp-1"), (b"x-api-key", b"other")],
    ],
)
def test_A01_a_key_is_taken_as_each_client_sends_it(headers: list[tuple[bytes, bytes]]) -> None:
    assert presented_key(Head(headers)).reveal() == "llmp-1"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"Bearer ")],
        [(b"authorization", b"Basic llmp-1")],
        [(b"authorization", b"Bearer\tllmp-1")],
        [(b"authorization", b"Bearer llmp-1"), (b"authorization", b"Bearer llmp-1")],
        [(b"authorization", b"llmp-1"), (b"x-api-key", b"llmp-1")],
        [(b"x-api-key", b"")],
        [(b"x-api-key", b"llmp-1"), (b"api-key", b"llmp-2")],
        [(b"authorization_", b"Bearer llmp-1")],
    ],
)
def test_A01_anything_else_is_no_key(headers: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(InvalidKey):
        presented_key(Head(headers))


@pytest.mark.parametrize(
    "content_type",
    [b"application/json", b"text/plain", b"application/x-www-form-urlencoded", b'a/b; charset="UTF-8"', b""],
)
def test_P25_a_body_is_read_as_json_whatever_it_is_called(content_type: bytes) -> None:
    check_media_type(Head([(b"content-type", content_type)]))
    check_media_type(Head([]))


@pytest.mark.parametrize(
    "header",
    [
        (b"content-type", b"multipart/form-data; boundary=x"),
        (b"content-type", b"application/json; charset=utf-16"),
        (b"content-type", b"application/json; charset=utf-7"),
        (b"content-encoding", b"gzip"),
        (b"content-encoding", b"identity, br"),
    ],
)
def test_P24_P25_what_would_be_read_otherwise_than_inspected_is_refused(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(UnsupportedMediaType):
        check_media_type(Head([header]))


def test_H02_only_allow_listed_headers_are_forwarded() -> None:
    sent = call(
        (b"cookie", b"a=b"), (b"x-api-key", b"k"), (b"openai-organization", b"org"), (b"x-forwarded-for", b"1.2.3.4"),
        (b"connection", b"x-custom"), (b"x-custom", b"y"), (b"user-agent", b"z"), (b"anthropic-version", b"2023-06-01"),
        (b"openai-beta", b"assistants=v2"), (b"accept", b"text/event-stream"),
    )  # fmt: skip
    assert dict(sent.headers) == {
        "content-type": "application/json", "x-request-id": sent.request_id, "anthropic-version": "2023-06-01",
        "openai-beta": "assistants=v2", "accept": "text/event-stream",
    }  # fmt: skip


@pytest.mark.parametrize("value", [b'a"b', b"x" * 1001, b"a\x7f", "é".encode("latin-1")])
def test_a_header_of_another_form_is_dropped(value: bytes) -> None:
    assert "openai-beta" not in call((b"openai-beta", value)).headers


@pytest.mark.parametrize("fields", [[], [(b"authorization", b"Bearer admin")], [(b"x-api-key", b"llmp-2")]])
def test_a_call_for_a_key_that_was_named_reads_no_credential(fields: list[tuple[bytes, bytes]]) -> None:
    head = Head(fields)
    sent = receive_call(Secret("named"), {"query_string": b""}, head, CHAT, identify(head), no_body)
    assert sent.presented_key.reveal() == "named"
    assert set(sent.headers) == {"content-type", "x-request-id"}


def test_H06_a_well_formed_request_id_is_kept_and_another_replaced() -> None:
    assert call((b"x-request-id", b"trace-7.A_b")).request_id == "trace-7.A_b"
    for bad in (b"a b", b'a"b', b"x" * 129, b""):
        assert call((b"x-request-id", bad)).request_id.startswith("req_")


def test_what_a_client_wrote_into_headers_and_query_is_there_to_be_inspected() -> None:
    sent = call((b"x-request-id", b"mine"), (b"openai-beta", b"beta"), query=b"beta=true&api_key=llmp-1&limit=5")
    assert sent.query == "beta=true&limit=5"
    assert set(sent.outside) == {"mine", "beta", "true", "5"}
    assert call((b"accept", b"AKIAIOSFODNN7EXAMPLE")).outside == ("AKIAIOSFODNN7EXAMPLE",)
    assert call(query=b"after=secret%3Aabc").outside == ("secret:abc",)
    assert call((b"accept", b"application/json")).outside == ()
