"""Azure OpenAI by its v1 API.

``https://<resource>.openai.azure.com/openai/v1/…``, the deployment named as the model.
"""

from collections.abc import Mapping

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.providers.base import join
from llm_proxy.records import Provider


class Azure:
    """The credential goes in ``api-key``."""

    def url(self, provider: Provider, endpoint: Endpoint) -> str:
        """Return the endpoint's URL; a bare resource address gets ``/openai/v1``."""
        base = provider.base_url.rstrip("/")
        return join(base.removesuffix("/openai"), endpoint.name, root="/openai/v1")

    def headers(self, provider: Provider, endpoint: Endpoint, forwarded: Mapping[str, str]) -> dict[str, str]:  # noqa: ARG002 (Adapter)
        """Return the forwarded headers with the credential."""
        return {**forwarded, "api-key": provider.credential.reveal()}
