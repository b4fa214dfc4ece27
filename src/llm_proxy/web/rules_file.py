"""Rules and packs as a file says them: ``GUARDRAILS_FILE``. At each start the store is made to say the same."""

import asyncio
import tomllib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from llm_proxy import admission
from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.errors import BadPattern, BadRequest, Conflict, SettingsError
from llm_proxy.records import Guardrail, PackState
from llm_proxy.store import Store
from llm_proxy.web.admin.admitting import draft_of, scoped
from llm_proxy.web.admin.pack_tables import states_of
from llm_proxy.web.admin.refusals import told
from llm_proxy.web.admin.rule_fields import MEMBERS, RuleFields, members

log = structlog.get_logger()

_TABLES = frozenset({"rule", "packs"})
_MARK = "\ufeff"


@dataclass(frozen=True, slots=True)
class RulesFile:
    """What a file says: its rules, not yet admitted, their scopes as they are written; and how it sets packs."""

    drafts: tuple[Guardrail, ...]
    states: tuple[PackState, ...]


async def follow_file(store: Store, name: str) -> None:
    """Make the store's rules and packs those of a file; raises SettingsError, naming the rule and what is wrong.

    Without a file, what came from one before stays in force and is the administrator's own from now on: a name that got
    lost must not take rules away.
    """
    if not name:
        freed = (await store.guardrail_batches.release()).changed
        if freed:
            log.warning("guardrails.file_unset", kept=len(freed))
        return
    said = parse(name, await asyncio.to_thread(_content, name), store.fingerprints)
    drafts = await _in_scope(store, name, said.drafts)
    known = [rule for rule in await store.guardrails.list() if rule.origin == "file"]
    await asyncio.to_thread(admit, name, drafts, store.fingerprints, known)
    try:
        batch = await store.guardrail_batches.follow(drafts, said.states)
    except Conflict as exc:
        raise SettingsError(f"{name}: {exc.message}") from exc
    counts = {"created": len(batch.created), "changed": len(batch.changed), "deleted": len(batch.deleted)}
    log.info("guardrails.file", file=name, **counts, unchanged=len(batch.unchanged))


def is_ours(content: str) -> bool:
    """Say whether a text is such a file: TOML with a table that other programs' files of rules do not have."""
    try:
        return not _TABLES.isdisjoint(tomllib.loads(content.removeprefix(_MARK)))
    except (tomllib.TOMLDecodeError, RecursionError):
        return False


def parse(name: str, content: str, fingerprinter: Fingerprinter) -> RulesFile:
    """Read the text of a file of this name; raises SettingsError as ``follow_file``."""
    try:
        tables = tomllib.loads(content.removeprefix(_MARK))
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise SettingsError(f"{name} is not TOML: {exc}.") from exc
    unknown = sorted(set(tables) - _TABLES)
    if unknown:
        raise SettingsError(f"{name} holds {unknown[0]!r}: it takes [[rule]] tables and [packs.NAME] tables alone.")
    drafts = _drafts(name, tables.get("rule", []), fingerprinter)
    try:
        return RulesFile(drafts, tuple(states_of(tables.get("packs", {}))))
    except BadRequest as exc:
        raise SettingsError(f"{name}: {exc.message}") from exc


def admit(
    name: str, drafts: Collection[Guardrail], fingerprinter: Fingerprinter, known: Collection[Guardrail] = ()
) -> None:
    """Admit a file's rules but those that are known as they stand; raises SettingsError. To be called in a thread."""
    stored = {rule.name: rule for rule in known}
    for draft in drafts:
        old = stored.get(draft.name)
        if old is None or any(getattr(old, member) != getattr(draft, member) for member in MEMBERS):
            with _naming(name, draft.name):
                admission.judge(draft, fingerprinter)


def _content(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except OSError as exc:
        raise SettingsError(f"GUARDRAILS_FILE: {name} cannot be read: {exc.strerror}.") from exc
    except UnicodeDecodeError as exc:
        raise SettingsError(f"GUARDRAILS_FILE: {name} cannot be read: it is not UTF-8.") from exc


def _drafts(name: str, tables: Any, fingerprinter: Fingerprinter) -> tuple[Guardrail, ...]:  # noqa: ANN401 (of TOML)
    if not isinstance(tables, list):
        raise SettingsError(f"{name}: write each rule as a [[rule]] table.")
    drafts: dict[str, Guardrail] = {}
    for number, table in enumerate(tables):
        label = table.get("name") if isinstance(table, Mapping) else None
        with _naming(name, label or number + 1):
            draft = _draft(table, fingerprinter)
            if draft.name in drafts:
                raise BadRequest("Another rule of this file has its name.")
        drafts[draft.name] = draft
    return tuple(drafts.values())


def _draft(table: object, fingerprinter: Fingerprinter) -> Guardrail:
    """Make one rule; raises BadRequest. The ``id`` that an export tells is of another rule: here its name is known."""
    if isinstance(table, Mapping):
        table = {name: value for name, value in table.items() if name != "id"}
    try:
        body = RuleFields.model_validate(table)
    except ValidationError as exc:
        raise told(dict(exc.errors()[0]), depth=0) from exc
    if not body.name:
        raise BadRequest("It needs a name: by it, it is known at the next start.")
    return replace(draft_of(members(body, fingerprinter)), origin="file")


async def _in_scope(store: Store, name: str, drafts: Collection[Guardrail]) -> list[Guardrail]:
    found = []
    for draft in drafts:
        with _naming(name, draft.name):
            found.append(await scoped(store, draft))
    return found


@contextmanager
def _naming(name: str, rule: object) -> Iterator[None]:
    """Tell of which rule of which file it is that something is wrong with it."""
    try:
        yield
    except (BadPattern, BadRequest) as exc:
        raise SettingsError(f"{name}: the rule {rule!r} is not valid. {exc.message}") from exc
