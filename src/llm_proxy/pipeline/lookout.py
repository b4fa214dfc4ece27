"""What judged texts are shown to as well, off the data path: the rule meter and shadow runs. No call waits for them."""

from typing import Literal, NamedTuple, Protocol

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.watch import Caller, RuleSet
from llm_proxy.records import Direction

Outcome = Literal["pass", "replaced", "rejected"]


class Seen(NamedTuple):
    """One call's request, or its answer, after the rules have judged it.

    ``body`` is its JSON, as it came; empty where there is none. ``texts`` are what stands outside of it: headers, and
    the texts of an answer that was streamed. ``found`` has the id of the rule of each finding. ``is_judged`` is false
    where no rule looked: then it is only for who wants to see such texts all the same.
    """

    call_id: str
    endpoint: Endpoint
    caller: Caller
    rules: RuleSet
    direction: Direction = "request"
    body: bytes = b""
    texts: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    outcome: Outcome = "pass"
    is_judged: bool = True


class Watcher(Protocol):
    """Who is shown what was judged."""

    def offer(self, seen: Seen) -> None:
        """Take note, or do not. Takes microseconds and never raises."""
        ...

    def wants(self, direction: Direction) -> bool:
        """Say whether texts are wanted in which no rule looks."""
        ...


class Lookout:
    """Shows what was judged to all who want to see it."""

    def __init__(self, *watchers: Watcher) -> None:
        self._watchers = watchers

    def saw(self, seen: Seen) -> None:
        """Show what was judged. Takes microseconds and never raises."""
        for watcher in self._watchers:
            watcher.offer(seen)

    def wants(self, direction: Direction) -> bool:
        """Say whether anybody wants to see texts in which no rule looks."""
        return any(watcher.wants(direction) for watcher in self._watchers)


UNWATCHED = Lookout()
