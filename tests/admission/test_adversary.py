import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.admission import _check_time
from llm_proxy.admission.adversary import SIZE, texts
from llm_proxy.core.patterns import compile_pattern
from llm_proxy.errors import BadPattern


def test_texts_are_made_of_what_the_pattern_is_made_of() -> None:
    made = texts(r"(?i)secret[-_]key\s*[:=]\s*([0-9a-f]{16})\b")
    assert all(len(text) == SIZE for text in made)
    assert any("secret" in text and "0" * 16 in text for text in made)
    assert len(set(made)) == len(made)


def test_a_simple_pattern_meets_many_matches_and_many_near_matches() -> None:
    pattern = compile_pattern("AKIA[A-Z0-9]{16}")
    counts = [len(pattern.matches(text)) for text in texts(pattern.source)]
    assert max(counts) > 1000
    assert min(counts) == 0


@pytest.mark.parametrize("source", ["(?s).{1,1000}canary", "x.{500}y", "a.{0,200}b"])
def test_what_counts_nearly_anything_meets_a_text_that_it_is_slow_for(source: str) -> None:
    with pytest.raises(BadPattern, match="longer than 50 ms"):
        _check_time(compile_pattern(source))


@given(st.text(alphabet=r"ab[]^(){}|*+?\.-:{1,9}xpPQE", max_size=40))
def test_any_text_is_survived_and_the_same_ones_come_out(source: str) -> None:
    assert texts(source) == texts(source)
