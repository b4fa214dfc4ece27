"""What an adapter knows: how to address a provider, how to present its credential. Nothing here opens a socket."""

import re
from collections.abc import Mapping
from typing import Protocol

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.records import Provider

# A segment that names an API version (v1, v1beta, v3): such a base is complete, and only the endpoint is appended.
_VERSION = re.compile(r"v\d+[a-z0-9]*")


class Adapter(Protocol):
    """One provider kind's dialect."""

    def url(self, provider: Provider, endpoint: Endpoint) -> str:
        """Return the absolute URL of an endpoint at this provider."""
        ...

    def headers(self, provider: Provider, endpoint: Endpoint, forwarded: Mapping[str, str]) -> dict[str, str]:
        """Return the headers to send: the credential exactly once, and what the client may pass on."""
        ...


def join(base_url: str, name: str, *, root: str = "/v1") -> str:
    """Append an endpoint's name to a base as administrators write it.

    ``https://host``, ``https://host/``, ``https://host/v1`` and ``https://host/v1/`` lead to
    ``https://host/v1/<name>``. A deeper base that holds a version segment is taken as complete (``…/v1beta/openai``);
    one that does not gets ``/v1`` (``…/openai``).
    """
    scheme, separator, rest = base_url.rstrip("/").partition("://")
    host, _, path = rest.partition("/")
    segments = path.split("/") if path else []
    if not any(_VERSION.fullmatch(segment) for segment in segments):
        path = path + root if path else root.removeprefix("/")
    return f"{scheme}{separator}{host}/{path}/{name}"
