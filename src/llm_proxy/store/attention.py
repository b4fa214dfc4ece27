"""What is not as it should be, read off the last calls, limits and events.

However many there are, few rows are read: counts stand in indexes, and where rows must be looked at, the newest do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Connection, case, func, literal, select

from llm_proxy.store.database import Database
from llm_proxy.store.rows import fetch, listed
from llm_proxy.store.schema import guardrail_events as events
from llm_proxy.store.schema import guardrails, keys, limited_calls, providers, usage

DAY = timedelta(hours=24)
HOUR = timedelta(hours=1)
SILENCE = timedelta(days=30)
YOUTH = timedelta(days=7)  # so long a rule is given to find something

LAST_CALLS = 3  # that have all failed
_FEWEST_CALLS, _ERRORS_PERCENT = 5, 20  # of a provider, within an hour
_FEWEST_LIMITED = 10
_FEWEST_JUDGED, _FOUND_PERCENT = 20, 50
_MOST_CALLS, _MOST_EVENTS = 2_000, 10_000  # looked at for what a rule finds
_MOST_MINUTES = 20_000  # of keys that met their limits

# Written out: SQLite uses a partial index only for a condition that it can compare with the index's own.
_FAILED = usage.c.status == literal("error", literal_execute=True)
_LIVING_RULES = (guardrails.c.deleted_at.is_(None), guardrails.c.enabled)


@dataclass(frozen=True, slots=True)
class FailingProvider:
    """``errors`` of its ``calls`` of the last hour failed: often, or else the last three of all did.

    ``last_status`` is the HTTP status that the client of the last failure saw.
    """

    id: str
    name: str
    calls: int
    errors: int
    is_often: bool
    last_status: int


@dataclass(frozen=True, slots=True)
class MissingProvider:
    """A deleted provider, and the names of the live keys that still belong to it."""

    id: str
    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LimitedKey:
    """A live key, and how many of its calls met its limit in the last 24 hours."""

    id: str
    name: str
    calls: int


@dataclass(frozen=True, slots=True)
class ConstantRule:
    """A rule that found something in ``found`` of the last ``calls``."""

    id: str
    pattern: str
    found: int
    calls: int


@dataclass(frozen=True, slots=True)
class SilentRule:
    """A rule that found nothing in 30 days."""

    id: str
    pattern: str


@dataclass(frozen=True, slots=True)
class Concerns:
    """All that is not as it should be."""

    failing: Sequence[FailingProvider]
    missing: Sequence[MissingProvider]
    limited: Sequence[LimitedKey]
    constant: Sequence[ConstantRule]
    silent: Sequence[SilentRule]


class Attention:
    """Reads what needs attention."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, now: datetime) -> Concerns:
        """Return what needs attention as of ``now``; raises StoreUnavailable."""

        def query(connection: Connection) -> Concerns:
            return Concerns(
                failing=_failing(connection, now),
                missing=_missing(connection),
                limited=_limited(connection, now),
                constant=_constant(connection, now),
                silent=_silent(connection, now),
            )

        return await self._database.read(query)


def _failing(connection: Connection, now: datetime) -> list[FailingProvider]:
    living = select(providers.c.id, providers.c.name).where(providers.c.deleted_at.is_(None)).order_by(providers.c.name)
    found = []
    for provider_id, name in connection.execute(living).all():
        mine = (usage.c.provider_id == provider_id, usage.c.created_at >= now - HOUR)
        count = select(func.count()).select_from(usage).where(*mine)
        calls, errors = connection.scalar(count) or 0, connection.scalar(count.where(_FAILED)) or 0
        is_often = calls >= _FEWEST_CALLS and errors * 100 >= calls * _ERRORS_PERCENT
        if is_often or _last_failed(connection, provider_id, now):
            status = _last_status(connection, provider_id)
            found.append(FailingProvider(provider_id, name, calls, errors, is_often, status))
    return found


def _last_failed(connection: Connection, provider_id: str, now: datetime) -> bool:
    mine = (usage.c.provider_id == provider_id, usage.c.created_at >= now - DAY)
    newest = select(usage.c.status).where(*mine).order_by(usage.c.created_at.desc()).limit(LAST_CALLS)
    return list(connection.scalars(newest)) == ["error"] * LAST_CALLS


