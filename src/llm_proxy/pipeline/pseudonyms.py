"""What placeholders stand for in histories that the provider keeps: a call may refer to one instead of sending it."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from llm_proxy.core.placeholders import Restorer

MOST_CHARACTERS = 32 << 20  # of values and placeholders, in all histories
LIFE_S = 3600.0  # since a history was last referred to
_MOST_ID_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class _History:
    values: Mapping[str, str]
    characters: int
    until_s: float


class Histories:
    """The values of each history, by the proxy key whose it is: another key's call is never told of them.

    In memory alone, and forgotten: the oldest when there are too many, each an hour after its last call. A placeholder
    whose value was forgotten stays in the answer as it is.
    """

    def __init__(
        self,
        most_characters: int = MOST_CHARACTERS,
        life_s: float = LIFE_S,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most_characters
        self._life_s = life_s
        self._now_s = now_s
        self._known: OrderedDict[tuple[str, str], _History] = OrderedDict()
        self._characters = 0

    def restorer(self, key_id: str, history: str, issued: Mapping[str, str]) -> Restorer:
        """Return what restores the answer of a call that goes on with a history ("" for none)."""
        found = self._known.get((key_id, history)) if history else None
        if found is None or found.until_s <= self._now_s():
            return Restorer(issued)
        return Restorer({**found.values, **issued})

    def remember(self, key_id: str, history: str, restorer: Restorer) -> None:
        """Keep what a call's placeholders stand for: its answer is a history that the next call may go on with."""
        if not restorer or not 0 < len(history) <= _MOST_ID_CHARACTERS:
            return
        self._forget((key_id, history))
        characters = sum(len(each) + len(value) for each, value in restorer.values.items())
        kept = _History(restorer.values, characters, self._now_s() + self._life_s)
        self._known[key_id, history] = kept
        self._characters += characters
        while self._known and (self._characters > self._most or self._oldest.until_s <= self._now_s()):
            self._forget(next(iter(self._known)))

    @property
    def _oldest(self) -> _History:
        return next(iter(self._known.values()))

    def _forget(self, which: tuple[str, str]) -> None:
        gone = self._known.pop(which, None)
        self._characters -= gone.characters if gone else 0


def history_asked(body: Mapping[str, object]) -> str:
    """Return the history that a request to ``/v1/responses`` goes on with, by what it calls it; "" for none."""
    conversation = body.get("conversation")
    if isinstance(conversation, Mapping):
        conversation = conversation.get("id")
    named = conversation or body.get("previous_response_id")
    return named if isinstance(named, str) else ""


def history_answered(said: object) -> str:
    """Return the name under which a response, or an event that begins or ends one, can be gone on with; "" for none."""
    response = said.get("response", said) if isinstance(said, Mapping) else None
    if not isinstance(response, Mapping) or response.get("object") != "response":
        return ""
    named = response.get("id")
    return named if isinstance(named, str) else ""
