"""A draft made ready to be tried: compiled alone, beside the rule in whose place it would stand."""

import asyncio
from dataclasses import replace

from llm_proxy.core.guardrails import check_rule
from llm_proxy.core.watch import RuleSet, compile_rules
from llm_proxy.pipeline.shadow_run import Draft
from llm_proxy.records import Guardrail
from llm_proxy.web.admin import rule_fields, trials
from llm_proxy.web.admin.admitting import NEW, draft_of, scoped
from llm_proxy.web.admin.services import Desk


async def prepared(desk: Desk, written: trials.DraftRule) -> Draft:
    """Compile a draft, and the stored rule that it names; raises BadPattern and BadRequest."""
    fields = rule_fields.members(written, desk.store.fingerprints)
    rule = await scoped(desk.store, replace(draft_of(fields, written.id or NEW), enabled=True))
    stored = None if written.id is None else await _stored(desk, written.id)
    return await asyncio.to_thread(_compiled, desk, rule, stored)


def draft_id(draft: Draft) -> str | None:
    """Return the id of the stored rule that a draft names; None for a new one."""
    return None if draft.rule.id == NEW else draft.rule.id


async def _stored(desk: Desk, rule_id: str) -> Guardrail | None:
    """Return the rule of an id, of a pack too."""
    in_force = next((rule for rule in desk.services.directory.rules.rules if rule.id == rule_id), None)
    return in_force or await desk.store.guardrails.get(rule_id)


def _compiled(desk: Desk, rule: Guardrail, stored: Guardrail | None) -> Draft:
    check_rule(rule)
    return Draft(rule, _alone(desk, rule), None if stored is None else _alone(desk, stored))


def _alone(desk: Desk, rule: Guardrail) -> RuleSet:
    return compile_rules([replace(rule, enabled=True)], 0, desk.store.fingerprints)
