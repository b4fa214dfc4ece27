"""What a call and its answer may cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Sizes in bytes, times in seconds; ``calls_per_provider`` may be in flight at once."""

    max_event_bytes: int = 16 << 20
    max_answer_bytes: int = 64 << 20
    first_byte_s: float = 600.0
    idle_s: float = 120.0
    calls_per_provider: int = 500
    max_json_depth: int = 128
    guardrail_deadline_s: float = 0.25
