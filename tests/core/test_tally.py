"""Calls and findings are counted to the last one; a call's time is that of the calls that were timed."""

from datetime import UTC, datetime

from llm_proxy.core.tally import Reading, Tally

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_every_call_takes_what_the_timed_ones_took_on_average():
    tally = Tally()
    tally.count(["a", "b"], 10)
    tally.timed({"a": 2e-6, "b": 0.0})
    tally.timed({"a": 4e-6, "b": 0.0})
    assert tally.take() == [Reading("a", 10, 0, 30), Reading("b", 10, 0, 0)]
    assert tally.take() == []


def test_time_is_added_when_a_call_was_timed():
    tally = Tally()
    tally.count(["a"], 3)
    tally.hit("a", NOW)
    assert tally.take() == [Reading("a", 3, 1, 0, NOW)]
    assert tally.take() == []
    tally.timed({"a": 1e-6})
    tally.count(["a"], 1)
    assert tally.take() == [Reading("a", 1, 0, 4)]


def test_what_is_less_than_a_microsecond_adds_up():
    tally = Tally()
    tally.timed({"a": 0.4e-6})
    taken = []
    for _ in range(10):
        tally.count(["a"], 1)
        taken += tally.take()
    assert sum(each.time_us for each in taken) in {3, 4}
    assert sum(each.calls for each in taken) == 10


def test_what_could_not_be_put_anywhere_is_taken_again():
    tally = Tally()
    tally.timed({"a": 1e-6})
    tally.count(["a"], 2)
    tally.hit("a", NOW)
    readings = tally.take()
    tally.give_back(readings)
    tally.count(["a"], 1)
    assert tally.take() == [Reading("a", 3, 1, 3, NOW)]


def test_traffic_of_long_ago_counts_for_less():
    tally = Tally()
    for _ in range(10_000):
        tally.timed({"a": 100e-6})
    for _ in range(1_000):
        tally.timed({"a": 1e-6})
    tally.count(["a"], 1)
    assert tally.take()[0].time_us < 10
