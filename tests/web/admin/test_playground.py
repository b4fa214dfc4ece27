"""Calls on behalf of a key: the data path as it is for clients, for an administrator who does not have the key."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson
import pytest
import structlog

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.errors import UpstreamUnavailable
from llm_proxy.limits.memory import MemoryLimiter
from llm_proxy.pipeline import Gateway
from llm_proxy.pipeline.bounds import Bounds
from llm_proxy.records import Secret
from llm_proxy.web.admin import AdminServices
from llm_proxy.web.proxy import Proxy
from tests.fakes import FakeLedger, FakeUpstream
from tests.web.admin.conftest import NOBODY, Admin, client_of

CHAT = "chat/completions"
ASKED = {"model": "m", "messages": [{"role": "user", "content": "hi AKIA"}], "x": 1}
TOKEN = "the-admin-token"


@dataclass
class Ground:
    """The playground of a real directory, among fakes."""

    admin: Admin
    client: httpx2.AsyncClient
    upstream: FakeUpstream = field(default_factory=FakeUpstream)
    ledger: FakeLedger = field(default_factory=FakeLedger)

    async def call(self, key: dict[str, Any], path: str = CHAT, **options: Any) -> httpx2.Response:
        """Call an endpoint on behalf of a key; without a body of its own it is ``ASKED``."""
        method = options.pop("method", "GET" if path == "models" else "POST")
        if method == "POST" and "content" not in options:
            options["json"] = options.pop("body", ASKED)
        headers = {"Authorization": f"Bearer {TOKEN}"} | options.pop("headers", {})
        return await self.client.request(method, f"/admin/playground/{key['id']}/{path}", headers=headers, **options)

    def proxy(self, **changes: int) -> Proxy:
        """Return the data path."""
        key = Secret("a key for placeholders")
        gateway = Gateway(self.admin.directory, MemoryLimiter(), self.upstream, self.ledger, Bounds(), key)
        return Proxy(gateway, **({"max_body_bytes": 1000, "max_calls": 10} | changes))


@pytest.fixture
async def ground(admin: Admin) -> AsyncIterator[Ground]:
    made = Ground(admin, admin.client)
    async with client_of(AdminServices(admin.store, admin.directory, proxy=made.proxy())) as made.client:
        yield made


async def test_a_call_goes_to_the_keys_provider_and_is_booked_to_the_key(ground: Ground):
    key = await ground.admin.key()
    answer = await ground.call(key)
    assert (answer.status_code, answer.json()) == (200, {"choices": []})
    (request,) = ground.upstream.requests
    assert (request.url, json.loads(request.body)) == ("https://api.example.org/v1/chat/completions", ASKED)
    (record,) = ground.ledger.booked
    assert (record.api_key_id, record.provider_id, record.status) == (key["id"], key["provider_id"], "ok")
    assert answer.headers["x-llmp-call-id"] == record.id
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")


async def test_models_are_those_of_the_keys_provider(ground: Ground):
    assert (await ground.call(await ground.admin.key(), "models")).status_code == 200
    assert ground.upstream.requests[0].url == "https://api.example.org/v1/models"


@pytest.mark.parametrize("path", [CHAT, "models"])
async def test_the_admin_token_is_no_key_and_goes_nowhere(ground: Ground, path: str):
    mine, other = await ground.admin.key(name="mine"), await ground.admin.key(name="other")
    headers = {"Cookie": "llmp=a-session", "x-api-key": str(other["key"]), "api-key": str(other["key"])}
    with structlog.testing.capture_logs() as logged:
        assert (await ground.call(mine, path, headers=headers)).status_code == 200
    (request,) = ground.upstream.requests
    assert request.headers["authorization"] == "Bearer sk-upstream-canary"
    for secret in (TOKEN, "a-session", str(other["key"])):
        assert secret not in str(request) + str(logged)
    assert ground.ledger.booked[0].api_key_id == mine["id"]


async def test_without_any_credential_of_its_own_the_request_is_the_keys(ground: Ground):
    key = await ground.admin.key()
    assert (await ground.client.post(f"/admin/playground/{key['id']}/{CHAT}", json=ASKED)).status_code == 200


@pytest.mark.parametrize(("mode", "status"), [("reject", 400), ("replace", 200)])
async def test_guard_rails_hold_here_too(ground: Ground, mode: str, status: int):
    key = await ground.admin.key()
    await ground.admin.call("POST", "/guardrails", {"pattern": "AKIA", "mode": mode, "replace_by": "[key]"})
    answer = await ground.call(key)
    assert answer.status_code == status
    (event,) = ground.ledger.events
    assert (event.api_key_id, event.input_text) == (key["id"], "hi AKIA")
    assert event.call_id == answer.headers["x-llmp-call-id"]
    if mode == "reject":
        assert answer.json()["error"]["code"] == "guardrail_rejected"
        assert (ground.upstream.requests, ground.ledger.booked) == ([], [])
    else:
        assert answer.headers["x-llmp-guardrail"] == "redacted=1"
        assert json.loads(ground.upstream.requests[0].body)["messages"][0]["content"] == "hi [key]"


async def test_the_keys_rate_limit_counts_its_calls_here(ground: Ground):
    key = await ground.admin.key(rate_limit_rpm=1)
    assert (await ground.call(key)).headers["x-ratelimit-remaining-requests"] == "0"
    refused = await ground.call(key)
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limit_exceeded")
    assert len(ground.upstream.requests) == 1


async def test_a_key_that_is_not_live_is_404(ground: Ground):
    key = await ground.admin.key()
    for identifier in (NOBODY, "x", str(key["key"]), ""):
        assert (await ground.call({"id": identifier})).status_code == 404
    await ground.admin.call("DELETE", f"/keys/{key['id']}")
    refused = await ground.call(key)
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not_found")
    assert ground.upstream.requests == []


async def test_an_id_is_the_same_in_any_case(ground: Ground):
    key = await ground.admin.key()
    assert (await ground.call({"id": str(key["id"]).upper()})).status_code == 200


async def test_a_deleted_provider_is_503(ground: Ground):
    key = await ground.admin.key()
    await ground.admin.call("DELETE", f"/providers/{key['provider_id']}")
    assert (await ground.call(key)).json()["error"]["code"] == "provider_unavailable"


BAD_BODIES = [
    (b'{"a":1,"a":2}', {}, 400, "invalid_json"),
    (b"[]", {}, 400, "invalid_json"),
    (b"{" + b" " * 1000 + b"}", {}, 413, "request_too_large"),
    (b"{}", {"Content-Encoding": "gzip"}, 415, "unsupported_media_type"),
]


@pytest.mark.parametrize(("content", "headers", "status", "code"), BAD_BODIES)
async def test_a_bad_body_is_refused_as_on_the_data_path(ground: Ground, content, headers, status, code):
    answer = await ground.call(await ground.admin.key(), content=content, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert ground.upstream.requests == []


async def test_a_providers_failure_has_the_same_shape(ground: Ground):
    ground.upstream.error = UpstreamUnavailable()
    answer = await ground.call(await ground.admin.key())
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "upstream_unavailable")
    assert answer.headers["x-llmp-call-id"] == ground.ledger.booked[0].id


async def test_a_stream_is_relayed(ground: Ground):
    events = [b'data: {"choices":[{"delta":{"content":"hi"}}]}\n\n', b"data: [DONE]\n\n"]
    ground.upstream.content_type, ground.upstream.parts = "text/event-stream", events
    answer = await ground.call(await ground.admin.key(), body=ASKED | {"stream": True})
    assert answer.content == b"".join(events)
    assert answer.headers["content-type"] == "text/event-stream"
    assert ground.ledger.booked[0].is_streaming


async def test_its_calls_take_the_places_of_all_calls(ground: Ground):
    services = AdminServices(ground.admin.store, ground.admin.directory, proxy=ground.proxy(max_calls=0))
    key = await ground.admin.key()
    async with client_of(services) as ground.client:
        assert (await ground.call(key)).json()["error"]["code"] == "overloaded"


@pytest.mark.parametrize("name", [name for name in ENDPOINTS if name not in {CHAT, "models"}])
async def test_no_other_endpoint_is_offered(ground: Ground, name: str):
    assert (await ground.call(await ground.admin.key(), name)).status_code == 404
    assert ground.upstream.requests == []


@pytest.mark.parametrize(
    ("method", "path", "allow"), [("GET", CHAT, "POST"), ("POST", "models", "GET"), ("HEAD", "models", "GET")]
)
async def test_another_method_is_told_which_is_right(ground: Ground, method: str, path: str, allow: str):
    answer = await ground.call(await ground.admin.key(), path, method=method)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


async def test_a_call_is_logged_as_the_playgrounds_and_leaves_no_act(ground: Ground):
    key = await ground.admin.key()
    before = await ground.admin.acts()
    with structlog.testing.capture_logs() as logged:
        await ground.call(key)
    (line,) = [line for line in logged if line["event"] == "call.done"]
    assert (line["playground"], line["key_id"], line["endpoint"], line["status"]) == (True, key["id"], CHAT, 200)
    assert await ground.admin.acts() == before


async def test_a_clients_call_is_not_the_playgrounds(ground: Ground):
    key = await ground.admin.key()
    proxy, body = ground.proxy(), orjson.dumps(ASKED)
    transport = httpx2.ASGITransport(proxy)
    with structlog.testing.capture_logs() as logged:
        async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
            headers = {"Authorization": f"Bearer {key['key']}"}
            answers = [await client.post(f"/v1/{CHAT}", content=body, headers=given) for given in (headers, {})]
            headers = {"Authorization": f"Bearer {key['id']}"}
            answers.append(await client.post(f"/v1/{CHAT}", content=body, headers=headers))
            answers.append(await client.post(f"/v1/admin/playground/{key['id']}/{CHAT}", content=body))
    assert [answer.status_code for answer in answers] == [200, 401, 401, 404]
    assert not [line for line in logged if "playground" in line]
