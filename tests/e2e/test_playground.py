"""The playground at a real process: behind the wall, streamed as it comes, ended with the administrator's leaving."""

import time
from typing import Any

import pytest

from llm_proxy.web.session import COOKIE
from tests.gateway_process import ADMIN_TOKEN, CHAT, Caller, Gateway, chat_body, eventually
from tests.mock_answers import DONE, chat_chunk, chat_events, chunked, event
from tests.mock_upstream import Mock, Then
from tests.wire import OpenCall, call

CLOSED_S = 0.5
TOKEN = {"Authorization": f"Bearer {ADMIN_TOKEN}"}


def path_of(caller: Caller, endpoint: str = "chat/completions") -> str:
    return f"/admin/playground/{caller.key_id}/{endpoint}"


def open_call(caller: Caller, body: Any) -> OpenCall:
    return OpenCall(caller.gateway.port, "POST", path_of(caller), headers=TOKEN, body=body)


def test_a_call_of_an_administrator_is_the_keys_and_names_itself(mock: Mock, caller: Caller) -> None:
    heard = caller.gateway.admin("POST", path_of(caller), chat_body())
    assert heard.status == 200
    assert ADMIN_TOKEN not in str(mock.last.headers)
    (record,) = caller.usage()
    assert (record["id"], record["status"]) == (heard.header("x-llmp-call-id"), "ok")
    (line,) = eventually(lambda: caller.gateway.log_lines(str(heard.header("x-request-id"))), bool)
    assert (line["event"], line["playground"], line["key_id"]) == ("call.done", True, caller.key_id)
    routes = eventually(
        lambda: [line.get("route") for line in caller.gateway.log_lines("admin.done")],
        lambda found: "/admin/playground/{id}/chat/completions" in found,
    )
    assert "/admin/playground/{id}/chat/completions" in routes


def test_the_models_of_the_keys_provider_are_listed(mock: Mock, caller: Caller) -> None:
    assert caller.gateway.admin("GET", path_of(caller, "models")).status == 200
    assert mock.last.target == "/v1/models"


@pytest.mark.parametrize("endpoint", ["chat/completions", "models"])
@pytest.mark.parametrize(
    "headers", [{}, {"Cookie": f"{COOKIE}=made-up", "Sec-Fetch-Site": "same-origin"}, {"x-api-key": "{key}"}]
)
def test_without_token_or_session_it_is_401(endpoint: str, headers: dict[str, str], mock: Mock, caller: Caller) -> None:
    sent = {name: value.format(key=caller.key) for name, value in headers.items()}
    method, body = ("GET", None) if endpoint == "models" else ("POST", chat_body())
    heard = call(caller.gateway.port, method, path_of(caller, endpoint), headers=sent, body=body)
    assert (heard.status, heard.error["code"]) == (401, "invalid_admin_token")
    assert mock.requests == []


@pytest.mark.parametrize(("site", "status"), [("same-origin", 200), ("cross-site", 403)])
def test_a_session_opens_it_to_its_own_page_alone(site: str, status: int, mock: Mock, caller: Caller) -> None:
    port = caller.gateway.port
    opened = call(port, "POST", "/admin/session", body={"token": ADMIN_TOKEN})
    cookie = str(opened.header("set-cookie")).partition(";")[0]
    headers = {"Cookie": cookie, "Sec-Fetch-Site": site}
    assert call(port, "POST", path_of(caller), headers=headers, body=chat_body()).status == status
    assert len(mock.requests) == (status == 200)
    assert cookie.partition("=")[2] not in str([request.headers for request in mock.requests])


def test_a_client_has_no_way_in(mock: Mock, caller: Caller) -> None:
    port = caller.gateway.port
    assert call(port, "POST", CHAT, headers=TOKEN, body=chat_body()).status == 401
    assert call(port, "POST", CHAT, body=chat_body()).status == 401
    bearer = {"Authorization": f"Bearer {caller.key_id}"}
    assert call(port, "POST", CHAT, headers=bearer, body=chat_body()).status == 401
    assert mock.requests == []


