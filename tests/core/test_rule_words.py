"""Every word of a rule does what it says: mode, secret group, validators, nearness, allow-list, scope, history."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.core.guardrails import Verdict, inspect
from llm_proxy.core.strict_json import read, splice
from llm_proxy.core.watch import Caller, Watch, compile_rules
from llm_proxy.records import Allow, Audience, Guardrail, Near, Scope, Secret

CHAT = ENDPOINTS["chat/completions"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
FINGERPRINTS = Fingerprinter(Secret("a key of this test"))


def rule(pattern: str, mode: Any = "reject", replace_by: str = "", **changes: Any) -> Guardrail:
    return Guardrail(changes.pop("id", "r"), pattern, mode, replace_by, NOW, NOW, **changes)


def watch(*rules: Guardrail, caller: Caller | None = None, direction: Any = "request") -> Watch:
    return compile_rules(rules, 1, FINGERPRINTS).watch(direction, caller)


class Issued:
    """Placeholders as simple as can be."""

    def issue(self, kind: str, value: str) -> str:
        return f"<{kind}_{len(value)}>"


def ask(*contents: Any, **members: Any) -> dict[str, Any]:
    return {"model": "m", "messages": [{"role": "user", "content": content} for content in contents]} | members


def judge(body: dict[str, Any], *rules: Guardrail, endpoint: str = "chat/completions") -> tuple[Verdict, Any]:
    """Return the verdict, and what would be sent: None when it is refused."""
    document = read(json.dumps(body).encode())
    verdict = inspect(document, ENDPOINTS[endpoint], watch(*rules), Issued())
    return verdict, None if verdict.outcome == "rejected" else json.loads(splice(document, verdict.changes))


def content(text: str, *rules: Guardrail) -> str | None:
    _, sent = judge(ask(text), *rules)
    return None if sent is None else str(sent["messages"][0]["content"])


PASSWORD = r"(?i)password\s*[:=]\s*(\S+)"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"mode": "reject"}, None),
        ({"mode": "replace", "replace_by": "[PW]"}, "my [PW] ok"),
        ({"mode": "replace", "replace_by": "[PW]", "secret_group": 1}, "my password: [PW] ok"),
        ({"mode": "replace", "replace_by": "$0", "template": "literal", "secret_group": 1}, "my password: $0 ok"),
        ({"mode": "pseudonymise", "name": "PW", "secret_group": 1}, "my password: <PW_7> ok"),
        ({"mode": "monitor"}, "my password: hunter2 ok"),
    ],
)
def test_a_mode_decides_what_becomes_of_a_match(changes: dict[str, Any], expected: str | None) -> None:
    changes = dict(changes)
    mode = changes.pop("mode")
    verdict, _ = judge(ask("my password: hunter2 ok"), rule(PASSWORD, mode, **changes))
    assert content("my password: hunter2 ok", rule(PASSWORD, mode, **changes)) == expected
    actions = {"reject": "rejected", "replace": "replaced", "pseudonymise": "pseudonymised", "monitor": "monitored"}
    assert [finding.action for finding in verdict.findings] == [actions[mode]]


def test_a_monitor_rule_never_changes_the_outcome_but_is_told() -> None:
    verdict, sent = judge(ask("AKIA42 and zz"), rule("AKIA[0-9]+", "monitor", id="a"), rule("zz", "reject", id="b"))
    assert sent is None
    assert [(each.rule.id, each.action) for each in verdict.findings] == [("a", "monitored"), ("b", "rejected")]
    verdict, sent = judge(ask("AKIA42"), rule("AKIA[0-9]+", "monitor"))
    assert (verdict.outcome, sent, len(verdict.findings)) == ("pass", ask("AKIA42"), 1)


@pytest.mark.parametrize(("text", "found"), [("card is 4111", True), ("4111 alone", False), ("cards: 4111", True)])
def test_words_nearby_make_a_match_count(text: str, found: bool) -> None:
    near = Near("(?i)card", before=10)
    assert (content(text, rule(r"\b[0-9]{4}\b", near=near)) is None) is found


def test_nearness_reaches_as_far_as_it_says() -> None:
    assert content("4111 card", rule("4111", near=Near("card", before=10, after=0))) is not None
    assert content("4111 card", rule("4111", near=Near("card", before=0, after=5))) is None
    assert content("card" + " " * 20 + "4111", rule("4111", near=Near("card", before=10))) is not None


@pytest.mark.parametrize(
    ("allow", "passes"),
    [
        (Allow(), False),
        (Allow(regexes=("^hunter",)), True),
        (Allow(regexes=("^password",)), False),
        (Allow(regexes=("^password",), target="match"), True),
        (Allow(regexes=("unit test",), target="line"), True),
        (Allow(regexes=("another line",), target="line"), False),
        (Allow(stopwords=("HUNTER",)), True),
        (Allow(hashes=(FINGERPRINTS.of("hunter2"),)), True),
        (Allow(hashes=(FINGERPRINTS.of("hunter3"),)), False),
    ],
)
def test_what_is_allowed_passes(allow: Allow, passes: bool) -> None:
    text = "another line\nin a unit test: password: hunter2 ok\nmore"
    assert (content(text, rule(PASSWORD, secret_group=1, allow=allow)) is not None) is passes


KEYS = Scope(only=Audience(keys=("k1", "k2")))
EXEMPT = Scope(only=Audience(models=("gpt-*",)), exempt=Audience(providers=("p9",)))


@pytest.mark.parametrize(
    ("scope", "caller", "applies"),
    [
        (Scope(), Caller("k", "p", "m", "e"), True),
        (KEYS, Caller("k2"), True),
        (KEYS, Caller("k3"), False),
        (KEYS, None, True),
        (EXEMPT, Caller("k", "p1", "gpt-5"), True),
        (EXEMPT, Caller("k", "p9", "gpt-5"), False),
        (EXEMPT, Caller("k", "p1", "claude"), False),
        (Scope(only=Audience(endpoints=("embeddings",))), Caller(endpoint="chat/completions"), False),
        (Scope(exempt=Audience(keys=("k1",))), Caller("k1"), False),
        (Scope(exempt=Audience(keys=("k1",))), Caller("k2"), True),
    ],
)
def test_a_scope_chooses_calls(scope: Scope, caller: Caller | None, applies: bool) -> None:
    assert bool(watch(rule("x", scope=scope), rule("x", id="y", directions=()), caller=caller).active) is applies


def test_a_direction_chooses_rules() -> None:
    both = rule("x", directions=("request", "response"), id="b")
    assert len(watch(rule("x"), both).active) == 2
    assert [watch(rule("x"), both, direction="response").rules.rules[1].id] == ["r"]
    assert watch(rule("x"), both, direction="response").active == {0}


def test_field_classes_choose_places() -> None:
    only_text = rule("AKIA42", field_classes=("A",))
    assert judge(ask("AKIA42"), only_text)[0].outcome == "rejected"
    assert judge(ask("fine", user="AKIA42"), only_text)[0].outcome == "pass"
    assert judge(ask("fine", user="AKIA42"), rule("AKIA42", field_classes=("D",)))[0].outcome == "rejected"


CHATTING = {
    "model": "m",
    "messages": [
        {"role": "user", "content": "key AKIA42"},
        {"role": "assistant", "content": "do not send AKIA42"},
        {"role": "user", "content": "sorry"},
    ],
}


def test_a_refused_message_refuses_its_chat_for_ever_unless_the_past_is_redacted() -> None:
    assert judge(CHATTING, rule("AKIA[0-9]+"))[1] is None
    verdict, sent = judge(CHATTING, rule("AKIA[0-9]+", history="redact"))
    assert [each["content"] for each in sent["messages"]] == ["key [REDACTED]", "do not send [REDACTED]", "sorry"]
    assert [finding.action for finding in verdict.findings] == ["replaced", "replaced"]
    _, sent = judge(CHATTING, rule("AKIA[0-9]+", replace_by="(gone)", history="redact"))
    assert sent["messages"][0]["content"] == "key (gone)"


def test_the_present_turn_is_never_redacted_instead_of_refused() -> None:
    again = {"model": "m", "messages": [*CHATTING["messages"], {"role": "tool", "content": "AKIA43"}]}
    assert judge(again, rule("AKIA[0-9]+", history="redact"))[1] is None


def test_the_past_of_a_responses_call_is_its_items_before_the_last_of_the_user() -> None:
    body = {"model": "m", "input": [{"role": "user", "content": "AKIA42"}, {"role": "user", "content": "next"}]}
    _, sent = judge(body, rule("AKIA[0-9]+", history="redact"), endpoint="responses")
    assert sent["input"][0]["content"] == "[REDACTED]"


def test_of_overlapping_matches_the_severest_gives_the_replacement() -> None:
    long = rule("abcdef", "replace", "(long)", id="a", severity="low")
    short = rule("cd", "replace", "(short)", id="b", severity="critical")
    assert content("xabcdefx", long, short) == "x(short)x"


def calling(arguments: str) -> dict[str, Any]:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    return {"model": "m", "messages": [{"role": "assistant", "tool_calls": [call]}]}


def arguments_after(arguments: str, *rules: Guardrail) -> Any:
    _, sent = judge(calling(arguments), *rules)
    return None if sent is None else sent["messages"][0]["tool_calls"][0]["function"]["arguments"]


MEMBER = r'(?i)"password"\s*:\s*"([^"]+)"'


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"password": "hunter2", "x": 1}, {"password": "[PW]", "x": 1}),
        ({"password": 'hun"ter2'}, {"password": "[PW]"}),
        ({"password": "hunt\\er\n2"}, {"password": "[PW]"}),
        ({"deep": {"password": "hunter2"}}, {"deep": {"password": "[PW]"}}),
        ({"text": '{"password": "hunter2"}'}, {"text": '{"password": "[PW]"}'}),
    ],
)
def test_a_secret_told_by_its_key_is_replaced_in_arguments(arguments: Any, expected: Any) -> None:
    sent = arguments_after(json.dumps(arguments), rule(MEMBER, "replace", "[PW]", secret_group=1))
    assert json.loads(sent) == expected


@pytest.mark.parametrize("mode", ["reject", "replace", "pseudonymise"])
def test_a_secret_told_by_its_key_is_found_in_a_tool_input_object(mode: str) -> None:
    block = {"type": "tool_use", "id": "1", "name": "f", "input": {"password": "hunter2", "n": "ok"}}
    body = {"model": "m", "messages": [{"role": "assistant", "content": [block]}]}
    verdict, sent = judge(body, rule(MEMBER, mode, "[PW]", secret_group=1, name="PW"), endpoint="messages")
    assert [finding.values for finding in verdict.findings] == [("hunter2",)]
    if mode == "reject":
        assert sent is None
        return
    expected = {"replace": "[PW]", "pseudonymise": "<PW_7>"}[mode]
    assert sent["messages"][0]["content"][0]["input"] == {"password": expected, "n": "ok"}


def test_an_escape_is_not_cut_in_two() -> None:
    sent = arguments_after(r'{"a": "\u0041KIA42\u0021"}', rule(r"0041KIA42", "replace", "#"))
    assert json.loads(sent) == {"a": "#!"}


def test_a_rule_with_a_secret_group_leaves_its_label_and_is_content() -> None:
    verdict, sent = judge(ask("password: a1 password: b2"), rule(PASSWORD, "replace", "[PW]", secret_group=1))
    assert sent["messages"][0]["content"] == "password: [PW] password: [PW]"
    assert verdict.findings[0].spans == ((10, 12), (23, 25))


def test_a_secret_group_that_took_no_part_is_the_whole_match() -> None:
    assert content("ab", rule("a(x)?b", "replace", "#", secret_group=1)) == "#"


def test_a_rule_that_asks_for_no_raw_view_finds_nothing_plain() -> None:
    assert content("AKIA42", rule("AKIA42", views=("decoded",))) == "AKIA42"


def test_a_secret_cut_in_two_by_a_border_is_refused() -> None:
    parts = [{"type": "text", "text": "the key is AKIA12"}, {"type": "text", "text": "3456 as you know"}]
    verdict, sent = judge(ask(parts), rule("AKIA[0-9]{6}", "replace", "#"))
    assert sent is None
    assert [(each.view, each.values, each.place) for each in verdict.findings] == [
        ("joined", ("AKIA123456",), "messages[0].content[0].text")
    ]


def test_a_secret_that_stands_whole_in_a_part_is_found_across_its_border_too() -> None:
    parts = [{"type": "text", "text": "AKIA123456, AKIA12"}, {"type": "text", "text": "3456 as you know"}]
    verdict, sent = judge(ask(parts), rule("AKIA[0-9]{6}", "replace", "#"))
    assert sent is None
    assert [each.view for each in verdict.findings] == ["raw", "joined"]


def test_a_rule_that_asks_for_no_joined_view_does_not_look_across_borders() -> None:
    parts = [{"type": "text", "text": "the key is AKIA12"}, {"type": "text", "text": "3456 as you know"}]
    verdict, sent = judge(ask(parts), rule("AKIA[0-9]{6}", views=("raw", "folded", "decoded")))
    assert (verdict.outcome, sent["messages"][0]["content"]) == ("pass", parts)


def test_what_is_found_on_both_sides_of_a_border_is_not_found_across_it_again() -> None:
    parts = [{"type": "text", "text": "AKIA12"}, {"type": "text", "text": "AKIA34"}]
    verdict, sent = judge(ask(parts), rule("[A-Z]+[0-9]{2}(?:AKIA34)?", "replace", "#"))
    assert [each.view for each in verdict.findings] == ["raw", "raw"]
    assert [part["text"] for part in sent["messages"][0]["content"]] == ["#", "#"]


@pytest.mark.parametrize(
    "hidden",
    [
        "AKIA\u200b123456",
        "\uff21\uff2b\uff29\uff21123456",
        "key=QUtJQTEyMzQ1Ng==QUtJQTEyMzQ1NiBhbmQgbW9yZQ==",
        "414b4941313233343536",
        "%41%4b%49%41123456",
        r"\u0041KIA123456",
        "&#65;KIA123456",
        '"AKIA12" + "3456"',
    ],
)
@pytest.mark.parametrize("mode", ["reject", "replace", "pseudonymise"])
def test_what_a_text_hides_is_found_and_cut_out_of_it(hidden: str, mode: str) -> None:
    found = rule("AKIA[0-9]{6}", mode, "#", name="KEY")
    sent = content(f"use {hidden} for this", found)
    if mode == "reject":
        assert sent is None
        return
    assert sent is not None
    assert sent.startswith("use ")
    assert sent.endswith(" for this")
    assert content(sent, rule("AKIA[0-9]{6}")) == sent


def test_what_follows_more_matches_than_are_told_apart_is_found_though_none_of_them_counted() -> None:
    text = "x0 " * 300_000 + "x42424242"
    found = rule("x[0-9]+", validators=("min_len>=8",))
    assert content(text, found) is None
