"""What the client hears when the provider fails: an honest status, OpenAI's shape, and none of our secrets."""

import json
import random
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.e2e.conftest import StartGateway
from tests.gateway_process import CHAT, CREDENTIAL, Caller, Gateway, chat_body, free_port
from tests.mock_answers import answer, chat_events, chunked, error_answer, event, head, json_answer, sensible
from tests.mock_upstream import Mock, Then
from tests.wire import BlackHole

QUOTE = f"Incorrect API key provided: {CREDENTIAL}. You can find your API key in your account."


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("stream", [False, True])
def test_U01_a_refused_credential_is_our_fault_not_the_clients(
    status: int, stream: bool, mock: Mock, caller: Caller
) -> None:
    mock.then(error_answer(status, QUOTE))
    heard = caller.chat(stream=stream)
    assert (heard.status, heard.error["code"]) == (502, "upstream_auth_error")
    assert CREDENTIAL not in heard.body.decode()
    assert heard.header("www-authenticate") is None
    assert caller.usage()[0]["status"] == "error"
    assert len(mock.requests) == 1


@pytest.mark.parametrize("status", [400, 404, 409, 422, 500, 503])
def test_U02_U04_an_error_of_the_provider_keeps_status_and_shape(status: int, mock: Mock, caller: Caller) -> None:
    mock.then(error_answer(status, "The model `gpt-none` does not exist."))
    heard = caller.chat()
    assert heard.status == status
    assert heard.error["message"] == "The model `gpt-none` does not exist."
    assert heard.error["type"] == "upstream_kind"
    assert len(mock.requests) == 1


def test_U03_a_429_of_the_provider_keeps_its_retry_after(mock: Mock, caller: Caller) -> None:
    mock.then(error_answer(429, headers=[("Retry-After", "21"), ("retry-after-ms", "20500")]))
    heard = caller.chat()
    assert (heard.status, heard.error["code"]) == (429, "upstream_rate_limited")
    assert heard.header("retry-after") == "21"
    assert heard.header("retry-after-ms") == "20500"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<html><h1>Bad Gateway</h1></html>", "text/html"),
        (b"", ""),
        (b"", "application/json"),
        (b"oops", "text/plain"),
    ],
    ids=["HTML", "empty", "empty JSON", "text"],
)
@pytest.mark.parametrize("status", [500, 502, 503])
@pytest.mark.parametrize("stream", [False, True])
def test_U04_an_error_that_is_no_json_becomes_one(
    stream: bool, status: int, body: bytes, content_type: str, mock: Mock, caller: Caller
) -> None:
    mock.then(answer(body, status, content_type=content_type))
    heard = caller.chat(stream=stream)
    assert heard.status // 100 == 5
    assert heard.error["message"]
    assert b"<html>" not in heard.body


