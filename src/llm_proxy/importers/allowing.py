"""Allow-lists of gitleaks, merged into the one that a rule has here. Never does it let more pass than they did."""

from collections.abc import Mapping
from typing import Any

from llm_proxy.core.patterns import compile_pattern
from llm_proxy.errors import BadPattern

_TARGETS = ("secret", "match", "line")
_MOST = {"regexes": 200, "stopwords": 5000}


class Allowing:
    """Collects allow-lists: regexes by what they look at, and stop words, which look at the secret."""

    def __init__(self) -> None:
        self._regexes: dict[str, list[str]] = {target: [] for target in _TARGETS}
        self._stopwords: list[str] = []
        self._changes: list[str] = []

    def add(self, entry: Mapping[str, Any]) -> None:
        """Take one in. Paths and commits say nothing here: an entry that asks for them as well never holds."""
        regexes, stopwords = _texts(entry.get("regexes")), _texts(entry.get("stopwords"))
        is_and = str(entry.get("condition", "")).lower() in {"and", "&&"}
        has_place = bool(entry.get("paths") or entry.get("commits"))
        if not regexes and not stopwords:
            return
        if is_and and (has_place or (regexes and stopwords)):
            self._changes.append("an allow-list that asks for several things at once is left out")
            return
        target = str(entry.get("regextarget") or "secret").lower()
        self._regexes[target if target in _TARGETS else "secret"] += filter(self._is_good, regexes)
        self._stopwords += stopwords

    def result(self, changes: list[str]) -> dict[str, object]:
        """Return the member ``allow``, if there is anything to allow, and tell what had to be left out.

        A rule here looks in one place alone: the one for which there is most to look.
        """
        changes += self._changes
        sizes = {target: len(regexes) for target, regexes in self._regexes.items()}
        sizes["secret"] += len(self._stopwords)
        target = max(_TARGETS, key=lambda each: sizes[each])
        for other in _TARGETS:
            if other != target and sizes[other]:
                changes.append(f"what is allowed by the {other} is left out: here it is the {target}")
        regexes = list(dict.fromkeys(self._regexes[target]))[: _MOST["regexes"]]
        stopwords = list(dict.fromkeys(self._stopwords))[: _MOST["stopwords"]] if target == "secret" else []
        if not regexes and not stopwords:
            return {}
        return {"allow": {"regexes": regexes, "stopwords": stopwords, "target": target}}

    def _is_good(self, regex: str) -> bool:
        try:
            compile_pattern(regex)
        except BadPattern:
            self._changes.append(f"an allowed pattern is left out: {regex[:60]}")
            return False
        return True


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str) and each] if isinstance(value, list) else []
