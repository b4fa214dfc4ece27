import pytest

from llm_proxy.errors import BadPattern
from llm_proxy.web.admin import rule_cost
from llm_proxy.web.admin.rule_cost import cost_us_per_kb, costs


def test_a_pattern_is_measured_once():
    first = cost_us_per_kb("parrot-[0-9]{4}")
    assert first > 0
    assert cost_us_per_kb("parrot-[0-9]{4}") == first
    assert costs(["parrot-[0-9]{4}", "("]) == [first, None]


def test_what_cannot_be_admitted_has_no_cost():
    with pytest.raises(BadPattern):
        cost_us_per_kb("a*")


@pytest.mark.parametrize(
    ("is_slow", "expected"), [(False, ["short", "short", "long", "long", "long"]), (True, ["short", "short"])]
)
def test_a_slow_pattern_is_measured_on_a_short_text(monkeypatch: pytest.MonkeyPatch, is_slow, expected):
    read = []

    def run(_: object, text: str) -> float:
        read.append("short" if text == rule_cost._SHORT else "long")
        return 0.01 if is_slow else 0.00001

    monkeypatch.setattr(rule_cost, "_run", run)
    cost = cost_us_per_kb(f"parrot {is_slow}")
    assert read == expected
    assert cost == pytest.approx(10_000 if is_slow else 10 / 16)


def test_the_text_is_ordinary_and_has_its_size():
    assert (len(rule_cost._SHORT.encode()), len(rule_cost._LONG.encode())) == (1024, 16_384)
