"""Texts put together: string literals that a program would concatenate, and words without the space between them."""

from itertools import pairwise

from llm_proxy.core.patterns import Pattern
from llm_proxy.core.views.view import Edit, View, apart, edited

# A closing and an opening quote, perhaps with an operator between: Python, C, Java, JavaScript, Go, PHP and Perl (.),
# Lua (..), Visual Basic (&), SQL (||), Erlang and Haskell (++), Elixir (<>), OCaml (^), Jinja (~); or with a name to
# which more is appended (+=); or a line that goes on in the next one.
_SEAM = (
    r"""\\?["'`](?:[\s\\]*|[\s\\)]*(?:\+\+?|\.\.?|&|\|\||<>|~|\^)[\s\\_(]*"""
    r"""|\s*;?\s*[$\w.>\[\]-]{1,60}\s*(?:\+=|\.=|<<)\s*)[rbfuRBFU$@]{0,2}\\?["'`]"""
    r"|\\\r?\n"
)
# Literals in a call that puts them together: CONCAT('a', 'b'), ''.join(['a', 'b']), ['a', 'b'].join('').
_LITERAL = r"""(?:"[^"\n]*"|'[^'\n]*')"""
_LITERALS = rf"{_LITERAL}(?:\s*,\s*{_LITERAL})+"
SIGNS_OF_CONCATENATION = rf"""{_SEAM}|\b(?i:concat|join)\s*\(\s*[\[(]?\s*["']|["']\s*\]\s*\.\s*join\b"""
_SEAMS = Pattern(_SEAM)
_CALLS = Pattern(rf"\b(?i:concat|join)\s*\(\s*[\[(]?\s*{_LITERALS}|\[\s*{_LITERALS}\s*\]\s*\.\s*join\b")
_COMMAS = Pattern(r"""["']\s*,\s*["']""")
_WORDS = Pattern(r"\S+")
_QUOTES = frozenset("\"'`")
_OPERATORS = frozenset("+.&|<>~^")
_NO_TOKEN = frozenset(" \t\r\n\"'`,;()[]{}")


def concatenation(text: str) -> list[Edit]:
    """Return the edits that join string literals, and lines that end in a backslash.

    Without an operator between them only where a token may go on: in prose, too, two quotes follow each other.
    """
    edits = []
    plain = text.encode("ascii", "replace")
    for start, end in _SEAMS.spans(plain):
        if start == 0 or end == len(text):
            continue
        goes_on = text[start - 1] not in _NO_TOKEN and text[end] not in _NO_TOKEN
        goes_on = goes_on and _are_adjacent(text[start:end])
        if goes_on or not _OPERATORS.isdisjoint(text[start:end]):
            edits.append((start, end, ""))
    for first, last in _CALLS.spans(plain):
        edits += ((first + start, first + end, "") for start, end in _COMMAS.spans(plain[first:last]))
    return apart(edits)


def _are_adjacent(seam: str) -> bool:
    """Say whether two literals with no operator between may be one to a compiler or a shell."""
    closing, opening = seam.lstrip("\\")[0], seam[-1]
    if opening not in _QUOTES:  # a line that goes on
        return True
    if any(map(str.isspace, seam)):
        return closing == opening != "`" and seam.count("\n") < 2
    return "`" not in seam


def spaceless(text: str) -> list[View]:
    """Return the view without white space, if there is any between the words."""
    spans = _WORDS.spans(text)
    gaps = [(end, start, "") for (_, end), (start, _) in pairwise(spans)]
    return [edited("spaceless", text, gaps)] if gaps else []
