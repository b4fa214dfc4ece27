"""The announcement, step by step and in its order: provider, key, guard rails, then an unchanged OpenAI client."""

import json
import re
import shutil
import subprocess
from typing import Any

import openai
import pytest

from tests.e2e.conftest import StartGateway
from tests.gateway_process import ADMIN_TOKEN, CREDENTIAL, Gateway
from tests.mock_answers import COMPLETION, PROMPT
from tests.mock_upstream import Mock
from tests.wire import call

PHONE = r"\b\d{3}-\d{4}\b"


def posted(gateway: Gateway, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """POST as the announcement does: with ``curl`` where there is one, with the same bytes and headers where not."""
    payload = json.dumps(body)
    headers = {"Authorization": f"Bearer {ADMIN_TOKEN}", "Content-Type": "application/json"}
    if shutil.which("curl") is None:
        answer = call(gateway.port, "POST", path, headers=headers, body=payload.encode())
        assert answer.status == 201
        return dict(answer.json())
    told = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
    command = ["curl", "-sS", "--noproxy", "*", "--fail", "-X", "POST", f"http://127.0.0.1:{gateway.port}{path}", *told]
    ran = subprocess.run([*command, "-d", payload], capture_output=True, check=True, timeout=20)
    return dict(json.loads(ran.stdout))


def test_the_announcement_works_as_it_is_printed(start_gateway: StartGateway, mock: Mock) -> None:
    gateway = start_gateway()
    provider = posted(gateway, "/admin/providers", {"name": "openai", "base_url": mock.url, "api_key": CREDENTIAL})
    assert set(provider) >= {"id", "name", "base_url", "created_at", "updated_at"}
    assert CREDENTIAL not in json.dumps(provider)

    key = posted(gateway, "/admin/keys", {"name": "my-app", "provider_id": provider["id"], "rate_limit_rpm": 60})
    assert set(key) >= {"id", "name", "key", "provider_id", "rate_limit_rpm", "created_at"}
    assert key["key"].startswith("llmp-")
    assert len(key["key"]) == 5 + 64

    reject = posted(gateway, "/admin/guardrails", {"pattern": "(?i)password", "mode": "reject"})
    replace = posted(gateway, "/admin/guardrails", {"pattern": PHONE, "mode": "replace", "replace_by": "[REDACTED]"})
    assert set(reject) >= {"id", "pattern", "mode", "replace_by", "created_at", "updated_at"}

    with openai.OpenAI(base_url=f"http://127.0.0.1:{gateway.port}/v1", api_key=key["key"]) as client:
        answer = client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hello!"}])
        assert answer.choices[0].message.content == "Hello from MOCK."
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Call 555-1234."}])
        assert mock.last.json()["messages"][0]["content"] == "Call [REDACTED]."
        with pytest.raises(openai.BadRequestError) as raised:
            client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "My Password is x"}])
    assert raised.value.code == "guardrail_rejected"
    assert len(mock.requests) == 2
    assert mock.last.values("authorization") == [f"Bearer {CREDENTIAL}"]

    events = gateway.admin("GET", "/admin/guardrail-events").json()
    assert events["total"] == 2
    assert {event["guardrail_id"] for event in events["records"]} == {reject["id"], replace["id"]}


def test_usage_is_told_per_key_provider_and_time(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url)
    caller.chat()
    (record,) = caller.usage(1)
    day = record["created_at"][:10]
    for query, total in (
        (f"api_key_id={caller.key_id}", 1),
        (f"provider_id={caller.provider_id}", 1),
        (f"provider_id={caller.provider_id}&start={day}T00:00:00Z&end={day}T23:59:59.999999Z", 1),
        (f"provider_id={caller.provider_id}&start={record['created_at']}", 1),
        (f"provider_id={caller.provider_id}&start=2999-01-01T00:00:00Z", 0),
        (f"provider_id={caller.provider_id}&end=2000-01-01T00:00:00Z", 0),
    ):
        page = gateway.admin("GET", f"/admin/usage?{query}").json()
        assert (page["total"], page["total_tokens"]) == (total, total * (PROMPT + COMPLETION))


def test_the_description_and_its_page_are_served_by_the_process_itself(gateway: Gateway) -> None:
    described = call(gateway.port, "GET", "/openapi.json").json()
    assert described["openapi"].startswith("3.1")
    assert {"/v1/chat/completions", "/v1/models", "/admin/providers", "/admin/usage"} <= set(described["paths"])
    assert call(gateway.port, "GET", "/openapi.yaml").body.startswith(b"openapi: ")
    page = call(gateway.port, "GET", "/docs")
    assert page.status == 200
    needed = re.findall(r'(?:src|href)="([^"]+)"', page.body.decode())
    assert needed
    for address in needed:
        assert not re.match(r"(https?:)?//", address), address
        assert address.startswith("data:") or call(gateway.port, "GET", address).status == 200
