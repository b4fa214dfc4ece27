"""Who may call: keys of this gateway below /v1, the admin token below /admin, and nobody learns more than a refusal."""

import hashlib
import itertools
import json
import random
import sqlite3
import time
from contextlib import closing

import pytest

from tests.e2e.conftest import StartGateway
from tests.gateway_process import ADMIN_TOKEN, CHAT, Caller, Gateway, chat_body
from tests.mock_upstream import Mock
from tests.wire import Answer, call, exchange

SOURCES = (f"127.{n // 200 + 1}.{n % 200 + 1}.9" for n in itertools.count())


def stranger(gateway: Gateway, method: str, path: str, token: str | None = None, body: object = None) -> Answer:
    """Call from an address of one's own, so that wrong tokens of other tests do not count here."""
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return call(gateway.port, method, path, headers=headers, body=body, source=next(SOURCES))


def with_authorization(caller: Caller, *values: str) -> Answer:
    """Call with these Authorization lines, whatever they hold."""
    payload = json.dumps(chat_body()).encode()
    lines = [f"POST {CHAT} HTTP/1.1", "Host: g", *(f"Authorization:{value}" for value in values)]
    lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}", "Connection: close"]
    heard = exchange(caller.gateway.port, "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + payload)
    head, _, body = heard.data.partition(b"\r\n\r\n")
    fields = [tuple(line.split(": ", 1)) for line in head.decode("latin-1").split("\r\n")[1:]]
    return Answer(heard.statuses[0], fields, body)  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "beArer"])
def test_A01_the_scheme_is_read_in_any_case(scheme: str, caller: Caller) -> None:
    assert with_authorization(caller, f" {scheme} {caller.key}").status == 200


@pytest.mark.parametrize(
    "form",
    ["", " Bearer", " Bearer ", " Basic {key}", " Bearer {key} junk", " Bearer {key},x", " {key}", " Token {key}",
     " Bearer Bearer {key}", ' Bearer "{key}"', " Bearer={key}"],
)  # fmt: skip
def test_A01_another_form_is_401(form: str, mock: Mock, caller: Caller) -> None:
    heard = with_authorization(caller, form.format(key=caller.key))
    assert heard.status in {400, 401}
    assert mock.requests == []


def test_A01_two_authorization_headers_are_refused(mock: Mock, caller: Caller) -> None:
    assert with_authorization(caller, f" Bearer {caller.key}", " Bearer llmp-other").status in {400, 401}
    assert with_authorization(caller, " Bearer llmp-other", f" Bearer {caller.key}").status in {400, 401}
    assert mock.requests == []


def test_A01_no_key_at_all_is_401_with_a_challenge(mock: Mock, gateway: Gateway) -> None:
    for method, path, body in (("POST", CHAT, chat_body()), ("GET", "/v1/models", None)):
        heard = call(gateway.port, method, path, body=body)
        assert (heard.status, heard.error["code"]) == (401, "invalid_api_key")
        assert heard.header("www-authenticate") == "Bearer"
    assert mock.requests == []


@pytest.mark.parametrize("header", ["api-key", "x-api-key"])
def test_a_key_is_accepted_where_azure_and_anthropic_clients_send_it(header: str, caller: Caller) -> None:
    assert call(caller.gateway.port, "POST", CHAT, headers={header: caller.key}, body=chat_body()).status == 200
    wrong = call(caller.gateway.port, "POST", CHAT, headers={header: "llmp-wrong"}, body=chat_body())
    assert wrong.status == 401


def test_A02_a_key_that_is_almost_right_is_401(mock: Mock, caller: Caller) -> None:
    key = caller.key
    letter = next(at for at, sign in enumerate(key) if sign.isalpha() and at > 5)
    swapped = key[:letter] + key[letter].upper() + key[letter + 1 :]
    wide = key[:-1] + chr(ord("\uff10") + 3)
    for wrong in (swapped, key[:-1], key[1:], key + "0", "0" + key, key.upper(), key.removeprefix("llmp-"), wide):
        assert with_authorization(caller, " Bearer " + wrong.encode().decode("latin-1")).status == 401, wrong
    assert with_authorization(caller, f" Bearer {hashlib.sha256(key.encode()).hexdigest()}").status == 401
    assert mock.requests == []


