"""The keys that clients present, as digests. A revoked one stays: usage and audit need its name."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, func, insert, select, update

from llm_proxy.errors import BadRequest
from llm_proxy.records import ApiKey
from llm_proxy.store import meta
from llm_proxy.store.admin_log import Entry, record
from llm_proxy.store.database import Database
from llm_proxy.store.providers import LIVING
from llm_proxy.store.schema import keys, providers, usage, utc_now

_LIVE = keys.c.revoked_at.is_(None)
_NEWEST_FIRST = (keys.c.created_at.desc(), keys.c.id)


class Keys:
    """Reads and changes keys. ``log`` is written with the change, or neither is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self) -> Sequence[ApiKey]:
        """Return all, revoked ones too, newest first."""
        query = select(keys).order_by(*_NEWEST_FIRST)
        return await self._database.read(lambda connection: [_record(row) for row in connection.execute(query)])

    async def get(self, key_id: str) -> ApiKey | None:
        """Return one, revoked or not, or None."""
        return await self._database.read(lambda connection: _find(connection, key_id))

    async def last_used(self, key_id: str | None = None) -> dict[str, datetime]:
        """Return when each key (or this one) last called a provider, by id; keys that never did are absent."""
        newest = select(func.max(usage.c.created_at)).where(usage.c.api_key_id == keys.c.id).scalar_subquery()
        query = select(keys.c.id, newest.label("at")).where(*([] if key_id is None else [keys.c.id == key_id]))
        return await self._database.read(
            lambda connection: {row.id: row.at for row in connection.execute(query) if row.at is not None}
        )

    async def names(self) -> dict[str, str]:
        """Return the name of every key that ever was, by id."""
        query = select(keys.c.id, keys.c.name)
        return await self._database.read(lambda connection: {row.id: row.name for row in connection.execute(query)})

    async def create(
        self,
        *,
        name: str,
        provider_id: str,
        rate_limit_rpm: int,
        digest: str,
        display: str,
        log: Entry | None = None,
    ) -> ApiKey:
        """Store a new one; raises BadRequest for an unknown provider, Conflict when the digest is there already."""
        key = ApiKey(str(uuid4()), name, digest, provider_id, rate_limit_rpm, created_at=utc_now(), display=display)

        def job(connection: Connection) -> ApiKey:
            _refuse_unknown_provider(connection, provider_id)
            self.add(connection, key)
            meta.bump_revision(connection)
            record(connection, log, key.id)
            return key

        return await self._database.write(job)

    async def update(
        self,
        key_id: str,
        *,
        name: str | None = None,
        provider_id: str | None = None,
        rate_limit_rpm: int | None = None,
        log: Entry | None = None,
    ) -> ApiKey | None:
        """Change what is not None; returns None when the key is unknown or revoked.

        Raises BadRequest for an unknown provider.
        """
        given = {"name": name, "provider_id": provider_id, "rate_limit_rpm": rate_limit_rpm}
        changes = {field: value for field, value in given.items() if value is not None}

        def job(connection: Connection) -> ApiKey | None:
            if provider_id is not None:
                _refuse_unknown_provider(connection, provider_id)
            live = update(keys).where(keys.c.id == key_id, _LIVE)
            if changes and connection.execute(live.values(**changes)).rowcount:
                meta.bump_revision(connection)
                record(connection, log, key_id)
            key = _find(connection, key_id)
            return key if key is not None and key.revoked_at is None else None

        return await self._database.write(job)

    async def revoke(self, key_id: str, *, log: Entry | None = None) -> bool:
        """Take a key out of use for good; False when it is unknown or revoked already."""
        live = update(keys).where(keys.c.id == key_id, _LIVE)

        def job(connection: Connection) -> bool:
            revoked = connection.execute(live.values(revoked_at=utc_now())).rowcount == 1
            if revoked:
                meta.bump_revision(connection)
                record(connection, log, key_id)
            return revoked

        return await self._database.write(job)

    def live(self, connection: Connection) -> Sequence[ApiKey]:
        """Return those that are not revoked, newest first."""
        query = select(keys).where(_LIVE).order_by(*_NEWEST_FIRST)
        return [_record(row) for row in connection.execute(query)]

    def add(self, connection: Connection, key: ApiKey) -> None:
        """Insert a record as it is; its digest must be new, its provider known."""
        connection.execute(insert(keys).values(asdict(key)))


def _find(connection: Connection, key_id: str) -> ApiKey | None:
    row = connection.execute(select(keys).where(keys.c.id == key_id)).one_or_none()
    return None if row is None else _record(row)


def _record(row: Row[Any]) -> ApiKey:
    return ApiKey(**row._asdict())


def _refuse_unknown_provider(connection: Connection, provider_id: str) -> None:
    if not connection.execute(select(providers.c.id).where(providers.c.id == provider_id, LIVING)).first():
        raise BadRequest("There is no provider with this id.", param="provider_id")
