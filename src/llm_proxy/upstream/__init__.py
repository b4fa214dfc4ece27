"""The way to the providers: pools, time limits, exception renaming."""

from collections.abc import Callable

from llm_proxy.records import UpstreamReply, UpstreamRequest
from llm_proxy.upstream.client import ClientLimits, HttpUpstream
from llm_proxy.upstream.sandbox import SandboxUpstream

__all__ = ["ClientLimits", "Upstreams"]


class Upstreams:
    """Sends ``sandbox:`` requests to the built-in model and all others over HTTP."""

    def __init__(self, limits: ClientLimits, sandbox_seen: Callable[[bytes], None]) -> None:
        self._http = HttpUpstream(limits)
        self._sandbox = SandboxUpstream(sandbox_seen)

    async def start(self) -> None:
        """Open the pool."""
        await self._http.start()

    async def stop(self) -> None:
        """Close the pool."""
        await self._http.stop()

    async def send(self, request: UpstreamRequest) -> UpstreamReply:
        """Send a request where its scheme says."""
        upstream = self._sandbox if request.url.startswith("sandbox:") else self._http
        return await upstream.send(request)
