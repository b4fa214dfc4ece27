"""A summary is the sum of the rows, whatever was rolled up, came late or was deleted in between."""

import re
import tempfile
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, event, text

from llm_proxy.core.histogram import percentiles
from llm_proxy.records import Provider, Tokens
from llm_proxy.store import Store
from llm_proxy.store.summary import Figures, Summary, SummaryQuery
from tests.store.conftest import NOON, a_record, an_event
from tests.store.summary_rows import (
    MIDNIGHT,
    STEPS,
    Counted,
    Rows,
    count,
    drop,
    floored,
    name,
    percentile,
    put,
    roll_up,
)

HOURS = 60  # two days and a half
NOW = MIDNIGHT + timedelta(hours=HOURS - 1, minutes=30)

moments = st.one_of(
    st.integers(0, HOURS * 60).map(lambda minutes: MIDNIGHT + timedelta(minutes=minutes)),
    st.integers(0, HOURS * 3600 * 10**6).map(lambda us: MIDNIGHT + timedelta(microseconds=us)),
    st.integers(0, HOURS).map(lambda hours: MIDNIGHT + timedelta(hours=hours)),
    st.integers(1, HOURS).map(lambda hours: MIDNIGHT + timedelta(hours=hours, microseconds=-1)),
)
counts = st.integers(0, 4 * 10**11)
times = st.floats(0.1, 3_600_000)
tokens = st.builds(Tokens, counts, counts, counts, counts, reported_total=st.none() | counts)


def numbered(kind: int, most: int = 3) -> st.SearchStrategy[str]:
    return st.integers(1, most).map(lambda number: name(kind, number))


calls = st.builds(
    a_record,
    id=numbered(1, 10**6),
    api_key_id=numbered(2),
    provider_id=numbered(3),
    model=st.sampled_from(["small", "large", ""]),
    status=st.sampled_from(["ok", "error", "cancelled", "interrupted"]),
    tokens=tokens,
    created_at=moments,
    duration_ms=times,
    first_byte_ms=st.none() | times,
)


@st.composite
def an_events_row(draw: st.DrawFn) -> Any:
    call = draw(st.integers(0, 6))  # what a call belongs to never changes
    return an_event(
        id=draw(numbered(4, 10**6)),
        api_key_id=name(2, call % 2 + 1),
        provider_id=name(3, call % 3 + 1),
        model=("small", "large")[call % 2],
        call_id=f"call-{call}" if call else "",
        action=draw(st.sampled_from(["rejected", "replaced", "pseudonymised", "monitored"])),
        created_at=draw(moments),
    )


minutes = moments.map(lambda time: floored(time, STEPS["minute"]))
limited = st.dictionaries(st.tuples(minutes, numbered(2), numbered(3)), st.integers(1, 99), max_size=5)
some_rows = st.builds(
    lambda calls, events, limited: Rows({each.id: each for each in calls}, {each.id: each for each in events}, limited),
    st.lists(calls, max_size=25),
    st.lists(an_events_row(), max_size=10),
    limited,
)


@st.composite
def queries(draw: st.DrawFn) -> SummaryQuery:
    start, end = sorted((draw(moments), draw(moments)))
    bucket = draw(st.sampled_from(["minute", "hour", "day"]))
    where = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "key": numbered(2),
                "provider": numbered(3),
                "model": st.just("small"),
                "status": st.sampled_from(["ok", "error"]),
            },
        )
        | st.just({})
    )
    dimension = draw(st.sampled_from(["key", "provider", "model", "status"]))
    return SummaryQuery(start, end + timedelta(microseconds=1), dimension, bucket, draw(st.integers(1, 4)), where)


def assert_same(found: Figures, wanted: Counted) -> None:
    assert found.sums == wanted.sums
    for cells, exact in ((found.durations, wanted.durations), (found.first_bytes, wanted.first_bytes)):
        wished = [percentile(exact, share) for share in (0.5, 0.95)]
        assert percentiles(cells, (0.5, 0.95)) == [
            each if each is None else pytest.approx(each, rel=0.05) for each in wished
        ]


