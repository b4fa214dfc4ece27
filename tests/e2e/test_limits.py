"""A key calls as often as its limit says, to the call; refusals tell when to come back and cost nothing upstream."""

import asyncio
import re
import time
from collections import Counter

import aiohttp
import openai
import pytest

from tests.gateway_process import CHAT, Caller, Gateway, chat_body
from tests.mock_answers import error_answer
from tests.mock_upstream import Mock
from tests.wire import Answer

DURATION = re.compile(r"(\d+h)?(\d+m(?!s))?(\d+(\.\d+)?s)?(\d+ms)?")


def statuses(caller: Caller, count: int) -> list[int]:
    """Make calls one after the other."""
    return [caller.chat().status for _ in range(count)]


def drained(caller: Caller) -> Answer:
    """Call until the first refusal and return it."""
    for _ in range(200):
        answer = caller.chat()
        if answer.status == 429:
            return answer
    raise AssertionError("the key was never refused")


def set_limit(caller: Caller, rpm: object) -> int:
    """Change the key's limit."""
    return caller.gateway.admin("PATCH", f"/admin/keys/{caller.key_id}", {"rate_limit_rpm": rpm}).status


def test_R01_the_burst_is_the_limit_and_then_429(mock: Mock, gateway: Gateway) -> None:
    assert Counter(statuses(gateway.caller(mock.url, rpm=20), 24)) == {200: 20, 429: 4}
    assert len(mock.requests) == 20


def test_refusals_are_counted_for_their_key(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url, rpm=2)
    statuses(caller, 5)
    told = gateway.admin("GET", f"/admin/usage/summary?api_key_id={caller.key_id}").json()
    assert (told["totals"]["calls"], told["totals"]["limited"]) == (2, 3)


def test_R02_a_call_is_admitted_after_retry_after_and_not_before(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url, rpm=30)
    refused = drained(caller)
    wait_s = int(refused.header("retry-after-ms") or 0) / 1000
    assert 1 < wait_s <= 2
    time.sleep(wait_s - 0.5)
    assert caller.chat().status == 429
    time.sleep(0.55)
    assert caller.chat().status == 200


async def in_parallel(caller: Caller, count: int) -> Counter[int]:
    """Make calls all at once, each on its own connection."""
    url = f"http://127.0.0.1:{caller.gateway.port}{CHAT}"
    headers = {"Authorization": f"Bearer {caller.key}"}
    connector = aiohttp.TCPConnector(limit=0, force_close=True)
    async with aiohttp.ClientSession(connector=connector, headers=headers) as session:

        async def one() -> int:
            async with session.post(url, json=chat_body()) as answer:
                await answer.read()
                return answer.status

        return Counter(await asyncio.gather(*(one() for _ in range(count))))


async def test_R03_of_500_parallel_calls_exactly_the_limit_is_admitted(mock: Mock, gateway: Gateway) -> None:
    # A whole test takes a few hundred ms, a token of 100 a minute 600 ms: the bucket is drained in the first of them.
    caller = gateway.caller(mock.url, rpm=100)
    started = time.monotonic()
    counted = await in_parallel(caller, 500)
    refilled = int((time.monotonic() - started) * 100 / 60)
    assert counted[429] + counted[200] == 500
    assert counted[200] == len(mock.requests)
    assert 100 <= counted[200] <= 100 + refilled


def test_R04_a_raised_limit_applies_to_the_next_call(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url, rpm=1)
    assert statuses(caller, 2) == [200, 429]
    assert set_limit(caller, 0) == 200
    assert statuses(caller, 5) == [200] * 5


def test_R04_a_lowered_limit_applies_to_the_next_call(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url, rpm=1000)
    assert statuses(caller, 3) == [200] * 3
    assert set_limit(caller, 2) == 200
    assert Counter(statuses(caller, 6))[200] <= 2


def test_R09_a_refusal_has_openais_shape_and_tells_when_to_come_back(mock: Mock, gateway: Gateway) -> None:
    refused = drained(gateway.caller(mock.url, rpm=2))
    assert refused.error["code"] == "rate_limit_exceeded"
    assert int(refused.header("retry-after") or 0) >= 1
    assert 1 <= int(refused.header("retry-after-ms") or 0) <= 30_000
    assert refused.header("x-ratelimit-limit-requests") == "2"
    assert refused.header("x-ratelimit-remaining-requests") == "0"
    reset = refused.header("x-ratelimit-reset-requests")
    assert reset
    assert DURATION.fullmatch(reset), reset


