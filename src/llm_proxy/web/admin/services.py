"""What the admin routes work with, and the record of what is done through them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

import orjson
from fastapi import Depends, Request

from llm_proxy.admission.dry_run import DryRuns
from llm_proxy.directory import StoreDirectory
from llm_proxy.errors import StoreUnavailable, UpstreamUnavailable
from llm_proxy.pipeline.shadow import Shadows
from llm_proxy.ports import Upstream
from llm_proxy.records import UpstreamReply, UpstreamRequest
from llm_proxy.settings import Settings
from llm_proxy.store import Entry, Store
from llm_proxy.store.schema import utc_now
from llm_proxy.web.accept import Head
from llm_proxy.web.proxy import Proxy
from llm_proxy.web.session import Entrance, presented
from llm_proxy.web.token import bearer

_SETTLE_S = 1.0


async def _settled() -> None:
    """Nothing is waiting."""


class _Nowhere:
    """No way to any provider."""

    async def send(self, request: UpstreamRequest) -> UpstreamReply:  # noqa: ARG002 (the port's signature)
        """Refuse."""
        raise UpstreamUnavailable


@dataclass(frozen=True, slots=True)
class Process:
    """This process: how it is set up, since when it runs, and why it is not ready."""

    settings: Settings = field(default_factory=Settings.model_construct)
    faults: Callable[[], list[str]] = list
    started_at: datetime = field(default_factory=utc_now)


@dataclass(frozen=True, slots=True)
class AdminServices:
    """What the routes need.

    ``private_upstreams_allowed``: whether a provider's base URL may name a loopback or private address.
    ``settle`` moves booked usage into the store, so that whoever asks sees the calls that ended before.
    ``entrance`` is where sessions begin and end; without one the routes of sessions are not there.
    ``upstream`` is the way to the providers, ``proxy`` the data path that the playground's calls take, ``shadows`` the
    drafts that look at live calls.
    """

    store: Store
    directory: StoreDirectory
    private_upstreams_allowed: bool = True
    settle: Callable[[], Awaitable[None]] = _settled
    process: Process = field(default_factory=Process)
    entrance: Entrance | None = None
    upstream: Upstream = field(default_factory=_Nowhere)
    proxy: Proxy | None = None
    dry_runs: DryRuns = field(default_factory=DryRuns)
    shadows: Shadows = field(default_factory=Shadows)


@dataclass(frozen=True, slots=True)
class Desk:
    """One admin request's access to the services, on behalf of one address. ``shown`` is what let it pass."""

    services: AdminServices
    remote: str
    shown: Literal["admin token", "dashboard session", "command line"] = "admin token"

    @property
    def store(self) -> Store:
        """The store."""
        return self.services.store

    def entry(self, action: str, detail: Mapping[str, object] | None = None) -> Entry:
        """Return what goes on record for this caller. ``detail`` must not hold a secret."""
        by = f"{self.shown} ({self.remote})" if self.remote else self.shown
        remote = self.remote or ("command line" if self.shown == "command line" else "")
        return Entry(action, orjson.dumps(detail).decode() if detail else "", remote, by)

    async def settle(self) -> None:
        """Give what is booked a moment to reach the store. A writer that is busy or broken delays records, not readers.

        A flush that takes longer goes on: it must not be cut off half-way.
        """
        with suppress(StoreUnavailable, TimeoutError):
            await asyncio.wait_for(asyncio.shield(self.services.settle()), _SETTLE_S)

    async def enforce(self) -> None:
        """Put a stored change in force: when this returns, the next call sees it. Raises StoreUnavailable."""
        await self.services.directory.refresh()


def _desk(request: Request) -> Desk:
    services: AdminServices = request.app.state.services
    shown: Literal["admin token", "dashboard session"] = "admin token"
    if bearer(Head(request.scope["headers"])) is None and presented(Head(request.scope["headers"]))[0]:
        shown = "dashboard session"
    return Desk(services, request.client.host if request.client else "", shown)


AtDesk = Annotated[Desk, Depends(_desk)]
