"""Self-defence: the gateway's own secrets are found wherever they stand, and no ordinary word is."""

import json
import string

import pytest

from llm_proxy.core import keys
from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import inspect, inspect_text
from llm_proxy.core.self_defence import NO_DEFENCE, OWN_SECRET, PROVIDER_CREDENTIAL, Defence, defend, is_secret
from llm_proxy.core.strict_json import read
from llm_proxy.core.watch import RuleSet, compile_rules
from llm_proxy.records import DIRECTIONS, FIELD_CLASSES, VIEWS, Direction, Secret

KEY = keys.mint(b"\x5e" * 32)
UNKNOWN_KEY = keys.mint(b"\x5f" * 32)
CREDENTIAL = "sk-proj-Zk3.v9+q2m7/xw4a"
TOKEN = "an-admin-token-0123456789"


def defence(*credentials: str) -> Defence:
    given = [Secret(each) for each in credentials or (CREDENTIAL,)]
    return defend({keys.digest(KEY)}, given, [Secret(TOKEN)])


def rules(found: Defence) -> RuleSet:
    return compile_rules([], 1, defenders=found.detectors)


def finds(text: str, *credentials: str) -> list[str]:
    return [each.rule.name for each in inspect_text(text, rules(defence(*credentials)).watch()).findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"curl -H 'Authorization: Bearer {KEY}'", ["Key of this gateway"]),
        (f"x{KEY}f0", ["Key of this gateway"]),
        (KEY.upper(), ["Key of this gateway"]),
        (UNKNOWN_KEY, []),
        (KEY[:-1], []),
        (f"llmp-{UNKNOWN_KEY}{KEY}", ["Key of this gateway"]),
        (f"(key={CREDENTIAL})", ["Credential of a provider"]),
        (CREDENTIAL.replace(".", "-"), []),
        (CREDENTIAL.upper(), []),
        (f"{TOKEN} and {CREDENTIAL}", ["Credential of a provider", "Secret of this gateway"]),
        ("nothing", []),
    ],
)
def test_a_secret_of_the_gateway_is_found_as_it_is(text: str, expected: list[str]) -> None:
    assert finds(text) == expected


def test_a_key_is_found_behind_any_number_of_others() -> None:
    assert finds(UNKNOWN_KEY * 5000 + KEY) == ["Key of this gateway"]


BODIES = {
    "content": {"messages": [{"role": "user", "content": "… {} …"}]},
    "key": {"messages": [], "metadata": {"{}": "x"}},
    "label": {"messages": [], "user": "{}"},
    "model": {"model": "{}", "messages": []},
    "arguments": {"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": '{"a": "{}"}'}}]}]},
    "authorization": {"messages": [], "tools": [{"type": "mcp", "authorization": "{}"}]},
    "unknown": {"messages": [], "x": [{"y": ["{}"]}]},
}


@pytest.mark.parametrize("secret", [KEY, CREDENTIAL, TOKEN])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("direction", DIRECTIONS)
def test_it_is_refused_in_every_place_and_direction(body: dict[str, object], secret: str, direction: Direction) -> None:
    document = read(json.dumps(body).replace("{}", secret).encode())
    verdict = inspect(document, ENDPOINTS["chat/completions"], rules(defence()).watch(direction))
    assert verdict.outcome == "rejected"


@pytest.mark.parametrize(
    "credential", [string.printable.strip() + "1", "ключ-№-1234567890", "a" + "xyz0" * 1024, "a\\Q(?i)\\E\\C1"]
)
def test_any_credential_is_found_exactly(credential: str) -> None:
    assert finds(f"<{credential}>", credential) == ["Credential of a provider"]
    assert finds(f"<{credential[:-1]}>", credential) == []


def test_hundreds_of_credentials_are_found_each() -> None:
    credentials = [f"sk-{keys.digest(str(number))}" for number in range(500)]
    watch = rules(defence(*credentials)).watch()
    assert all(inspect_text(each, watch).outcome == "rejected" for each in credentials[::25])
    assert inspect_text(f"sk-{keys.digest('x')}", watch).outcome == "pass"


def test_built_in_rules_tell_no_secret_and_look_everywhere() -> None:
    for detector in defence().detectors:
        rule = detector.rule
        assert not any(secret in repr(rule) for secret in (KEY, CREDENTIAL, TOKEN))
        assert (rule.mode, rule.severity, rule.origin) == ("reject", "critical", "built-in")
        assert (rule.directions, rule.field_classes, rule.views) == (DIRECTIONS, FIELD_CLASSES, VIEWS)
    assert len({detector.rule.id for detector in defence().detectors}) == 3


def test_a_credential_that_is_the_admin_token_too_is_looked_for_once() -> None:
    found = defence(TOKEN, CREDENTIAL, CREDENTIAL)
    assert [each.rule for each in found.detectors[1:]] == [PROVIDER_CREDENTIAL, PROVIDER_CREDENTIAL]
    assert OWN_SECRET not in [each.rule for each in found.detectors]


def test_nothing_is_made_anew_for_the_same_secrets() -> None:
    first = defence()
    again = defend([keys.digest(KEY)], [Secret(CREDENTIAL)], [Secret(TOKEN)], first)
    assert again is first
    assert defence() == first
    for digests, credentials, own in (
        ([], [CREDENTIAL], [TOKEN]),
        ([keys.digest(KEY)], [], [CREDENTIAL, TOKEN]),
        ([keys.digest(KEY)], [CREDENTIAL], []),
        ([keys.digest(KEY), keys.digest(UNKNOWN_KEY)], [CREDENTIAL], [TOKEN]),
    ):
        changed = defend(digests, [Secret(each) for each in credentials], [Secret(each) for each in own], first)
        assert changed != first
    assert not NO_DEFENCE.detectors


FOR_NO_KEY = """
none ollama not-needed lm-studio EMPTY no-key sk-no-key-required no-api-key-required sk-xxxxxxxxxxxxxxxxxxxx
xxxxxxxxxxxxxxxx your-api-key-here YOUR_API_KEY sk-1234 sk-1234567890 1234567890 password123 changeme
undefined localhost anything self-hosted 00000000-0000-0000-0000-000000000000 sk-test sk-placeholder
dummy-key-for-vllm
"""


@pytest.mark.parametrize("text", ["", *FOR_NO_KEY.split()])
def test_a_word_for_no_key_is_no_secret(text: str) -> None:
    assert not is_secret(text)
    assert finds(f"Set OPENAI_API_KEY={text} and go on", text) == []


FOR_A_KEY = """
sk-proj-9fA2bC sk-upstream sk-upstream-canary correct-horse-battery-staple a1b2c3d4 hunter2-prod
gsk_live_Abcdefgh sk-test-key-4f1d6c0b97a2 QWxhZGRpbjpvcGVuIHNlc2FtZQ== my.token.1234567890.abc
пароль-от-провайдера
"""


@pytest.mark.parametrize("text", FOR_A_KEY.split())
def test_whatever_else_is_given_is_a_secret(text: str) -> None:
    assert is_secret(text)
    assert finds(f"Set OPENAI_API_KEY={text} and go on", text) == ["Credential of a provider"]
