"""What placeholders stand for in histories that the provider keeps: a call may refer to one instead of sending it."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

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
        self._lock = threading.Lock()  # large answers are read in threads

    def begin(self, key_id: str, asked: "Asked", issued: Mapping[str, str]) -> "Turn":
        """Begin a call that issued these placeholders and goes on with the history it asks for."""
        found = self._known.get((key_id, asked.name)) if asked.name else None
        known = {} if found is None or found.until_s <= self._now_s() else found.values
        turn = Turn(self, key_id, Restorer({**known, **issued}))
        if asked.is_conversation:  # it keeps its name, where a response gets one of its own
            self.remember(key_id, asked.name, turn.restorer)
        return turn

    def remember(self, key_id: str, history: str, restorer: Restorer) -> None:
        """Keep what a call's placeholders stand for: the next call may go on with this history."""
        if not restorer or not 0 < len(history) <= _MOST_ID_CHARACTERS:
            return
        characters = sum(len(each) + len(value) for each, value in restorer.values.items())
        kept = _History(restorer.values, characters, self._now_s() + self._life_s)
        with self._lock:
            self._forget((key_id, history))
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


class Asked(NamedTuple):
    """The history that a call goes on with, by its name; "" for none."""

    name: str = ""
    is_conversation: bool = False


NO_HISTORY = Asked()


@dataclass(frozen=True, slots=True)
class Turn:
    """One call: what restores its answer, and what its answer can be gone on with."""

    histories: Histories
    key_id: str
    restorer: Restorer

    def told(self, said: object) -> None:
        """Hear an answer, or an event of one: a response tells its name."""
        name = response_name(said) if self.restorer else ""
        if name:
            self.histories.remember(self.key_id, name, self.restorer)


def history_asked(body: Mapping[str, object]) -> Asked:
    """Return the history that a request to ``/v1/responses`` goes on with."""
    conversation = body.get("conversation")
    if isinstance(conversation, Mapping):
        conversation = conversation.get("id")
    if isinstance(conversation, str) and conversation:
        return Asked(conversation, is_conversation=True)
    previous = body.get("previous_response_id")
    return Asked(previous) if isinstance(previous, str) else NO_HISTORY


def response_name(said: object) -> str:
    """Return the name of a response, told by itself or by an event that begins or ends it; "" for none."""
    response = said.get("response", said) if isinstance(said, Mapping) else None
    if not isinstance(response, Mapping) or response.get("object") != "response":
        return ""
    named = response.get("id")
    return named if isinstance(named, str) else ""