def _last_status(connection: Connection, provider_id: str) -> int:
    failures = select(usage.c.http_status).where(usage.c.provider_id == provider_id, _FAILED)
    return connection.scalar(failures.order_by(usage.c.created_at.desc()).limit(1)) or 0


def _missing(connection: Connection) -> list[MissingProvider]:
    orphans = (
        select(providers.c.id, providers.c.name, keys.c.name)
        .join(keys, keys.c.provider_id == providers.c.id)
        .where(providers.c.deleted_at.is_not(None), keys.c.revoked_at.is_(None))
        .order_by(providers.c.name, keys.c.name)
    )
    names: dict[tuple[str, str], list[str]] = {}
    for provider_id, provider, key in connection.execute(orphans):
        names.setdefault((provider_id, provider), []).append(key)
    return [MissingProvider(*provider, tuple(mine)) for provider, mine in names.items()]


def _limited(connection: Connection, now: datetime) -> list[LimitedKey]:
    calls = func.sum(limited_calls.c.calls).label("calls")
    since = _since(connection, limited_calls.c.minute, now - DAY, _MOST_MINUTES)
    by_key = (
        select(limited_calls.c.api_key_id, calls)
        .where(limited_calls.c.minute >= since)
        .group_by(limited_calls.c.api_key_id)
        .having(calls >= _FEWEST_LIMITED)
        .subquery()
    )
    query = (
        select(keys.c.id, keys.c.name, by_key.c.calls)
        .join(by_key, by_key.c.api_key_id == keys.c.id)
        .where(keys.c.revoked_at.is_(None))
        .order_by(by_key.c.calls.desc(), keys.c.id)
    )
    return [LimitedKey(*row) for row in connection.execute(query)]


def _constant(connection: Connection, now: datetime) -> list[ConstantRule]:
    """A call that was refused on its way in has no usage record, but events; one of before release 0.2 those alone."""
    since = max(
        _since(connection, usage.c.created_at, now - DAY, _MOST_CALLS),
        _since(connection, events.c.created_at, now - DAY, _MOST_EVENTS),
    )
    call = case((events.c.call_id == "", events.c.id), else_=events.c.call_id)
    found: dict[str, set[str]] = {}
    refused = set()
    recent = select(events.c.guardrail_id, call, events.c.action, events.c.direction)
    for rule_id, call_id, action, direction in fetch(connection, recent.where(events.c.created_at >= since)):
        found.setdefault(rule_id, set()).add(call_id)
        if action == "rejected" and direction == "request":
            refused.add(call_id)
    forwarded = connection.scalar(select(func.count()).select_from(usage).where(usage.c.created_at >= since)) or 0
    calls = forwarded + len(refused)
    if calls < _FEWEST_JUDGED:
        return []
    often = {rule: len(mine) for rule, mine in found.items() if len(mine) * 100 >= calls * _FOUND_PERCENT}
    query = select(guardrails.c.id, guardrails.c.pattern).where(*_LIVING_RULES, guardrails.c.id.in_(listed(often)))
    rules = [ConstantRule(*row, often[row.id], calls) for row in connection.execute(query)]
    return sorted(rules, key=lambda rule: (-rule.found, rule.id))


def _since(connection: Connection, time: Column[Any], start: datetime, most: int) -> datetime:
    """Return ``start``, or since when there are about so many rows."""
    newest = select(time).where(time >= start).order_by(time.desc())
    return connection.scalar(newest.offset(most - 1).limit(1)) or start


def _silent(connection: Connection, now: datetime) -> list[SilentRule]:
    """A rule that was changed, enabled for instance, has its time from then on."""
    hit = select(events.c.seq).where(events.c.guardrail_id == guardrails.c.id, events.c.created_at >= now - SILENCE)
    query = select(guardrails.c.id, guardrails.c.pattern).where(
        *_LIVING_RULES, guardrails.c.updated_at <= now - YOUTH, ~hit.exists()
    )
    return [SilentRule(*row) for row in connection.execute(query.order_by(guardrails.c.created_at, guardrails.c.id))]
