"""Files inside of a body: which of them are text, and what it says."""

import re
from base64 import b64encode
from binascii import Error, a2b_base64
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from llm_proxy.core.views.runs import rows

_DATA_URI = re.compile(r"data:([^,]{0,256}),", re.IGNORECASE)
_IS_BASE64 = re.compile(r";\s*base64\s*\Z", re.IGNORECASE)
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}\s*\Z|[A-Za-z0-9+/_-]{16,}[\r\n]")
_TEXTUAL = re.compile(
    r"\s*(?:text/|[a-z]+/[a-z0-9.-]+\+(?:json|xml|yaml)|image/svg"
    r"|application/(?:[a-z.-]*(?:json|xml|yaml|csv|javascript|ecmascript|sql|toml|graphql|sh|php)|x-www-form))",
    re.IGNORECASE,
)
_SNIFFED = 1024  # bytes, that tell text from binary
_CONTROLS = bytes({*range(0x20), 0x7F} - set(b"\t\n\r\f\x1b"))
_STANDARD = bytes.maketrans(b"-_", b"+/")
_HEAD = 1024  # digits, in which a file says what it is
_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_\r\n"
_PADDINGS = frozenset({b"", b"=", b"=="})
# PNG, JPEG, GIF, TIFF; WebP, WAV and AVI; MP4, HEIC and AVIF; Matroska and WebM; Ogg, FLAC, MP3.
_MEDIA = re.compile(
    rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|II\*\0|MM\0\*|RIFF.{4}(?:WEBP|WAVE|AVI )|.{4}ftyp|\x1aE\xdf\xa3"
    rb"|OggS|fLaC|ID3[\2-\4]|\xff[\xf2\xf3\xfa\xfb]",
    re.DOTALL,
)
# For each byte whether it is ASCII text (a) or not (space); so much of it in a row is hardly chance.
_LOOKS = bytes(97 if 0x20 <= byte < 0x7F or byte in b"\t\n\r" else 32 for byte in range(256))
_TEXT = 16
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


def blob_text(value: str) -> str | None:
    """Return the text that a ``data:`` URI or the base64 of a file holds; None when it holds something else.

    What calls itself text is read as text; what calls itself something else, or nothing, when its first kilobyte is.
    """
    uri = _DATA_URI.match(value)
    if uri is None:
        data = _decoded(value) if _BASE64.match(value) else None
        return None if data is None or not _is_text(data) else _read(data)
    payload, kind = value[uri.end() :], uri[1]
    data = _decoded(payload) if _IS_BASE64.search(kind) else unquote_to_bytes(payload)
    if data is None or not (_TEXTUAL.match(kind) or _is_text(data)):
        return None
    return _read(data)


class TextFile(NamedTuple):
    """A value that is the base64 of a text file and nothing else: ``text`` is what it says, behind ``begin``."""

    begin: str
    text: str
    mark: bytes  # of the byte order
    code: str
    others: bytes  # the last two digits of its alphabet

    def with_text(self, text: str) -> str:
        """Return the value of the same file with another text."""
        return self.begin + b64encode(self.mark + text.encode(self.code), self.others).decode()


def text_file(value: str) -> TextFile | None:
    """Return the text file that a value is; None when it is something else, or could not be written again as it is."""
    uri = _DATA_URI.match(value)
    begin = uri.end() if uri else 0
    if not (_IS_BASE64.search(uri[1]) if uri else _BASE64.match(value)) or not _is_digits(value[begin:]):
        return None
    is_named = uri is not None and _TEXTUAL.match(uri[1]) is not None
    if not is_named and not _is_text(_head(value, begin)):
        return None
    data = _decoded(value[begin:])
    if not data or not (is_named or _is_text(data)):
        return None
    mark = next((mark for mark, _ in _MARKS if data.startswith(mark)), b"")
    file = TextFile(value[:begin], "", mark, _code(data), b"-_" if set("-_") & set(value[begin:]) else b"+/")
    text = data[len(mark) :].decode(file.code, errors="replace")
    return file._replace(text=text) if mark + text.encode(file.code) == data else None


def media_text(value: str) -> str | None:
    """Return what there is to read in a picture, a sound or a video: what stands before its base64, and texts in it.

    None when the value is something else, or holds anything besides. The digits themselves say nothing: read as text
    they would be noise, in which any shape turns up by chance.
    """
    uri = _DATA_URI.match(value)
    begin = uri.end() if uri else 0
    if _MEDIA.match(_head(value, begin)) is None:
        return None
    if not _is_digits(value[begin:]):
        return None
    data = _decoded(value[begin:])
    if data is None:
        return None
    return "\n".join((value[:begin], *(data[start:end].decode() for start, end in rows(data, _LOOKS, _TEXT))))


def _is_digits(payload: str) -> bool:
    """Say whether a text is base64 and nothing else."""
    return payload.encode(errors="replace").translate(None, _DIGITS).strip(b"\r\n") in _PADDINGS


def _head(value: str, begin: int) -> bytes:
    digits = value[begin : begin + _HEAD].encode(errors="replace").translate(_STANDARD, b"\r\n")
    try:
        return a2b_base64(digits[: len(digits) // 4 * 4])
    except Error:
        return b""


def _decoded(digits: str) -> bytes | None:
    if "%" in digits[:_SNIFFED] or "%" in digits[-16:]:
        digits = unquote_to_bytes(digits).decode(errors="replace")
    data = digits.encode(errors="replace").translate(_STANDARD, b"\r\n\t =")
    try:
        return a2b_base64(data[: len(data) - (len(data) % 4 == 1)] + b"=" * (-len(data) % 4))
    except Error:
        return None


def _is_text(data: bytes) -> bool:
    """Say whether bytes begin as text does: UTF-8, UTF-16, or a one-byte code, and no codes of a teletype."""
    start = data[:_SNIFFED]
    text = _read(start)
    if len(start) != len(start.translate(None, _CONTROLS)) and _code(start) == "utf-8":
        return False
    return bool(text) and text.count("\ufffd") <= len(text) // 10


def _read(data: bytes) -> str:
    return data.decode(_code(data), errors="replace").removeprefix("\ufeff")


def _code(data: bytes) -> str:
    for mark, code in _MARKS:
        if data.startswith(mark):
            return code
    halves = data[:_SNIFFED:2], data[1:_SNIFFED:2]
    if len(data) >= 8 and halves[1].count(0) > len(halves[1]) * 3 // 4 and not halves[0].count(0):
        return "utf-16-le"
    if len(data) >= 8 and halves[0].count(0) > len(halves[0]) * 3 // 4 and not halves[1].count(0):
        return "utf-16-be"
    return "utf-8"
