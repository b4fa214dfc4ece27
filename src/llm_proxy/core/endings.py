"""What stands at a text's end that may become a match: the questions that a stream asks the engine."""

from collections.abc import Iterator

from llm_proxy.core.patterns import FAULTS, Span, compile_large
from llm_proxy.errors import GuardrailUnavailable


class Ending:
    """A pattern for a text's end: where does the earliest match begin that goes up to there?

    RE2 searches a pattern that ends in ``\\z`` from the end backwards, so the time is that of the match.
    """

    def __init__(self, source: str) -> None:
        self._regexp = compile_large(rf"(?:{source})\z")

    def start(self, text: str) -> int | None:
        """Return where the longest match that ends with a text (without lone surrogates) begins; None without one.

        Raises GuardrailUnavailable when the engine fails.
        """
        try:
            match = self._regexp.search(text)
        except FAULTS as exc:
            raise GuardrailUnavailable from exc
        return None if match is None else int(match.start())


class Ahead:
    """A pattern that takes a text's end for whatever may follow (see ``regex_prefixes``)."""

    def __init__(self, source: str) -> None:
        self._regexp = compile_large(source)

    def open_from(self, text: str) -> int | None:
        """Return where the match begins that ends with a text (without lone surrogates), None when none does.

        Raises GuardrailUnavailable when the engine fails.
        """
        try:
            spans: Iterator[Span] = (match.span() for match in self._regexp.finditer(text))
            return next((start for start, end in spans if start < end == len(text)), None)
        except FAULTS as exc:
            raise GuardrailUnavailable from exc
