"""``/admin/usage/summary``: what a range of time amounts to, in all and by key, provider, model or status."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from llm_proxy.core.histogram import percentiles
from llm_proxy.errors import BadRequest
from llm_proxy.records import UsageStatus
from llm_proxy.store.schema import ROLLED_UP, utc_now
from llm_proxy.store.summary import Bucket, Summary, SummaryQuery
from llm_proxy.store.tally import Figures
from llm_proxy.web.admin import reports
from llm_proxy.web.admin.fields import AbsentIfEmpty, Instant, Limit, OptionalId
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk

MOST_BUCKETS = 1500

_SHARES = (0.5, 0.95)
_TIMED = (*ROLLED_UP, "duration_p50_ms", "duration_p95_ms", "first_byte_p50_ms", "first_byte_p95_ms")
_POINT = ("start", "group", *ROLLED_UP)

_EARLIEST = datetime.min.replace(tzinfo=UTC)
_DEFAULT_RANGE = timedelta(hours=24)
# The longest range that is shown by minutes or hours if nobody says otherwise; a week, and an hour begun at each end.
_DEFAULT_BUCKETS: tuple[tuple[timedelta, Bucket], ...] = (
    (timedelta(hours=6), "minute"),
    (timedelta(days=7, hours=2), "hour"),
)


class Wanted(BaseModel):
    """What to sum. ``start`` is in the range, ``end`` is not; without them it is the last 24 hours.

    Without ``bucket`` it is chosen by the length of the range.
    """

    start: Instant = None
    end: Instant = None
    group_by: reports.Dimension = "key"
    bucket: Annotated[reports.Bucket | None, AbsentIfEmpty] = None
    limit: Limit = 50
    api_key_id: OptionalId = None
    provider_id: OptionalId = None
    model: Annotated[str | None, AbsentIfEmpty] = None
    status: Annotated[UsageStatus | None, AbsentIfEmpty] = None

    def query(self, now: datetime) -> SummaryQuery:
        """Return what is asked for, completed; raises BadRequest for a range that is empty or has too many buckets."""
        end = self.end or now
        start = self.start or max(end, _EARLIEST + _DEFAULT_RANGE) - _DEFAULT_RANGE
        if start >= end:
            raise BadRequest("start must be before end.", param="start")
        filters = {"key": self.api_key_id, "provider": self.provider_id, "model": self.model, "status": self.status}
        query = SummaryQuery(
            start,
            end,
            self.group_by,
            self.bucket or _fitting(end - start),
            self.limit,
            {name: value for name, value in filters.items() if value is not None},
        )
        _refuse_too_many_buckets(query)
        return query


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/usage", tags=["usage"], route_class=AdminRoute)
    router.get("/summary", operation_id="usageSummary", response_model=reports.UsageSummary)(usage_summary)
    return router


async def usage_summary(desk: AtDesk, wanted: Annotated[Wanted, Query()]) -> Response:
    """Return sums over a range of time, by group and by bucket. Percentiles are within 5 % of the exact ones."""
    query = wanted.query(utc_now())
    await desk.settle()
    summary = await desk.store.summaries.read(query)
    # A month by hours has ten thousands of points: the event loop has calls to forward meanwhile.
    return Response(await asyncio.to_thread(_written, query, summary), media_type="application/json")


def _fitting(length: timedelta) -> Bucket:
    return next((bucket for longest, bucket in _DEFAULT_BUCKETS if length <= longest), "day")


def _refuse_too_many_buckets(query: SummaryQuery) -> None:
    if len(query.starts_us) <= MOST_BUCKETS:
        return
    coarser = (SummaryQuery(query.start, query.end, bucket=bucket) for bucket in ("hour", "day"))
    fitting = next((each.bucket for each in coarser if len(each.starts_us) <= MOST_BUCKETS), None)
    advice = f"ask for bucket={fitting}" if fitting else f"ask for {MOST_BUCKETS} days at most"
    raise BadRequest(
        f"This range has {len(query.starts_us)} buckets of one {query.bucket}; at most {MOST_BUCKETS} are answered: "
        f"{advice}.",
        param="bucket",
    )


def _written(query: SummaryQuery, summary: Summary) -> bytes:
    return orjson.dumps(_view(query, summary), option=orjson.OPT_UTC_Z)


def _view(query: SummaryQuery, summary: Summary) -> dict[str, Any]:
    """Return a ``reports.UsageSummary`` as the tree it is written as."""
    return {
        "start": query.start,
        "end": query.end,
        "group_by": query.dimension,
        "bucket": query.bucket,
        "totals": _timed(summary.totals),
        "groups": [{"group": each.value, "name": each.name} | _timed(each.figures) for each in summary.groups],
        "buckets": [{"start": start} | _timed(figures) for start, figures in summary.buckets],
        "series": [dict(zip(_POINT, point, strict=True)) for point in summary.series],
        "omitted_groups": summary.omitted,
    }


def _timed(figures: Figures) -> dict[str, Any]:
    times = (*percentiles(figures.durations, _SHARES), *percentiles(figures.first_bytes, _SHARES))
    return dict(zip(_TIMED, (*figures.sums, *times), strict=True))
