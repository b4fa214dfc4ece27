"""Admission as the admin API, the command line and the configuration file ask for it: with what the store knows."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

from llm_proxy import admission
from llm_proxy.admission import Admitted
from llm_proxy.errors import BadRequest
from llm_proxy.records import Guardrail
from llm_proxy.store import Store
from llm_proxy.store.schema import utc_now

NEW = "~new"  # sorts after every UUID: of equal matches an older rule's replacement stands


def draft_of(fields: Mapping[str, Any], rule_id: str = NEW) -> Guardrail:
    """Return a rule that is not stored, of members as ``rule_fields.members`` returns them."""
    now = utc_now()
    return Guardrail(rule_id, created_at=now, updated_at=now, **fields)


async def admit_rule(store: Store, rule: Guardrail, given: Collection[str] | None = None) -> Admitted:
    """Judge a rule before it is stored; raises BadPattern or BadRequest with the reason and the member.

    ``given`` are the members that its author writes now: a scope that was written earlier may name what is gone.
    """
    if given is None or "scope" in given:
        await check_scope(store, rule)
    return await asyncio.to_thread(admission.admit, rule, store.fingerprints)


async def check_scope(store: Store, rule: Guardrail) -> None:
    """Raise BadRequest when a rule's scope names a key or a provider that there is not."""
    for side, audience in (("only", rule.scope.only), ("exempt", rule.scope.exempt)):
        if audience.keys:
            known = {key.id for key in await store.keys.list()}
            _refuse_unknown(audience.keys, known, "key", f"scope.{side}.keys")
        if audience.providers:
            known = {provider.id for provider in await store.providers.list()}
            _refuse_unknown(audience.providers, known, "provider", f"scope.{side}.providers")


def _refuse_unknown(wanted: Collection[str], known: Collection[str], noun: str, param: str) -> None:
    unknown = [each for each in wanted if each not in known]
    if unknown:
        raise BadRequest(f"There is no {noun} with the id {unknown[0]}.", param=param)
