"""Adapters: where a call goes, and the credential exactly once."""

import pytest

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.providers import ADAPTERS, detect_kind
from tests.fakes import CREDENTIAL, provider

CHAT, MESSAGES, MODELS = ENDPOINTS["chat/completions"], ENDPOINTS["messages"], ENDPOINTS["models"]

BASES = [
    ("https://host", "https://host/v1/chat/completions"),
    ("https://host/", "https://host/v1/chat/completions"),
    ("https://host/v1", "https://host/v1/chat/completions"),
    ("https://host/v1/", "https://host/v1/chat/completions"),
    ("http://host:8000", "http://host:8000/v1/chat/completions"),
    ("https://host/openai", "https://host/openai/v1/chat/completions"),
    ("https://host/openai/v1", "https://host/openai/v1/chat/completions"),
    ("https://host/a/b/", "https://host/a/b/v1/chat/completions"),
    ("https://host/v1beta/openai/", "https://host/v1beta/openai/chat/completions"),
    ("https://host/api/v3", "https://host/api/v3/chat/completions"),
    ("http://[::1]:9", "http://[::1]:9/v1/chat/completions"),
]


@pytest.mark.parametrize(("base", "url"), BASES)
def test_every_form_of_a_base_url_leads_to_the_right_path(base: str, url: str) -> None:
    assert ADAPTERS["openai"].url(provider(base_url=base), CHAT) == url


@pytest.mark.parametrize(
    ("base", "url"),
    [
        ("https://r.openai.azure.com", "https://r.openai.azure.com/openai/v1/chat/completions"),
        ("https://r.openai.azure.com/openai/", "https://r.openai.azure.com/openai/v1/chat/completions"),
        ("https://r.openai.azure.com/openai/v1", "https://r.openai.azure.com/openai/v1/chat/completions"),
    ],
)
def test_azure_has_its_own_root(base: str, url: str) -> None:
    assert ADAPTERS["azure"].url(provider(base_url=base, kind="azure"), CHAT) == url


@pytest.mark.parametrize(
    ("base", "kind"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("https://api.anthropic.com", "anthropic"),
        ("https://API.Anthropic.com/", "anthropic"),
        ("https://r.openai.azure.com", "azure"),
        ("https://r.services.ai.azure.com", "azure"),
        ("https://api.anthropic.com.evil.test", "openai"),
        ("http://localhost:11434", "openai"),
        ("sandbox:?pace_ms=5", "sandbox"),
    ],
)
def test_the_kind_follows_from_the_address(base: str, kind: str) -> None:
    assert detect_kind(base) == kind


@pytest.mark.parametrize(
    ("kind", "endpoint", "header"),
    [
        ("openai", CHAT, "authorization"),
        ("openai", MESSAGES, "x-api-key"),
        ("anthropic", MESSAGES, "x-api-key"),
        ("anthropic", CHAT, "authorization"),
        ("anthropic", MODELS, "x-api-key"),
        ("azure", CHAT, "api-key"),
    ],
)
def test_H03_the_credential_is_there_exactly_once(kind: str, endpoint, header: str) -> None:  # type: ignore[no-untyped-def]
    headers = ADAPTERS[kind].headers(provider(kind=kind), endpoint, {"x-request-id": "r"})  # type: ignore[index]
    assert [name for name, value in headers.items() if CREDENTIAL in value] == [header]
    assert headers["x-request-id"] == "r"


def test_a_messages_call_names_a_version_and_the_clients_own_wins() -> None:
    adapter = ADAPTERS["openai"]
    assert adapter.headers(provider(), MESSAGES, {})["anthropic-version"] == "2023-06-01"
    assert (
        adapter.headers(provider(), MESSAGES, {"anthropic-version": "2024-10-22"})["anthropic-version"] == "2024-10-22"
    )
