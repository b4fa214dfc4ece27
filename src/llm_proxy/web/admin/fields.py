"""The types of the admin API's fields and parameters: what each one takes, and how it says no."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from llm_proxy.errors import NotFound
from llm_proxy.store.providers import CREDENTIAL

MAX_NAME_CHARACTERS = 200
MAX_TEMPLATE_BYTES = 4096
MAX_RATE_LIMIT_RPM = 10**9
MAX_PAGE = 1000
MAX_SEARCH_CHARACTERS = 200
_MAX_OFFSET = 10**15

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Control characters, line separators, and the marks that reverse the reading direction of a whole line.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_RFC_3339 = re.compile(
    r"(?P<date>\d{4}-\d\d-\d\d)"
    r"(?:[Tt ](?P<time>\d\d:\d\d:\d\d(?:\.\d{1,9})?)(?:[Zz]|(?P<offset>[ +-]\d\d:\d\d)))?",
    re.ASCII,
)


def _uuid(text: str) -> str:
    lowered = text.lower()
    if not _UUID.fullmatch(lowered):
        raise ValueError("is not a UUID")
    return lowered


def _name(text: str) -> str:
    if _INVISIBLE.search(text):
        raise ValueError("must not hold control characters")
    return text


def _credential(text: str) -> str:
    if not CREDENTIAL.fullmatch(text):
        raise ValueError("must have 1 to 4096 printable ASCII characters, no space at either end")
    return text


def _template(text: str) -> str:
    if len(text.encode()) > MAX_TEMPLATE_BYTES:
        raise ValueError(f"must not be longer than {MAX_TEMPLATE_BYTES} bytes")
    return _without_nul(text)


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError(r"must not hold a NUL character; a pattern can name it as \x00")
    return text


def _path_id(text: str) -> str:
    """What is no UUID names nothing, so it is answered like an unknown id."""
    lowered = text.lower()
    if not _UUID.fullmatch(lowered):
        raise NotFound
    return lowered


def _fingerprint(text: str) -> str:
    lowered = text.lower()
    if not _FINGERPRINT.fullmatch(lowered):
        raise ValueError("must be the 32 hexadecimal digits of a fingerprint")
    return lowered


def _path_fingerprint(text: str) -> str:
    """What is no fingerprint is one of nothing: an unknown one."""
    lowered = text.lower()
    if not _FINGERPRINT.fullmatch(lowered):
        raise NotFound
    return lowered


def _absent_if_empty(text: object) -> object:
    return None if text == "" else text


def _clamped(text: object, low: int, high: int) -> int:
    if not _WHOLE.fullmatch(str(text)):
        raise ValueError("must be a whole number")
    return int(min(max(float(str(text)), low), high))  # a float takes any number of digits


def _size(default: int) -> BeforeValidator:
    return BeforeValidator(lambda text: default if text == "" else _clamped(text, 1, MAX_PAGE))


def _or(default: object) -> BeforeValidator:
    """Return what makes an empty parameter the default."""
    return BeforeValidator(lambda text: default if text == "" else text)


def _offset(text: object) -> int:
    return 0 if text == "" else _clamped(text, 0, _MAX_OFFSET)


def _instant(text: object) -> object:
    """Read RFC 3339; a date alone is its midnight in UTC. A space before an offset is a ``+`` that a query lost."""
    if text is None or text == "":
        return None
    match = _RFC_3339.fullmatch(str(text))
    reason = "must be an RFC 3339 time such as 2026-01-31T12:00:00Z"
    if match is None:
        raise ValueError(reason)
    offset = (match["offset"] or "+00:00").replace(" ", "+")
    try:
        return datetime.fromisoformat(f"{match['date']}T{match['time'] or '00:00:00'}{offset}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(reason) from None


def absent() -> Any:  # noqa: ANN401 (it stands in for a field of any type)
    """Return the default of a field that may be absent but not null; absent fields are not in a body's ``given``."""
    return Field(default_factory=lambda: None)


_UUID_FORMAT = Field(json_schema_extra={"format": "uuid"})

Identifier = Annotated[str, AfterValidator(_uuid), _UUID_FORMAT]
Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME_CHARACTERS),
    AfterValidator(_name),
]
RuleName = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=MAX_NAME_CHARACTERS),
    Field(description="What events and refusals call the rule; without one, its id."),
    AfterValidator(_name),
]
Text = Annotated[str, AfterValidator(_without_nul)]
Credential = Annotated[
    str, Field(min_length=1, max_length=4096, json_schema_extra={"writeOnly": True}), AfterValidator(_credential)
]
RateLimit = Annotated[int, Field(ge=0, le=MAX_RATE_LIMIT_RPM, description="Requests a minute; 0 means no limit.")]
Pattern = Annotated[str, Field(description="RE2 syntax."), AfterValidator(_without_nul)]
Template = Annotated[
    str,
    Field(description="What a match becomes: `$1`, `${name}`, `$$`. At most 4096 bytes."),
    AfterValidator(_template),
]

PathId = Annotated[str, Path(alias="id", json_schema_extra={"format": "uuid"}), AfterValidator(_path_id)]
PathFingerprint = Annotated[str, Path(alias="fingerprint"), AfterValidator(_path_fingerprint)]
AbsentIfEmpty = BeforeValidator(_absent_if_empty)
OptionalId = Annotated[Identifier | None, AbsentIfEmpty]
OptionalFingerprint = Annotated[Annotated[str, AfterValidator(_fingerprint)] | None, AbsentIfEmpty]
_SIZE = Field(description="Size of the page; what is outside of 1…1000 is clamped.")
Limit = Annotated[int, _size(100), _SIZE]
ShortLimit = Annotated[int, _size(50), _SIZE]
Offset = Annotated[int, BeforeValidator(_offset), Field(description="How many to skip; below 0 is 0.")]
Instant = Annotated[datetime | None, BeforeValidator(_instant)]
OptionalText = Annotated[str | None, AbsentIfEmpty]
SearchText = Annotated[
    Annotated[str, Field(max_length=MAX_SEARCH_CHARACTERS)] | None,
    AbsentIfEmpty,
    Field(description="Free text, taken literally, in any case of its letters."),
]
Cursor = Annotated[
    Annotated[str, Field(max_length=100)] | None,
    AbsentIfEmpty,
    Field(description="`next_cursor` of the page before this one."),
]
ExportFormat = Annotated[Literal["csv", "json"], _or("csv")]
Flag = Annotated[bool, _or(default=False)]
