"""Where a secret may stand in a request: in how many of these places does it not reach a provider?

The places are those of the test suite, for every endpoint. One rule is in force, for the secret's own pattern.
"""

from collections import Counter

from bench.guardrails.detectors import Detector
from bench.guardrails.scoring import Share
from tests.core.placements import PLACEMENTS, SECRET, holds


def stopped(detector: Detector) -> dict[str, Share] | None:
    """Return, by endpoint, in how many places the secret is stopped; None where requests are not read."""
    totals = Counter(placement.endpoint for placement in PLACEMENTS)
    counts: Counter[str] = Counter()
    for placement in PLACEMENTS:
        try:
            sent = detector.sent(placement.endpoint, placement.body(SECRET))
        except NotImplementedError:
            return None
        counts[placement.endpoint] += sent is None or not holds(sent, SECRET)
    return {endpoint: Share(counts[endpoint], total) for endpoint, total in totals.items()}