@pytest.mark.parametrize(
    "key",
    ["llmp-\0", "llmp-" + "a" * (1 << 20), "llmp-é", "llmp-'; DROP TABLE api_keys; --", 'llmp-"\\', "%00", "../../etc"],
    ids=["NUL", "1 MB", "non-ASCII", "SQL", "quotes", "percent", "path"],
)
def test_A03_a_hostile_key_is_refused_at_once_and_not_echoed(key: str, mock: Mock, caller: Caller) -> None:
    started = time.monotonic()
    heard = with_authorization(caller, f" Bearer {key}")
    assert heard.status in {400, 401, 431}
    if len(key) < 1000:
        assert time.monotonic() - started <= 0.1
    text = heard.body.decode()
    digest = hashlib.sha256(key.encode()).hexdigest()
    assert not [private for private in (key, digest, "api_keys", "sqlite", "Traceback") if private in text]
    assert mock.requests == []


def test_A06_unknown_and_revoked_keys_are_told_the_same(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url)
    assert caller.chat().status == 200
    assert gateway.admin("DELETE", f"/admin/keys/{caller.key_id}").status == 204
    revoked = caller.chat()
    unknown = with_authorization(caller, " Bearer llmp-" + "0" * 64)
    none = call(gateway.port, "POST", CHAT, body=chat_body())
    assert revoked.status == unknown.status == none.status == 401
    assert revoked.json() == unknown.json() == none.json()
    assert {answer.header("www-authenticate") for answer in (revoked, unknown, none)} == {"Bearer"}
    assert len(mock.requests) == 1


def test_a_revoked_key_is_refused_at_once(mock: Mock, gateway: Gateway) -> None:
    for _ in range(10):
        caller = gateway.caller(mock.url)
        assert caller.chat().status == 200
        assert gateway.admin("DELETE", f"/admin/keys/{caller.key_id}").status == 204
        assert caller.chat().status == 401
        assert gateway.admin("DELETE", f"/admin/keys/{caller.key_id}").status == 404


def test_A08_a_key_in_the_query_is_401_and_in_no_log(mock: Mock, caller: Caller) -> None:
    heard = call(caller.gateway.port, "POST", f"{CHAT}?api_key={caller.key}&key={caller.key}", body=chat_body())
    assert heard.status == 401
    assert caller.key not in caller.gateway.log
    assert mock.requests == []


