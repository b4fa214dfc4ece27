"""The summary as the admin API tells it."""

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from llm_proxy.records import Tokens
from llm_proxy.web.admin import reports
from tests.store.conftest import a_record, an_event
from tests.web.admin.conftest import NOBODY, Admin

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RANGE = {"start": "2026-03-01T11:30:00Z", "end": "2026-03-01T14:00:00Z"}


async def summary(admin: Admin, **wanted: Any) -> dict[str, Any]:
    answer = await admin.call("GET", "/usage/summary", params=wanted)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def fill(admin: Admin) -> str:
    key = await admin.key()
    owner = {"api_key_id": key["id"], "provider_id": key["provider_id"]}
    times = (NOON, NOON + timedelta(minutes=90), NOON + timedelta(days=2))
    await admin.store.usage.append(
        [
            a_record(**owner, created_at=NOON, duration_ms=100.0, first_byte_ms=10.0),
            a_record(
                **owner, created_at=times[1], duration_ms=400.0, first_byte_ms=None, status="error", model="other"
            ),
            a_record(created_at=times[2], tokens=Tokens(1, 1)),
        ]
    )
    await admin.store.events.append([an_event(**owner, created_at=NOON, model="a-model")])
    await admin.store.limited.add({(NOON, key["id"], key["provider_id"]): 7})
    return key["id"]


async def test_an_answer_has_the_shape_that_the_document_tells(admin: Admin) -> None:
    await fill(admin)
    answer = await admin.call("GET", "/usage/summary", params=RANGE)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"
    told = answer.json()
    assert reports.UsageSummary.model_validate(told).model_dump(mode="json", exclude_unset=True) == told
    assert set(told) == set(reports.UsageSummary.model_fields)
    for name, view in (("totals", reports.TimedFigures), ("groups", reports.GroupFigures)):
        each = told[name] if name == "totals" else told[name][0]
        assert set(each) == set(view.model_fields)
    assert set(told["buckets"][0]) == set(reports.BucketFigures.model_fields)
    assert set(told["series"][0]) == set(reports.SeriesPoint.model_fields)


async def test_a_range_is_summed_in_all_by_group_by_bucket_and_by_both(admin: Admin) -> None:
    key = await fill(admin)
    told = await summary(admin, **RANGE, bucket="hour")
    totals = {"calls": 2, "errors": 1, "blocked": 1, "redacted": 0, "limited": 7, "prompt_tokens": 22}
    assert {name: told["totals"][name] for name in totals} == totals
    assert told["totals"]["duration_p50_ms"] == pytest.approx(100, rel=0.05)
    assert told["totals"]["duration_p95_ms"] == pytest.approx(400, rel=0.05)
    assert told["totals"]["first_byte_p95_ms"] == pytest.approx(10, rel=0.05)
    assert [(each["group"], each["name"], each["calls"]) for each in told["groups"]] == [(key, "team", 2)]
    starts = ["2026-03-01T11:00:00Z", "2026-03-01T12:00:00Z", "2026-03-01T13:00:00Z"]
    assert [(each["start"], each["calls"]) for each in told["buckets"]] == list(zip(starts, (0, 1, 1), strict=True))
    assert told["buckets"][0]["duration_p50_ms"] is None
    assert [(each["start"], each["group"], each["limited"]) for each in told["series"]] == [
        (starts[1], key, 7),
        (starts[2], key, 0),
    ]
    assert (told["start"], told["end"], told["omitted_groups"]) == (*RANGE.values(), 0)


@pytest.mark.parametrize(
    ("filters", "calls", "blocked", "limited"),
    [
        ({}, 2, 1, 7),
        ({"model": "other"}, 1, 0, 0),
        ({"model": "a-model"}, 1, 1, 0),
        ({"status": "error"}, 1, 0, 0),
        ({"api_key_id": NOBODY}, 0, 0, 0),
        ({"provider_id": NOBODY}, 0, 0, 0),
        ({"model": "", "status": "", "api_key_id": "", "bucket": "", "start": RANGE["start"]}, 2, 1, 7),
    ],
    ids=str,
)
@pytest.mark.parametrize("group_by", ["key", "provider", "model", "status"])
async def test_filters_leave_what_has_their_values(
    admin: Admin, filters: dict[str, str], calls: int, blocked: int, limited: int, group_by: str
) -> None:
    await fill(admin)
    totals = (await summary(admin, **RANGE | filters, group_by=group_by))["totals"]
    assert (totals["calls"], totals["blocked"], totals["limited"]) == (calls, blocked, limited)


