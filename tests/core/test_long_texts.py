"""Long texts: what is hidden far from everything else is found, and cut out whole."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest

from llm_proxy.core.guardrails import inspect_text
from llm_proxy.core.watch import compile_rules
from llm_proxy.records import Guardrail

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PROSE = "All of it was said in plain words, again and again, and nobody minded.\n" * 800
LINE = PROSE.replace("\n", " ")
KEY = "AKIAQYLPMN5HXQ3ZT7RB"
PEM = (
    "-----BEGIN PRIVATE KEY-----\n"
    + "MIIBVwIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7AgEAAkEAq7BFUpkG\n" * 50
    + "-----END PRIVATE KEY-----"
)
PATTERNS = {"key": r"\bAKIA[A-Z2-7]{16}\b", "pem": r"-----BEGIN [A-Z ]*KEY-----[^-]+-----END [A-Z ]*KEY-----"}


@pytest.fixture(scope="module")
def watch():
    rules = [
        Guardrail(name, pattern, "replace", f"[{name}]", NOW, NOW, template="literal")
        for name, pattern in PATTERNS.items()
    ]
    return compile_rules(rules, 1).watch()


@pytest.mark.parametrize("around", [PROSE, LINE])
@pytest.mark.parametrize(
    ("hidden", "left"),
    [
        (KEY, "[key]"),
        (b64encode(f"the key is {KEY}".encode()).decode(), "[key]"),
        (f'"{KEY[:9]}" + "{KEY[9:]}"', '"[key]"'),
        (KEY.replace("Q", "%51"), "[key]"),
        (PEM, "[pem]"),
        (PEM.replace("\n", "\\n"), "[pem]"),
        (PEM.replace("\n", "%0A"), "[pem]"),
        (b64encode(PEM.encode()).decode(), "[pem]"),
    ],
)
def test_what_is_hidden_in_a_long_text_is_cut_out(watch, around: str, hidden: str, left: str) -> None:
    verdict = inspect_text(f"{around}{hidden} {around}%41 {hidden}\n{around}", watch)
    assert verdict.changes[0] == f"{around}{left} {around}%41 {left}\n{around}"