def test_a_stream_arrives_as_it_is_sent(mock: Mock, caller: Caller) -> None:
    events = chat_events()
    mock.then([*chunked(events[:2])[:-1], Then.STALL])
    under_way = open_call(caller, chat_body(stream=True))
    assert under_way.start().status == 200
    assert under_way.until(events[1]).endswith(events[1])
    under_way.leave()


@pytest.mark.parametrize("reset", [False, True], ids=["FIN", "RST"])
@pytest.mark.parametrize("sent", [0, 2], ids=["before the answer", "mid-stream"])
def test_leaving_closes_the_upstream_and_is_on_record(reset: bool, sent: int, mock: Mock, caller: Caller) -> None:
    events = chat_events()[:sent]
    mock.then([*(chunked(events)[:-1] if events else []), Then.STALL])
    under_way = open_call(caller, chat_body(stream=True))
    mock.wait()
    if events:
        under_way.start()
        under_way.until(events[-1])
    connection = mock.last.connection
    assert not connection.gone.is_set()
    left_at = under_way.leave(reset=reset)
    assert connection.wait_gone() - left_at <= CLOSED_S
    assert caller.usage()[0]["status"] == "cancelled"


def test_leaving_a_busy_stream_closes_the_upstream(mock: Mock, caller: Caller) -> None:
    parts = [part for n in range(2000) for part in (event(chat_chunk({"content": f"w{n} "})), 0.005)]
    mock.then(chunked([*parts, DONE]))
    under_way = open_call(caller, chat_body(stream=True))
    under_way.start()
    under_way.until(b"w9 ")
    left_at = under_way.leave()
    assert mock.last.connection.wait_gone() - left_at <= CLOSED_S
    assert caller.usage()[0]["status"] == "cancelled"


def test_leaving_while_the_list_of_models_is_awaited_closes_the_upstream(mock: Mock, caller: Caller) -> None:
    mock.then([Then.STALL])
    under_way = OpenCall(caller.gateway.port, "GET", path_of(caller, "models"), headers=TOKEN)
    mock.wait()
    left_at = under_way.leave()
    assert mock.last.connection.wait_gone() - left_at <= CLOSED_S


def test_a_body_beyond_the_data_paths_limit_is_refused(mock: Mock, start_gateway: Any) -> None:
    gateway: Gateway = start_gateway(max_body_bytes=2000)
    caller = gateway.caller(mock.url)
    assert gateway.admin("POST", path_of(caller), chat_body("x" * 1500)).status == 200
    heard = gateway.admin("POST", path_of(caller), chat_body("x" * 2500))
    assert (heard.status, heard.error["code"]) == (413, "request_too_large")


def test_a_call_under_way_is_told_when_the_process_stops(mock: Mock, start_gateway: Any) -> None:
    gateway: Gateway = start_gateway(drain_s=0.2)
    caller = gateway.caller(mock.url)
    mock.then([*chunked(chat_events()[:2])[:-1], Then.STALL])
    under_way = open_call(caller, chat_body(stream=True))
    under_way.start()
    under_way.until(chat_events()[1])
    gateway.process.terminate()
    assert b"shutting_down" in under_way.rest().body
    assert gateway.process.wait(10) == 0


def test_a_provider_is_tried_through_the_process(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url)
    before = time.monotonic()
    heard = gateway.admin("POST", f"/admin/providers/{caller.provider_id}/test")
    assert (heard.status, heard.json()["outcome"]) == (200, "connected")
    assert heard.json()["duration_ms"] <= (time.monotonic() - before) * 1000
    told = gateway.admin("GET", f"/admin/providers/{caller.provider_id}").json()
    assert (told["key_count"], told["last_success_at"], told["last_error_at"]) == (1, None, None)
    assert caller.usage(0) == []
