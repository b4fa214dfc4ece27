"""What a text says in other spellings, with a map back to the text."""

from collections.abc import Collection
from typing import NamedTuple

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.patterns import Span
from llm_proxy.core.strict_json import JsonObject
from llm_proxy.records import ViewName


class View(NamedTuple):
    """A derived text."""

    name: ViewName
    text: str

    def origin(self, start: int, end: int) -> Span:
        """Return where a span of the view stands in the text."""
        return start, end


class Joined(NamedTuple):
    """The border of neighbouring texts."""

    text: str

    def crosses(self, start: int, end: int) -> bool:
        """Say whether a span touches more than one text."""
        return start < end < 0

    def parts(self, start: int, end: int) -> list[tuple[int, Span]]:
        """Return the literals that a span touches."""
        return [(0, (start, end))]


def views_of(_text: str, _wanted: Collection[ViewName]) -> list[View]:
    """Return the views of a text."""
    return []


def may_have_views(_joined: str) -> bool:
    """Say whether any text may have one."""
    return False


def joined_views(_tree: JsonObject, _endpoint: Endpoint) -> list[Joined]:
    """Return the borders of a body's texts."""
    return []


def blob_text(_value: str) -> str | None:
    """Return the text in a data URI."""
    return None
