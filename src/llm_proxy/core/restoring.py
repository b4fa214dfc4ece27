r"""Put values back into a text that comes in fragments, and into JSON, where they must be escaped.

A value is written as its place asks: with a quote in it, it would end the string it stands in. So the JSON is followed,
string in string, and a placeholder two strings deep gets its value escaped twice. What a text is, is decided by what
came before, so that any split into fragments gives what the whole text gives.
"""

import re
from typing import Literal

from llm_proxy.core.arguments import MAX_NESTING
from llm_proxy.core.placeholders import Restorer
from llm_proxy.core.strict_json import escaped

_SPACE = " \t\r\n"
_ORDINARY = re.compile(r'[^"\\<]+')
# All that stands between the strings of JSON. Anything else: it was none, and its quotes are a reader's.
_BETWEEN = re.compile(r"[\s{}\[\]:,0-9+\-.eEtrufalsn]*")
_ESCAPES = dict(zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True))
_HAS_ESCAPED = re.compile("003[cC]")


class _Reader:
    """Reads a text that may be JSON, and tells of each character in how many strings it stands."""

    __slots__ = ("_begins", "_escape", "_inner", "_nesting", "_state")

    def __init__(self, nesting: int = MAX_NESTING, begins: str = "{[") -> None:
        self._state: Literal["before", "plain", "between", "string"] = "before" if nesting else "plain"
        self._begins = begins
        self._nesting = nesting
        self._escape = ""
        self._inner: _Reader | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the text turned out to be no JSON."""
        return self._state == "plain"

    def take(self, char: str) -> tuple[int, str] | None:
        """Read one character; return its depth and meaning, None when it is a part of an escape sequence."""
        if self._state == "string" and self._inner is not None:
            return self._take_inside(char, self._inner)
        if self._state == "before" and char not in _SPACE:
            self._state = "between" if char in self._begins else "plain"
        if self._state == "between":
            if char == '"':
                self._state, self._inner = "string", _Reader(self._nesting - 1)
            elif not _BETWEEN.fullmatch(char):
                self._state = "plain"
        return 0, char

    def skip(self, run: str) -> None:
        """Read ordinary characters at once: neither quotes nor backslashes, and no escape sequence is open."""
        if self._state == "string" and self._inner is not None:
            self._inner.skip(run)
        elif self._state == "before":
            if rest := run.lstrip(_SPACE):
                self.take(rest[0])
                self.skip(rest[1:])
        elif self._state == "between" and not _BETWEEN.fullmatch(run):
            self._state = "plain"

    def _take_inside(self, char: str, inner: "_Reader") -> tuple[int, str] | None:
        if self._escape or char == "\\":
            self._escape += char
            if len(self._escape) == 1 or (self._escape[1] == "u" and len(self._escape) < 6):
                return None
            char, self._escape = _meaning(self._escape), ""
        elif char == '"':
            self._state, self._inner = "between", None
            return 0, char
        taken = inner.take(char)
        return None if taken is None else (taken[0] + 1, taken[1])


class Restoring:
    """One text on its way to the client. Feed its fragments in order; what is held comes with the next, or at the end.

    ``is_json``: the text is JSON, as the arguments of a tool call are. Any other text, and any string in JSON, is
    followed as JSON where it begins as an object or an array, as a structured answer does.
    """

    def __init__(self, restorer: Restorer, *, is_json: bool = False) -> None:
        self._restorer = restorer
        self._reader = _Reader(begins='{["' if is_json else "{[")
        self._plain = ""  # of a text that is no JSON: what may become a placeholder
        self._raw = ""  # of JSON: an escape sequence that is not complete
        self._part, self._part_raw, self._depth = (
            "",
            "",
            0,
        )  # the beginning of a placeholder, its meaning and as it came

    def feed(self, fragment: str) -> str:
        """Return what may go on: the restored text without what may be the beginning of a placeholder."""
        out: list[str] = []
        position = 0
        while position < len(fragment) and not self._reader.is_plain:
            position = self._read(fragment, position, out)
        if self._reader.is_plain:
            self._plain += fragment[position:]
            cut = self._restorer.held(self._plain)
            out.append(self._restorer.restore(self._plain[:cut]))
            self._plain = self._plain[cut:]
        return "".join(out)

    @property
    def is_holding(self) -> bool:
        """Whether a part of what was fed waits for more."""
        return bool(self._plain or self._part_raw or self._raw)

    def finish(self) -> str:
        """Return what was held: incomplete, it is nobody's placeholder."""
        left = self._plain + self._part_raw + self._raw
        self._plain = self._part = self._part_raw = self._raw = ""
        return left

    def _read(self, fragment: str, position: int, out: list[str]) -> int:
        """Read a run of ordinary characters or a single one; return where to go on."""
        if not self._part and not self._raw and (run := _ORDINARY.match(fragment, position)):
            self._reader.skip(run[0])
            out.append(run[0])
            return run.end()
        taken = self._reader.take(fragment[position])
        if self._reader.is_plain:  # not read yet: it is the first of what follows
            return position
        self._raw += fragment[position]
        if taken is not None:
            raw, self._raw = self._raw, ""
            self._match(taken[0], taken[1], raw, out)
        return position + 1

    def _match(self, depth: int, char: str, raw: str, out: list[str]) -> None:
        """Take one character by its meaning: does it go on with a placeholder, complete one, or begin one?"""
        part = self._part + char
        if self._part and depth == self._depth and part in self._restorer.values:
            out.append(_escaped(self._restorer.values[part], depth))
            self._part = self._part_raw = ""
            return
        if self._part and depth == self._depth and self._restorer.begins(part):
            self._part, self._part_raw = part, self._part_raw + raw
            return
        out.append(self._part_raw)
        self._part = self._part_raw = ""
        if char == "<":
            self._part, self._part_raw, self._depth = char, raw, depth
        else:
            out.append(raw)


def restore_text(text: str, restorer: Restorer, *, is_json: bool = False) -> str:
    """Return a whole text with its values; ``is_json`` as ``Restoring`` has it."""
    if not restorer or ("<" not in text and not _HAS_ESCAPED.search(text)):
        return text
    restoring = Restoring(restorer, is_json=is_json)
    return restoring.feed(text) + restoring.finish()


def _meaning(escape: str) -> str:
    """Return the character that an escape sequence stands for; of a malformed one, one that is in no placeholder."""
    if escape[1] != "u":
        return _ESCAPES.get(escape[1], "\ufffd")
    try:
        return chr(int(escape[2:], 16))
    except ValueError:
        return "\ufffd"


def _escaped(value: str, times: int) -> str:
    for _ in range(times):
        value = escaped(value)
    return value