def assert_right(summary: Summary, rows: Rows, query: SummaryQuery) -> None:
    totals, groups, buckets, series = count(rows, query)
    assert_same(summary.totals, totals)
    assert len(summary.groups) == min(query.limit, len(groups))
    assert summary.omitted == len(groups) - len(summary.groups)
    for group in summary.groups:
        assert_same(group.figures, groups[group.value])
    shown = [group.value for group in summary.groups]
    order = sorted(
        groups, key=lambda value: (-groups[value].sums[0], -groups[value].sums[2] - groups[value].sums[4], value)
    )
    assert shown == order[: query.limit]
    starts = [start for start, _ in summary.buckets]
    step = STEPS[query.bucket]
    assert starts[0] <= query.start < starts[0] + step
    assert starts[-1] < query.end <= starts[-1] + step
    assert all(after - before == step for before, after in pairwise(starts))
    for start, figures in summary.buckets:
        assert_same(figures, buckets.get(start, Counted()))
    wanted = {place: sums for place, sums in series.items() if place[1] in shown}
    assert {(start, value): sums for start, value, *sums in summary.series} == wanted
    assert [(at, shown.index(value)) for at, value, *_ in summary.series] == sorted(
        (at, shown.index(value)) for at, value in wanted
    )


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    first=some_rows,
    late=some_rows,
    last=some_rows,
    dropped=st.sets(st.integers(0, 30)),
    rolled_up_by=st.sampled_from([MIDNIGHT, MIDNIGHT + timedelta(hours=30), NOW]),
    asked=st.lists(queries(), min_size=4, max_size=8),
)
async def test_a_summary_is_the_sum_of_its_rows_at_any_time(
    first: Rows, late: Rows, last: Rows, dropped: set[int], rolled_up_by: datetime, asked: list[SummaryQuery]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = await Store.open(str(Path(folder) / "gateway.db"), None)
        try:
            rows = Rows()
            await put(store, rows, first)
            await roll_up(store, rolled_up_by)
            await put(store, rows, late)
            await roll_up(store, NOW)
            await drop(store, rows, dropped.__contains__)
            await store.rollups.advance(NOW)
            await put(store, rows, last)
            for query in asked:
                assert_right(await store.summaries.read(query), rows, query)
            await roll_up(store, NOW)
            for query in asked:
                assert_right(await store.summaries.read(query), rows, query)
        finally:
            await store.close()


async def test_a_month_of_rolled_up_hours_is_answered_without_looking_at_a_call(store: Store) -> None:
    times = [MIDNIGHT + timedelta(hours=hour, minutes=7) for hour in range(0, 30 * 24, 5)]
    await store.usage.append([a_record(created_at=time, api_key_id=name(2, 1)) for time in times])
    await roll_up(store, MIDNIGHT + timedelta(days=31))
    queries = [
        SummaryQuery(MIDNIGHT + timedelta(hours=1), MIDNIGHT + timedelta(days=30), bucket=bucket)
        for bucket in ("hour", "day")
    ]
    before = [await store.summaries.read(query) for query in queries]

    def empty_behind_the_triggers(connection: Connection) -> None:
        for trigger in ("insert", "update", "delete"):
            connection.execute(text(f"DROP TRIGGER usage_stale_{trigger}"))
        connection.execute(text("DELETE FROM usage"))

    await store.database.write(empty_behind_the_triggers)
    assert [await store.summaries.read(query) for query in queries] == before
    assert before[0].totals.sums[0] == len(times) - 1


@pytest.mark.parametrize(
    "where", [{}, {"provider": name(3, 1)}, {"status": "error"}, {"key": name(2, 1), "model": "m"}]
)
@pytest.mark.parametrize("bucket", ["minute", "hour", "day"])
async def test_no_summary_reads_a_table_from_end_to_end(store: Store, where: dict[str, str], bucket: Any) -> None:
    statements: list[tuple[str, Any]] = []
    engine = store.database._reader
    event.listen(engine, "before_cursor_execute", lambda *given: statements.append((given[2], given[3])))
    await store.usage.append([a_record(created_at=MIDNIGHT + timedelta(hours=hour)) for hour in range(30)])
    await store.rollups.advance(MIDNIGHT + timedelta(days=2))
    await store.summaries.read(SummaryQuery(MIDNIGHT, MIDNIGHT + timedelta(days=2), "provider", bucket, 1, where))

    asked = [(statement, given) for statement, given in statements if statement.startswith(("SELECT", "WITH"))]

    def plans(connection: Connection) -> list[str]:
        return [
            row[3]
            for statement, parameters in asked
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]

    told = await store.database.read(plans)
    looked_up = [each for each in told if re.match(r"S\w+ (usage|guardrail_events|limited_calls|rollups)\b", each)]
    assert looked_up
    assert [each for each in looked_up if not re.match(r"SEARCH .*(start|created_at|minute)>\?", each)] == []


async def test_the_groups_that_are_shown_are_the_busiest_and_have_their_names(store: Store, provider: Provider) -> None:
    busy, idle = [
        await store.keys.create(name=title, provider_id=provider.id, rate_limit_rpm=0, digest=f"{n:064}", display="")
        for n, title in enumerate(("zebra", "ant"))
    ]
    await store.usage.append([a_record(api_key_id=busy.id), a_record(api_key_id=busy.id), a_record(api_key_id=idle.id)])
    await store.limited.add({(NOON.replace(second=0, microsecond=0), name(2, 9), provider.id): 3})
    day = (NOON - timedelta(hours=1), NOON + timedelta(hours=1))
    shown = await store.summaries.read(SummaryQuery(*day, "key", "hour", 2))
    assert [(group.name, group.figures.sums[0]) for group in shown.groups] == [("zebra", 2), ("ant", 1)]
    assert shown.omitted == 1
    assert (shown.totals.sums[0], shown.totals.sums[4]) == (3, 3)
    by_provider = await store.summaries.read(SummaryQuery(*day, "provider", "hour"))
    assert {group.value: group.name for group in by_provider.groups}[provider.id] == "Main"
    by_model = await store.summaries.read(SummaryQuery(*day, "model", "hour"))
    assert [(group.value, group.name) for group in by_model.groups] == [("a-model", None)]
