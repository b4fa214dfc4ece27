"""What a rule took and found, as the admin API tells it."""

from datetime import datetime

from llm_proxy.core.tally import Reading
from llm_proxy.web.admin.schemas import View


class Meter(View):
    """What a rule took and found since it was first used. ``time_us_per_call`` is null before a call was timed.

    ``calls`` are requests and answers in which it looked, ``hits`` the texts in which it found something.
    """

    calls: int
    hits: int
    time_us_per_call: float | None
    last_hit_at: datetime | None


def meter(reading: Reading) -> Meter:
    """Return what is told of a reading."""
    return Meter(
        calls=reading.calls,
        hits=reading.hits,
        time_us_per_call=round(reading.time_us / reading.calls, 3) if reading.calls and reading.time_us else None,
        last_hit_at=reading.last_hit_at,
    )
