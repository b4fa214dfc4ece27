"""How many calls may a provider have in flight?"""

from collections import Counter

from llm_proxy.errors import Overloaded


class Places:
    """One provider's slowness must not take the places of the others, so each has its own."""

    def __init__(self, calls_per_provider: int) -> None:
        self._limit = calls_per_provider
        self._taken: Counter[str] = Counter()

    def take(self, provider_id: str) -> None:
        """Take a place; raises Overloaded when the provider has none left. Whoever takes one gives it back."""
        if self._taken[provider_id] >= self._limit:
            raise Overloaded(
                "The provider of this key has its limit of calls in flight. Try again shortly.", retry_after_s=1.0
            )
        self._taken[provider_id] += 1

    def free(self, provider_id: str) -> None:
        """Give a place back."""
        self._taken[provider_id] -= 1
        if not self._taken[provider_id]:
            del self._taken[provider_id]
