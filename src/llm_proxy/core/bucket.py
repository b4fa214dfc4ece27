"""Token-bucket arithmetic. Time is an argument, on any monotonic scale, in seconds."""

from dataclasses import dataclass
from math import floor

from llm_proxy.records import Admission

MINUTE_S = 60.0
_ROUNDING = 1e-9  # a token refilled to 0.9999999999 by float arithmetic is a token


@dataclass(slots=True)
class Bucket:
    """How much of the capacity is used. Kept as use, not as rest.

    A changed limit then applies at once, in both directions.
    """

    used: float = 0.0
    updated_s: float = 0.0


def take(bucket: Bucket, *, now_s: float, rpm: int) -> Admission:
    """Take one request: capacity ``rpm``, refilled continuously with ``rpm`` a minute. ``rpm`` 0 is no limit."""
    if rpm == 0:
        return Admission(granted=True, limit=0, remaining=0, reset_s=0.0)
    rate = rpm / MINUTE_S
    elapsed = max(0.0, now_s - bucket.updated_s)
    used = max(0.0, min(bucket.used, float(rpm)) - elapsed * rate)
    granted = used + 1 <= rpm + _ROUNDING
    bucket.used = used + 1 if granted else used
    bucket.updated_s = now_s
    wait = 0.0 if granted else (used + 1 - rpm) / rate
    remaining = floor(rpm - bucket.used + _ROUNDING)
    return Admission(
        granted=granted, limit=rpm, remaining=max(0, remaining), reset_s=bucket.used / rate, retry_after_s=wait
    )


def idle(bucket: Bucket, *, now_s: float) -> bool:
    """Whether the bucket is full again and may be forgotten: any limit refills within a minute."""
    return now_s - bucket.updated_s > MINUTE_S


def duration(seconds: float) -> str:
    """Format as OpenAI's rate-limit headers do (Go's form): ``12ms``, ``1s``, ``1.5s``, ``6m0s``."""
    milliseconds = max(0, -int(-seconds * 1000 // 1))
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    minutes, rest = divmod(milliseconds, 60_000)
    text = f"{rest / 1000:.3f}".rstrip("0").rstrip(".") + "s"
    return f"{minutes}m{text}" if minutes else text
