"""Where the parts are put together: the only place that knows them all."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import structlog

from llm_proxy.directory import StoreDirectory
from llm_proxy.errors import ProxyError, StartupError, StoreUnavailable
from llm_proxy.ledger import JournalledLedger
from llm_proxy.ledger.journal import Journal
from llm_proxy.limits.memory import MemoryLimiter
from llm_proxy.pipeline import Gateway
from llm_proxy.pipeline.bounds import Bounds
from llm_proxy.pipeline.lookout import Lookout
from llm_proxy.pipeline.meter import RuleMeter
from llm_proxy.pipeline.shadow import Shadows
from llm_proxy.settings import Settings
from llm_proxy.store import Store
from llm_proxy.store.sqlite import locate
from llm_proxy.upstream import ClientLimits, Upstreams
from llm_proxy.web.accept import Scope
from llm_proxy.web.admin import AdminServices, create_admin
from llm_proxy.web.admin.services import Process
from llm_proxy.web.exchange import Receive, Send
from llm_proxy.web.origin import Hosts
from llm_proxy.web.proxy import Proxy
from llm_proxy.web.rules_file import follow_file
from llm_proxy.web.session import Entrance
from llm_proxy.web.system import PATHS, System
from llm_proxy.web.token import AdminToken
from llm_proxy.web.wall import AdminWall

log = structlog.get_logger()

# Answered without a key or a token, with all below; everything else asks for one (a test walks the routes).
OPEN_PATHS = (*PATHS, "/", "/dashboard", "/docs", "/openapi.json", "/openapi.yaml", "/assets")

_STORE_PROBE_S = 2.0


class App:
    """The ASGI application. ``start`` and ``stop`` follow the server's lifespan.

    ``drain`` and ``end_calls`` its shutdown.
    """

    def __init__(self, settings: Settings, sandbox_seen: Callable[[bytes], None]) -> None:
        self._settings = settings
        self._sandbox_seen = sandbox_seen
        self._draining = False
        self._running = False
        self._store_fault: str | None = None
        self._chores: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch: the data path first, ahead of every framework."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["path"].startswith("/v1"):
            await self._proxy(scope, receive, send)
        elif scope["path"] in PATHS:
            await self._system(scope, receive, send)
        else:
            await self._rest(scope, receive, send)

    async def start(self) -> None:
        """Open the store, load keys and rules, replay the journal. Raises StartupError or ProxyError.

        Then nothing is served.
        """
        settings = self._settings
        self._store = await Store.open(settings.dsn, settings.sealing_secret, audit_text=settings.audit_text)
        await follow_file(self._store, settings.guardrails_file)
        own = (settings.admin_secret, self._store.sealing_secret) if settings.self_defence == "on" else None
        self._directory = StoreDirectory(self._store.snapshot, self._store.revision, self._store.fingerprints, own)
        await self._directory.start()
        journal = Journal(locate(settings.dsn))
        self._ledger = JournalledLedger(
            journal, self._store.usage.append, self._store.events.append, self._store.limited.add
        )
        await self._ledger.start()
        private = settings.private_upstreams == "allow"
        self._upstreams = Upstreams(
            ClientLimits(settings.upstream_connect_s, settings.upstream_first_byte_s, private, settings.proxy_from_env),
            self._sandbox_seen,
        )
        await self._upstreams.start()
        self._meter = RuleMeter(self._store.rule_meters.add)
        self._shadows = Shadows()
        self._proxy = Proxy(self._gateway(), max_body_bytes=settings.max_body_bytes, max_calls=settings.max_calls)
        self._system = System(self.faults)
        token = AdminToken(settings.admin_secret)
        await self._store.sessions.bind(token.mark("sessions"))
        self._rest = self._walled(token, private_allowed=private)
        chores = {
            "store probe": self._probe_store(),
            "roll-up": self._store.rollups.keep_up(),
            "retention": self._store.retention.keep_up(settings.audit_retention),
            "rule meter": self._meter.keep_up(),
        }
        self._chores = [asyncio.create_task(chore, name=name) for name, chore in chores.items()]
        self._running = True

    def _gateway(self) -> Gateway:
        """Return the data path."""
        settings = self._settings
        gateway = Gateway(
            self._directory,
            MemoryLimiter(),
            self._upstreams,
            self._ledger,
            Bounds(
                max_event_bytes=settings.max_sse_event_bytes,
                max_answer_bytes=settings.max_answer_bytes,
                first_byte_s=settings.upstream_first_byte_s,
                idle_s=settings.upstream_idle_s,
                calls_per_provider=settings.max_calls_per_provider,
                max_json_depth=settings.max_json_depth,
                guardrail_deadline_s=settings.guardrail_deadline_s,
            ),
            self._store.derived("placeholders"),
        )
        gateway.lookout = Lookout(self._meter, self._shadows)
        return gateway

    def _walled(self, token: AdminToken, *, private_allowed: bool) -> AdminWall:
        """Return the admin API and the pages, behind their wall."""
        settings = self._settings
        entrance = Entrance(self._store.sessions, token, idle_s=settings.session_idle_s, max_s=settings.session_max_s)
        services = AdminServices(
            self._store,
            self._directory,
            private_allowed,
            self._settle,
            process=Process(settings, self.faults),
            entrance=entrance,
            upstream=self._upstreams,
            proxy=self._proxy,
            shadows=self._shadows,
        )
        return AdminWall(create_admin(services), token, entrance, Hosts(settings.allowed_hosts))

    async def stop(self) -> None:
        """Close everything, in the order that loses nothing: what is booked is written before the store closes."""
        self._running = False
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)
        await self._shadows.stop()
        await self._upstreams.stop()
        await self._ledger.stop()
        await self._directory.stop()
        await self._meter.flush()
        await self._store.close()

    async def _settle(self) -> None:
        """Move what is booked and counted into the store."""
        await self._ledger.flush()
        await self._meter.settle()

    def drain(self) -> None:
        """Say "not ready" from now on."""
        self._draining = True

    def end_calls(self) -> None:
        """End the calls that the drain time did not end."""
        if self._running:
            self._proxy.stop()

    def faults(self) -> list[str]:
        """Return why this process should not be sent calls; empty when it should."""
        if self._draining:
            return ["shutting down"]
        if not self._running:
            return ["starting"]
        found = [] if self._ledger.healthy else ["usage cannot be written"]
        if self._directory.rules_error:
            found.append("the guard rails did not load")
        if self._store_fault or self._directory.store_error:
            found.append("the database cannot be used")
        return found

    async def _probe_store(self) -> None:
        while True:
            try:
                await self._store.ping()
                self._store_fault = None
            except StoreUnavailable as exc:
                self._store_fault = str(exc)
            await asyncio.sleep(_STORE_PROBE_S)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            await self.start()
        except (StartupError, ProxyError) as exc:
            log.error("start.refused", reason=str(exc))  # noqa: TRY400 (the reason is the message)
            await send({"type": "lifespan.startup.failed", "message": ""})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        with suppress(asyncio.CancelledError):
            await self.stop()
        await send({"type": "lifespan.shutdown.complete"})


def _unseen(_body: bytes) -> None:
    pass


def create_app(settings: Settings, sandbox_seen: Callable[[bytes], None] = _unseen) -> App:
    """Return the application for these settings. Nothing is opened before it starts.

    ``sandbox_seen`` is told each body that reaches the built-in offline model (the demo shows them).
    """
    return App(settings, sandbox_seen)
