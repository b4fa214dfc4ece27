"""OpenAI and everything compatible with it: local models, routers, other vendors."""

from collections.abc import Mapping

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.providers.base import join
from llm_proxy.records import Provider

ANTHROPIC_VERSION = "2023-06-01"  # the version every Messages API call must name (Anthropic's API reference)


class OpenAI:
    """Bearer credential; on the Messages route the credential goes where Anthropic's protocol has it."""

    def url(self, provider: Provider, endpoint: Endpoint) -> str:
        """Return the endpoint's URL below the provider's base."""
        return join(provider.base_url, endpoint.name)

    def headers(self, provider: Provider, endpoint: Endpoint, forwarded: Mapping[str, str]) -> dict[str, str]:
        """Return the forwarded headers with the credential."""
        if endpoint.dialect == "anthropic":
            return messages_headers(provider, forwarded)
        return {**forwarded, "authorization": f"Bearer {provider.credential.reveal()}"}


def messages_headers(provider: Provider, forwarded: Mapping[str, str]) -> dict[str, str]:
    """Return the headers of the Messages protocol: ``x-api-key``, and a version when the client named none."""
    return {"anthropic-version": ANTHROPIC_VERSION, **forwarded, "x-api-key": provider.credential.reveal()}
