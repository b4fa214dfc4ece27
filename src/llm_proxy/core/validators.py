"""What a match must be besides matching: checksums, randomness, length, no placeholder.

A rule names its validators by text: ``luhn``, ``entropy>=3.5``, ``checksum:github``. All must hold of the secret.
"""

import ipaddress
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from types import MappingProxyType

from llm_proxy.core import checksums
from llm_proxy.core.identity_numbers import IDENTITY_NUMBERS
from llm_proxy.core.stand_ins import (
    has_digit,
    is_jumbled,
    is_not_a_word,
    is_not_filler,
    is_not_placeholder,
    is_not_words,
    is_phrase,
    is_written_out,
)
from llm_proxy.errors import BadPattern

Validator = Callable[[str], bool]

_TERM = re.compile(r"\s*(?:(checksum)\s*:\s*(\w+)|([a-z_]+)\s*(?:(>=|<=)\s*(\d+(?:\.\d+)?))?)\s*")
_LARGEST = 1_000_000.0


def entropy(text: str) -> float:
    """Return Shannon's entropy of a text, in bits per character."""
    counts = Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def has_letter(text: str) -> bool:
    """Return whether there is a letter in a text."""
    return any(map(str.isalpha, text))


def is_public_address(text: str) -> bool:
    """Return whether a text is an IP address of the public internet: not private, local, reserved or documentation."""
    try:
        return ipaddress.ip_address(text.strip("[]")).is_global
    except ValueError:
        return False


def _counts(kind: str) -> Callable[[str], float]:
    """Return what counts the ASCII characters of a class."""
    characters = re.compile(kind)
    return lambda text: len(characters.findall(text))


_NAMED: Mapping[str, tuple[Validator, str]] = MappingProxyType(
    {
        "luhn": (checksums.is_luhn, "the digits end in their Luhn check digit: payment cards, IMEI"),
        "iban": (checksums.is_iban, "an IBAN: its country's length, 1 modulo 97"),
        "has_digit": (has_digit, "there is a digit in it"),
        "has_letter": (has_letter, "there is a letter in it"),
        "not_placeholder": (is_not_placeholder, "no placeholder, variable, call, path or label of ours"),
        "written_out": (is_written_out, "no variable, template, call, path or label of ours"),
        "not_a_word": (is_not_a_word, "a digit or a sign in it, or letters that do not go together"),
        "not_words": (is_not_words, "more than plain words and a number"),
        "not_filler": (is_not_filler, "less than half of it is xxxx, 0000 or ****"),
        "jumbled": (is_jumbled, "brackets that do not pair, or many kinds of signs"),
        "phrase": (is_phrase, "a row of small words that says nothing, as pass phrases are"),
        "ip_public": (is_public_address, "an IP address of the public internet"),
    }
)
_COMPARED: Mapping[str, tuple[str, Callable[[str], float], str]] = MappingProxyType(
    {
        "entropy": (">=", entropy, "at least so many bits of Shannon entropy per character"),
        "min_len": (">=", len, "at least so many characters"),
        "max_len": ("<=", len, "at most so many characters"),
        "digits": (">=", _counts(r"[0-9]"), "at least so many digits"),
        "uppercase": (">=", _counts(r"[A-Z]"), "at least so many capital letters"),
        "lowercase": (">=", _counts(r"[a-z]"), "at least so many small letters"),
        "special": (">=", _counts(r"[!-/:-@\[-`{-~]"), "at least so many punctuation characters"),
    }
)
_CHECKSUMS: Mapping[str, tuple[Validator, str]] = MappingProxyType(
    {
        "base58": (checksums.is_base58check, "base 58 with a check: Bitcoin keys and addresses"),
        "basic": (checksums.is_basic, "base64 of user:password"),
        "bech32": (checksums.is_bech32, "bech32 or bech32m: age keys, segwit addresses"),
        "github": (checksums.is_github, "GitHub tokens: CRC-32 in base 62"),
        "grafana": (checksums.is_grafana, "Grafana service account tokens: CRC-32 in hex"),
        "jwt": (checksums.is_jwt, "a JSON Web Token's header"),
        "npm": (checksums.is_npm, "npm tokens: CRC-32 in base 62"),
        "pypi": (checksums.is_pypi, "PyPI tokens: a macaroon of the index"),
        **IDENTITY_NUMBERS,
    }
)

# What a rule may name, each with one line of help. X and N stand for numbers.
VALIDATORS: Mapping[str, str] = MappingProxyType(
    {
        **{name: told for name, (_, told) in _NAMED.items()},
        **{f"{name}{sign}{'X' if name == 'entropy' else 'N'}": told for name, (sign, _, told) in _COMPARED.items()},
        **{f"checksum:{name}": told for name, (_, told) in sorted(_CHECKSUMS.items())},
    }
)


def parse_validator(text: str) -> Validator:
    """Return the validator that a rule names; raises BadPattern with the names there are."""
    term = _TERM.fullmatch(text)
    if term is None:
        raise _unknown(text)
    kind, checksum, name, sign, number = term.groups()
    if kind is not None and checksum in _CHECKSUMS:
        return _CHECKSUMS[checksum][0]
    if sign is None and name in _NAMED:
        return _NAMED[name][0]
    if name in _COMPARED and sign == _COMPARED[name][0] and float(number) <= _LARGEST:
        return _compare(name, float(number))
    raise _unknown(text)


def _compare(name: str, limit: float) -> Validator:
    sign, measure, _ = _COMPARED[name]
    if sign == ">=":
        return lambda text: measure(text) >= limit
    return lambda text: measure(text) <= limit


def _unknown(text: str) -> BadPattern:
    return BadPattern(f"There is no validator {text!r}. There are: {', '.join(VALIDATORS)}.")
