"""What a rule costs: how long it takes here, alone, over ordinary text in which it most often finds nothing."""

import json
import time
from collections.abc import Sequence
from functools import lru_cache

from llm_proxy.core.patterns import Pattern, compile_pattern
from llm_proxy.errors import BadPattern

_PROSE = (
    "Could you read the minutes of Tuesday's meeting and say, in three sentences, what was decided? We talked about "
    "the budget for 2026 (roughly 4,200 a month), the move to the new office, and who calls the printers: their number "
    "is in the shared folder. If anything is unclear, write to office@example.org before 17:30.\n"
)
_JSON = json.dumps(
    {
        "order": {"id": 48213, "placed_at": "2026-03-14T09:26:53Z", "currency": "EUR", "total": 129.9},
        "items": [
            {"sku": "lamp-small-04", "quantity": 2, "price": 39.95},
            {"sku": "cable", "quantity": 1, "price": 50},
        ],
        "note": "Leave it with the neighbours; the bell does not work.",
        "url": "https://shop.example.org/orders/48213?view=full",
    },
    indent=2,
)
_CODE = """
def total(items: list[dict[str, float]], *, rate: float = 0.19) -> float:
    # Prices are net; the key of a discount may be absent.
    net = sum(item["price"] * item["quantity"] * (1 - item.get("discount", 0.0)) for item in items)
    if net < 0:
        raise ValueError(f"net = {net!r} is below 0")
    return round(net * (1 + rate), 2)
"""
_PIECE = _PROSE + _JSON + _CODE
_SHORT = _PIECE[:1024]
_LONG = (_PIECE * (16_384 // len(_PIECE) + 1))[:16_384]  # ASCII: as many bytes
_ROUNDS = 3
_SLOW_S = 0.002  # for the short text: measuring the long one as well would take longer than anyone waits


@lru_cache(maxsize=4096)
def cost_us_per_kb(pattern: str) -> float:
    """Return the microseconds that a rule's pattern takes for 1 KB, as measured when it was first asked for.

    To be called in a thread: a slow pattern takes a tenth of a second. Raises BadPattern.
    """
    compiled = compile_pattern(pattern)
    _run(compiled, _SHORT)  # the engine prepares itself on the first text that it reads
    first = _run(compiled, _SHORT)
    if first > _SLOW_S:
        return _rounded(first, _SHORT)
    return _rounded(min(_run(compiled, _LONG) for _ in range(_ROUNDS)), _LONG)


def costs(patterns: Sequence[str | None]) -> list[float | None]:
    """Return the cost of each, None where there is no pattern or one that cannot be admitted."""
    return [_cost(pattern) for pattern in patterns]


def _cost(pattern: str | None) -> float | None:
    if pattern is None:
        return None
    try:
        return cost_us_per_kb(pattern)
    except BadPattern:
        return None


def _run(pattern: Pattern, text: str) -> float:
    """Do what the data path does with one pattern and one text."""
    started = time.perf_counter()
    if pattern.may_match(text.encode()):
        pattern.matches(text)
    return time.perf_counter() - started


def _rounded(taken_s: float, text: str) -> float:
    return round(taken_s * 1e6 / (len(text) / 1024), 3)
