"""Guard rails on the wire: what a rule matches reaches no provider, whatever the endpoint, spelling or place."""

import json
import re
import threading
import time
from typing import Any

import pytest

from tests.gateway_process import CHAT, Caller, Gateway, chat_body
from tests.mock_upstream import Mock
from tests.wire import Answer

SECRET, PATTERN = "AKIA-canary-0042", "AKIA-canary-[0-9]+"
IMAGE = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
ASK: dict[str, Any] = {"model": "mock-1", "messages": [{"role": "user", "content": f"use {SECRET} now"}]}
ENDPOINTS = [
    pytest.param("chat/completions", ASK, True, id="chat"),
    pytest.param("completions", {"model": "m", "prompt": f"use {SECRET} now"}, True, id="completions"),
    pytest.param("completions", {"model": "m", "prompt": ["a", f"use {SECRET} now"]}, True, id="completions list"),
    pytest.param("embeddings", {"model": "m", "input": ["a", f"use {SECRET} now"]}, False, id="embeddings"),
    pytest.param("responses", {"model": "m", "input": f"use {SECRET} now"}, True, id="responses"),
    pytest.param("responses", {"model": "m", "input": "x", "instructions": f"use {SECRET}"}, True, id="instructions"),
    pytest.param("messages", ASK | {"max_tokens": 9}, True, id="messages"),
    pytest.param("messages", {"model": "m", "max_tokens": 9, "messages": [], "system": SECRET}, True, id="system"),
    pytest.param("moderations", {"model": "m", "input": f"use {SECRET} now"}, False, id="moderations"),
    pytest.param("images/generations", {"model": "m", "prompt": f"paint {SECRET}"}, False, id="images"),
    pytest.param("audio/speech", {"model": "m", "input": f"say {SECRET}", "voice": "v"}, False, id="speech"),
]


def assert_rejected(heard: Answer, mock: Mock, *rules: dict[str, Any]) -> dict[str, Any]:
    """The refusal has OpenAI's shape, names the rule and nothing else of it, and MOCK saw nothing."""
    assert heard.status == 400, heard.body
    error = heard.error
    assert (error["type"], error["code"]) == ("guardrail_rejected", "guardrail_rejected")
    assert any(rule["id"] in error["message"] for rule in rules)
    assert SECRET not in heard.body.decode()
    assert mock.requests == []
    return error


@pytest.mark.parametrize(("endpoint", "body", "streams"), ENDPOINTS)
def test_G02_G23_a_reject_rule_holds_on_every_endpoint_streamed_or_not(
    endpoint: str, body: dict[str, Any], streams: bool, mock: Mock, gateway: Gateway
) -> None:
    rule = gateway.rule(PATTERN)
    caller = gateway.caller(mock.url)
    variants = [body, body | {"stream": True}] if streams else [body]
    for variant in variants:
        assert_rejected(caller.call(f"/v1/{endpoint}", variant), mock, rule)
    caller.usage(0)
    for event in caller.events(len(variants)):
        assert SECRET in event["input_text"]
        assert (event["guardrail_id"], event["pattern"], event["mode"]) == (rule["id"], PATTERN, "reject")


@pytest.mark.parametrize(("endpoint", "body", "streams"), ENDPOINTS)
def test_G02_G13_a_replace_rule_holds_on_every_endpoint_and_is_on_record(
    endpoint: str, body: dict[str, Any], streams: bool, mock: Mock, gateway: Gateway
) -> None:
    rule = gateway.rule(PATTERN, "replace", "[key]")
    caller = gateway.caller(mock.url)
    variants = [body, body | {"stream": True}] if streams else [body]
    for variant in variants:
        assert caller.call(f"/v1/{endpoint}", variant).status == 200
        received = mock.last.json()
        received.pop("stream_options", None)
        assert received == json.loads(json.dumps(variant).replace(SECRET, "[key]"))
    for event in caller.events(len(variants)):
        assert SECRET in event["input_text"]
        assert (event["guardrail_id"], event["mode"]) == (rule["id"], "replace")


def test_G02_an_unknown_endpoint_is_404_and_never_passed_on(mock: Mock, caller: Caller) -> None:
    for path in ("/v1/files", "/v1/assistants", "/v1/audio/transcriptions", "/v1/chat", "/v1", "/v1/"):
        heard = caller.call(path, {"input": SECRET})
        assert (heard.status, heard.error["type"]) == (404, "invalid_request_error")
    assert mock.requests == []


@pytest.mark.parametrize(
    "written",
    ["AKIA-canary-0042", "\\u0041KIA-canary-0042", "AKIA\\u002dcanary-\\u0030042", "AKI\\u0041-can\\u0061ry-0042"],
)
def test_G03_an_escaped_spelling_is_caught(written: str, mock: Mock, gateway: Gateway) -> None:
    rule = gateway.rule(PATTERN)
    body = json.dumps(ASK).replace(SECRET, written).encode()
    assert_rejected(gateway.caller(mock.url).call(CHAT, body), mock, rule)


