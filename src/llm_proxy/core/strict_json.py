"""One strict reading of a JSON body, where each of its string literals stands, and how to splice changed ones back.

Strict means that there is one meaning, ours and the provider's: UTF-8 without a byte order mark, no duplicate keys, no
``NaN``, nothing that RFC 8259 does not allow, bounded depth and size. Because of that a body may be forwarded as it
came, with nothing but the changed literals replaced, and still mean what was inspected.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from json.decoder import scanstring  # type: ignore[attr-defined]  # exported by CPython, not by its stubs
from json.encoder import encode_basestring
from math import isinf
from typing import NoReturn, Self, TypeAlias, cast

from llm_proxy.errors import BadJson

JsonValue: TypeAlias = dict[str, "JsonValue"] | list["JsonValue"] | str | int | float | bool | None
JsonObject: TypeAlias = dict[str, JsonValue]
Span: TypeAlias = tuple[int, int]

MAX_DEPTH = 128
MAX_STRINGS = 200_000
LONG_NUMBER = 12  # digits: the shortest card number
MAX_VALUES = 500_000  # 0.1 s of reading, the longest the event loop may be held

# In JSON that was read without an error, a quote outside of a literal always begins one.
_LITERAL = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_ESCAPED_SURROGATE = re.compile(r"\\u[dD]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_COLON = re.compile(r"[ \t\r\n]*+:")


class ExactFloat(float):
    """A long number with a fraction or an exponent: it keeps its literal, because a float forgets digits."""

    __slots__ = ("literal",)

    def __new__(cls, literal: str) -> Self:
        """Read a JSON number; ``literal`` is its text in the body."""
        number = super().__new__(cls, literal)
        number.literal = literal
        return number

    literal: str

    @property
    def digits(self) -> str:
        """The decimal digits without an exponent: ``4.1e3`` is ``4100``."""
        if self == 0.0:  # it may be 0e-999999999: never write that out
            return self.literal
        plain = format(Decimal(self.literal), "f")
        return plain.rstrip("0").rstrip(".") if "." in plain else plain


@dataclass(frozen=True, eq=False)
class Document:
    """A body that was read.

    ``text`` is the body, ``tree`` what it means. A lone surrogate escape (``"\\ud800"``), which no UTF-8 text can hold,
    stands in the tree as U+FFFD; ``repairs`` maps the index of such a literal to its value there.
    """

    tree: JsonObject
    text: str
    repairs: Mapping[int, str] = field(default_factory=dict)

    @cached_property
    def literals(self) -> list[Span]:
        """See ``literal_spans``."""
        return find_literals(self.text)


def read(body: bytes, max_depth: int = MAX_DEPTH, max_strings: int = MAX_STRINGS) -> Document:
    """Read a body whose root is an object; raises BadJson with the reason, which never quotes the body."""
    try:
        text = body.decode()
    except UnicodeDecodeError as exc:  # not chained: the exception carries the whole body
        raise BadJson(f"The request body is not valid UTF-8 at byte {exc.start}.") from None
    if text.startswith("\ufeff"):
        raise BadJson("The request body starts with a byte order mark; send plain UTF-8.")
    check_size(text, max_strings)
    tree = parse(text, max_depth)
    repairs = _repair(text) if _ESCAPED_SURROGATE.search(text) else {}
    if repairs:
        tree = parse(replace_literals(text, repairs), max_depth)
    if not isinstance(tree, dict):
        raise BadJson("The request body must be a JSON object.")
    return Document(tree, text, repairs)


def parse(text: str, max_depth: int = MAX_DEPTH) -> JsonValue:
    """Read any strict JSON value; raises BadJson."""
    try:
        tree: JsonValue = _DECODER.decode(text)
    except json.JSONDecodeError as exc:  # not chained: the exception carries the whole text
        raise BadJson(f"The request body is not valid JSON: {exc.msg} at character {exc.pos}.") from None
    except RecursionError:
        raise BadJson(f"The request body is nested deeper than {max_depth} levels.") from None
    except ValueError:  # int() refuses more than 4,300 digits, because reading them takes quadratic time
        raise BadJson("The request body holds a number with too many digits.") from None
    _check_depth(tree, max_depth)
    return tree


def literal_spans(document: Document) -> list[Span]:
    """Return the ``(start, end)`` in ``document.text`` of each key and string, in document order, quotes included."""
    return document.literals


def splice(document: Document, changes: Mapping[int, str], edits: Sequence[tuple[int, int, str]] = ()) -> bytes:
    """Return the body with literals replaced; every other byte stays.

    ``changes`` maps a literal's index to its new value, ``edits`` are raw ``(start, end, JSON text)`` on
    ``document.text``. Raises ValueError when two of them overlap.
    """
    return replace_literals(document.text, changes, edits, document.literals if changes else ()).encode()


def find_literals(text: str) -> list[Span]:
    """Return the spans of all string literals of a valid JSON text, in document order, quotes included."""
    return [match.span() for match in _LITERAL.finditer(text)]


def replace_literals(
    text: str,
    changes: Mapping[int, str],
    edits: Sequence[tuple[int, int, str]] = (),
    spans: Sequence[Span] | None = None,
) -> str:
    """Return a valid JSON text with literals replaced; ``spans`` spares finding them again. Else as ``splice``."""
    if spans is None:
        spans = find_literals(text)
    encoded = [(*spans[index], encode_basestring(clean(value))) for index, value in changes.items()]
    pieces: list[str] = []
    position = 0
    for start, end, replacement in sorted([*encoded, *edits]):
        if start < position:
            raise ValueError("two changes of one body overlap")
        pieces += (text[position:start], replacement)
        position = end
    return "".join((*pieces, text[position:]))


def is_key(text: str, span: Span) -> bool:
    """Say whether the literal at ``span`` of a valid JSON text is the key of a member."""
    return _COLON.match(text, span[1]) is not None


def escaped(text: str) -> str:
    """Return a text as it stands inside of a JSON literal, without the quotes."""
    return encode_basestring(clean(text))[1:-1]


def span_of(text: str, path: Sequence[str | int]) -> Span:
    """Return the span of the value at a path that is there, in a valid JSON text without duplicate keys."""
    position = _skipped(text, 0)
    for step in path:
        position = _item(text, position + 1, step) if isinstance(step, int) else _member(text, position + 1, step)
    return position, _PLAIN_DECODER.raw_decode(text, position)[1]


def _member(text: str, position: int, name: str) -> int:
    while True:
        key, position = scanstring(text, text.index('"', position) + 1)
        position = _skipped(text, text.index(":", position) + 1)
        if key == name:
            return position
        position = _PLAIN_DECODER.raw_decode(text, position)[1]


def _item(text: str, position: int, number: int) -> int:
    position = _skipped(text, position)
    for _ in range(number):
        position = _PLAIN_DECODER.raw_decode(text, position)[1]
        position = _skipped(text, text.index(",", position) + 1)
    return position


def _skipped(text: str, position: int) -> int:
    while text[position] in " \t\r\n":
        position += 1
    return position


def clean(text: str) -> str:
    """Return the text with lone surrogates replaced by U+FFFD, so that it can be encoded."""
    return _SURROGATE.sub("\ufffd", text)


def _check_depth(tree: JsonValue, max_depth: int) -> None:
    level: list[JsonValue] = [[tree]]
    for _ in range(max_depth + 1):
        level = [child for node in level for child in _children(node) if type(child) is dict or type(child) is list]
        if not level:
            return
    raise BadJson(f"The request body is nested deeper than {max_depth} levels.")


def _children(node: JsonValue) -> Iterable[JsonValue]:
    return node.values() if isinstance(node, dict) else cast("list[JsonValue]", node)


def _repair(text: str) -> dict[int, str]:
    repairs = {}
    for index, (start, end) in enumerate(find_literals(text)):
        literal = text[start:end]
        if _ESCAPED_SURROGATE.search(literal):
            value = json.loads(literal)
            if _SURROGATE.search(value):
                repairs[index] = clean(value)
    return repairs


def check_size(text: str, max_strings: int = MAX_STRINGS) -> None:
    """Refuse before reading what would take long to read; raises BadJson.

    Exact for valid JSON, and a short text needs no count.
    """
    if len(text) < 2 * min(max_strings, MAX_VALUES):
        return
    unescaped = text.replace("\\\\", "").replace('\\"', "")
    if unescaped.count('"') > 2 * max_strings:
        raise BadJson(f"The request body holds more than {max_strings} strings.")
    structure = "".join(unescaped.split('"')[::2])
    if sum(map(structure.count, ",[{")) > MAX_VALUES:
        raise BadJson(f"The request body holds more than {MAX_VALUES} values.")


def repeats_a_key(text: bytes) -> bool:
    """Say whether an object in valid JSON has two members of one name: readers differ about which of them counts.

    Of what is nested too deeply to be told that is assumed.
    """
    try:
        _KEY_DECODER.decode(text.decode())
    except (BadJson, RecursionError):
        return True
    return False


def _object(pairs: list[tuple[str, JsonValue]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise BadJson("The request body holds an object with duplicate keys.")
    return members


def _float(literal: str) -> float:
    number = float(literal)
    if isinf(number):
        raise BadJson("The request body holds a number that is too large.")
    return ExactFloat(literal) if len(literal) >= LONG_NUMBER or "e" in literal.lower() else number


def _constant(_: str) -> NoReturn:
    raise BadJson("The request body holds NaN or Infinity, which JSON does not know.")


_PLAIN_DECODER = json.JSONDecoder()
_KEY_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=str, parse_int=str)
_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)
