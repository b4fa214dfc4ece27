"""Other readings of a text, in which a rule may find what it hides from the eye of a plain search.

Folded (as it looks), joined (as a program would put it together), decoded (as a decoder would read it). Each view knows
the way back, so that what is found in it can be cut out of the text itself.
"""

from collections.abc import Collection, Sequence

from llm_proxy.core.patterns import Pattern, compile_large
from llm_proxy.core.text_rows import TextRow
from llm_proxy.core.views.blobs import TextFile, blob_text, media_text, text_file
from llm_proxy.core.views.borders import REACH, Joined, is_plain_word, joined_views
from llm_proxy.core.views.escapes import SIGNS_OF_ESCAPES, escapes
from llm_proxy.core.views.folding import SIGNS_OF_FOLDING, ends_token, folded_views
from llm_proxy.core.views.joining import SIGNS_OF_CONCATENATION, concatenation, spaceless
from llm_proxy.core.views.runs import SIGNS_OF_RUNS, runs
from llm_proxy.core.views.view import Edit, View, Window, apart, edited
from llm_proxy.records import ViewName

__all__ = [
    "MAX_DECODE_DEPTH",
    "MAX_VIEWS",
    "REACH",
    "SIGNS_OF_VIEWS",
    "Joined",
    "TextFile",
    "View",
    "Window",
    "blob_text",
    "is_plain_word",
    "joined_views",
    "may_have_views",
    "media_text",
    "suspects",
    "text_file",
    "views_of",
]

MAX_DECODE_DEPTH = 2
MAX_VIEWS = 24

_REACH = 64  # characters around what was decoded, with which it may mean more

# Without any of these, and without ``ends_token``, a text has no view other than spaceless.
SIGNS_OF_VIEWS = Pattern(f"{SIGNS_OF_FOLDING}|{SIGNS_OF_CONCATENATION}|{SIGNS_OF_ESCAPES}|{SIGNS_OF_RUNS}")
_ANY_SIGN = compile_large(f"(?m){SIGNS_OF_VIEWS.across}")  # with less memory, code takes ten times as long
_MAY_RUN, _MAY_ESCAPE = Pattern(SIGNS_OF_RUNS), Pattern(SIGNS_OF_ESCAPES)
_MAY_JOIN = Pattern(SIGNS_OF_CONCATENATION)
_SIGNS_BUT_RUNS = Pattern(f"{SIGNS_OF_FOLDING}|{SIGNS_OF_CONCATENATION}|{SIGNS_OF_ESCAPES}")


def may_have_views(joined: str) -> bool:
    """Say whether texts, joined, may have a view other than spaceless: false is certain, and takes one search."""
    encoded = joined.encode()
    return _ANY_SIGN.search(encoded) is not None or ends_token(encoded)


def suspects(row: TextRow, begun: Sequence[int]) -> list[int]:
    """Return the indices of the texts that may have views, found at a glance: no other has any.

    ``begun`` are those in which a match of ``SIGNS_OF_VIEWS`` begins.
    """
    if not ends_token(row.data):
        return [*begun]
    return sorted({*begun, *(index for index, part in enumerate(row.parts) if ends_token(part))})


def views_of(text: str, wanted: Collection[ViewName]) -> list[View]:
    """Return the views of a text, without lone surrogates, that differ from it. Raw is none.

    They build on each other: what was folded is joined, what was joined is decoded, and what was decoded is read in the
    same way again. Nothing that is decoded gets longer, so all views together hold at most a few times the text.
    """
    views = _grown(text, None, wanted)
    if "spaceless" in wanted:
        views += spaceless(text)
    return views[:MAX_VIEWS]


def _grown(text: str, parent: View | None, wanted: Collection[ViewName]) -> list[View]:
    """Return the views of a text, which is that of ``parent`` if there is one, and the views of those."""
    encoded = text.encode()
    if not (_SIGNS_BUT_RUNS.may_match(encoded) or ends_token(encoded)):
        return _decoded(text, parent, wanted, runs(text) if _MAY_RUN.may_match(encoded) else [])
    folded, composed = folded_views(text, parent) if "folded" in wanted else ([], [])
    found = [*folded, *composed]
    bases: list[tuple[str, View | None]] = [*((view.text, view) for view in folded)] or [(text, parent)]
    for base, view in bases:
        seen = view
        if "joined" in wanted and _MAY_JOIN.may_match(base.encode()) and (edits := concatenation(base)):
            seen = edited("joined", base, edits, view)
            found.append(seen)
        said = seen.text if seen else base
        found += _decoded(said, seen, wanted, _decoding(said))
    return found


def _decoded(text: str, parent: View | None, wanted: Collection[ViewName], edits: Sequence[Edit]) -> list[View]:
    """Return the view in which a text is decoded, and the views of that."""
    if not edits or "decoded" not in wanted or (parent and parent.depth >= MAX_DECODE_DEPTH):
        return []
    view = edited("decoded", text, edits, parent)
    return [view, *(_grown(view.text, view, wanted) if may_have_views(view.changed(_REACH)) else [])]


def _decoding(text: str) -> list[Edit]:
    """Return the edits that decode a text."""
    encoded = text.encode()
    edits = runs(text) if _MAY_RUN.may_match(encoded) else []
    return apart([*edits, *escapes(text)]) if _MAY_ESCAPE.may_match(encoded) else edits