@pytest.mark.parametrize(
    ("pattern", "written"),
    [
        ("a/b-secret", b"a\\/b-secret"),
        ("key\U0001f511[0-9]", b"key\\ud83d\\udd117"),
        ("key\U0001f511[0-9]", "key\U0001f5117".encode()),
        ("caf\u00e9-[0-9]", b"caf\\u00e9-1"),
        ("caf\u00e9-[0-9]", b"caf\\u00E9-1"),
        (r"tab\tsecret", b"tab\\tsecret"),
    ],
)
def test_G03_solidus_surrogate_pairs_and_letters_beyond_ascii_are_caught(
    pattern: str, written: bytes, mock: Mock, gateway: Gateway
) -> None:
    rule = gateway.rule(pattern)
    body = b'{"model":"m","messages":[{"role":"user","content":"my %s here"}]}' % written
    assert_rejected(gateway.caller(mock.url).call(CHAT, body), mock, rule)


def with_arguments(arguments: str) -> dict[str, Any]:
    """Return a chat in which the assistant called a tool with these arguments."""
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": arguments}}
    told = {"role": "assistant", "content": None, "tool_calls": [call]}
    return {"model": "m", "messages": [told, {"role": "tool", "tool_call_id": "call_1", "content": "ok"}]}


@pytest.mark.parametrize(
    "arguments",
    [
        '{"key": "AKIA-canary-0042"}',
        '{"key": "\\u0041KIA-canary-0042"}',
        '{"deep": [{"er": "AKIA\\u002dcanary-0042"}], "n": 1.0}',
        json.dumps({"nested": json.dumps({"key": "\\u0041KIA-canary-0042"})}).replace("\\\\\\\\u", "\\\\u"),
    ],
)
def test_G04_json_within_tool_arguments_is_inspected_decoded(arguments: str, mock: Mock, gateway: Gateway) -> None:
    rule = gateway.rule(PATTERN)
    assert_rejected(gateway.caller(mock.url).call(CHAT, with_arguments(arguments)), mock, rule)


def test_G04_tool_arguments_stay_valid_json_after_a_replacement(mock: Mock, gateway: Gateway) -> None:
    gateway.rule(PATTERN, "replace", 'q"uo\\te\n')
    caller = gateway.caller(mock.url)
    caller.call(CHAT, with_arguments('{"b": 1.0, "key": "my \\u0041KIA-canary-0042.", "a": [null]}'))
    told = mock.last.json()["messages"][0]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(told) == {"b": 1.0, "key": 'my q"uo\\te\n.', "a": [None]}
    assert list(json.loads(told)) == ["b", "key", "a"]
    caller.events(1)


def test_G01_a_secret_in_a_key_is_rejected_in_both_modes(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url)
    for mode in ("reject", "replace"):
        rule = gateway.rule(PATTERN, mode, "[key]")
        heard = caller.call(CHAT, chat_body(metadata={SECRET: "x"}))
        assert_rejected(heard, mock, rule)
        gateway.remove_rules()
    caller.events(2)


@pytest.mark.parametrize("at", [0, (1 << 20) - 1, 1 << 20, 31 << 20])
def test_G08_a_secret_is_caught_at_any_offset(at: int, mock: Mock, gateway: Gateway) -> None:
    rule = gateway.rule(PATTERN)
    heard = gateway.caller(mock.url).chat("x" * at + SECRET)
    assert heard.status == 413 or assert_rejected(heard, mock, rule)
    assert mock.requests == []


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(.*)*x", "(?:" + "|".join(f"word{n}" for n in range(450)) + ")z", "(a|aa)+b", "a{0,900}c"]
)
def test_G09_a_hostile_pattern_takes_linear_time_and_stalls_nobody(pattern: str, mock: Mock, gateway: Gateway) -> None:
    made = gateway.admin("POST", "/admin/guardrails", {"pattern": pattern, "mode": "reject", "replace_by": ""})
    assert made.status in {201, 400}
    caller = gateway.caller(mock.url)
    seen: list[float] = []

    def send() -> None:
        started = time.monotonic()
        assert caller.chat("a" * (1 << 20) + "!").status in {200, 400}
        seen.append(time.monotonic() - started)

    sending = threading.Thread(target=send)
    sending.start()
    slowest = 0.0
    while sending.is_alive():
        slowest = max(slowest, gateway.seconds_alive())
        time.sleep(0.01)
    sending.join()
    assert seen
    assert seen[0] <= 1.5  # one second is promised for the engine; the megabyte's way takes its time too
    assert slowest <= 0.25  # a stall of 100 ms is allowed; this process's own share of two cores adds to it


