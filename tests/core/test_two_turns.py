"""A chat is sent again with every turn: what the provider gets begins, byte for byte, with what it got before."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import inspect
from llm_proxy.core.placeholders import SHAPE, Placeholders, Restorer
from llm_proxy.core.restoring import restore_text
from llm_proxy.core.strict_json import read, splice
from llm_proxy.core.sweeping import sweep
from llm_proxy.core.watch import RuleSet, compile_rules
from llm_proxy.records import Guardrail, Mode, Secret
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
MAIL = "ada@example.com"
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
        keyed = dict.fromkeys(SHAPE.findall(told), 1)
        arguments = restore_text(json.dumps({"text": told, "by": keyed}), restorer, is_json=True)
        assert json.loads(arguments)["text"] == first
        answer["tool_calls"] = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}]
    again, _ = sent([*asked, answer, user(second)])
    prefix = body.removesuffix("]}")
    assert again.startswith(prefix)
    # The model's own words come back as it wrote them.
    returned = json.loads(again)["messages"][2]
    assert returned["content"] == written
    if calls_a_tool:
        assert json.loads(returned["tool_calls"][0]["function"]["arguments"]) == {"text": told, "by": keyed}


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        pytest.param({"messages": [{"content": [{"type": "tool_use", "input": {MAIL: 1}}]}]}, "replaced", id="input"),
        pytest.param({"input": [{"type": "x", "arguments": {"a": {MAIL: 1}}}]}, "replaced", id="arguments"),
        pytest.param({"tools": [{"input_schema": {"properties": {MAIL: {}}}}]}, "rejected", id="schema"),
        pytest.param({"tools": [{"input_schema": {"properties": {"input": {MAIL: 1}}}}]}, "rejected", id="in a schema"),
        pytest.param({"metadata": {MAIL: "x"}}, "rejected", id="metadata"),
        pytest.param({MAIL: "x"}, "rejected", id="a member"),
    ],
)
@pytest.mark.parametrize("mode", ["pseudonymise", "replace"])
def test_only_keys_of_a_tools_input_may_be_pseudonyms(body: dict[str, Any], outcome: str, mode: Mode) -> None:
    placeholders = Placeholders(Secret("5e" * 32), "key-1")
    document = read(json.dumps(body).encode())
    rules = compile_rules([replace(pseudonymise(1, "E-mail", r"[a-z]+@[a-z]+\.com"), mode=mode)], 1)
    verdict = inspect(document, ENDPOINTS["messages"], rules.watch(), placeholders)
    assert verdict.outcome == (outcome if mode == "pseudonymise" else "rejected")
    if verdict.outcome == "replaced":
        told = splice(document, verdict.changes).decode()
        assert restore_text(told, Restorer(placeholders.issued), is_json=True) == document.text
        assert MAIL not in told


def test_no_key_is_renamed_where_nothing_would_bring_it_back() -> None:
    document = read(json.dumps({"messages": [{"content": [{"type": "tool_use", "input": {MAIL: 1}}]}]}).encode())
    assert inspect(document, ENDPOINTS["messages"], RULES.watch()).outcome == "rejected"
