"""Admission as the admin API, the command line and the configuration file ask for it: with what the store knows."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from llm_proxy import admission
from llm_proxy.admission import Admitted
from llm_proxy.errors import BadRequest
from llm_proxy.records import Audience, Guardrail, Scope
from llm_proxy.store import Store
from llm_proxy.store.schema import utc_now

NEW = "~new"  # sorts after every UUID: of equal matches an older rule's replacement stands


def draft_of(fields: Mapping[str, Any], rule_id: str = NEW) -> Guardrail:
    """Return a rule that is not stored, of members as ``rule_fields.members`` returns them."""
    now = utc_now()
    return Guardrail(rule_id, created_at=now, updated_at=now, **fields)


async def admit_rule(store: Store, rule: Guardrail) -> Admitted:
    """Judge a rule before it is stored; raises BadPattern or BadRequest with the reason and the member."""
    return await asyncio.to_thread(admission.admit, rule, store.fingerprints)


async def scoped(store: Store, rule: Guardrail) -> Guardrail:
    """Return a rule as it was written with a scope of ids: keys and providers may be told by their names.

    Raises BadRequest for one that there is not, and for a name that several keys have.
    """
    if rule.scope == Scope():
        return rule
    only = await _audience(store, rule.scope.only, "scope.only")
    return replace(rule, scope=Scope(only, await _audience(store, rule.scope.exempt, "scope.exempt")))


async def _audience(store: Store, audience: Audience, param: str) -> Audience:
    keys = await _keys(store, audience.keys, f"{param}.keys")
    return replace(audience, keys=keys, providers=await _providers(store, audience.providers, f"{param}.providers"))


async def _keys(store: Store, wanted: Sequence[str], param: str) -> tuple[str, ...]:
    """Return the ids of keys: a revoked one's is known too, its name is not."""
    keys = await store.keys.list() if wanted else ()
    named = [(key.name, key.id) for key in keys if key.revoked_at is None]
    return _ids(wanted, {key.id for key in keys}, named, "key", param)


async def _providers(store: Store, wanted: Sequence[str], param: str) -> tuple[str, ...]:
    providers = await store.providers.list() if wanted else ()
    named = [(provider.name, provider.id) for provider in providers]
    return _ids(wanted, {provider.id for provider in providers}, named, "provider", param)


def _ids(
    wanted: Sequence[str], known: Collection[str], named: Sequence[tuple[str, str]], noun: str, param: str
) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for each in wanted:
        ids = [each.lower()] if each.lower() in known else [rule_id for name, rule_id in named if name == each]
        if not ids:
            raise BadRequest(f"There is no {noun} with the id or the name {each}.", param=param)
        if len(ids) > 1:
            raise BadRequest(f"{len(ids)} {noun}s have the name {each}. Name one by its id.", param=param)
        found[ids[0]] = None
    return tuple(found)
