"""The upstream accounts, credentials sealed. A deleted one stays as a tombstone: usage and audit need its name."""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, insert, select, update

from llm_proxy.errors import Conflict
from llm_proxy.records import Provider, ProviderKind, Secret
from llm_proxy.store import meta
from llm_proxy.store.admin_log import Entry, record
from llm_proxy.store.database import Database
from llm_proxy.store.schema import providers, utc_now
from llm_proxy.store.seal import Sealer

LIVING = providers.c.deleted_at.is_(None)
# What an HTTP header can carry: printable ASCII, no space at either end.
CREDENTIAL = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,4094}[\x21-\x7e])?")


class Providers:
    """Reads and changes providers. ``log`` is written with the change, or neither is."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer

    async def list(self) -> Sequence[Provider]:
        """Return the living ones, newest first."""
        return await self._database.read(self.living)

    async def get(self, provider_id: str) -> Provider | None:
        """Return a living one, or None."""
        return await self._database.read(lambda connection: self._find(connection, provider_id))

    async def names(self) -> dict[str, str]:
        """Return the name of every provider that ever was, by id."""
        query = select(providers.c.id, providers.c.name)
        return await self._database.read(lambda connection: {row.id: row.name for row in connection.execute(query)})

    async def create(
        self, *, name: str, base_url: str, kind: ProviderKind, credential: Secret, log: Entry | None = None
    ) -> Provider:
        """Store a new one; raises Conflict when a living one has the name."""
        now = utc_now()
        provider = Provider(str(uuid4()), name, base_url, kind, credential, created_at=now, updated_at=now)

        def job(connection: Connection) -> Provider:
            self.add(connection, provider)
            meta.bump_revision(connection)
            record(connection, log, provider.id)
            return provider

        return await self._database.write(job)

    async def update(
        self,
        provider_id: str,
        *,
        name: str | None = None,
        base_url: str | None = None,
        kind: ProviderKind | None = None,
        credential: Secret | None = None,
        log: Entry | None = None,
    ) -> Provider | None:
        """Change what is not None; returns None when there is no such living one.

        Raises Conflict when another living one has the name.
        """
        given: dict[str, Any] = {"name": name, "base_url": base_url, "kind": kind, "credential": credential}
        changes = {field: value for field, value in given.items() if value is not None}

        def job(connection: Connection) -> Provider | None:
            provider = self._find(connection, provider_id)
            if provider is None or not changes:
                return provider
            changed = replace(provider, **changes, updated_at=utc_now())
            _refuse_taken_name(connection, changed)
            connection.execute(update(providers).where(providers.c.id == provider_id).values(self._values(changed)))
            meta.bump_revision(connection)
            record(connection, log, provider_id)
            return changed

        return await self._database.write(job)

    async def delete(self, provider_id: str, *, log: Entry | None = None) -> bool:
        """Leave a tombstone without the credential; False when there is no such living one."""
        bury = update(providers).where(providers.c.id == provider_id, LIVING)

        def job(connection: Connection) -> bool:
            buried = connection.execute(bury.values(deleted_at=utc_now(), credential_sealed=b"")).rowcount == 1
            if buried:
                meta.bump_revision(connection)
                record(connection, log, provider_id)
            return buried

        return await self._database.write(job)

    def living(self, connection: Connection) -> Sequence[Provider]:
        """Return the living ones, newest first."""
        query = select(providers).where(LIVING).order_by(providers.c.created_at.desc(), providers.c.id)
        return [self._record(row) for row in connection.execute(query)]

    def add(self, connection: Connection, provider: Provider) -> None:
        """Insert a record as it is; raises Conflict when a living one has its name."""
        _refuse_taken_name(connection, provider)
        connection.execute(insert(providers).values(self._values(provider)))

    def _find(self, connection: Connection, provider_id: str) -> Provider | None:
        row = connection.execute(select(providers).where(providers.c.id == provider_id, LIVING)).one_or_none()
        return None if row is None else self._record(row)

    def _values(self, provider: Provider) -> dict[str, Any]:
        sealed = self._sealer.seal(provider.credential.reveal(), _place(provider.id))
        return {
            "id": provider.id,
            "name": provider.name,
            "base_url": provider.base_url,
            "kind": provider.kind,
            "credential_sealed": sealed,
            "created_at": provider.created_at,
            "updated_at": provider.updated_at,
        }

    def _record(self, row: Row[Any]) -> Provider:
        return Provider(
            id=row.id,
            name=row.name,
            base_url=row.base_url,
            kind=row.kind,
            credential=Secret(self._sealer.open(row.credential_sealed, _place(row.id))),
            created_at=row.created_at,
            updated_at=row.updated_at,
        )


def _place(provider_id: str) -> str:
    return f"providers.credential:{provider_id}"


def _refuse_taken_name(connection: Connection, provider: Provider) -> None:
    same = select(providers.c.id).where(providers.c.name == provider.name, LIVING, providers.c.id != provider.id)
    if connection.execute(same).first():
        raise Conflict("A provider with this name exists.", param="name")
