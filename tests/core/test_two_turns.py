"""A chat is sent again with every turn: what the provider gets begins, byte for byte, with what it got before."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import inspect
from llm_proxy.core.placeholders import SHAPE, Placeholders, Restorer
from llm_proxy.core.restoring import restore_text
from llm_proxy.core.strict_json import read, splice
from llm_proxy.core.sweeping import sweep
from llm_proxy.core.watch import RuleSet, compile_rules
from llm_proxy.records import Guardrail, Secret
from tests.fakes import NOW


def pseudonymise(number: int, name: str, pattern: str, group: int = 0) -> Guardrail:
    return Guardrail(
        f"rule-{number}", pattern, "pseudonymise", "", NOW, NOW, name=name, secret_group=group, views=("raw", "decoded")
    )


RULES = compile_rules(
    [
        pseudonymise(1, "E-mail address", r"[a-z0-9.]+@[a-z0-9.]+\.[a-z]{2,}"),
        pseudonymise(2, "Phone number", r"\+\d[\d ]{7,14}\d"),
        pseudonymise(3, "Password", r"(?i)password[:=]\s*(\S+)", 1),
        pseudonymise(4, "", r"(?s)-----BEGIN KEY-----.+?-----END KEY-----"),
        pseudonymise(5, "Mail host", r"@[a-z0-9.]+\.com"),
    ],
    1,
)
CHAT = ENDPOINTS["chat/completions"]
SECRETS = [
    "ada@example.com",
    "bob@example.org",
    "+44 20 7946 0958",
    'password: hunter"2\\',
    "-----BEGIN KEY-----\na\n-----END KEY-----",
]
WORDS = ["Hello", "from", "“é”", "{", '"', "\\", "\n", "<", "<b>", "🙂", "password"]
TEXTS = st.lists(st.sampled_from([*SECRETS, *WORDS]), max_size=8).map(lambda words: " ".join(["So:", *words]))


def sent(messages: list[Any], rules: RuleSet = RULES) -> tuple[str, Restorer]:
    """Return what the provider gets, and what restores its answer: made anew for each call, as in any replica."""
    placeholders = Placeholders(Secret("5e" * 32), "key-1")
    document = read(json.dumps({"model": "m", "messages": messages}, ensure_ascii=False).encode())
    verdict = inspect(document, CHAT, rules.watch(), placeholders)
    verdict = sweep(verdict, document, CHAT, rules.watch(), placeholders.issued)
    assert verdict.outcome != "rejected"
    return splice(document, verdict.changes).decode(), Restorer(placeholders.issued)


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


@given(TEXTS, TEXTS, st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_second_turn_begins_with_the_first_byte_for_byte(first: str, second: str, calls_a_tool: bool) -> None:
    asked = [{"role": "system", "content": "Be brief."}, user(first)]
    body, restorer = sent(asked)
    assert not any(secret in json.loads(body)["messages"][1]["content"] for secret in SECRETS[:3])
    told = json.loads(body)["messages"][1]["content"]
    written = f"You said {told} and meant {', '.join(SHAPE.findall(told))}."  # without their labels
    answer: dict[str, Any] = {"role": "assistant", "content": restore_text(written, restorer)}
    if calls_a_tool:
        arguments = restore_text(json.dumps({"text": told}), restorer, is_json=True)
        assert json.loads(arguments) == {"text": first}
        answer["tool_calls"] = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}]
    again, _ = sent([*asked, answer, user(second)])
    prefix = body.removesuffix("]}")
    assert again.startswith(prefix)
    # The model's own words come back as it wrote them.
    assert json.loads(again)["messages"][2]["content"] == written
