"""Brings the Go program's database over: providers, keys, rules, events and usage, under the ids they have there.

What is there already stays as it is, so a second run imports only what is new. Provider credentials, in clear in the
source, are sealed here. What the admin API would refuse comes over all the same, with a note of what will not work.
"""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Table, select

from llm_proxy.core.guardrails import check_rule
from llm_proxy.core.patterns import compile_pattern
from llm_proxy.core.templates import parse_template
from llm_proxy.errors import BadPattern, BadRequest
from llm_proxy.providers import base_url
from llm_proxy.records import ApiKey, Guardrail, GuardrailEvent, Provider, UsageRecord
from llm_proxy.store import Store, go_rows, meta, schema
from llm_proxy.store.go_file import chunks
from llm_proxy.store.providers import CREDENTIAL, LIVING

_CHUNK = 500
_MOST_NOTES = 100
_LONGEST_NAME = 200

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


async def import_go(source: sqlite3.Connection, store: Store, *, private_allowed: bool = True) -> ImportReport:
    """Import what ``go_file.opened`` gives.

    Rules whose pattern cannot be compiled come over disabled, with the reason in the report. ``private_allowed`` says
    whether providers on private addresses will be usable. Raises StoreUnavailable.
    """
    steps = _Import(store, private_allowed=private_allowed).steps
    report = ImportReport({step.name: TableReport() for step in steps})
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

    def __init__(self, store: Store, *, private_allowed: bool) -> None:
        self._store = store
        self._private_allowed = private_allowed
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
            for reason in self._faults(provider):
                report.note(provider.id, f"imported, but calls will fail until it is changed: {reason}")
            self._store.providers.add(connection, replace(provider, name=name))
        report.imported += len(providers)

    def _put_keys(self, connection: Connection, keys: Sequence[ApiKey], report: TableReport) -> None:
        for key in keys:
            reason = _unusable(connection, key)
            if reason:
                report.skip(key.id, reason)
                continue
            if key.rate_limit_rpm < 0:
                report.note(key.id, f"imported without a limit: rate_limit_rpm was {key.rate_limit_rpm}")
            self._store.keys.add(connection, replace(key, rate_limit_rpm=max(0, key.rate_limit_rpm)))
            report.imported += 1

    def _put_rules(self, connection: Connection, rules: Sequence[Guardrail], report: TableReport) -> None:
        for rule in rules:
            reason = _refusal(rule.pattern)
            note = f"imported disabled: {reason}" if reason else _doubt(rule)
            if note:
                report.note(rule.id, note)
            self._store.guardrails.add(connection, replace(rule, enabled=reason is None))
        report.imported += len(rules)

    def _put_events(self, connection: Connection, events: Sequence[GuardrailEvent], report: TableReport) -> None:
        self._store.events.add(connection, events)
        report.imported += len(events)

    def _put_usage(self, connection: Connection, records: Sequence[UsageRecord], report: TableReport) -> None:
        self._store.usage.add(connection, records, final=True)
        report.imported += len(records)

    def _faults(self, provider: Provider) -> Sequence[str]:
        faults = []
        try:
            base_url.check(provider.base_url, private_allowed=self._private_allowed)
        except BadRequest as exc:
            faults.append(exc.message)
        if not CREDENTIAL.fullmatch(provider.credential.reveal()):
            faults.append("api_key must have 1 to 4096 printable ASCII characters, no space at either end.")
        return faults


def _refusal(pattern: str) -> str | None:
    try:
        compile_pattern(pattern)
    except BadPattern as exc:
        return exc.message
    return None


def _doubt(rule: Guardrail) -> str | None:
    """Return what is to be said of a rule in force. The Go program did not look again at what it had replaced."""
    try:
        check_rule(rule)
    except BadPattern:
        return "every match will be refused, because the replacement matches the pattern: change replace_by"
    if rule.mode == "replace" and parse_template(rule.replace_by).literal is None:
        return "a match will be refused if what replace_by makes of it matches the pattern again: check replace_by"
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
