"""Self-defence on the wire: with no rule at all, the gateway's own secrets reach no provider."""

import json
from typing import Any

import pytest

from tests.e2e.conftest import StartGateway
from tests.gateway_process import ADMIN_TOKEN, CREDENTIAL, Gateway
from tests.mock_echo import echo
from tests.mock_upstream import Mock
from tests.wire import sse_json

CHAT = "/v1/chat/completions"


def asking(text: str) -> dict[str, Any]:
    return {"model": "mock-1", "messages": [{"role": "user", "content": f"Why does {text} not work?"}]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAT, asking("{}")),
        (CHAT, asking("{}") | {"stream": True}),
        ("/v1/responses", {"model": "m", "input": [{"role": "user", "content": "{}"}]}),
        ("/v1/messages", asking("x") | {"max_tokens": 9, "metadata": {"user_id": "{}"}}),
        ("/v1/embeddings", {"model": "m", "input": ["a", "{}"]}),
    ],
)
@pytest.mark.parametrize("secret", ["key", "credential", "admin token", "minted sealing key"])
def test_an_own_secret_is_refused_with_no_rule_and_is_on_record(
    path: str, body: dict[str, Any], secret: str, mock: Mock, gateway: Gateway
) -> None:
    caller = gateway.caller(mock.url)
    minted = (gateway.folder / "gateway.db.key").read_text().strip()
    text = {"key": caller.key, "credential": CREDENTIAL, "admin token": ADMIN_TOKEN, "minted sealing key": minted}[
        secret
    ]
    heard = caller.call(path, json.loads(json.dumps(body).replace("{}", text)))
    assert (heard.status, heard.error["code"]) == (400, "guardrail_rejected")
    assert text not in heard.body.decode()
    assert mock.requests == []
    (event,) = caller.events(1)
    assert event["mode"] == "reject"
    assert text not in event["pattern"]


def test_a_new_credential_is_known_at_once_and_an_old_one_no_more(mock: Mock, gateway: Gateway) -> None:
    old, new = "sk-first-credential-0001", "sk-second-credential-0002"
    provider = gateway.admin("POST", "/admin/providers", {"name": "x", "base_url": mock.url, "api_key": old}).json()
    caller = gateway.caller(mock.url)
    assert caller.call(CHAT, asking(old)).status == 400
    gateway.admin("PATCH", f"/admin/providers/{provider['id']}", {"api_key": new})
    assert caller.call(CHAT, asking(new)).status == 400
    assert caller.call(CHAT, asking(old)).status == 200


def test_another_gateways_key_passes(mock: Mock, gateway: Gateway) -> None:
    assert gateway.caller(mock.url).call(CHAT, asking("llmp-" + "0a" * 32)).status == 200


def test_SELF_DEFENCE_off_lets_them_pass(mock: Mock, start_gateway: StartGateway) -> None:
    caller = start_gateway(self_defence="off").caller(mock.url)
    assert caller.call(CHAT, asking(caller.key)).status == 200


@pytest.mark.parametrize("secret", ["key", "credential", "admin token", "minted sealing key"])
def test_an_own_secret_in_an_answer_is_refused(secret: str, mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url)
    minted = (gateway.folder / "gateway.db.key").read_text().strip()
    text = {"key": caller.key, "credential": CREDENTIAL, "admin token": ADMIN_TOKEN, "minted sealing key": minted}[
        secret
    ]
    mock.default = echo(words=lambda _: f"It is {text}, I think.")
    heard = caller.chat("What is it?")
    assert (heard.status, heard.error["code"]) == (400, "guardrail_rejected")
    streamed = caller.chat("What is it?", stream=True)
    assert b"guardrail_rejected" in streamed.body
    told = json.dumps([chunk.get("choices") for chunk in sse_json(streamed.body)])
    for body in (heard.body.decode(), streamed.body.decode(), told):
        assert not any(text[at : at + 8] in body for at in range(len(text) - 7))
    path = f"/admin/guardrail-events?api_key_id={caller.key_id}"
    records = gateway.admin("GET", path).json()["records"]
    assert {(record["mode"], record["action"]) for record in records} == {("reject", "rejected")}
    assert len({record["call_id"] for record in records}) == 2
