"""Texts put together: string literals that a program would concatenate, and words without the space between them."""

from itertools import pairwise

from llm_proxy.core.patterns import Pattern
from llm_proxy.core.views.view import Edit, View, edited

# A closing and an opening quote, perhaps with an operator between: Python, C, Java, JavaScript, Go, PHP and Perl (.),
# Lua (..), Visual Basic (&), SQL (||), Erlang and Haskell (++), Elixir (<>); or a line that goes on in the next one.
SIGNS_OF_CONCATENATION = (
    r"""\\?["'`][\s\\]*(?:\+\+?|\.\.?|&|\|\||<>)?[\s\\_]*[rbfuRBFU]{0,2}\\?["'`]"""
    r"|\\\r?\n"
)
_SEAMS = Pattern(SIGNS_OF_CONCATENATION)
_WORDS = Pattern(r"\S+")
_OPERATORS = frozenset("+.&|<>")
_NO_TOKEN = frozenset(" \t\r\n\"'`,;()[]{}")


def concatenation(text: str) -> list[Edit]:
    """Return the edits that join string literals, and lines that end in a backslash.

    Without an operator between them only where a token may go on: in prose, too, two quotes follow each other.
    """
    edits = []
    for start, end in _SEAMS.spans(text.encode("ascii", "replace")):
        if start == 0 or end == len(text):
            continue
        goes_on = text[start - 1] not in _NO_TOKEN and text[end] not in _NO_TOKEN
        if goes_on or not _OPERATORS.isdisjoint(text[start:end]):
            edits.append((start, end, ""))
    return edits


def spaceless(text: str) -> list[View]:
    """Return the view without white space, if there is any between the words."""
    spans = _WORDS.spans(text)
    gaps = [(end, start, "") for (_, end), (start, _) in pairwise(spans)]
    return [edited("spaceless", text, gaps)] if gaps else []
