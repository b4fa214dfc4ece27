"""May a rule be stored, and what is said of it before it is?"""

from datetime import UTC, datetime
from typing import Any

import pytest

from llm_proxy import admission
from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.errors import BadPattern, BadRequest
from llm_proxy.records import Allow, Example, Guardrail, Near, Secret

NOW = datetime(2026, 4, 19, tzinfo=UTC)


def rule(pattern: str = "canary-[0-9]+", **fields: Any) -> Guardrail:
    return Guardrail("x", pattern, fields.pop("mode", "reject"), fields.pop("replace_by", ""), NOW, NOW, **fields)


REFUSED = [
    (rule("("), "pattern"),
    (rule("a*"), "pattern"),
    (rule(r"a\C"), "pattern"),
    (rule("x" * 5000), "pattern"),
    (rule(secret_group=1), "secret_group"),
    (rule("(a)", secret_group="key"), "secret_group"),
    (rule(validators=("no such",)), "validators"),
    (rule(near=Near("(")), "near.pattern"),
    (rule(allow=Allow(regexes=("b", "("))), "allow.regexes"),
    (rule(views=("raw", "spaceless")), "views"),
    (rule(mode="replace", replace_by="canary-1"), "pattern"),
    (rule(examples=(Example("canary-1"), Example("bird"))), "examples[1]"),
    (rule(examples=(Example("canary-1", match=False),)), "examples[0]"),
]


@pytest.mark.parametrize(("refused", "param"), REFUSED)
def test_what_is_wrong_is_named(refused: Guardrail, param: str) -> None:
    with pytest.raises((BadPattern, BadRequest)) as caught:
        admission.admit(refused)
    assert caught.value.param == param
    assert len(caught.value.message) > 20


ADMITTED = [
    rule(),
    rule("(?P<key>canary)-([0-9]+)", secret_group="key"),
    rule(mode="monitor", views=("spaceless",)),
    rule(mode="replace", replace_by="$0", template="literal"),
    rule(r"pin: (\d+)", secret_group=1, mode="replace", replace_by="0000"),  # its replacement is left alone
    rule(examples=(Example("canary-1"), Example("bird", match=False))),
    rule(examples=(Example("Y2FuYXJ5LTEyMzQ1Njc4OTA="),)),  # in the decoded view
    rule(directions=("response",), enabled=False, examples=(Example("canary-1"),)),
]


@pytest.mark.parametrize("admitted", ADMITTED)
def test_what_fits_together_is_admitted(admitted: Guardrail) -> None:
    assert admission.admit(admitted).warnings == ()


def test_examples_are_judged_by_all_that_a_rule_says() -> None:
    fingerprinter = Fingerprinter(Secret("k"))
    said = rule(
        r"pin (\d+)",
        secret_group=1,
        near=Near("(?i)bank", before=10),
        allow=Allow(hashes=(fingerprinter.of("1234"),), stopwords=("99",)),
        examples=(
            Example("my bank pin 4711"),
            Example("pin 4711", match=False),
            Example("my bank pin 1234", match=False),
            Example("my bank pin 9988", match=False),
        ),
    )
    admission.admit(said, fingerprinter)


@pytest.mark.parametrize("pattern", ["x[^y]*y|x", "(?s)a.{0,900}b.{0,900}c"])
def test_a_pattern_that_a_hostile_text_makes_slow_is_refused(pattern: str) -> None:
    with pytest.raises(BadPattern, match="longer than 50 ms") as caught:
        admission.admit(rule(pattern))
    assert caught.value.param == "pattern"


@pytest.mark.parametrize("pattern", ["^(a+)+$", r"[\w.-]*?(?:zzz)=", r"\w+@\w+\.\w+", r"(?i)\bkey\s*=\s*(\S{8,})"])
def test_what_only_other_engines_are_slow_at_is_admitted(pattern: str) -> None:
    admission.admit(rule(pattern))


def test_the_dry_run_tells_what_ordinary_texts_are_flagged() -> None:
    admitted = admission.admit(rule("[0-9a-f]{32}"))
    run = admitted.dry_run
    assert run.texts >= 300
    assert 10 < run.flagged < run.texts / 2
    assert admitted.warnings == (f"It would flag {run.flagged} of {run.texts} ordinary texts.",)
    assert len(run.examples) == 10
    for each in run.examples:
        assert len(each.text) <= 300
        assert all(len(each.text[start:end]) >= 1 for start, end in each.spans)


@pytest.mark.parametrize(
    ("pattern", "fields", "waits"),
    [
        ("(?s)a.*b", {"directions": ("request", "response")}, True),
        ("(?s).+secret", {"directions": ("response",)}, True),
        ("(?s).+secret", {"directions": ("response",), "mode": "monitor"}, False),
        ("(?s).+secret", {}, False),
        (r"zebra-\d{4} \d{4}", {"directions": ("response",)}, False),
        (r"-----BEGIN KEY[\s\S]+?END-----", {"directions": ("response",)}, False),
    ],
)
def test_a_rule_that_would_make_streams_wait_is_told_so(pattern: str, fields: dict[str, Any], waits: bool) -> None:
    told = admission.warnings(rule(pattern, **fields), None)
    assert [warning for warning in told if warning.startswith("Streamed answers would wait")] == list(told)
    assert bool(told) is waits