def test_A09_keys_that_share_forty_characters_are_two(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway()
    callers = [gateway.caller(mock.url, rpm=1) for _ in range(2)]
    twins = ["llmp-" + "a" * 40 + letter * 24 for letter in "bc"]
    with closing(sqlite3.connect(gateway.folder / "gateway.db", timeout=5)) as database, database:
        for caller, key in zip(callers, twins, strict=True):
            digest = hashlib.sha256(key.encode()).hexdigest()
            database.execute("UPDATE keys SET digest = ? WHERE id = ?", (digest, caller.key_id))
    for caller in callers:
        gateway.admin("PATCH", f"/admin/keys/{caller.key_id}", {"name": "twin"})
    for key in twins:
        headers = {"Authorization": f"Bearer {key}"}
        told = [call(gateway.port, "POST", CHAT, headers=headers, body=chat_body()).status for _ in range(2)]
        assert told == [200, 429]
    for caller in callers:
        caller.usage(1)


def admin_routes(gateway: Gateway) -> list[tuple[str, str]]:
    """Return every route below /admin that the gateway's own description names."""
    paths = call(gateway.port, "GET", "/openapi.json").json()["paths"]
    found = [(method.upper(), path) for path, row in paths.items() if path.startswith("/admin") for method in row]
    assert len(found) >= 18
    return found


LOGIN = ("POST", "/admin/session")  # where a stranger shows the token


def test_A10_A11_no_admin_route_answers_a_stranger(caller: Caller) -> None:
    gateway = caller.gateway
    for method, path in set(admin_routes(gateway)) - {LOGIN}:
        for token in (None, "wrong-token-of-some-length", caller.key, ADMIN_TOKEN[:-1], ADMIN_TOKEN + "x", ""):
            heard = stranger(gateway, method, path.replace("{id}", "1"), token, {} if method != "GET" else None)
            assert heard.status == 401, (method, path, token)
            assert heard.error["message"]
            assert heard.header("www-authenticate")


def test_A10_the_admin_token_is_no_key(mock: Mock, gateway: Gateway) -> None:
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    assert call(gateway.port, "POST", CHAT, headers=headers, body=chat_body()).status == 401
    assert mock.requests == []


@pytest.mark.parametrize(
    "path",
    ["/admin/nothing", "/admin", "/admin/", "/admin/keys/../nothing", "/admin//keys", "/admin/keys/", "/Admin/keys"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS", "PATCH"])
def test_A12_an_unknown_admin_path_is_401_to_a_stranger(method: str, path: str, gateway: Gateway) -> None:
    heard = stranger(gateway, method, path)
    assert heard.status == (404 if path.startswith("/A") else 401)


def test_A12_an_unknown_admin_path_is_404_to_the_admin(gateway: Gateway) -> None:
    assert gateway.admin("GET", "/admin/nothing").status == 404


def test_A14_wrong_tokens_stop_their_own_address_and_no_other(mock: Mock, gateway: Gateway) -> None:
    guesser, other = next(SOURCES), next(SOURCES)
    wrong = {"Authorization": "Bearer wrong-token-of-some-length"}
    told = [call(gateway.port, "GET", "/admin/keys", headers=wrong, source=guesser).status for _ in range(100)]
    assert told[:5] == [401] * 5
    assert told[11:] == [429] * 89
    right = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
    assert call(gateway.port, "GET", "/admin/keys", headers=right, source=guesser).status == 429
    assert call(gateway.port, "GET", "/admin/keys", headers=right, source=other).status == 200
    caller = gateway.caller(mock.url)
    key = {"Authorization": f"Bearer {caller.key}"}
    assert call(gateway.port, "POST", CHAT, headers=key, body=chat_body(), source=guesser).status == 200


def test_A14_a_spoofed_forwarded_address_does_not_reset_the_count(gateway: Gateway) -> None:
    guesser = next(SOURCES)
    told = []
    for n in range(30):
        headers = {"Authorization": "Bearer wrong-token-of-some-length", "X-Forwarded-For": f"192.0.2.{n}"}
        told.append(call(gateway.port, "GET", "/admin/keys", headers=headers, source=guesser).status)
    assert told[-1] == 429


CORPUS = ["' OR '1'='1", "1; DROP TABLE api_keys", "%' OR 1=1 --", "x' UNION SELECT key_hash FROM api_keys --", "\x7f"]


def test_A05_text_that_looks_like_sql_is_text(mock: Mock, caller: Caller) -> None:
    gateway = caller.gateway
    before = len(gateway.admin("GET", "/admin/keys").json())
    quoted = ["".join(f"%{byte:02X}" for byte in text.encode()) for text in CORPUS]
    for text in quoted:
        for path in (f"/admin/keys/{text}", f"/admin/usage?api_key_id={text}", f"/admin/usage?start={text}"):
            assert gateway.admin("GET", path).status in {200, 400, 404, 405}
        assert gateway.admin("DELETE", f"/admin/keys/{text}").status == 404
    for text in CORPUS:
        with_authorization(caller, f" Bearer {text}")
    assert len(gateway.admin("GET", "/admin/keys").json()) == before


def test_A18_a_key_is_shown_once(caller: Caller) -> None:
    digest = hashlib.sha256(caller.key.encode()).hexdigest()
    listed = caller.gateway.admin("GET", "/admin/keys").body.decode()
    assert caller.key not in listed
    assert digest not in listed
    assert caller.key_id in listed


def test_A20_unknown_members_in_admin_bodies_are_400(caller: Caller) -> None:
    gateway = caller.gateway
    provider = {"name": "x", "base_url": "http://127.0.0.1:1", "api_key": "k"}
    key = {"name": "x", "provider_id": caller.provider_id, "rate_limit_rpm": 0}
    rule = {"pattern": "x", "mode": "reject", "replace_by": ""}
    for path, body in (("providers", provider), ("keys", key), ("guardrails", rule)):
        for extra in ("id", "key_hash", "role", "revoked_at", "created_at"):
            assert gateway.admin("POST", f"/admin/{path}", body | {extra: "x"}).status == 400, (path, extra)


def test_random_keys_are_refused_and_forgotten(mock: Mock, caller: Caller) -> None:
    chance = random.Random(3)
    for _ in range(50):
        assert with_authorization(caller, f" Bearer llmp-{chance.randbytes(32).hex()}").status == 401
    assert mock.requests == []
