"""Calls as a lookout sees them."""

import json

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.watch import Caller, RuleSet, compile_rules
from llm_proxy.pipeline.lookout import Seen
from llm_proxy.records import Guardrail
from tests.scan.rules import FINGERPRINTER

CHAT = ENDPOINTS["chat/completions"]


def rule_set(*rules: Guardrail) -> RuleSet:
    """Return rules in force."""
    return compile_rules(rules, 1, FINGERPRINTER)


def seen(content: str, rules: RuleSet, key: str = "key", **more: object) -> Seen:
    """Return a chat's request."""
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": content}]}).encode()
    return Seen("call", CHAT, Caller(key, "provider", "m", CHAT.name), rules, **{"body": body} | more)