def certificate(folder: Path, name: str, days: int) -> ssl.SSLContext:
    """Return a server context with a self-signed certificate for ``name``, valid until ``days`` from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
    builder = (
        builder.serial_number(1).not_valid_before(now - timedelta(days=9)).not_valid_after(now + timedelta(days=days))
    )
    made = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False).sign(
        key, hashes.SHA256()
    )
    path = folder / f"{name}.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.fixture(
    params=[("localhost", 9), ("elsewhere.invalid", 9), ("localhost", -1)], ids=["self-signed", "wrong host", "expired"]
)
def untrusted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Mock]:
    """An upstream whose certificate nobody should trust."""
    with Mock(sensible, certificate(tmp_path, *request.param)) as upstream:
        yield upstream


def test_U05_an_untrusted_certificate_is_502(untrusted: Mock, gateway: Gateway) -> None:
    heard = gateway.caller(untrusted.url.replace("127.0.0.1", "localhost")).chat()
    assert (heard.status, heard.error["code"]) == (502, "upstream_tls_error")
    assert untrusted.requests == []
    assert str(untrusted.port) not in heard.body.decode()


def test_U05_a_refused_connection_is_502(gateway: Gateway) -> None:
    port = free_port()
    heard = gateway.caller(f"http://127.0.0.1:{port}").chat()
    assert (heard.status, heard.error["code"]) == (502, "upstream_unavailable")
    assert str(port) not in heard.body.decode()


def test_U05_an_unknown_name_is_502(start_gateway: StartGateway) -> None:
    caller = start_gateway(upstream_connect_s=2).caller("http://no-such-host.invalid")
    started = time.monotonic()
    heard = caller.chat()
    assert time.monotonic() - started <= 3
    assert (heard.status, heard.error["code"]) == (502, "upstream_name_unknown")
    assert "no-such-host" not in heard.body.decode()


@pytest.mark.parametrize("stream", [False, True])
def test_U05_U15_a_hanging_connect_and_a_missing_head_are_504_at_their_deadlines(
    stream: bool, black_hole: BlackHole, start_gateway: StartGateway, mock: Mock
) -> None:
    gateway = start_gateway(upstream_connect_s=0.6, upstream_first_byte_s=1)
    mock.then([Then.STALL])
    for url, seconds in ((black_hole.url, 0.6), (mock.url, 1)):
        started = time.monotonic()
        heard = gateway.caller(url).chat(stream=stream)
        assert seconds - 0.1 <= time.monotonic() - started <= seconds + 1
        assert (heard.status, heard.error["code"]) == (504, "upstream_timeout")
    mock.last.connection.wait_gone(1)


def test_U05_the_gateway_asks_no_link_local_address(gateway: Gateway) -> None:
    body = {"name": "metadata", "base_url": "http://169.254.169.254/v1", "api_key": "x"}
    made = gateway.admin("POST", "/admin/providers", body)
    if made.status == 201:
        assert gateway.caller_of(made.json()["id"]).chat().error["code"] == "upstream_address_refused"
    else:
        assert made.status == 400


def test_U10_idle_connections_closed_at_the_instant_of_reuse_cost_no_call(mock: Mock, caller: Caller) -> None:
    chance = random.Random(7)

    def closing(request: object) -> list[object]:
        return [*json_answer({"choices": []}), chance.choice([0.0, 0.001, 0.002, 0.003]), Then.CLOSE]

    mock.always(closing)  # type: ignore[arg-type]
    for _ in range(300):
        assert caller.chat().status == 200
        time.sleep(chance.choice([0.0, 0.001]))
    assert len(mock.requests) == 300


def test_U10_a_connection_that_closes_on_its_second_request_is_not_the_clients_problem(
    mock: Mock, caller: Caller
) -> None:
    assert caller.chat().status == 200
    mock.then([Then.CLOSE])
    assert caller.chat().status in {200, 502}
    assert caller.chat().status == 200


def test_U11_a_second_answer_is_delivered_to_nobody(mock: Mock, caller: Caller) -> None:
    extra = b"".join(step for step in json_answer({"choices": [], "stolen": True}) if isinstance(step, bytes))
    mock.then([b"".join([*json_answer({"choices": []}), extra])])  # type: ignore[list-item]
    for _ in range(5):
        assert "stolen" not in caller.chat().json()


@pytest.mark.parametrize("framing", ["chunked", "until close"])
def test_U13_an_endless_answer_is_502_at_the_limit(framing: str, start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway(max_answer_bytes=1 << 20)
    caller = gateway.caller(mock.url)
    before = gateway.memory_bytes()
    part = b"x" * 65_536
    opening = [
        ("Content-Type", "application/json"),
        *([("Transfer-Encoding", "chunked")] if framing == "chunked" else []),
    ]
    framed = b"10000\r\n" + part + b"\r\n" if framing == "chunked" else part
    mock.then(lambda _request: iter([head(200, opening), *[framed] * 2000]))
    heard = caller.chat()
    assert (heard.status, heard.error["code"]) == (502, "upstream_bad_response")
    mock.last.connection.wait_gone(1)
    assert gateway.memory_bytes() - before < 24 << 20


@pytest.mark.parametrize("status", [400, 401, 429, 500])
@pytest.mark.parametrize("form", ["json", "text", "escaped"])
def test_U16_an_error_that_quotes_our_credential_is_scrubbed(
    form: str, status: int, mock: Mock, caller: Caller
) -> None:
    quoted = {
        "json": json.dumps({"error": {"message": QUOTE, "type": "x", "param": None, "code": None}}),
        "text": QUOTE,
    }
    quoted["escaped"] = quoted["json"].replace(CREDENTIAL, "".join(f"\\u{ord(letter):04x}" for letter in CREDENTIAL))
    mock.then(
        answer(quoted[form].encode(), status, content_type="text/plain" if form == "text" else "application/json")
    )
    heard = caller.chat()
    assert heard.error["message"]
    assert CREDENTIAL not in heard.body.decode()
    assert CREDENTIAL not in heard.error["message"]


def test_U16_an_error_in_a_stream_that_quotes_our_credential_is_scrubbed(mock: Mock, caller: Caller) -> None:
    mock.then(
        chunked([*chat_events()[:2], event({"error": {"message": QUOTE, "type": "x", "param": None, "code": None}})])
    )
    assert CREDENTIAL not in caller.call(CHAT, chat_body(stream=True)).body.decode()


def test_U18_a_rotated_credential_is_used_by_the_next_call(mock: Mock, caller: Caller) -> None:
    path = f"/admin/providers/{caller.provider_id}"
    assert caller.gateway.admin("PUT", path, {"api_key": "sk-up-rotated"}).status == 200
    caller.chat()
    assert mock.last.values("authorization") == ["Bearer sk-up-rotated"]


@pytest.mark.parametrize("base", ["", "/", "/v1", "/v1/", "/proxy/v1", "/proxy/v1/"])
def test_every_way_to_write_the_base_url_leads_to_the_right_path(base: str, mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url + base)
    assert caller.chat().status == 200
    assert mock.last.target == ("/proxy" if "proxy" in base else "") + CHAT


def test_M09_a_hanging_provider_does_not_hold_up_another(mock: Mock, gateway: Gateway, second_mock: Mock) -> None:
    second_mock.always([Then.STALL])
    stuck, well = gateway.caller(second_mock.url), gateway.caller(mock.url)
    waiting = [stuck.open(CHAT, chat_body()) for _ in range(50)]
    second_mock.wait(50)
    started = time.monotonic()
    assert well.chat().status == 200
    assert time.monotonic() - started <= 0.5
    for under_way in waiting:
        under_way.leave()


def test_calls_beyond_the_limit_in_flight_are_refused_at_once_and_leases_are_given_back(
    start_gateway: StartGateway, mock: Mock
) -> None:
    caller = start_gateway(max_calls=3).caller(mock.url)
    gate = threading.Event()
    mock.always(lambda request: [gate, *sensible(request)])
    waiting = [caller.open(CHAT, chat_body()) for _ in range(3)]
    mock.wait(3)
    refused = caller.chat()
    assert (refused.status, refused.error["code"]) == (503, "overloaded")
    assert refused.header("retry-after")
    waiting[0].leave()
    time.sleep(0.2)
    gate.set()
    assert caller.chat().status == 200
    for under_way in waiting[1:]:
        under_way.start()
        assert under_way.rest().status == 200
