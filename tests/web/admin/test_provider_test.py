"""Trying a provider: each outcome has its sentence, and nothing of the answer comes back."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from llm_proxy.errors import (
    ProxyError,
    UpstreamBadResponse,
    UpstreamForbidden,
    UpstreamIdle,
    UpstreamInterrupted,
    UpstreamNameUnknown,
    UpstreamTimeout,
    UpstreamTlsError,
    UpstreamUnavailable,
)
from llm_proxy.records import UpstreamReply, UpstreamRequest
from llm_proxy.upstream import ClientLimits, Upstreams
from llm_proxy.web.admin import AdminServices, provider_test
from tests.e2e.test_upstream_faults import certificate
from tests.fakes import CREDENTIAL, FakeUpstream, provider
from tests.gateway_process import free_port
from tests.mock_answers import answer, chunked, json_answer
from tests.mock_upstream import Mock, Then
from tests.web.admin.conftest import NOBODY, Admin, client_of

CANARY = "said-by-the-provider"
DRAFT = {"base_url": "https://api.example.org/v1", "api_key": "sk-draft-canary"}

STATUSES = [
    (200, "2xx", "connected", "took the credential"),
    (204, "2xx", "connected", "took the credential"),
    (401, "4xx", "credential_refused", "(4xx): check the API key"),
    (403, "4xx", "credential_refused", "(4xx): check the API key"),
    (404, "4xx", "not_found", "the base URL is probably wrong. Some providers have no such list"),
    (400, "4xx", "refused", "refused the request (4xx)"),
    (429, "4xx", "refused", "rate limit is used up (4xx)"),
    (301, "3xx", "refused", "redirect (3xx), which is never followed"),
    (308, "3xx", "refused", "redirect (3xx), which is never followed"),
    (500, "5xx", "failing", "failing (5xx)"),
    (529, "5xx", "failing", "failing (5xx)"),
    (199, None, "failing", "upstream.test answered with a status that HTTP does not know"),
    (999, None, "failing", "upstream.test answered with a status that HTTP does not know"),
]


@pytest.mark.parametrize(("status", "status_class", "outcome", "told"), STATUSES)
async def test_each_status_has_its_outcome_and_says_what_to_do(status, status_class, outcome, told):
    upstream = FakeUpstream([CANARY.encode()], status, headers=(("location", CANARY), ("x-told", CANARY)))
    tested = await provider_test.ask(provider(), upstream)
    assert (tested.outcome, tested.status_class, tested.ok) == (outcome, status_class, outcome == "connected")
    assert told in tested.message
    assert CANARY not in tested.model_dump_json()
    assert CREDENTIAL not in tested.model_dump_json()
    assert upstream.closed == 1


ERRORS = [
    (UpstreamTimeout, "timed_out", "did not answer in time"),
    (UpstreamIdle, "timed_out", "did not answer in time"),
    (UpstreamNameUnknown, "unreachable", "does not resolve (DNS)"),
    (UpstreamTlsError, "unreachable", "TLS"),
    (UpstreamForbidden, "unreachable", "may not be connected to"),
    (UpstreamUnavailable, "unreachable", "refused the connection"),
    (UpstreamInterrupted, "unreachable", "closed the connection"),
    (UpstreamBadResponse, "unreachable", "did not answer as HTTP wants it"),
]


@pytest.mark.parametrize(("error", "outcome", "told"), ERRORS)
async def test_each_failure_to_connect_has_its_words_and_names_the_host_that_was_given(
    error: type[ProxyError], outcome, told
):
    tested = await provider_test.ask(provider(base_url="http://upstream.test:81/v1"), FakeUpstream(error=error()))
    assert (tested.outcome, tested.status_class, tested.ok) == (outcome, None, False)
    assert told in tested.message
    assert "upstream.test:81" in tested.message


async def test_a_web_page_is_no_list_of_models():
    tested = await provider_test.ask(provider(), FakeUpstream(content_type="text/html; charset=utf-8"))
    assert (tested.ok, tested.outcome, tested.status_class) == (False, "not_found", "2xx")


@pytest.mark.parametrize(
    ("kind", "base_url", "url", "header"),
    [
        ("openai", "http://h.test", "http://h.test/v1/models", ("authorization", f"Bearer {CREDENTIAL}")),
        ("anthropic", "http://h.test", "http://h.test/v1/models", ("x-api-key", CREDENTIAL)),
        ("azure", "http://h.test", "http://h.test/openai/v1/models", ("api-key", CREDENTIAL)),
    ],
)
async def test_the_adapters_own_request_is_sent(kind, base_url, url, header):
    upstream = FakeUpstream()
    await provider_test.ask(provider(kind=kind, base_url=base_url), upstream)
    (request,) = upstream.requests
    assert (request.method, request.url, request.body) == ("GET", url, b"")
    assert header in request.headers.items()


class Silent(FakeUpstream):
    """Never answers."""

    async def send(self, request: UpstreamRequest) -> UpstreamReply:
        """Wait for ever."""
        await asyncio.Event().wait()
        return await super().send(request)


async def test_a_provider_that_says_nothing_is_given_up():
    tested = await provider_test.ask(provider(), Silent(), limit_s=0)
    assert (tested.outcome, tested.ok) == ("timed_out", False)


# --- through the client that calls use --------------------------------------------------------------------------------


@pytest.fixture
async def upstreams() -> AsyncIterator[Upstreams]:
    """The real way to providers."""
    client = Upstreams(ClientLimits(connect_s=5, first_byte_s=5), lambda _: None)
    await client.start()
    yield client
    await client.stop()


@pytest.fixture
def mock():
    """A provider on the network."""
    with Mock(lambda _: json_answer({"data": [CANARY]})) as running:
        yield running


async def test_a_real_provider_is_asked_once_and_its_connection_closed_unread(upstreams: Upstreams, mock: Mock):
    mock.always([*chunked([CANARY.encode()], content_type="application/json")[:-1], Then.STALL])
    tested = await provider_test.ask(provider(base_url=mock.url), upstreams)
    assert (tested.ok, tested.outcome) == (True, "connected")
    (request,) = mock.requests
    assert (request.method, request.target) == ("GET", "/v1/models")
    assert request.values("authorization") == [f"Bearer {CREDENTIAL}"]
    await asyncio.to_thread(request.connection.wait_gone)


@pytest.mark.parametrize(
    ("script", "outcome", "told"),
    [
        (answer(b"", 302, [("Location", "http://127.0.0.1:1/elsewhere")]), "refused", "redirect"),
        ([Then.CLOSE], "unreachable", "closed the connection"),
        ([b"SSH-2.0-OpenSSH_9.6\r\n", Then.CLOSE], "unreachable", "as HTTP wants it"),
    ],
)
async def test_what_a_real_connection_does_is_told(upstreams: Upstreams, mock: Mock, script, outcome, told):
    mock.always(script)
    tested = await provider_test.ask(provider(base_url=mock.url), upstreams)
    assert tested.outcome == outcome
    assert told in tested.message


async def test_a_stalled_provider_times_out_and_loses_its_connection(upstreams: Upstreams, mock: Mock):
    mock.always([Then.STALL])
    asked = asyncio.create_task(provider_test.ask(provider(base_url=mock.url), upstreams, limit_s=0.2))
    request = await asyncio.to_thread(mock.wait)
    assert (await asked).outcome == "timed_out"
    await asyncio.to_thread(request.connection.wait_gone)


async def test_a_bad_certificate_and_a_closed_port_are_told_apart(upstreams: Upstreams, tmp_path: Path):
    with Mock(lambda _: json_answer({}), certificate(tmp_path, "localhost", 1)) as secure:
        url = secure.url.replace("http://", "https://")
        told = (await provider_test.ask(provider(base_url=url), upstreams)).message
    closed = await provider_test.ask(provider(base_url=f"http://127.0.0.1:{free_port()}"), upstreams)
    assert (closed.outcome, secure.requests) == ("unreachable", [])
    assert "TLS" in told
    assert "refused the connection" in closed.message


async def test_the_built_in_model_answers_too(upstreams: Upstreams):
    sandbox = replace(provider(), kind="sandbox", base_url="sandbox:")
    assert (await provider_test.ask(sandbox, upstreams)).outcome == "connected"


# --- the routes -------------------------------------------------------------------------------------------------------


def services(admin: Admin, upstream: FakeUpstream, **more: bool) -> AdminServices:
    return AdminServices(admin.store, admin.directory, upstream=upstream, **more)


async def test_a_stored_provider_is_tried_with_its_credential_and_nothing_but_the_act_is_kept(admin: Admin):
    stored = await admin.provider()
    upstream = FakeUpstream([CANARY.encode()], 401)
    with structlog.testing.capture_logs() as logged:
        async with client_of(services(admin, upstream)) as client:
            answered = await client.post(f"/admin/providers/{stored['id']}/test")
    assert answered.status_code == 200
    assert answered.json() | {"duration_ms": 0} == {
        "ok": False, "outcome": "credential_refused", "status_class": "4xx", "duration_ms": 0, "kind": "openai",
        "message": "The provider refused the credential (4xx): check the API key.",
    }  # fmt: skip
    assert upstream.requests[0].headers["authorization"] == "Bearer sk-upstream-canary"
    act = (await admin.acts())[0]
    assert (act.action, act.subject, act.remote) == ("provider.test", stored["id"], "192.0.2.7")
    assert "canary" not in answered.text + str(await admin.acts()) + str(logged)
    assert (await admin.call("GET", f"/providers/{stored['id']}")).json() == stored


async def test_a_new_provider_is_tried_and_not_stored(admin: Admin):
    upstream = FakeUpstream()
    async with client_of(services(admin, upstream)) as client:
        answered = await client.post("/admin/providers/test", json=DRAFT)
    assert (answered.status_code, answered.json()["outcome"]) == (200, "connected")
    assert upstream.requests[0].url == "https://api.example.org/v1/models"
    assert upstream.requests[0].headers["authorization"] == "Bearer sk-draft-canary"
    assert (await admin.call("GET", "/providers")).json() == []
    (act,) = await admin.acts()
    assert (act.action, act.subject) == ("provider.test", "")
    assert act.detail == '{"base_url":"https://api.example.org/v1","api_key":"(given)"}'
    assert "canary" not in answered.text


@pytest.mark.parametrize("identifier", [NOBODY, "x"])
async def test_an_id_that_names_nothing_is_404_and_nobody_is_asked(admin: Admin, identifier):
    upstream = FakeUpstream()
    async with client_of(services(admin, upstream)) as client:
        assert (await client.post(f"/admin/providers/{identifier}/test")).status_code == 404
    assert (upstream.requests, await admin.acts()) == ([], [])


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"base_url": "ftp://host"}, "base_url"),
        ({"base_url": "http://169.254.169.254/"}, "base_url"),
        ({"base_url": "http://127.0.0.1:8000/v1"}, "base_url"),
        ({"base_url": "https://user:word@host"}, "base_url"),
        ({"api_key": "sk\r\nX-Evil: 1"}, "api_key"),
        ({"api_key": None}, "api_key"),
        ({"name": "x"}, "name"),
    ],
)
async def test_a_bad_draft_is_refused_as_on_creation_and_nobody_is_asked(admin: Admin, change, param):
    upstream = FakeUpstream()
    async with client_of(services(admin, upstream, private_upstreams_allowed=False)) as client:
        answered = await client.post("/admin/providers/test", json=DRAFT | change)
    assert (answered.status_code, answered.json()["error"]["param"]) == (400, param)
    assert (upstream.requests, await admin.acts()) == ([], [])
