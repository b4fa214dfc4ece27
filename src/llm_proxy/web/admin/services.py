"""What the admin routes work with, and the record of what is done through them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import orjson
from fastapi import Depends, Request

from llm_proxy.directory import StoreDirectory
from llm_proxy.store import Entry, Store


async def _settled() -> None:
    """Nothing is waiting."""


@dataclass(frozen=True, slots=True)
class AdminServices:
    """What the routes need.

    ``private_upstreams_allowed``: whether a provider's base URL may name a loopback or private address.
    ``settle`` moves booked usage into the store, so that whoever asks sees the calls that ended before.
    """

    store: Store
    directory: StoreDirectory
    private_upstreams_allowed: bool = True
    settle: Callable[[], Awaitable[None]] = _settled


@dataclass(frozen=True, slots=True)
class Desk:
    """One admin request's access to the services, on behalf of one address."""

    services: AdminServices
    remote: str

    @property
    def store(self) -> Store:
        """The store."""
        return self.services.store

    def entry(self, action: str, detail: Mapping[str, object] | None = None) -> Entry:
        """Return what goes on record for this caller. ``detail`` must not hold a secret."""
        return Entry(action, orjson.dumps(detail).decode() if detail else "", self.remote)

    async def enforce(self) -> None:
        """Put a stored change in force: when this returns, the next call sees it. Raises StoreUnavailable."""
        await self.services.directory.refresh()


def _desk(request: Request) -> Desk:
    services: AdminServices = request.app.state.services
    return Desk(services, request.client.host if request.client else "")


AtDesk = Annotated[Desk, Depends(_desk)]
