"""The promise, asked of random rules in random places of random bodies, and judged by an eye that is not the engine's.

``EXAMPLES=10000`` makes it look longer.
"""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from bench.guardrails.encodings import ENCODINGS, PROMISED
from hypothesis import example, given, settings
from hypothesis import strategies as st

from llm_proxy.core.clean_texts import CleanTexts
from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import Verdict, inspect
from llm_proxy.core.pattern_sets import PatternSet
from llm_proxy.core.patterns import Prefilter
from llm_proxy.core.strict_json import read, splice
from llm_proxy.core.watch import RuleSet, compile_rules
from llm_proxy.records import Guardrail
from tests.core.placements import PATTERN, PLACEMENTS, REPLACEMENT, SECRET, Placement, holds

EXAMPLES = int(os.environ.get("EXAMPLES", "300"))
NOW = datetime(2026, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.timeout(max(60, EXAMPLES // 5))  # seconds: ten thousand take minutes
# With so many rules the prefilter is worth its while.
OTHERS = [Guardrail(f"z{number}", f"never{number}there", "reject", "", NOW, NOW) for number in range(6)]


class Issued:
    """Placeholders as simple as can be."""

    def issue(self, kind: str, value: str) -> str:
        return f"<{kind}_{sum(map(ord, value))}>"


class Deaf:
    """A prefilter's engine that names nothing, not even the canary."""

    def Match(self, text: bytes, potential: bool) -> list[int]:
        return []


def deafened(rules: RuleSet) -> RuleSet:
    patterns = [detector.pattern for detector in rules.detectors]
    prefilter = Prefilter(patterns)
    prefilter._filter = Deaf()
    return replace(rules, patterns=PatternSet(patterns, prefilter), clean=CleanTexts())


secrets = st.integers(4000 * 10**12, 4001 * 10**12 - 1).map(str)  # exact as a float, too


@st.composite
def drawn_rules(draw: st.DrawFn, secret: str) -> Guardrail:
    """A rule that matches the secret, each digit of its tail told literally or by some class."""
    digits = [draw(st.sampled_from([digit, r"\d", "[0-9]", f"[{digit}x]", "."])) for digit in secret[4:]]
    pattern = draw(st.sampled_from(["4000{}", "(4000{})", "(?i)(?P<n>4000{})", "(?:4000|5000){}"]))
    return Guardrail(
        "r",
        pattern.format("".join(digits)),
        draw(st.sampled_from(["reject", "replace", "replace", "pseudonymise"])),
        draw(st.sampled_from(["[card]", "", "#", "$0", '"\n'])),
        NOW,
        NOW,
        name="CARD",
        secret_group=1 if "(4000" in pattern or "?P<n>" in pattern else 0,
        severity=draw(st.sampled_from(["low", "critical"])),
        history=draw(st.sampled_from(["same", "redact"])),
    )


leaves = st.one_of(st.text(max_size=6), st.none(), st.booleans(), st.integers(-9, 9), st.just("4000 1234"))
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def written(body: dict[str, Any], secret: str, *, is_escaped: bool, is_ascii: bool) -> bytes:
    """The body as a client may write it, a secret in strings spelled in escapes."""
    text = json.dumps(body, ensure_ascii=is_ascii)
    if is_escaped:
        spelled = "".join(f"\\u{ord(digit):04x}" for digit in secret)
        text = text.replace(f'"{secret}"', f'"{spelled}"').replace(f"with {secret},", f"with {spelled},")
    return text.encode("utf-8", "surrogatepass")


def judged(body: bytes, placement: Placement, rules: RuleSet) -> tuple[Verdict, bytes | None]:
    document = read(body)
    verdict = inspect(document, ENDPOINTS[placement.endpoint], rules.watch(), Issued())
    return verdict, None if verdict.outcome == "rejected" else splice(document, verdict.changes)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.data(), st.sampled_from(PLACEMENTS), secrets, trees, st.booleans(), st.booleans())
def test_whatever_the_rule_the_body_and_the_place_no_secret_leaves(
    data: st.DataObject, placement: Placement, secret: str, tree: Any, escaped: bool, ascii_only: bool
) -> None:
    rule = data.draw(drawn_rules(secret))
    rules = compile_rules([rule, *OTHERS], 1)
    body = written(placement.body(secret) | {"x_tree": tree}, secret, is_escaped=escaped, is_ascii=ascii_only)
    verdict, sent = judged(body, placement, rules)
    assert verdict.findings
    if rule.mode == "reject" and rule.history == "same":
        assert sent is None
    if sent is None:
        assert verdict.rejected_by in verdict.findings
        return
    assert placement.expected == "replaced" or rule.mode == "pseudonymise"  # a key may be a placeholder
    assert not holds(json.loads(sent), secret)
    assert judged(sent, placement, rules)[0] == Verdict("pass")
    assert json.loads(sent)["x_tree"] == json.loads(json.dumps(tree))


@pytest.mark.parametrize("placement", PLACEMENTS, ids=lambda placement: placement.name)
@pytest.mark.parametrize("mode", ["reject", "replace"])
def test_a_prefilter_that_has_gone_deaf_changes_no_verdict(placement: Placement, mode: Any) -> None:
    rules = compile_rules([Guardrail("r", PATTERN, mode, REPLACEMENT, NOW, NOW), *OTHERS], 1)
    body = json.dumps(placement.body(SECRET)).encode()
    assert judged(body, placement, deafened(rules)) == judged(body, placement, rules)
    assert judged(body, placement, deafened(rules))[0].outcome != "pass"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PLACEMENTS), secrets), min_size=1, max_size=4))
