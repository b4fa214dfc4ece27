"""Anthropic's own API: ``/v1/messages``, and its OpenAI-compatible ``/v1/chat/completions``."""

from collections.abc import Mapping

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.providers.openai import OpenAI, messages_headers
from llm_proxy.records import Provider


class Anthropic(OpenAI):
    """``x-api-key`` on its own routes (the list of models is one); Bearer where it speaks OpenAI's protocol."""

    def headers(self, provider: Provider, endpoint: Endpoint, forwarded: Mapping[str, str]) -> dict[str, str]:
        """Return the forwarded headers with the credential."""
        if endpoint.name == "models":
            return messages_headers(provider, forwarded)
        return super().headers(provider, endpoint, forwarded)
