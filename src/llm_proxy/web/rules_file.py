"""Rules and packs as a file says them: ``GUARDRAILS_FILE``. At each start the store is made to say the same."""

import asyncio
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import structlog
from pydantic import ValidationError

from llm_proxy import admission
from llm_proxy.errors import BadPattern, BadRequest, Conflict, NotFound, SettingsError
from llm_proxy.packs import PACKS, ids_of
from llm_proxy.records import Guardrail, PackState
from llm_proxy.store import Store
from llm_proxy.web.admin.admitting import draft_of, scoped
from llm_proxy.web.admin.packs import PackUpdate
from llm_proxy.web.admin.refusals import told
from llm_proxy.web.admin.rule_fields import MEMBERS, RuleFields, members

log = structlog.get_logger()


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
    tables = await asyncio.to_thread(_read, name)
    drafts = await _drafts(store, name, tables.get("rule", []))
    states = _states(name, tables.get("packs", {}))
    try:
        batch = await store.guardrail_batches.follow(drafts, states)
    except Conflict as exc:
        raise SettingsError(f"{name}: {exc.message}") from exc
    counts = {"created": len(batch.created), "changed": len(batch.changed), "deleted": len(batch.deleted)}
    log.info("guardrails.file", file=name, **counts, unchanged=len(batch.unchanged))


def _read(name: str) -> Mapping[str, Any]:
    try:
        tables = tomllib.loads(Path(name).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as exc:
        raise SettingsError(f"GUARDRAILS_FILE: {name} cannot be read ({exc.__class__.__name__}).") from exc
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise SettingsError(f"GUARDRAILS_FILE: {name} is not TOML: {exc}.") from exc
    unknown = sorted(set(tables) - {"rule", "packs"})
    if unknown:
        raise SettingsError(f"{name} holds {unknown[0]!r}: it takes [[rule]] tables and [packs.NAME] tables alone.")
    return tables


async def _drafts(store: Store, name: str, tables: object) -> list[Guardrail]:
    if not isinstance(tables, list):
        raise SettingsError(f"{name}: write each rule as a [[rule]] table.")
    stored = {rule.name: rule for rule in await store.guardrails.list() if rule.origin == "file"}
    drafts: dict[str, Guardrail] = {}
    for number, table in enumerate(tables):
        label = table.get("name") if isinstance(table, Mapping) else None
        try:
            draft = await _draft(store, table, stored)
            if draft.name in drafts:
                raise BadRequest("Another rule of this file has its name.")  # noqa: TRY301 (told as all else is)
        except (BadPattern, BadRequest) as exc:
            raise SettingsError(f"{name}: the rule {label or number + 1!r} is not valid. {exc.message}") from exc
        drafts[draft.name] = draft
    return list(drafts.values())


async def _draft(store: Store, table: object, stored: Mapping[str, Guardrail]) -> Guardrail:
    """Make one rule, and admit it unless it is stored as it stands; raises BadPattern and BadRequest."""
    try:
        body = RuleFields.model_validate(table)
    except ValidationError as exc:
        raise told(dict(exc.errors()[0]), depth=0) from exc
    if not body.name:
        raise BadRequest("It needs a name: by it, it is known at the next start.")
    draft = await scoped(store, replace(draft_of(members(body, store.fingerprints)), origin="file"))
    old = stored.get(draft.name)
    if old is None or any(getattr(old, name) != getattr(draft, name) for name in MEMBERS):
        await asyncio.to_thread(admission.judge, draft, store.fingerprints)
    return draft


def _states(name: str, tables: object) -> list[PackState]:
    if not isinstance(tables, Mapping):
        raise SettingsError(f"{name}: write each pack as a [packs.NAME] table.")
    states = []
    for pack, table in tables.items():
        if pack not in PACKS:
            raise SettingsError(f"{name}: there is no pack {pack!r}. There are: {', '.join(PACKS)}.")
        try:
            states.append(_state(pack, table))
        except (BadRequest, NotFound) as exc:
            raise SettingsError(f"{name}: the pack {pack!r} is not set well. {exc.message}") from exc
    return states


def _state(pack: str, table: object) -> PackState:
    """Read how a pack is set: one that the file names is on, unless it says otherwise."""
    try:
        said = PackUpdate.model_validate(table).given
    except ValidationError as exc:
        raise told(dict(exc.errors()[0]), depth=0) from exc
    directions = said.get("directions")
    return PackState(
        pack,
        enabled=said.get("enabled", True),
        mode=said.get("mode"),
        directions=None if directions is None else tuple(directions),
        disabled_rules=ids_of(pack, said.get("disabled_rules", ())),
    )