@example([(PLACEMENTS[0], SECRET)])
def test_what_was_seen_before_is_not_forgotten_to_be_inspected(asked: list[tuple[Placement, str]]) -> None:
    remembering = compile_rules([Guardrail("r", PATTERN, "replace", REPLACEMENT, NOW, NOW), *OTHERS], 1)
    for placement, secret in asked:
        harmless = json.dumps(placement.body("1234") | {"x_long": "word " * 200}).encode()
        harmful = json.dumps(placement.body(secret) | {"x_long": "word " * 200}).encode()
        for body in (harmless, harmful, harmless, harmful):
            fresh = replace(remembering, clean=CleanTexts(0))
            assert judged(body, placement, remembering) == judged(body, placement, fresh)


def replacing(pattern: str, replace_by: str, **changes: Any) -> RuleSet:
    return compile_rules([Guardrail("r", pattern, "replace", replace_by, NOW, NOW, secret_group=1, **changes)], 1)


@pytest.mark.parametrize("replace_by", ["$0", "$1", "${n}"])
@pytest.mark.parametrize("content", ["pin=4711", '{"pin=4711": 1}', "pin=4711 pin=4712"])
def test_a_secret_is_not_replaced_by_itself(content: str, replace_by: str) -> None:
    body = json.dumps({"model": "m", "messages": [{"role": "user", "content": content}]}).encode()
    assert judged(body, PLACEMENTS[0], replacing("pin=(?P<n>[0-9]+)", replace_by))[1] is None


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "user", "content": "pin=4711"}, {"role": "user", "content": "pin=PIN"}]},
        {"messages": [{"role": "assistant", "tool_calls": [{"function": {"arguments": '["pin=4711", "pin=PIN"]'}}]}]},
        {"messages": [{"role": "user", "content": "pin=4711 pin=PIN"}]},
    ],
)
def test_a_secret_that_is_spelled_like_a_replacement_is_replaced_too(body: dict[str, Any]) -> None:
    _, sent = judged(json.dumps(body).encode(), PLACEMENTS[0], replacing("pin=([0-9A-Z]+)", "{PIN}"))
    assert sent is None or b"pin=PIN" not in sent


HIDDEN = "4000CEKMHOPTXYAB"  # letters that others look like


@pytest.mark.parametrize("encoding", sorted(PROMISED))
@pytest.mark.parametrize("mode", ["reject", "replace"])
def test_a_secret_in_disguise_leaves_from_no_place(encoding: str, mode: Any) -> None:
    rules = compile_rules([Guardrail("r", "4000[A-Z]{12}", mode, REPLACEMENT, NOW, NOW), *OTHERS], 1)
    disguised = ENCODINGS[encoding](HIDDEN).removeprefix("use ").removesuffix(" for this")
    for placement in PLACEMENTS:
        try:
            body = json.dumps(placement.body(disguised)).encode()
        except ValueError:  # a number cannot be disguised
            continue
        verdict, sent = judged(body, placement, rules)
        assert verdict.findings, placement.name
        assert sent is None or (mode == "replace" and not holds(json.loads(sent), disguised)), placement.name
