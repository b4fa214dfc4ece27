"""How much of a stream's end must wait: what more text could make a match of.

Three things wait. The unfinished word at the end, because most secrets stand in one word, however it is spelled. From
further back, what reads like the beginning of a match of a rule whose secrets may hold white space (a private key, a
quoted passphrase, a card number in groups). And what a view could put together with the next words: string literals
with an operator behind them, bytes in hexadecimal pairs, base64 that may go on in the next line.
"""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property, lru_cache
from typing import NamedTuple

from llm_proxy.core.detectors import Detector
from llm_proxy.core.endings import Ahead, Ending
from llm_proxy.core.regex_prefixes import Beginnings, beginnings
from llm_proxy.core.regex_syntax import UnknownSyntax
from llm_proxy.core.views import may_have_views, views_of
from llm_proxy.core.words import last_word
from llm_proxy.errors import BadPattern
from llm_proxy.records import ViewName

CONTEXT, MOST_CONTEXT = 512, 4096  # characters of delivered text that a match may begin in

_TELLING = 3  # characters of the gateway's own secrets that are worth waiting for
# An unfinished word that may be an encoded secret: not one of letters alone, as nearly all are.
_MAY_BE_CODE = re.compile(r"[A-Za-z0-9+/_=%\\&#;{}-]{8,}\Z")
_IS_PLAIN = re.compile(r"(?:[A-Z]?[a-z]+|[A-Z]+)(?:[-/][A-Za-z]?[a-z]*)*")

_ANYTHING, _NOTHING = "(?s).+", r"[^\s\S]"
_LITERAL = r"""[^\s]*[^\s"'`,;()\[\]{}]\\?["'`][\s\\]*(?:\+\+?|\.\.?|&|\|\||<>)?[\s\\_]*"""
_QUOTE = r"""[rbfuRBFU]{0,2}\\?["'`]"""
# What a view may put together with the next words, by the view.
_OPEN: tuple[tuple[ViewName, str], ...] = (
    # Literals that are put together, the last one perhaps begun.
    ("joined", rf"""(?:{_LITERAL}{_QUOTE})*{_LITERAL}(?:{_QUOTE}\S*)?"""),
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
        return _ending(() if self.begun is None else (self.begun.source, self.begun.coarse))

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
        # Nobody's rule but the gateway's own secrets: what passes is to pass as it came.
        self.is_light = all(waiter.detector.rule.origin == "built-in" for waiter in self._waiters)
        self._views = frozenset(view for waiter in self._waiters for view in waiter.views)
        self._spaced = [waiter for waiter in self._waiters if waiter.begun is None or waiter.begun.spaced]
        open_views = [source for view, source in _OPEN if view in self._views]
        self._open_views = Ending("|".join(open_views)) if open_views else None
        self._open = _any_ending([waiter.begun for waiter in self._spaced], open_views)
        far = [each.begun for each in self._waiters if each.begun is None or not _is_near(each)]
        self._far = _any_ending([begun and replace(begun, coarse=begun.whole) for begun in far])

    def by_word(self, word: str) -> bool:
        """Say whether the whole of an unfinished word must wait, for a view may show in it what it does not say.

        Where only the gateway's own secrets are looked for, none but one of eight characters that may be encoded does:
        with no rule of anybody's in force a stream is as quick as it comes, and of a secret hardly anything gets out.
        """
        if not self._views or not self.is_light:
            return bool(self._views)
        code = _MAY_BE_CODE.search(word)
        return code is not None and _IS_PLAIN.fullmatch(code[0]) is None

    def open_from(self, text: str) -> Opening:
        """Return where what must wait begins in a text of whole words, whatever the next ones are; else its length."""
        return self._earliest(text, self._open, self._spaced)

    @cached_property
    def _begun(self) -> Ending | None:
        open_views = [source for view, source in _OPEN if view in self._views] if self.is_light else []
        return _any_ending([waiter.begun for waiter in self._waiters], open_views)

    def begun_from(self, text: str) -> Opening:
        """Return the same of a text that may end within a word."""
        opening = self._earliest(text, self._begun, self._waiters)
        return Opening(len(text)) if self.is_light and len(text) - opening.start < _TELLING else opening

    def context_from(self, text: str) -> int:
        """Return where the end of a delivered text begins that must be looked at again with what follows it."""
        start = max(0, len(text) - CONTEXT)
        if self._far is not None and (far := self._far.start(text)) is not None:
            start = min(start, max(far, len(text) - MOST_CONTEXT))
        word = last_word(text[:start])
        return word if start - word <= MOST_CONTEXT else start

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
    near = detector.rule.near
    is_line = detector.allowed is not None and detector.rule.allow.target == "line"
    return _read(detector.pattern.source, detector.group, near.after if near else 0, is_line=is_line)


@lru_cache(maxsize=4096)
def _read(source: str, group: int, after: int, *, is_line: bool) -> Beginnings | None:
    try:
        return beginnings(source, group, after, whole_line=is_line)
    except UnknownSyntax:
        return None


def _any_ending(begun: Iterable[Beginnings | None], extra: Iterable[str] = ()) -> Ending | None:
    """Return what is quickly asked of many rules at once: coarsely, so that it finds too much, never too little."""
    sources = [source for source in (*(_ANYTHING if each is None else each.coarse for each in begun), *extra) if source]
    return _ending(["|".join(sources)]) if sources else None


def _ending(sources: Iterable[str]) -> Ending:
    """Return the first that can be compiled."""
    for source in sources:
        with suppress(BadPattern):
            return Ending(source or _NOTHING)
    return Ending(_ANYTHING)
