"""How much of a stream's end must wait: what more text could make a match of.

Three things wait. The unfinished word at the end, because most secrets stand in one word, however it is spelled. From
further back, what reads like the beginning of a match of a rule whose secrets may hold white space (a private key, a
quoted passphrase, a card number in groups). And what a view could put together with the next words: string literals
with an operator behind them, bytes in hexadecimal pairs, base64 that may go on in the next line.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from llm_proxy.core.detectors import Detector
from llm_proxy.core.patterns import Ahead, Ending
from llm_proxy.core.regex_prefixes import Beginnings, beginnings
from llm_proxy.core.regex_syntax import UnknownSyntax
from llm_proxy.core.views import may_have_views, views_of
from llm_proxy.core.words import last_word
from llm_proxy.errors import BadPattern
from llm_proxy.records import ViewName

CONTEXT, MOST_CONTEXT = 512, 4096  # characters of delivered text that a match may begin in

_ANYTHING, _NOTHING = "(?s).+", r"[^\s\S]"
_LITERAL = r"""[^\s]*[^\s"'`,;()\[\]{}]\\?["'`][\s\\]*(?:\+\+?|\.\.?|&|\|\||<>)?[\s\\_]*"""
# What a view may put together with the next words, by the view.
_OPEN: tuple[tuple[ViewName, str], ...] = (
    ("joined", rf"""(?:{_LITERAL}[rbfuRBFU]{{0,2}}\\?["'`])*{_LITERAL}"""),  # literals that are put together
    ("joined", r"(?:\S+\\\r?\n)+"),  # a line that goes on in the next one
    ("decoded", r"\b(?:0x)?[0-9A-Fa-f]{2}(?:[ :,-]{1,2}\s*(?:0x)?[0-9A-Fa-f]{2})*[ :,-]{1,2}\s*"),
    ("decoded", r"[A-Za-z0-9+/_-]{20,}(?:\r?\n[ \t]*[A-Za-z0-9+/_-]+)*\r?\n[ \t]*"),
)


class Opening(NamedTuple):
    """Where what must wait begins, and the rule because of which it must; None where it is a view's doing."""

    start: int
    detector: Detector | None = None


class _Waiter:
    """One rule that may make a text wait."""

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self.begun = _beginnings(detector)
        self.views = frozenset(detector.rule.views) - {"raw", "spaceless"}

    @cached_property
    def _ending(self) -> Ending:
        return _ending([self.begun]) or Ending([_NOTHING])

    @cached_property
    def _ahead(self) -> Ahead | None:
        with suppress(BadPattern):
            return Ahead(self.begun.ahead) if self.begun and self.begun.ahead else None
        return None

    def open_from(self, text: str) -> int | None:
        """Return where the earliest match begins that more text could make or change, None without one.

        What reads like a beginning may stand in a match that no more text can change.
        """
        start = self._ending.start(text)
        if start is None or self._ahead is None:
            return start
        ahead = self._ahead.open_from(text)
        return None if ahead is None else max(start, ahead)


class Holdback:
    """What must wait because of some rules. Those that only watch (``monitor``) hold nothing up."""

    def __init__(self, detectors: Iterable[Detector]) -> None:
        self._waiters = [_Waiter(detector) for detector in detectors if detector.rule.mode != "monitor"]
        self._views = frozenset(view for waiter in self._waiters for view in waiter.views)
        self._spaced = [waiter for waiter in self._waiters if waiter.begun is None or waiter.begun.spaced]
        open_views = [source for view, source in _OPEN if view in self._views]
        self._open_views = Ending(open_views) if open_views else None
        self._open = _ending([waiter.begun for waiter in self._spaced], open_views)
        far = [each.begun for each in self._waiters if each.begun is None or not _is_near(each)]
        self._far = _ending([begun and replace(begun, source=begun.whole, coarse=begun.whole) for begun in far])

    def open_from(self, text: str) -> Opening:
        """Return where what must wait begins in a text of whole words, whatever the next ones are; else its length."""
        return self._earliest(text, self._open, self._spaced)

    @cached_property
    def _begun(self) -> Ending | None:
        return _ending([waiter.begun for waiter in self._waiters])

    def begun_from(self, text: str) -> Opening:
        """Return the same of a text that may end within a word."""
        return self._earliest(text, self._begun, self._waiters)

    def context_from(self, text: str) -> int:
        """Return where the end of a delivered text begins that must be looked at again with what follows it."""
        start = max(0, len(text) - CONTEXT)
        if self._far is not None and (far := self._far.start(text)) is not None:
            start = min(start, max(far, len(text) - MOST_CONTEXT))
        return last_word(text[:start])

    def _earliest(self, text: str, ending: Ending | None, waiters: Sequence[_Waiter]) -> Opening:
        if ending is None:
            return Opening(len(text))
        opening = self._opening(text, ending, waiters)
        if self._views and may_have_views(text):
            for view in views_of(text, self._views):
                start, detector = self._opening(view.text, ending, waiters)
                if start < len(view.text) and (origin := view.origin(start, len(view.text))[0]) < opening.start:
                    opening = Opening(origin, detector)
        return opening

    def _opening(self, text: str, ending: Ending, waiters: Sequence[_Waiter]) -> Opening:
        if ending.start(text) is None:
            return Opening(len(text))
        start = None if self._open_views is None else self._open_views.start(text)
        opening = Opening(len(text) if start is None else start)
        for waiter in waiters:
            start = waiter.open_from(text)
            if start is not None and start < opening.start:
                opening = Opening(start, waiter.detector)
        return opening


def _is_near(waiter: _Waiter) -> bool:
    near = waiter.detector.rule.near.before if waiter.detector.rule.near else 0
    return waiter.begun is not None and waiter.begun.reach is not None and waiter.begun.reach + near <= CONTEXT


def _beginnings(detector: Detector) -> Beginnings | None:
    """Return how a rule's matches begin; None when that cannot be told, so that everything must wait."""
    near, target = detector.rule.near, detector.rule.allow.target
    try:
        return beginnings(
            detector.pattern.source,
            detector.group,
            near.after if near else 0,
            whole_line=detector.allowed is not None and target == "line",
        )
    except UnknownSyntax:
        return None


def _ending(begun: Sequence[Beginnings | None], extra: Iterable[str] = ()) -> Ending | None:
    exact = [_ANYTHING if each is None else each.source for each in begun]
    coarse = [_ANYTHING if each is None else each.coarse for each in begun]
    for sources in ([*exact, *extra], [*coarse, *extra], [_ANYTHING]):
        try:
            return Ending([source for source in sources if source]) if any(sources) else None
        except BadPattern:
            continue
    return Ending([_ANYTHING])
