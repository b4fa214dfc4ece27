"""Where a list goes on: the place of its last entry, as a text that clients hand back and do not read."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime

from llm_proxy.errors import BadRequest
from llm_proxy.store.rows import instant, microseconds

# Whole microseconds since 1970, and what tells entries of one instant apart: a number of 64 bits, or an id.
_PLACE = re.compile(r"(-?[0-9]{1,18}):([ -~]{1,36})")
_NUMBER = re.compile(r"[0-9]{1,18}")


def written(at: datetime, tie: int | str) -> str:
    """Return the cursor of the place after an entry."""
    place = f"{microseconds(at)}:{tie}"
    return urlsafe_b64encode(place.encode()).decode().rstrip("=")


def event_place(cursor: str | None) -> tuple[datetime, int] | None:
    """Return the time and the number of the event that the cursor follows; None without one. Raises BadRequest."""
    if cursor is None:
        return None
    at, tie = _read(cursor)
    if not _NUMBER.fullmatch(tie):
        raise _unknown()
    return at, int(tie)


def usage_place(cursor: str | None) -> tuple[datetime, str] | None:
    """Return the time and the id of the usage record that the cursor follows; None without one. Raises BadRequest."""
    return None if cursor is None else _read(cursor)


def number(cursor: str | None) -> int | None:
    """Return the number of the entry that the cursor follows, where entries are numbered. Raises BadRequest."""
    if cursor is None:
        return None
    if not _NUMBER.fullmatch(cursor):
        raise _unknown()
    return int(cursor)


def _read(cursor: str) -> tuple[datetime, str]:
    try:
        match = _PLACE.fullmatch(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii"))
        if match is None or "=" in cursor:
            raise _unknown()
        return instant(int(match[1])), match[2]
    except (ValueError, OverflowError):
        raise _unknown() from None


def _unknown() -> BadRequest:
    return BadRequest("cursor is not one of this list: take next_cursor from the page before.", param="cursor")