@pytest.mark.parametrize(
    "pattern",
    [
        "(", "[a", "a**", "(?=x)", "(?<=x)y", r"(a)\1", "a" * 5000, "x" * (1 << 20), "((a{1000}){1000}){1000}",
        r"\C", "(?P<n", r"\xZZ", "a{1001}",
    ],
)  # fmt: skip
def test_G10_a_pattern_that_cannot_be_admitted_is_400_with_the_reason(pattern: str, gateway: Gateway) -> None:
    heard = gateway.admin("POST", "/admin/guardrails", {"pattern": pattern, "mode": "reject", "replace_by": ""})
    assert heard.status == 400
    assert len(heard.json()["error"]["message"]) > 10
    assert gateway.admin("GET", "/admin/guardrails").json() == []


@pytest.mark.parametrize("pattern", ["", "a*", "(a|)", "^", "$", r"\b", "x?"])
def test_G17_a_pattern_that_matches_the_empty_text_is_400(pattern: str, gateway: Gateway) -> None:
    heard = gateway.admin("POST", "/admin/guardrails", {"pattern": pattern, "mode": "reject", "replace_by": ""})
    assert heard.status == 400


def test_G14_a_multimodal_message_keeps_its_images(mock: Mock, gateway: Gateway) -> None:
    gateway.rule(PATTERN, "replace", "[key]")
    image = {"type": "image_url", "image_url": {"url": IMAGE, "detail": "high"}}
    parts = [{"type": "text", "text": f"a {SECRET}"}, image, {"type": "text", "text": "b"}, image]
    caller = gateway.caller(mock.url)
    caller.call(CHAT, {"model": "m", "messages": [{"role": "user", "content": parts}]})
    received = mock.last.json()["messages"][0]["content"]
    assert received == [{"type": "text", "text": "a [key]"}, image, {"type": "text", "text": "b"}, image]
    caller.events(1)


@pytest.mark.parametrize(
    ("replace_by", "expected"),
    [
        ('"', '"'),
        ("\\", "\\"),
        ("\n\r\t\x1f", "\n\r\t\x1f"),
        (r"\g<0>", r"\g<0>"),
        (r"\1", r"\1"),
        ("\u2028\u2029", "\u2028\u2029"),
        ("$1", "AKIA"),
        ("${1}", "AKIA"),
        ("${number}", "0042"),
        ("$number", "0042"),
        ("$1z", ""),
        ("$$1", "$1"),
        ("cost $5", "cost "),
        ('"}],"model":"evil"', '"}],"model":"evil"'),
        ("", ""),
    ],
)
def test_G15_a_replacement_is_a_go_template_and_never_breaks_the_json(
    replace_by: str, expected: str, mock: Mock, gateway: Gateway
) -> None:
    gateway.rule("(AKIA)-canary-(?P<number>[0-9]+)", "replace", replace_by)
    assert gateway.caller(mock.url).chat(f"use {SECRET} now").status == 200
    assert mock.last.json() == chat_body(f"use {expected} now")


def test_G16_reject_is_judged_on_the_original_text(mock: Mock, gateway: Gateway) -> None:
    for order in (("replace", "reject"), ("reject", "replace")):
        rules = [gateway.rule(PATTERN, mode, "[key]") for mode in order]
        assert_rejected(gateway.caller(mock.url).call(CHAT, ASK), mock, *rules)
        gateway.remove_rules()


def test_overlapping_replacements_leave_no_fragment(mock: Mock, gateway: Gateway) -> None:
    gateway.rule("alpha-beta", "replace", "[x]")
    gateway.rule("beta-gamma", "replace", "[y]")
    assert gateway.caller(mock.url).chat("alpha-beta-gamma").status == 200
    received = mock.last.json()["messages"][0]["content"]
    assert not re.search("alpha|beta|gamma", received)


def test_a_replacement_that_another_rule_matches_is_no_way_out(mock: Mock, gateway: Gateway) -> None:
    gateway.rule("one-secret", "replace", "two-secret")
    gateway.rule("two-secret")
    heard = gateway.caller(mock.url).chat("one-secret")
    assert heard.status == 400
    assert mock.requests == []


@pytest.mark.parametrize(
    "content",
    [
        [{"type": 1, "text": SECRET}],
        [{"type": "text", "text": [SECRET]}],
        [[SECRET]],
        [{"text": {"value": SECRET}}],
        {"text": SECRET},
        [{"type": "unheard", "anything": {"goes": [SECRET]}}],
        [None, SECRET],
    ],
)
@pytest.mark.parametrize("role", ["user", 1, None])
def test_G29_parts_of_odd_types_are_inspected(content: object, role: object, mock: Mock, gateway: Gateway) -> None:
    gateway.rule(PATTERN)
    heard = gateway.caller(mock.url).call(CHAT, {"model": "m", "messages": [{"role": role, "content": content}]})
    assert heard.status == 400
    assert SECRET not in heard.body.decode()
    assert mock.requests == []
