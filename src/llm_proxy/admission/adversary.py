"""Texts that are hard on one pattern, made of what it is made of: its literals, its classes, matches that nearly are.

No text is the worst for every engine. RE2 is slow where a pattern's automaton has many states at once, and where each
of many matches makes it look far ahead: long runs of each class, almost-matches one after the other, beginnings without
an end, and noise: where a pattern counts what nearly anything may be, no two places of it are in the same state, and
less so when the characters have more than one byte.
"""

import random
import re
from collections.abc import Iterator
from functools import cache

SIZE = 100_000  # characters

_TOKEN = re.compile(
    r"""
      (?P<skipped>\(\?P?<\w+>|\(\?[imsU-]*[:)]|[()|^$]|\\[bBAzZQE])
    | (?P<class>\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\])
    | (?P<repeat>[*+?]\??|\{(?P<least>\d+)(?:,\d*)?\}\??)
    | \\x\{(?P<hex>[0-9A-Fa-f]+)\} | \\x(?P<byte>[0-9A-Fa-f]{2}) | \\[pP](?:\{[^}]*\}|.)
    | \\(?P<escaped>.)
    | (?P<literal>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_WORD = re.compile(r"[\w.-]{3,}")
_KINDS = {"d": "1", "w": "a", "s": " ", "D": "x", "W": "-", "S": "x", "n": "\n", "t": "\t", "r": "\r"}
_POSIX = {"alpha": "a", "alnum": "a", "lower": "a", "upper": "A", "digit": "1", "space": " ", "punct": "-"}
_NEGATED = "aA1 -=\"'\n"  # of which a negated class takes one
_MOST_REPEATED = 64
_MOST_RUNS = 4
_WIDE = "é€😀"
_ALPHABET = 16  # of a pattern's characters, in noise


def texts(pattern: str) -> list[str]:
    """Return texts of 100,000 characters for a pattern that RE2 accepts; the same ones every time."""
    samples = list(_samples(pattern))
    skeleton = "".join(samples)[:4096] or "a"
    words = _WORD.findall(skeleton)
    runs = dict.fromkeys(sample[-1] for sample in sorted(samples, key=len, reverse=True) if sample)
    pieces = [
        f"{skeleton} ",
        f"{skeleton[:-1]}\n",  # nearly a match, again and again
        skeleton[: max(1, len(skeleton) // 2)],  # its beginning, without an end
        f"{' '.join(words) or 'a'} ",
        "".join(words) or "a",
        *list(runs)[:_MOST_RUNS],
    ]
    repeated = [(piece * (SIZE // len(piece) + 1))[:SIZE] for piece in dict.fromkeys(pieces)]
    alphabet = "".join(dict.fromkeys(skeleton))[:_ALPHABET]
    return list(dict.fromkeys([*repeated, _noise(alphabet), _noise(alphabet + _WIDE), _noise(alphabet[:1] + _WIDE)]))


def _noise(alphabet: str) -> str:
    return _bytes().decode("latin-1").translate({byte: alphabet[byte % len(alphabet)] for byte in range(256)})


@cache
def _bytes() -> bytes:
    return random.Random(0).randbytes(SIZE)  # noqa: S311 (it shall be the same every time)


def _samples(pattern: str) -> Iterator[str]:
    """Yield one text for each part of a pattern, in order, of all branches: roughly what it matches."""
    last = ""
    for token in _TOKEN.finditer(pattern):
        if token["skipped"]:
            yield last
            last = ""
        elif token["repeat"]:
            last = last[:1] * min(int(token["least"] or 8), _MOST_REPEATED)
        else:
            yield last
            last = _sample(token)
    yield last


def _sample(token: re.Match[str]) -> str:
    code = token["hex"] or token["byte"]
    if code:
        return chr(min(int(code, 16), 0xD7FF))
    if token["class"]:
        return _member(token["class"])
    if token["escaped"]:
        return _KINDS.get(token["escaped"], token["escaped"])
    if token["literal"]:
        return "a" if token["literal"] == "." else token["literal"]
    return "a"  # a Unicode property


def _member(source: str) -> str:
    """Return a character of a class: its first, or for a negated one the first of some that it does not name."""
    if source.startswith("[^"):
        return next((each for each in _NEGATED if each not in source), "a")
    posix = re.match(r"\[\[:(\w+):\]", source)
    if posix:
        return _POSIX.get(posix[1], "a")
    first = source[1:3]
    return _KINDS.get(first[1], first[1]) if first[0] == "\\" else first[0]
