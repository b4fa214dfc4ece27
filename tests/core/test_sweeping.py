"""A value that a rule has found in one place is hidden in the others, and nothing before it changes."""

import json
from typing import Any

import pytest

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import Verdict, inspect
from llm_proxy.core.placeholders import Placeholders
from llm_proxy.core.strict_json import read, splice
from llm_proxy.core.sweeping import sweep
from llm_proxy.core.watch import compile_rules
from llm_proxy.records import FIELD_CLASSES, Guardrail, Mode, Secret
from tests.fakes import NOW

VALUE = "hunter2-prod"


def password(mode: Mode = "pseudonymise", **changes: Any) -> Guardrail:
    given = {"name": "Password", "secret_group": 1, **changes}
    return Guardrail("rule-1", r"(?i)password: (\S+)", mode, "[gone]", NOW, NOW, **given)


def token(value: str = VALUE) -> str:
    return Placeholders(Secret("5e" * 32), "key-1").issue("Password", value)


def sent(messages: list[Any], *rules: Guardrail) -> tuple[list[Any], Verdict]:
    placeholders = Placeholders(Secret("5e" * 32), "key-1")
    document = read(json.dumps({"messages": messages, "more": f"see {VALUE}"}).encode())
    watch = compile_rules(rules or [password()], 1).watch()
    verdict = inspect(document, ENDPOINTS["chat/completions"], watch, placeholders)
    verdict = sweep(verdict, document, ENDPOINTS["chat/completions"], watch, placeholders.issued)
    body = json.loads(splice(document, verdict.changes))
    return [*body["messages"], body["more"]], verdict


def contents(*texts: str) -> list[str]:
    messages, _ = sent([{"role": "user", "content": text} for text in texts])
    return [message["content"] for message in messages[:-1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Your {VALUE} is weak, {VALUE}.", f"Your {token()} is weak, {token()}."),
        (f"db://u:{VALUE}@host", f"db://u:{token()}@host"),
        (f"{VALUE}uction x{VALUE} {VALUE.upper()}", f"{VALUE}uction x{VALUE} {VALUE.upper()}"),
        (f"{token()} {VALUE}", f"{token()} {token()}"),
        ("nothing", "nothing"),
    ],
)
def test_a_known_value_is_hidden_as_a_whole_word(text: str, expected: str) -> None:
    assert contents(f"password: {VALUE}", text) == [f"password: {token()}", expected]


def test_it_is_hidden_in_the_text_in_which_it_was_found_and_not_in_one_before() -> None:
    assert contents(f"{VALUE}?", f"{VALUE} is the password: {VALUE}") == [
        f"{VALUE}?",
        f"{token()} is the password: {token()}",
    ]


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_it_is_hidden_in_any_text_that_is_json_as_json_writes_it(depth: int) -> None:
    value, asked = 'hunter"2\\prod', "So: {}\n{}"
    nested = asked.format(value, value)
    expected = asked.format(token(value), token(value))
    for _ in range(depth):
        nested, expected = json.dumps({"again": nested}), json.dumps({"again": expected})
    hidden = contents(f"password: {value} ok", nested)[1]
    assert hidden == expected
    tool = {"type": "tool_use", "id": "t", "name": "f", "input": {"nested": nested}}
    messages, verdict = sent(
        [{"role": "user", "content": f"password: {value} ok"}, {"role": "assistant", "content": [tool]}]
    )
    assert messages[1]["content"][0]["input"]["nested"] == expected
    assert all(finding.spans and set(finding.values) == {value} for finding in verdict.findings)


def test_a_short_value_is_hidden_where_it_is_found_alone() -> None:
    assert contents("password: 1234", "in 1234 steps") == [f"password: {token('1234')}", "in 1234 steps"]


def test_a_value_that_reads_like_a_part_of_a_placeholder_breaks_none() -> None:
    code = Guardrail("rule-2", r"code: (\S+)", "pseudonymise", "", NOW, NOW, name="Code", secret_group=1)
    asked = [{"role": "user", "content": text} for text in ("code: PASSWORD", f"password: {VALUE} PASSWORD")]
    messages, _ = sent(asked, password(), code)
    hidden = messages[0]["content"].removeprefix("code: ")
    assert messages[1]["content"] == f"password: {token()} {hidden}"


def test_of_values_in_one_another_the_longest_is_hidden() -> None:
    told = contents("password: secret-1", "password: secret-1/more", "secret-1/more secret-1")
    assert told[2] == f"{token('secret-1/more')} {token('secret-1')}"


def test_a_value_that_is_found_later_changes_nothing_before() -> None:
    texts = ["password: secret-1", "secret-1/more", "password: secret-1/more"]
    assert (
        contents(*texts)[:2] == contents(*texts[:2]) == [f"password: {token('secret-1')}", f"{token('secret-1')}/more"]
    )


def test_arguments_stay_json() -> None:
    hard = 'a"b\\c-123'
    arguments = json.dumps({"cmd": f"login {hard}", hard: 1})
    calls = [{"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}]
    asked = [{"role": "user", "content": f"password: {hard}"}, {"role": "assistant", "tool_calls": calls}]
    messages, verdict = sent(asked)
    found = messages[1]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(found) == {"cmd": f"login {token(hard)}", token(hard): 1}
    assert [(each.text, each.spans) for each in verdict.findings[1:3]] == [
        (hard, ((0, 9),)),
        (f"login {hard}", ((6, 15),)),
    ]


def test_a_place_tells_no_value() -> None:
    tool = {"type": "tool_use", "input": {VALUE: {"of": VALUE, f"{VALUE}-too": [VALUE]}}}
    messages, verdict = sent(
        [{"role": "user", "content": f"password: {VALUE}"}, {"role": "assistant", "content": [tool]}]
    )
    assert messages[1]["content"][0]["input"] == {token(): {"of": token(), f"{token()}-too": [token()]}}
    assert not any(VALUE in each.place for each in verdict.findings)
    assert "messages[1].content[0].input.*.of" in [each.place for each in verdict.findings]


def test_each_text_is_on_record_once() -> None:
    _, verdict = sent(
        [{"role": "user", "content": text} for text in (f"{VALUE} password: {VALUE}", f"a {VALUE} b", "c")]
    )
    assert [(each.place, each.spans, each.values, each.action) for each in verdict.findings] == [
        ("messages[0].content", ((23, 35),), (VALUE,), "pseudonymised"),
        ("messages[1].content", ((2, 14),), (VALUE,), "pseudonymised"),
        ("more", ((4, 16),), (VALUE,), "pseudonymised"),
    ]


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([password("replace")], id="replaced"),
        pytest.param([password(field_classes=tuple(each for each in FIELD_CLASSES if each != "K"))], id="not for it"),
        pytest.param(
            [password(), Guardrail("rule-2", "see <", "reject", "", NOW, NOW, field_classes=("K",))], id="found again"
        ),
    ],
)
def test_what_no_pseudonym_asks_for_stays(rules: list[Guardrail]) -> None:
    assert sent([{"role": "user", "content": f"password: {VALUE}"}], *rules)[0][1] == f"see {VALUE}"
    assert sent([{"role": "user", "content": f"password: {VALUE}"}])[0][1] == f"see {token()}"


def test_labels_stay_as_they_are() -> None:
    messages, _ = sent(
        [{"role": "user", "content": f"password: {VALUE}"}, {"role": "user", "name": VALUE, "content": "x"}]
    )
    assert messages[1]["name"] == VALUE
