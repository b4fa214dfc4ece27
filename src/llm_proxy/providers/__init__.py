"""What each upstream wants to hear. Pure."""

from urllib.parse import urlsplit

from llm_proxy.providers.anthropic import Anthropic
from llm_proxy.providers.azure import Azure
from llm_proxy.providers.base import Adapter
from llm_proxy.providers.openai import OpenAI
from llm_proxy.providers.sandbox import Sandbox
from llm_proxy.records import ProviderKind

ADAPTERS: dict[ProviderKind, Adapter] = {
    "openai": OpenAI(),
    "anthropic": Anthropic(),
    "azure": Azure(),
    "sandbox": Sandbox(),
}

_AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")


def detect_kind(base_url: str) -> ProviderKind:
    """Return the kind a base URL speaks of.

    By its scheme or its host's name, OpenAI-compatible when nothing else is known.
    """
    if base_url.lower().startswith("sandbox:"):
        return "sandbox"
    host = (urlsplit(base_url).hostname or "").lower()
    if host == "api.anthropic.com":
        return "anthropic"
    if host.endswith(_AZURE_HOSTS):
        return "azure"
    return "openai"
