"""A draft made ready to be tried: compiled alone, beside the rule in whose place it would stand."""

import asyncio
from dataclasses import replace

from llm_proxy import packs
from llm_proxy.core.guardrails import check_rule
from llm_proxy.core.self_defence import BUILT_IN
from llm_proxy.core.watch import RuleSet, compile_rules
from llm_proxy.errors import BadRequest
from llm_proxy.pipeline.shadow_run import Draft
from llm_proxy.records import Guardrail
from llm_proxy.web.admin import rule_fields, trials
from llm_proxy.web.admin.admitting import NEW, draft_of, scoped
from llm_proxy.web.admin.services import Desk


async def drafted(desk: Desk, written: trials.DraftRule) -> Guardrail:
    """Return a draft as a rule that applies. Raises BadRequest, also where it would stand in for a built-in rule.

    Such a rule is more than its pattern, which tells no secret: a draft in its place would find nothing. Nor does a
    draft stand in for a rule that there is not: it would be judged beside the one that was meant.
    """
    if written.id in BUILT_IN:
        raise BadRequest(
            "No draft stands in for a built-in rule, which is more than its pattern. Without a draft it judges too.",
            param="draft.id",
        )
    if written.id is not None and await _known(desk, written.id) is None:
        raise BadRequest("There is no guard rail with this id.", param="draft.id")
    fields = rule_fields.members(written, desk.store.fingerprints)
    return await scoped(desk.store, replace(draft_of(fields, written.id or NEW), enabled=True))


async def prepared(desk: Desk, written: trials.DraftRule) -> Draft:
    """Compile a draft, and the stored rule that it names; raises BadPattern and BadRequest."""
    rule = await drafted(desk, written)
    stored = None if written.id is None else await _stored(desk, written.id)
    return await asyncio.to_thread(_compiled, desk, rule, stored)


def draft_id(draft: Draft) -> str | None:
    """Return the id of the stored rule that a draft names; None for a new one."""
    return None if draft.rule.id == NEW else draft.rule.id


async def _stored(desk: Desk, rule_id: str) -> Guardrail | None:
    """Return the rule of an id, of a pack too, switched on or not."""
    in_force = next((rule for rule in desk.services.directory.rules.rules if rule.id == rule_id), None)
    return in_force or await _known(desk, rule_id)


async def _known(desk: Desk, rule_id: str) -> Guardrail | None:
    return packs.find_rule(rule_id) or await desk.store.guardrails.get(rule_id)


def _compiled(desk: Desk, rule: Guardrail, stored: Guardrail | None) -> Draft:
    check_rule(rule)
    return Draft(rule, _alone(desk, rule), None if stored is None else _alone(desk, stored))


def _alone(desk: Desk, rule: Guardrail) -> RuleSet:
    return compile_rules([replace(rule, enabled=True)], 0, desk.store.fingerprints)
