"""Token-bucket arithmetic, on a clock that is an argument."""

import pytest

from llm_proxy.core.bucket import Bucket, duration, idle, take


def admitted(bucket: Bucket, *, now_s: float, rpm: int, calls: int) -> int:
    return sum(take(bucket, now_s=now_s, rpm=rpm).granted for _ in range(calls))


def test_a_burst_is_the_capacity_and_no_more() -> None:
    assert admitted(Bucket(), now_s=5.0, rpm=100, calls=500) == 100


def test_R02_waiting_as_told_admits_and_a_moment_less_does_not() -> None:
    bucket = Bucket()
    admitted(bucket, now_s=0.0, rpm=60, calls=60)
    wait = take(bucket, now_s=0.25, rpm=60).retry_after_s
    assert wait == pytest.approx(0.75)
    assert not take(bucket, now_s=0.25 + wait - 0.01, rpm=60).granted
    assert take(bucket, now_s=0.25 + wait, rpm=60).granted


def test_the_bucket_refills_continuously() -> None:
    bucket = Bucket()
    admitted(bucket, now_s=0.0, rpm=600, calls=600)
    assert admitted(bucket, now_s=0.55, rpm=600, calls=100) == 5


def test_R04_a_raised_limit_applies_at_once() -> None:
    bucket = Bucket()
    admitted(bucket, now_s=0.0, rpm=1, calls=2)
    assert admitted(bucket, now_s=0.0, rpm=10, calls=20) == 9


def test_R04_a_lowered_limit_applies_at_once_and_locks_nobody_out_for_long() -> None:
    bucket = Bucket()
    admitted(bucket, now_s=0.0, rpm=1000, calls=500)
    refused = take(bucket, now_s=0.0, rpm=10)
    assert not refused.granted
    assert refused.retry_after_s == pytest.approx(6.0)


def test_no_limit_means_no_limit() -> None:
    answer = take(Bucket(), now_s=0.0, rpm=0)
    assert (answer.granted, answer.limit) == (True, 0)


def test_what_remains_and_when_it_is_full_again_is_told() -> None:
    bucket = Bucket()
    answers = [take(bucket, now_s=0.0, rpm=60) for _ in range(3)]
    assert [answer.remaining for answer in answers] == [59, 58, 57]
    assert answers[-1].reset_s == pytest.approx(3.0)


def test_a_clock_that_steps_back_gives_nothing_away() -> None:
    bucket = Bucket()
    admitted(bucket, now_s=100.0, rpm=60, calls=60)
    assert not take(bucket, now_s=40.0, rpm=60).granted


def test_a_bucket_unused_for_a_minute_is_full() -> None:
    bucket = Bucket()
    take(bucket, now_s=0.0, rpm=60)
    assert not idle(bucket, now_s=59.0)
    assert idle(bucket, now_s=60.5)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0ms"), (0.012, "12ms"), (1, "1s"), (1.5, "1.5s"), (59.9999, "1m0s"), (360, "6m0s"), (61.25, "1m1.25s")],
)
def test_durations_have_the_form_of_openai_headers(seconds: float, text: str) -> None:
    assert duration(seconds) == text
