"""The disguises in which a secret is tried: eighteen, the bare one among them, of which fourteen must not help."""

import base64
import codecs
from collections.abc import Callable, Mapping
from types import MappingProxyType

_ASCII = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
_CYRILLIC = dict(
    zip("aceijopsxyABCEHIJKMOPSTXY", "асеіјорѕхуАВСЕНІЈКМОРЅТХУ", strict=True)  # noqa: RUF001 (that is their use)
)


def sentence(value: str) -> str:
    """Return what a user would write around it."""
    return f"use {value} for this"


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _every(text: str, size: int, by: str) -> str:
    return by.join(text[position : position + size] for position in range(0, len(text), size))


def _looking_alike(text: str) -> str:
    return "".join(_CYRILLIC.get(character, character) for character in text)


def _half(text: str, by: str) -> str:
    return text[: len(text) // 2] + by + text[len(text) // 2 :]


ENCODINGS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "none": sentence,
        "zero-width space between all": lambda s: sentence("\u200b".join(s)),
        "zero-width space in the prefix": lambda s: sentence(s[:2] + "\u200b" + s[2:]),
        "soft hyphens": lambda s: sentence(_every(s, 4, "\u00ad")),
        "full width": lambda s: sentence("".join(_ASCII.get(each, each) for each in s)),
        "Cyrillic look-alikes": lambda s: sentence(_looking_alike(s)),
        "base64": lambda s: sentence(_base64(s)),
        "base64 of the sentence": lambda s: _base64(sentence(s)),
        "base64 twice": lambda s: sentence(_base64(_base64(s))),
        "hexadecimal": lambda s: sentence(s.encode().hex()),
        "percent": lambda s: sentence("".join(f"%{byte:02X}" for byte in s.encode())),
        "\\u escapes": lambda s: sentence("".join(f"\\u{ord(each):04x}" for each in s)),
        "HTML entities": lambda s: sentence("".join(f"&#{ord(each)};" for each in s)),
        '"…" + "…"': lambda s: sentence('"' + _half(s, '" + "') + '"'),
        "line break in the middle": lambda s: sentence(_half(s, "\n")),
        "space after every four": lambda s: sentence(_every(s, 4, " ")),
        "reversed": lambda s: sentence(s[::-1]),
        "rot13": lambda s: sentence(codecs.encode(s, "rot13")),
    }
)
# White space inside of a secret is only watched for, reversal and rot13 are nobody's promise.
PROMISED = frozenset(ENCODINGS) - {"line break in the middle", "space after every four", "reversed", "rot13"}
