r"""Patterns of other engines, in RE2's words: Rust's ``regex``, Hyperscan, PCRE.

What is only another spelling is rewritten: free spacing (``(?x)``), comments, possessive quantifiers and atomic groups
(which tell a backtracking engine where not to look again, and RE2 never does), ``\Z``, ``\h``, ``{,n}``. What RE2 has
no words for is refused with the reason: look-around, back-references, recursion.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from llm_proxy.importers.outcome import CannotImport

MOST_REPEATED = 1000  # RE2's bound of {n,m}

_SYNTAX = r"""
      (?P<quoted>\\Q.*?(?:\\E|\Z))
    | \\(?P<escape>x\{[^}]*\}|x[0-9A-Fa-f]{2}|u\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4}|[pP](?:\{[^}]*\}|.)|[0-9]{1,3}|.)
    | (?P<class>\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\])
    | (?P<comment>\(\?\#[^)]*\))
    | \(\?(?P<flags>[A-Za-z-]*)(?P<end>[:)])
    | \(\?(?:P?<|')(?P<name>\w+)[>']
    | \(\?(?P<special><[=!]|[^:)])
    | (?P<open>\()
    | (?P<close>\))
    | (?P<repeat>[*+?]|\{(?P<least>\d*)(?P<comma>,?)(?P<most>\d*)\})(?P<how>[+?]?)
    | .
"""
_PLAIN = re.compile(_SYNTAX, re.VERBOSE | re.DOTALL)
_FREE = re.compile(rf"(?P<nothing>\s+|\#[^\n]*) | {_SYNTAX}", re.VERBOSE | re.DOTALL)
_CLASS_TOKEN = re.compile(r"\[:\^?\w+:\]|\\(?P<escape>.)|(?P<space>\s+)|.", re.DOTALL)

_ESCAPES = {"Z": r"\z", "h": r"[ \t]", "H": r"[^ \t]", "R": r"(?:\r\n|\n|\r)", "N": r"[^\n]", "e": r"\x1b", " ": " "}
_CLASS_ESCAPES = {"h": r" \t", "e": r"\x1b", "b": r"\x08", " ": " "}
_SPECIAL = {
    "=": "look-ahead (?=…)",
    "!": "look-ahead (?!…)",
    "<=": "look-behind (?<=…)",
    "<!": "look-behind (?<!…)",
    "(": "a condition (?(…)…)",
    "|": "a branch reset (?|…)",
    "R": "recursion (?R)",
    "&": "recursion (?&…)",
    "P": "a back-reference (?P=…)",
}
_KEPT_FLAGS = "imsU"
_DROPPED_FLAGS = "xua"  # free spacing is undone; the others say how bytes are read


@dataclass(frozen=True, slots=True)
class Translation:
    """A pattern in RE2's syntax, and what was rewritten."""

    pattern: str
    changes: tuple[str, ...]


def to_re2(pattern: str) -> Translation:
    """Translate a pattern; raises CannotImport for what RE2 has no words for. Whether RE2 takes it is not said."""
    return _Translator().translate(pattern)


class _Translator:
    """Goes through a pattern once. ``_free`` says for each open group whether free spacing is on in it."""

    def __init__(self) -> None:
        self._free = [False]
        self._changes: dict[str, None] = {}
        self._kinds: Mapping[str, Callable[[re.Match[str]], str]] = {
            "escape": self._escape,
            "class": self._class,
            "comment": self._comment,
            "flags": self._flags,
            "name": self._name,
            "special": self._special,
            "open": self._open,
            "close": self._close,
            "repeat": self._repeat,
        }

    def translate(self, pattern: str) -> Translation:
        pieces: list[str] = []
        position = 0
        while position < len(pattern):
            token = (_FREE if self._free[-1] else _PLAIN).match(pattern, position)
            if token is None:  # never: the last alternative takes any character
                break
            pieces.append(self._one(token))
            position = token.end()
        return Translation("".join(pieces), tuple(self._changes))

    def _one(self, token: re.Match[str]) -> str:
        groups = token.groupdict()
        if groups.get("nothing") is not None:
            return ""
        return next((read(token) for kind, read in self._kinds.items() if groups[kind] is not None), token[0])

    def _say(self, change: str) -> None:
        self._changes[change] = None

    def _escape(self, token: re.Match[str]) -> str:
        code = token["escape"]
        if code.isdecimal() and code[0] != "0":
            raise CannotImport(rf"It uses a back-reference (\{code}), for which RE2 has no words.")
        if code in {"k", "K", "G", "g"}:
            raise CannotImport(rf"It uses \{code}, for which RE2 has no words.")
        if code[0] == "u" and len(code) > 1:
            return f"\\x{{{code[1:].strip('{}')}}}"
        if code in _ESCAPES:
            if code != " ":
                self._say(rf"\{code} is written as {_ESCAPES[code]}")
            return _ESCAPES[code]
        return token[0]

    def _class(self, token: re.Match[str]) -> str:
        if "&&[" in token[0]:
            raise CannotImport("It uses an intersection of classes (&&), for which RE2 has no words.")
        return token[0][0] + "".join(self._of_class(each) for each in _CLASS_TOKEN.finditer(token[0], 1))

    def _of_class(self, token: re.Match[str]) -> str:
        if token["space"] is not None:
            return "" if self._free[-1] else token[0]
        return _CLASS_ESCAPES.get(token["escape"] or "", token[0])

    def _comment(self, token: re.Match[str]) -> str:  # noqa: ARG002 (as all of them)
        self._say("comments are left out")
        return ""

    def _flags(self, token: re.Match[str]) -> str:
        on, _, off = token["flags"].partition("-")
        unknown = set(on + off) - {*_KEPT_FLAGS, *_DROPPED_FLAGS}
        if unknown:
            raise CannotImport(f"It uses the flag {min(unknown)}, for which RE2 has no words.")
        free = "x" in on or (self._free[-1] and "x" not in off)
        if "x" in on:
            self._say("free spacing (?x) is undone")
        on, off = (re.sub(f"[{_DROPPED_FLAGS}]", "", flags) for flags in (on, off))
        kept = f"{on}-{off}" if off else on
        if token["end"] == ":":
            self._free.append(free)
            return f"(?{kept}:"
        self._free[-1] = free
        return f"(?{kept})" if kept else ""

    def _name(self, token: re.Match[str]) -> str:
        self._free.append(self._free[-1])
        return f"(?P<{token['name']}>"

    def _special(self, token: re.Match[str]) -> str:
        if token["special"] == ">":
            self._say("atomic groups are plain ones")
            self._free.append(self._free[-1])
            return "(?:"
        what = _SPECIAL.get(token["special"], token[0])
        raise CannotImport(f"It uses {what}, for which RE2 has no words.")

    def _open(self, token: re.Match[str]) -> str:
        self._free.append(self._free[-1])
        return token[0]

    def _close(self, token: re.Match[str]) -> str:
        if len(self._free) > 1:
            self._free.pop()
        return token[0]

    def _repeat(self, token: re.Match[str]) -> str:
        how, repeat = token["how"], token["repeat"]
        if how == "+":
            self._say("possessive quantifiers are greedy ones")
            how = ""
        if token["least"] is None or not (token["least"] or token["most"]):
            return repeat + how
        least, most = int(token["least"] or 0), token["most"]
        if not token["least"]:
            self._say("{,n} is written as {0,n}")
        if least > MOST_REPEATED or (most and int(most) > MOST_REPEATED):
            self._say(f"repetitions of more than {MOST_REPEATED} are without a bound")
            return f"{{{min(least, MOST_REPEATED)},}}{how}"
        return f"{{{least}{token['comma']}{most}}}{how}"
