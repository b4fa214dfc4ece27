"""What outlives the process: providers, keys, guard rails and their events, usage.

One SQLite file; what is secret in it is sealed.
"""

import asyncio

from sqlalchemy import Connection

from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.records import Secret, Snapshot
from llm_proxy.store import meta, packs, sqlite
from llm_proxy.store.admin_log import AdminLog, Entry
from llm_proxy.store.attention import Attention
from llm_proxy.store.audit import Audit
from llm_proxy.store.database import Database
from llm_proxy.store.event_search import EventSearch
from llm_proxy.store.events import Events
from llm_proxy.store.excerpt import AuditText
from llm_proxy.store.guardrail_batches import GuardrailBatches
from llm_proxy.store.guardrail_stats import GuardrailStats
from llm_proxy.store.guardrail_versions import GuardrailVersions
from llm_proxy.store.guardrails import Guardrails
from llm_proxy.store.keys import Keys
from llm_proxy.store.limited import LimitedCalls
from llm_proxy.store.packs import Packs
from llm_proxy.store.provider_health import ProviderHealth
from llm_proxy.store.providers import Providers
from llm_proxy.store.retention import Retention
from llm_proxy.store.rollups import Rollups
from llm_proxy.store.rule_meters import RuleMeters
from llm_proxy.store.schema import utc_now
from llm_proxy.store.seal import Purpose, Sealer
from llm_proxy.store.sessions import Sessions
from llm_proxy.store.summary import Summaries
from llm_proxy.store.usage import Usage, UsagePage
from llm_proxy.store.usage_query import UsageQuery
from llm_proxy.store.whereabouts import Sightings

__all__ = ["AuditText", "Entry", "Store", "UsagePage", "UsageQuery"]


class Store:
    """One attribute a noun. A change of providers, keys or guard rails moves the revision, which other processes watch.

    Methods raise StoreUnavailable when the database cannot be read or written; a write returns when it is durable.
    """

    def __init__(self, database: Database, sealer: Sealer, audit_text: AuditText) -> None:
        self.database = database
        self.fingerprints = Fingerprinter(sealer.derived("fingerprint"))
        self._sealer = sealer
        self.providers = Providers(database, sealer)
        self.provider_health = ProviderHealth(database)
        self.keys = Keys(database)
        self.guardrails = Guardrails(database)
        self.guardrail_versions = GuardrailVersions(database)
        self.guardrail_batches = GuardrailBatches(database)
        self.packs = Packs(database)
        self.guardrail_stats = GuardrailStats(database)
        self.rule_meters = RuleMeters(database)
        self.events = Events(database, sealer, audit_text)
        self.event_search = EventSearch(database)
        self.sightings = Sightings(database)
        self.audit = Audit(database, self.events.chain)
        self.retention = Retention(database, self.events.chain)
        self.usage = Usage(database)
        self.limited = LimitedCalls(database)
        self.rollups = Rollups(database)
        self.summaries = Summaries(database)
        self.attention = Attention(database)
        self.admin_log = AdminLog(database)
        self.sessions = Sessions(database, sealer)

    @classmethod
    async def open(
        cls,
        dsn: str,
        secret_key: Secret | None,
        *,
        busy_timeout_ms: int = 5000,
        audit_text: AuditText = "sealed",
    ) -> "Store":
        """Open the database that ``dsn`` names, or make it; raises StoreError with the reason when it cannot be used.

        Without ``secret_key`` the sealing key is in ``<path>.key``, minted with the database.
        """
        path = sqlite.locate(dsn)
        opened = await asyncio.to_thread(sqlite.open_file, path, secret_key, busy_timeout_ms)
        return cls(Database(opened), opened.sealer, audit_text)

    def derived(self, purpose: Purpose) -> Secret:
        """Return the key for a purpose, derived from the sealing key: every replica on this database has the same."""
        return self._sealer.derived(purpose)

    @property
    def sealing_secret(self) -> Secret:
        """The sealing key's text, from ``SECRET_KEY`` or from the file beside the database."""
        return self._sealer.secret

    async def close(self) -> None:
        """Finish what is being written, then close."""
        await self.database.close()

    async def revision(self) -> int:
        """Return the number that every change of providers, keys and guard rails moves."""
        return await self.database.read(meta.revision)

    async def snapshot(self) -> Snapshot:
        """Return what the data path needs, as of one instant.

        Rules are in the order of their creation, disabled ones among them.
        """

        def query(connection: Connection) -> Snapshot:
            return Snapshot(
                revision=meta.revision(connection),
                providers=tuple(self.providers.living(connection)),
                keys=tuple(self.keys.live(connection)),
                guardrails=tuple(reversed(self.guardrails.living(connection))),
                packs=tuple(packs.states(connection)),
            )

        return await self.database.read(query)

    async def ping(self) -> None:
        """Write once, to prove it possible; raises StoreUnavailable when it is not (locked, full, read-only)."""
        now = utc_now().isoformat()
        await self.database.write(lambda connection: meta.put(connection, "pinged_at", now))

    def size_bytes(self) -> int:
        """Return what the database takes on the disk."""
        return self.database.size_bytes()
