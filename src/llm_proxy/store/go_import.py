"""Brings the Go program's database over: providers, keys, rules, events and usage, under the ids they have there.

What is there already stays as it is, so a second run imports only what is new. Provider credentials, in clear in the
source, are sealed here.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Table, select

from llm_proxy.errors import BadPattern
from llm_proxy.records import ApiKey, Guardrail, GuardrailEvent, Provider, UsageRecord
from llm_proxy.store import Store, go_rows, meta, schema
from llm_proxy.store.go_file import chunks, opened
from llm_proxy.store.providers import LIVING

_CHUNK = 500
_MOST_NOTES = 100
_LONGEST_NAME = 200

CheckPattern = Callable[[str], object]
R = TypeVar("R", Provider, ApiKey, Guardrail, GuardrailEvent, UsageRecord)


@dataclass(slots=True)
class TableReport:
    """What became of one table's rows. ``notes`` (at most 100) say why a row was skipped, or what was changed in it."""

    read: int = 0
    imported: int = 0
    already_there: int = 0
    skipped: int = 0
    notes: list[str] = field(default_factory=list)

    def note(self, row_id: object, text: object) -> None:
        """Keep a remark about one row."""
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(f"{row_id}: {text}")

    def skip(self, row_id: object, reason: object) -> None:
        """Count a row that is not imported."""
        self.skipped += 1
        self.note(row_id, f"skipped: {reason}")


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, by the Go program's table names."""

    tables: Mapping[str, TableReport]


@dataclass(frozen=True, slots=True)
class _Step(Generic[R]):
    """One table's way over: ``read`` makes records of rows, ``put`` stores new records and counts them."""

    name: str
    target: Table
    read: Callable[[sqlite3.Row], R]
    put: Callable[[Connection, Sequence[R], TableReport], None]


async def import_go(path: Path, store: Store, check_pattern: CheckPattern) -> ImportReport:
    """Import the file at ``path``, which is only read, its live ``-wal`` included.

    Rules whose pattern ``check_pattern`` refuses (BadPattern) come over disabled, with the reason in the report. Raises
    StoreError when the file cannot be read or is not the Go program's.
    """
    steps = _Import(store, check_pattern).steps
    report = ImportReport({step.name: TableReport() for step in steps})
    with ExitStack() as stack:
        source = await asyncio.to_thread(stack.enter_context, opened(path))
        for step in steps:
            for rows in chunks(source, step.name, _CHUNK):
                await store.database.write(_job(step, rows, report.tables[step.name]))
    return report


def _job(step: _Step[Any], rows: Sequence[sqlite3.Row], report: TableReport) -> Callable[[Connection], None]:
    def job(connection: Connection) -> None:
        records: dict[str, Any] = {}
        for row in rows:
            report.read += 1
            try:
                record = step.read(row)
            except ValueError as exc:
                report.skip(row["id"], exc)
            else:
                records[record.id] = record
        ids = step.target.c.id
        known = set(connection.scalars(select(ids).where(ids.in_(records))))
        report.already_there += len(known)
        new = [record for record in records.values() if record.id not in known]
        if new:
            step.put(connection, new, report)
            meta.bump_revision(connection)

    return job


class _Import:
    """The steps in their order: a key needs its provider."""

    def __init__(self, store: Store, check_pattern: CheckPattern) -> None:
        self._store = store
        self._check_pattern = check_pattern
        self.steps: Sequence[_Step[Any]] = (
            _Step("providers", schema.providers, go_rows.read_provider, self._put_providers),
            _Step("api_keys", schema.keys, go_rows.read_key, self._put_keys),
            _Step("guardrails", schema.guardrails, go_rows.read_rule, self._put_rules),
            _Step("guardrail_events", schema.guardrail_events, go_rows.read_event, self._put_events),
            _Step("usage", schema.usage, go_rows.read_usage, self._put_usage),
        )

    def _put_providers(self, connection: Connection, providers: Sequence[Provider], report: TableReport) -> None:
        for provider in providers:
            name = _free_name(connection, provider.name)
            if name != provider.name:
                report.note(provider.id, f"imported as {name!r}: its name was taken")
            self._store.providers.add(connection, replace(provider, name=name))
        report.imported += len(providers)

    def _put_keys(self, connection: Connection, keys: Sequence[ApiKey], report: TableReport) -> None:
        for key in keys:
            reason = _unusable(connection, key)
            if reason:
                report.skip(key.id, reason)
                continue
            self._store.keys.add(connection, key)
            report.imported += 1

    def _put_rules(self, connection: Connection, rules: Sequence[Guardrail], report: TableReport) -> None:
        for rule in rules:
            reason = self._refusal(rule.pattern)
            if reason:
                report.note(rule.id, f"imported disabled: {reason}")
            self._store.guardrails.add(connection, replace(rule, enabled=reason is None))
        report.imported += len(rules)

    def _put_events(self, connection: Connection, events: Sequence[GuardrailEvent], report: TableReport) -> None:
        self._store.events.add(connection, events)
        report.imported += len(events)

    def _put_usage(self, connection: Connection, records: Sequence[UsageRecord], report: TableReport) -> None:
        self._store.usage.add(connection, records, final=True)
        report.imported += len(records)

    def _refusal(self, pattern: str) -> str | None:
        try:
            self._check_pattern(pattern)
        except BadPattern as exc:
            return exc.message
        return None


def _free_name(connection: Connection, name: str) -> str:
    taken = set(connection.scalars(select(schema.providers.c.name).where(LIVING)))
    if name not in taken:
        return name
    suffixes = (" (imported)" if number == 1 else f" (imported {number})" for number in count(1))
    candidates = (name[: _LONGEST_NAME - len(suffix)] + suffix for suffix in suffixes)
    return next(candidate for candidate in candidates if candidate not in taken)


def _unusable(connection: Connection, key: ApiKey) -> str | None:
    providers, keys = schema.providers, schema.keys
    if not connection.execute(select(providers.c.id).where(providers.c.id == key.provider_id)).first():
        return "its provider does not exist"
    if connection.execute(select(keys.c.id).where(keys.c.digest == key.digest)).first():
        return "its hash belongs to another key"
    return None
