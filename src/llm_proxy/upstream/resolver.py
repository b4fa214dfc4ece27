"""Which addresses a provider may have.

Checked on what a name resolves to, at the moment of connecting (DNS rebinding).
"""

import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from llm_proxy.core.addresses import refusal


class AddressRefused(OSError):
    """The name leads to an address that may not be connected to."""


class GuardedResolver(AbstractResolver):
    """Resolves names in a thread and refuses forbidden addresses."""

    def __init__(self, *, private_allowed: bool) -> None:
        self._inner = ThreadedResolver()
        self._private_allowed = private_allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of a name; raises AddressRefused when any is forbidden.

        A name that mixes is an attack.
        """
        found = await self._inner.resolve(host, port, family)
        for result in found:
            if refusal(result["host"], private_allowed=self._private_allowed):
                raise AddressRefused
        return found

    async def close(self) -> None:
        """Nothing is held."""
