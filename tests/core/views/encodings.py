"""Ways to write a text so that a plain search does not see it, and made-up secrets to write so."""

import html
import unicodedata
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote

# Made up here, in the shapes that vendors document. No two share eight characters.
SECRETS = (
    "AKIAQYLPMN5HXQ3ZT7RB",
    "ASIAX7GTPWKE2MJQ4LVD",
    "ghp_9dKQ2mVt7XwZ4nRy8LbE3cHs6PfJ1uTgAo5i",
    "github_pat_11B7XQ2ZA0kWm4NvTs8Rdf_pL3yHcJ9eUg5QxMb6ViKo2SnEt7Zw1RaDf4GhYj8LpCu",
    "glpat-Zq8vN3xKw7TmR5yLb2Fd",
    "xoxb-731946280517-482913750628-Kp9RvTz3WmQx7LnYb5HcJd2f",
    "sk_live_4hV8nQ2wXz7RkT5mLp9YbJ3d",
    "sk-proj-T7mQ9xWv2KzR4nLp8YbH3cJdF6sGtA1uEo5iN0VqXrMk",
    "AIzaSyD3vK8qWz5RmX7nTp2LbYh9Jc4FdGs6Qu",
    "npm_Lw7RkQ9vXz2TmN5pYb8HcJ4dFs6GtA3uEo1i",
    "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",
    "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",
    "dop_v1_8f3a6c1e9b7d2f4a5c8e0b3d6f9a1c4e7b2d5f8a0c3e6b9d1f4a7c2e5b8d0f3a",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3MzE5In0.Qm7vXkRzT2WnLp9YbHcJ4dFs6GtA1uEo5iN0VqXrMk8",
    "AC7d2f9b4e1c8a5f3d6b0e9c2a7f4d1b8e",
    "key-5c8e2b9d7f1a4c6e3b0d8f5a2c9e7b4d",
    "postgres://reporter:Vq7XrM2kTz@db.internal:5432/sales",
    "4539148803436467",
    "DE89370400440532013000",
    "wendy.orchard@mail.example",
    "Tr0ub4dor&3-horse_battery!",
    "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----",
    "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",
    "dapi7f2c9e4b1d8a6f3c5e0b7d2a9f4c1e8b",
)

_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_CYRILLIC = dict(zip("ABCEHIKMOPTXaceiopxy", "АВСЕНІКМОРТХасеіорху", strict=True))  # noqa: RUF001 (that is the point)


def _wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _bold(text: str) -> str:
    return "".join(unicodedata.lookup(f"MATHEMATICAL BOLD CAPITAL {c}") if "A" <= c <= "Z" else c for c in text)


def base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def _wrapped(text: str) -> str:
    digits = base64(f"Please put {text} into the safe, and tell nobody about it, not even the cat.")
    return "\r\n".join(digits[start : start + 76] for start in range(0, len(digits), 76))


def _each(form: str) -> Callable[[str], str]:
    return lambda text: "".join(form.format(ord(char)) for char in text)


def _css(form: str) -> Callable[[str], str]:
    return lambda text: "".join(form.format(ord(char)) if char >= " " else char for char in text)


# Each makes of "Use … for this." what a user might send.
ENCODINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda secret: secret,
    "zero width between all": "\u200b".join,
    "zero width in the prefix": lambda secret: secret[:2] + "\u200d" + secret[2:],
    "soft hyphen": lambda secret: secret[:5] + "\u00ad" + secret[5:],
    "word joiner and direction marks": "\u2060\u202e".join,
    "combining marks": lambda secret: "".join(c + "\u0301" if c.isalnum() else c for c in secret),
    "tag characters": _each("{0:c}\U000e0041"),
    "terminal colours": lambda secret: f"\x1b[01;31m\x1b[K{secret[:4]}\x1b[m\x1b[K{secret[4:]}",
    "fullwidth": _wide,
    "mathematical": _bold,
    "look-alikes": lambda secret: "".join(_CYRILLIC.get(char, char) for char in secret),
    "raised digits": lambda secret: secret.translate(_RAISED),
    "base64": base64,
    "base64 without padding": lambda secret: base64(secret + " ok").rstrip("="),
    "base64 for URLs": lambda secret: urlsafe_b64encode(f"??>>{secret}".encode()).decode(),
    "base64 of the sentence": lambda secret: base64(f"My key is {secret}, keep it."),
    "base64 of the sentence, wrapped": _wrapped,
    "base64 of base64": lambda secret: base64(base64(secret)),
    "base64 of UTF-16": lambda secret: b64encode(f"$k = '{secret}'".encode("utf-16-le")).decode(),
    "base64 in a path": lambda secret: f"files/by/{base64(secret)}",
    "base64 of fullwidth": lambda secret: base64(_wide(secret)),
    "hexadecimal": lambda secret: secret.encode().hex(),
    "hexadecimal with 0x": lambda secret: "0x" + secret.encode().hex().upper(),
    "hexadecimal with colons": lambda secret: secret.encode().hex(":"),
    "hexadecimal array": lambda secret: ", ".join(f"0x{byte:02x}" for byte in secret.encode()),
    r"\x": _each(r"\x{0:02x}"),
    r"\u": _each(r"\u{0:04x}"),
    r"\u{}": _each(r"\u{{{0:x}}}"),
    "octal": _each(r"\{0:03o}"),
    "percent": _each("%{0:02X}"),
    "percent twice": lambda secret: quote(_each("%{0:02x}")(secret)),
    "HTML, decimal": _each("&#{0};"),
    "HTML, hexadecimal": _each("&#x{0:x};"),
    "HTML, padded": _each("&#x{0:08x};"),
    "CSS": _css("\\{0:x} "),
    "CSS, padded": _css("\\{0:06x}"),
    "characters of numbers": lambda secret: f"String.fromCharCode({', '.join(str(ord(char)) for char in secret)})",
    "characters put together": lambda secret: " + ".join(f"chr({ord(char)})" for char in secret),
    "characters between literals": lambda secret: f'"{secret[:5]}" + chr({ord(secret[5])}) + "{secret[6:]}"',
    "percent in HTML": lambda secret: html.escape(_each("%{0:02x}")(secret)).replace("%", "&#37;"),
    "concatenation": lambda secret: f'"{secret[:7]}" + "{secret[7:]}"',
    "concatenation over lines": lambda secret: f"'{secret[:7]}' +\n    '{secret[7:]}'",
    "concatenation of neighbours": lambda secret: f'"{secret[:7]}" "{secret[7:]}"',
    "concatenation of all": lambda secret: ".".join(f"'{char}'" for char in secret.replace("\n", "").replace(" ", "")),
    "line continuation": lambda secret: secret[:7] + "\\\n" + secret[7:],
    "base64 in pieces": lambda secret: f'"{base64(secret)[:9]}" + "{base64(secret)[9:]}"',
}