async def test_the_busiest_groups_are_told_and_the_rest_counted(admin: Admin) -> None:
    await fill(admin)
    told = await summary(admin, **RANGE, group_by="model", limit=0)
    assert (len(told["groups"]), told["omitted_groups"]) == (1, 1)
    assert {each["group"] for each in told["series"]} == {told["groups"][0]["group"]}
    assert told["totals"]["calls"] == 2


@pytest.mark.parametrize(
    ("length", "bucket"),
    [
        ({"hours": 6}, "minute"),
        ({"hours": 6, "seconds": 1}, "hour"),
        ({"days": 7}, "hour"),
        ({"days": 7, "hours": 1}, "hour"),
        ({"days": 8}, "day"),
        ({"days": 1500}, "day"),
    ],
    ids=str,
)
async def test_the_bucket_fits_the_range_if_nobody_says_otherwise(
    admin: Admin, length: dict[str, int], bucket: str
) -> None:
    told = await summary(admin, start=(NOON.replace(hour=0) - timedelta(**length)).isoformat(), end="2026-03-01")
    step_s = {"minute": 60, "hour": 3600, "day": 86400}[bucket]
    assert told["bucket"] == bucket
    assert len(told["buckets"]) == math.ceil(timedelta(**length).total_seconds() / step_s)


async def test_without_a_range_it_is_the_last_day(admin: Admin) -> None:
    await admin.store.usage.append([a_record(created_at=datetime.now(UTC) - timedelta(hours=23))])
    told = await summary(admin)
    start, end = (datetime.fromisoformat(told[name]) for name in ("start", "end"))
    assert end - start == timedelta(hours=24)
    assert abs(datetime.now(UTC) - end) < timedelta(minutes=1)
    assert (told["bucket"], told["totals"]["calls"]) == ("hour", 1)


@pytest.mark.parametrize(
    ("wanted", "param", "says"),
    [
        ({"start": "2026-03-02", "end": "2026-03-02"}, "start", "before end"),
        ({"start": "2999-01-01"}, "start", "before end"),
        ({"start": "2026-03-01", "end": "2026-03-03", "bucket": "minute"}, "bucket", "ask for bucket=hour"),
        ({"start": "2025-03-01", "end": "2026-03-01", "bucket": "minute"}, "bucket", "ask for bucket=day"),
        ({"start": "2025-03-01", "end": "2026-03-01", "bucket": "hour"}, "bucket", "ask for bucket=day"),
        ({"start": "2000-03-01", "end": "2026-03-01"}, "bucket", "1500 days"),
        ({"start": "0001-01-01", "end": "9999-12-31"}, "bucket", "1500 days"),
        ({"bucket": "week"}, "bucket", ""),
        ({"group_by": "colour"}, "group_by", ""),
        ({"status": "fine"}, "status", ""),
        ({"api_key_id": "x"}, "api_key_id", ""),
        ({"limit": "many"}, "limit", ""),
    ],
    ids=str,
)
async def test_what_cannot_be_answered_is_refused_by_name(
    admin: Admin, wanted: dict[str, str], param: str, says: str
) -> None:
    answer = await admin.call("GET", "/usage/summary", params=wanted)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param
    assert says in answer.json()["error"]["message"]


@pytest.mark.parametrize("end", ["0001-01-01T12:00:00Z", "0001-01-02"])
async def test_the_beginning_of_time_has_a_summary(admin: Admin, end: str) -> None:
    told = await summary(admin, end=end)
    assert told["start"] == "0001-01-01T00:00:00Z"
    assert told["totals"]["calls"] == 0
