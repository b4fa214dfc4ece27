import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.histogram import EDGES_MS, bin_of, histogram, pack, percentiles, unpack

SHARES = (0.0, 0.01, 0.5, 0.95, 0.99, 1.0)
times = st.lists(st.floats(0.1, 3_600_000), max_size=200)


def of(values: list[float]) -> int:
    return histogram((bin_of(value), 1) for value in values)


def exact(values: list[float], share: float) -> float | None:
    return sorted(values)[max(1, math.ceil(share * len(values))) - 1] if values else None


@given(times)
def test_a_percentile_is_within_five_percent_of_the_exact_one(values: list[float]) -> None:
    for found, wanted in zip(percentiles(of(values), SHARES), (exact(values, share) for share in SHARES), strict=True):
        assert found == wanted if wanted is None else found == pytest.approx(wanted, rel=0.05)


@given(times, times)
def test_the_histogram_of_two_sets_is_the_sum_of_theirs(some: list[float], others: list[float]) -> None:
    assert of(some) + of(others) == of([*some, *others])


@given(times)
def test_what_is_packed_comes_back(values: list[float]) -> None:
    assert unpack(pack(of(values))) == of(values)


@pytest.mark.parametrize("edge", range(len(EDGES_MS)))
def test_an_edge_belongs_to_the_bin_above_it(edge: int) -> None:
    assert bin_of(EDGES_MS[edge]) == edge + 1
    assert bin_of(math.nextafter(EDGES_MS[edge], 0)) == edge


@pytest.mark.parametrize(
    ("value", "told"), [(-1.0, 0.1), (0.0, 0.1), (0.09, 0.1), (1e9, EDGES_MS[-1]), (math.inf, EDGES_MS[-1])]
)
def test_what_is_beyond_counts_as_the_shortest_or_the_longest(value: float, told: float) -> None:
    assert percentiles(of([value]), (0.5,)) == [told]


def test_a_million_million_counts_do_not_spill_into_the_next_bin() -> None:
    full = histogram([(bin_of(10.0), 10**12), (bin_of(20.0), 1)])
    assert percentiles(full, (0.5, 1.0)) == [pytest.approx(10.0, rel=0.05), pytest.approx(20.0, rel=0.05)]
    assert unpack(pack(full)) == full


def test_a_packed_histogram_takes_no_room_for_empty_bins_at_its_ends() -> None:
    assert pack(of([])) == b""
    assert len(pack(of([3_000_000.0]))) <= 6
    assert EDGES_MS[-1] > 3_600_000
    assert len(EDGES_MS) < 256  # a bin's number is one byte
