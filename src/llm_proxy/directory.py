"""What the data path knows, in memory: keys, providers and compiled rules; refreshed on change."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from llm_proxy.admission import benign
from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.core.self_defence import NO_DEFENCE, Defence, defend
from llm_proxy.core.watch import RuleSet, compile_rules, with_defenders
from llm_proxy.errors import BadPattern, GuardrailUnavailable, StoreError, StoreUnavailable
from llm_proxy.packs import rules_in_force
from llm_proxy.records import ApiKey, Guardrail, PackState, Provider, Secret, Snapshot

log = structlog.get_logger()

POLL_S = 0.4  # how soon a change by another process is seen


class StoreDirectory:
    """Keys, providers and rules of the last snapshot. Looking up never waits and never fails for the store's sake.

    A rule set that does not load leaves the last good one in force and turns ``ready`` false; there is never "no
    rules" by accident. ``own`` are the gateway's secrets besides keys and credentials; None ends its self-defence.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[Snapshot]],
        revision: Callable[[], Awaitable[int]],
        fingerprinter: Fingerprinter | None = None,
        own: Sequence[Secret] | None = (),
    ) -> None:
        self._read = read
        self._revision = revision
        self._fingerprinter = fingerprinter
        self._own = own
        self._defence = NO_DEFENCE
        self._keys: dict[str, ApiKey] = {}
        self._keys_by_id: dict[str, ApiKey] = {}
        self._providers: dict[str, Provider] = {}
        self._loaded: tuple[tuple[Guardrail, ...], tuple[PackState, ...]] | None = None
        self._rules: RuleSet | None = None
        self._seen = -1
        self._turn = asyncio.Lock()
        self._poller: asyncio.Task[None] | None = None
        self.rules_error: str | None = None
        self.store_error: str | None = None

    async def start(self) -> None:
        """Load for the first time and begin to watch for changes."""
        await self.refresh()
        self._poller = asyncio.create_task(self._poll(), name="directory poller")

    async def stop(self) -> None:
        """Stop watching."""
        if self._poller is not None:
            self._poller.cancel()
            await asyncio.gather(self._poller, return_exceptions=True)

    async def refresh(self) -> None:
        """Read the store and put what changed in force; raises StoreUnavailable and leaves everything as it was."""
        async with self._turn:
            snapshot = await self._read()
            self._providers = {provider.id: provider for provider in snapshot.providers}
            self._keys = {key.digest: key for key in snapshot.keys}
            self._keys_by_id = {key.id: key for key in snapshot.keys}
            defence = await asyncio.to_thread(self._defend, snapshot)
            if (snapshot.guardrails, snapshot.packs) != self._loaded or self.rules_error is not None:
                await self._compile(snapshot, defence)
            if defence is not self._defence and self._rules is not None:
                self._rules = await asyncio.to_thread(_defended, self._rules, defence)
                self._defence = defence
            self._seen = snapshot.revision

    def _defend(self, snapshot: Snapshot) -> Defence:
        """Return what finds the gateway's own secrets; what is in force, when they are the same."""
        if self._own is None:
            return NO_DEFENCE
        credentials = [provider.credential for provider in snapshot.providers]
        return defend({key.digest for key in snapshot.keys}, credentials, self._own, self._defence)

    async def _compile(self, snapshot: Snapshot, defence: Defence) -> None:
        """Compile in a thread, for a large set takes seconds, and swap the finished set in."""
        try:
            self._rules = await asyncio.to_thread(self._compiled, snapshot, defence)
        except (BadPattern, GuardrailUnavailable) as exc:
            self.rules_error = str(exc)
            log.error("guardrails.not_loaded", error=str(exc), revision=snapshot.revision)  # noqa: TRY400 (the reason is the message)
        else:
            self._loaded, self.rules_error = (snapshot.guardrails, snapshot.packs), None
            self._defence = defence

    def _compiled(self, snapshot: Snapshot, defence: Defence) -> RuleSet:
        rules = (*snapshot.guardrails, *rules_in_force(snapshot.packs))
        return _ready(compile_rules(rules, snapshot.revision, self._fingerprinter, defence.detectors))

    def find_key(self, digest: str) -> ApiKey | None:
        """Return the live key with this digest."""
        return self._keys.get(digest)

    def find_key_by_id(self, key_id: str) -> ApiKey | None:
        """Return the live key with this id: for who may name a key without having it."""
        return self._keys_by_id.get(key_id)

    def find_provider(self, provider_id: str) -> Provider | None:
        """Return the provider, or None when it was deleted."""
        return self._providers.get(provider_id)

    @property
    def rules(self) -> RuleSet:
        """Return the rule set in force; raises GuardrailUnavailable when none was ever loaded."""
        if self._rules is None:
            raise GuardrailUnavailable
        return self._rules

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(POLL_S)
            try:
                if await self._revision() != self._seen:
                    await self.refresh()
                self.store_error = None
            except (StoreUnavailable, StoreError) as exc:
                self.store_error = str(exc)


def _defended(rules: RuleSet, defence: Defence) -> RuleSet:
    return _ready(with_defenders(rules, defence.detectors))


def _ready(rules: RuleSet) -> RuleSet:
    """Have made what the first calls would otherwise make on the event loop: RE2's states for ordinary text, too."""
    watch = rules.watch()
    for text in benign.texts():
        watch.may_find([text])
    _ = rules.watch("response").for_kind("A").holdback
    return rules
