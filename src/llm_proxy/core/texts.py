"""The inspectable texts of a body: every key, every string, every long number, each with its place.

Two walks over the same tree in the same order: ``flatten`` is what every call pays for, ``walk`` tells more and is for
calls in which something was found. Neither knows names to pass over: nothing is skipped.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain, repeat
from typing import NamedTuple, TypeAlias, cast

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.fields import Path, classify, depends_on_value, holds_file, tells
from llm_proxy.core.strict_json import LONG_NUMBER, ExactFloat, JsonObject, JsonValue
from llm_proxy.records import FieldClass

_SHORTEST_FILE = 16  # characters
_LONG_NUMBER = 10 ** (LONG_NUMBER - 1)

# Members of every message, not worth asking whether they hold JSON.
_ORDINARY_KEYS = frozenset({"role", "content", "type", "text", "name", "id", "description"})
_STRING = frozenset({str})

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NOT_READ: frozenset[FieldClass] = frozenset({"D", "F", "I"})  # labels, binary, control: no text for a model

# What ``classify`` says of the places that nearly every chat has, so that a short one is counted at once.
_READ: Mapping[Path, bool] = {
    ("messages", 0, "role"): False,
    ("messages", 0, "content"): True,
    ("messages", 0, "content", 0, "type"): False,
    ("messages", 0, "content", 0, "text"): True,
}

_Members: TypeAlias = Iterator[tuple[str | None, JsonValue]]
_Steps: TypeAlias = Iterator[tuple[str | int, JsonValue]]


class Strings(NamedTuple):
    """The texts of a tree, in document order: ``literals`` by literal index, ``numbers`` as decimal digits.

    ``json`` holds the indices of the literals that may be JSON themselves, ``named`` those whose key, the literal
    before each, may tell that they are secret, ``files`` those whose key says that they hold a file.
    """

    literals: list[str]
    numbers: list[str]
    json: list[int]
    named: list[int]
    files: list[int]


class Text(NamedTuple):
    """A key, a string or a long number.

    ``literal`` is the literal's index, None for a number. ``path`` leads from the root to the text (to a key's value),
    ``holder`` is the innermost object around it.
    """

    literal: int | None
    value: str
    path: Path
    is_key: bool
    holder: JsonObject
    endpoint: Endpoint

    @property
    def kind(self) -> FieldClass:
        """What a string in this place is for."""
        return classify(self.path, self.holder, self.value, self.endpoint)

    @property
    def place(self) -> str:
        """Where the text stands: ``messages[2].content[0].text``; a key stands in its object: ``metadata.*``."""
        return render((*self.path[:-1], "*") if self.is_key else self.path)


def flatten(tree: JsonValue) -> Strings:
    """Collect the texts of a tree."""
    literals: list[str] = []
    numbers: list[str] = []
    json: list[int] = []
    named: list[int] = []
    files: list[int] = []
    stack: list[_Members] = [zip(repeat(None), [tree], strict=False)]
    while stack:
        for key, value in stack[-1]:
            if key is not None:
                literals.append(key)
            if key and type(value) is str and key not in _ORDINARY_KEYS:
                may_be_json, is_named = tells(key)
                json += [len(literals)] if may_be_json and len(stack) > 2 else ()
                named += [len(literals)] if is_named and value else ()
                files += [len(literals)] if len(value) >= _SHORTEST_FILE and holds_file(key) else ()
            if type(value) is str:
                literals.append(value)
            elif type(value) is list and (plain := _plain(value)):
                literals += plain
            elif type(value) is dict or type(value) is list:
                stack.append(iter(value.items()) if type(value) is dict else zip(repeat(None), value, strict=False))
                break
            elif (digits := _digits(value)) is not None:
                numbers.append(digits)
        else:
            stack.pop()
    return Strings(literals, numbers, json, named, files)


def _plain(items: list[JsonValue]) -> list[str] | None:
    """Return the keys and strings of objects at once, when they have ordinary members alone, as most messages do."""
    first = items[0] if items else None
    if type(first) is not dict or not _ORDINARY_KEYS.issuperset(first):
        return None
    objects = cast("list[dict[str, str]]", items)
    try:
        values = [*chain.from_iterable(map(dict.values, objects))]
    except TypeError:  # not all are objects
        return None
    keys = [*chain.from_iterable(objects)]
    if not _ORDINARY_KEYS.issuperset(keys) or not _STRING.issuperset(map(type, values)):
        return None
    found = keys * 2
    found[::2], found[1::2] = keys, values
    return found


def walk(tree: JsonObject, endpoint: Endpoint) -> list[Text]:
    """Return the texts of a body in document order, numbers among them."""
    found: list[Text] = []
    index = 0
    stack: list[tuple[_Steps, Path, JsonObject]] = [(iter(tree.items()), (), tree)]
    while stack:
        steps, path, holder = stack[-1]
        for step, value in steps:
            here = (*path, step)
            if isinstance(step, str):
                found.append(Text(index, step, here, True, holder, endpoint))
                index += 1
            if isinstance(value, str):
                found.append(Text(index, value, here, False, holder, endpoint))
                index += 1
            elif isinstance(value, dict | list):
                stack.append(_branch(value, here, holder))
                break
            elif (digits := _digits(value)) is not None:
                found.append(Text(None, digits, here, False, holder, endpoint))
        else:
            stack.pop()
    return found


def render(path: Path) -> str:
    """Write a path as a reader of the API would. It is told to clients and logged: what is no plain name is a ``*``."""
    steps = (
        f"[{step}]" if isinstance(step, int) else f".{step if step == '*' or _PLAIN_KEY.fullmatch(step) else '*'}"
        for step in path
    )
    return "".join(steps).removeprefix(".")


def prompt_characters(tree: JsonObject, endpoint: Endpoint) -> int:
    """Count the characters of the strings below the endpoint's prompt members; keys, labels and binary left out."""
    total = 0
    read = dict(_READ)  # most strings of a call stand in the same few places
    prompt: JsonObject = {name: tree[name] for name in endpoint.prompt if name in tree}
    stack: list[tuple[_Steps, Path, JsonObject]] = [(iter(prompt.items()), (), prompt)]
    while stack:
        steps, path, holder = stack.pop()
        for step, value in steps:
            if type(value) is str:
                here = (*path, step)
                is_read = read[here] if here in read else _is_read(here, holder, value, endpoint, read)
                total += len(value) if is_read else 0
            elif type(value) is dict:
                stack.append((iter(value.items()), (*path, step), value))
            elif type(value) is list:
                stack.append((zip(repeat(0), value, strict=False), (*path, step), holder))
    return total


def _is_read(here: Path, holder: JsonObject, value: str, endpoint: Endpoint, read: dict[Path, bool]) -> bool:
    """Say whether a model reads a string as text, and note it in ``read`` when that holds for all strings there."""
    if depends_on_value(here):
        return classify(here, holder, value, endpoint) not in _NOT_READ
    read[here] = classify(here, {}, "", endpoint) not in _NOT_READ
    return read[here]


def _branch(value: "JsonObject | list[JsonValue]", path: Path, holder: JsonObject) -> tuple[_Steps, Path, JsonObject]:
    return (iter(value.items()), path, value) if isinstance(value, dict) else (enumerate(value), path, holder)


def _digits(value: JsonValue) -> str | None:
    """Return a number's decimal digits when it is long enough to be a card number, an account or a phone number."""
    if type(value) is int and not -_LONG_NUMBER < value < _LONG_NUMBER:
        return str(value)
    return value.digits if type(value) is ExactFloat else None