@pytest.mark.parametrize("stream", [False, True])
def test_R09_a_success_tells_what_remains(stream: bool, mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url, rpm=5)
    told = [caller.chat(stream=stream) for _ in range(3)]
    assert [answer.header("x-ratelimit-remaining-requests") for answer in told] == ["4", "3", "2"]
    assert {answer.header("x-ratelimit-limit-requests") for answer in told} == {"5"}
    assert all(DURATION.fullmatch(answer.header("x-ratelimit-reset-requests") or "?") for answer in told)


def test_R09_the_official_client_sleeps_as_told_and_succeeds(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url, rpm=60)
    drained(caller)
    with openai.OpenAI(base_url=f"http://127.0.0.1:{gateway.port}/v1", api_key=caller.key, max_retries=2) as client:
        started = time.monotonic()
        client.chat.completions.create(model="mock-1", messages=[{"role": "user", "content": "Hello."}])
    assert time.monotonic() - started >= 0.5


def test_R10_a_refused_call_reaches_nobody_and_costs_nothing(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url, rpm=1)
    assert statuses(caller, 4) == [200, 429, 429, 429]
    assert len(mock.requests) == 1
    caller.usage(1)


def test_R11_a_call_that_a_guard_rail_rejects_counts(mock: Mock, gateway: Gateway) -> None:
    gateway.rule("forbidden-[0-9]+")
    caller = gateway.caller(mock.url, rpm=2)
    assert [caller.chat("forbidden-1").status for _ in range(2)] == [400, 400]
    assert caller.chat("harmless").status == 429


def test_R12_a_flooded_key_does_not_hold_up_another(mock: Mock, gateway: Gateway) -> None:
    flooded, calm = gateway.caller(mock.url, rpm=1), gateway.caller(mock.url, rpm=5)
    assert Counter(statuses(flooded, 30))[200] == 1
    answer = calm.chat()
    assert (answer.status, answer.header("x-ratelimit-remaining-requests")) == (200, "4")


@pytest.mark.parametrize("rpm", [-1, 10**9 + 1, 10**12, 1.5, "x", "60", True, None, [], {}])
def test_R13_a_limit_that_is_none_is_refused(rpm: object, mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url)
    body = {"name": "n", "provider_id": caller.provider_id, "rate_limit_rpm": rpm}
    assert gateway.admin("POST", "/admin/keys", body).status == 400
    assert set_limit(caller, rpm) == 400


def test_R13_zero_means_no_limit_and_the_largest_is_accepted(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url, rpm=0)
    answer = caller.chat()
    assert answer.status == 200
    assert not [name for name in answer.names if name.startswith("x-ratelimit")]
    assert set_limit(caller, 10**9) == 200
    assert caller.chat().header("x-ratelimit-limit-requests") == str(10**9)


def test_R16_the_providers_own_limit_is_told_from_ours(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url, rpm=5)
    theirs = [("Retry-After", "17"), ("x-ratelimit-limit-requests", "9999"), ("x-ratelimit-remaining-requests", "0")]
    mock.then(error_answer(429, "Slow down, says the provider.", theirs))
    answer = caller.chat()
    assert answer.error["code"] == "upstream_rate_limited"
    assert answer.header("retry-after") == "17"
    assert answer.header("x-ratelimit-limit-requests") == "5"
    assert answer.header("x-ratelimit-remaining-requests") == "4"


def test_R17_nothing_a_client_says_gives_it_another_bucket(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url, rpm=2)
    told = [
        caller.call(CHAT, chat_body(user=f"u{n}"), headers={"X-Forwarded-For": f"192.0.2.{n}", "X-User": str(n)}).status
        for n in range(5)
    ]
    assert told == [200, 200, 429, 429, 429]


def test_R18_calls_that_a_client_cancelled_are_counted(mock: Mock, gateway: Gateway) -> None:
    caller = gateway.caller(mock.url, rpm=5)
    mock.always([5.0])
    for n in range(5):
        under_way = caller.open(CHAT, chat_body())
        mock.wait(n + 1)
        under_way.leave(reset=True)
    assert caller.chat().status == 429
