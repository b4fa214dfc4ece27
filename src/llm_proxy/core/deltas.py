"""Where a stream's events carry pieces of longer texts, and which events end such texts: one reader a protocol."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from llm_proxy.core.endpoints import StreamForm
from llm_proxy.records import FieldClass

Chunk: TypeAlias = dict[str, Any]
Channel: TypeAlias = tuple[object, ...]

EVERYTHING: Channel = ()

# What members are called that are told in pieces. Others, such as a role, come whole, and with every event again.
_TOLD = re.compile("content|text|reason|think|thought|refusal|transcript|summary|stdout|stderr")
_UNREADABLE = re.compile("encrypted|signature|finish|context")
# Of the others, those that clients do not add up; a member that nobody knows may be a text.
_LABELS = re.compile(
    r"(?:\A|_)(?:ids?|type|role|name|object|status|model|format|index|ur[il]|data|reason|at|time|timestamp)\Z"
    "|encrypted|signature|obfuscation|b64"
)
_BLOCK_TEXTS: Mapping[str, FieldClass] = {"text": "A", "partial_json": "B", "thinking": "H"}  # thinking gets signed
_IN_A_ROW: frozenset[FieldClass] = frozenset({"A", "H"})
_READ_ON = re.compile(r"response\.(?:output_text|refusal|reasoning)|ping\Z|content_block_stop\Z").match
_TYPES_OF_TEXTS = frozenset(
    {
        *("text", "thinking", "text_delta", "thinking_delta", "signature_delta", "citations_delta"),
        *("message", "reasoning", "output_text", "refusal", "summary_text", "reasoning_text"),
    }
)
_MOST_STEPS = 12
_REPEAT = ("done",)
_LABEL = "label"  # the names and the id of a call stand below it: they end where the arguments begin
_JSON_CALLS = {
    "function_call_arguments": "arguments",
    "mcp_call_arguments": "arguments",
    "custom_tool_call_input": "input",
}
_ENDS_OF_RESPONSES = frozenset({"response.completed", "response.incomplete", "response.failed", "error"})


class Piece(NamedTuple):
    """A part of a text. It stands in ``holder[name]``; ``channel`` tells texts apart that arrive side by side.

    ``speller`` is the object whose ``logprobs`` spell the part out.
    """

    channel: Channel
    holder: Chunk
    name: str
    kind: FieldClass
    place: str
    speller: Chunk | None = None
    is_loose: bool = False  # its member is one that nobody knows

    @property
    def text(self) -> str:
        """What the part says."""
        text: str = self.holder[self.name]
        return text

    @property
    def is_label(self) -> bool:
        """Whether it is of a name or an id, which clients want whole and once."""
        return self.kind == "D"

    @property
    def is_repeat(self) -> bool:
        """Whether it tells the whole of a text again, so that nothing goes on with it."""
        return self.channel[3:4] == _REPEAT


class Reading(NamedTuple):
    """What one event carries: its pieces, then the beginnings of the channels that end with it."""

    pieces: list[Piece]
    ended: list[Channel]


def read(form: StreamForm, chunk: object) -> Reading:
    """Read one event's JSON."""
    reader = _READERS.get(form)
    return Reading([], []) if reader is None or not isinstance(chunk, dict) else reader(chunk)


def _chat(chunk: Chunk) -> Reading:
    reading = Reading([], [])
    for choice in _dicts(chunk.get("choices")):
        number = _number(choice)
        delta = choice.get("delta")
        if isinstance(delta, dict):
            pieces = [*_delta(delta, choice, number)]
            reading.pieces.extend(pieces)
            reading.ended.extend((*each.channel[:-1], _LABEL) for each in pieces if each.kind == "B" and each.text)
        if isinstance(choice.get("text"), str):
            reading.pieces.append(Piece((number, "text"), choice, "text", "A", f"choices[{number}].text", choice))
    if chunk.get("error"):
        reading.ended.append(EVERYTHING)
    return reading


@lru_cache(maxsize=1024)
def _is_told(name: str) -> bool:
    """Say whether a member of this name is told in pieces: each provider has its own for what a model thinks."""
    return _TOLD.search(name) is not None and _UNREADABLE.search(name) is None


@lru_cache(maxsize=1024)
def _is_loose(name: str) -> bool:
    """Say whether nobody knows a member of this name, so that it may be told in pieces or whole."""
    return not _is_told(name) and _LABELS.search(name) is None


def _may_be_told(name: str) -> bool:
    return _is_told(name) or _is_loose(name)


def _delta(delta: Chunk, choice: Chunk, number: int) -> Iterator[Piece]:
    place = f"choices[{number}].delta"
    for name, value in delta.items():
        if isinstance(value, str) and _may_be_told(name):
            yield Piece((number, name), delta, name, "A", f"{place}.{name}", choice, _is_loose(name))
        elif name == "tool_calls":
            yield from _tools(value, (number, name), f"{place}.{name}")
        elif name == "function_call":
            yield from _label(value, "name", (number, name), f"{place}.{name}")
            yield from _calls(value, "arguments", (number, name), f"{place}.{name}")
        elif isinstance(value, dict | list):
            yield from _deeper(value, (number, name), f"{place}.{name}")


def _tools(value: object, channel: Channel, place: str) -> Iterator[Piece]:
    for index, call in enumerate(_dicts(value)):
        here, at = (*channel, _number(call, index)), f"{place}[{_number(call, index)}]"
        yield from _label(call, "id", here, at)
        for kind, member in (("function", "arguments"), ("custom", "input")):
            yield from _label(call.get(kind), "name", here, f"{at}.{kind}")
            yield from _calls(call.get(kind), member, here, f"{at}.{kind}")


def _deeper(value: object, channel: Channel, place: str) -> Iterator[Piece]:
    for index, part in enumerate(_dicts(value)):
        here = (*channel, _number(part, index))
        for name, inner in part.items():
            if isinstance(inner, str) and _is_told(name):
                yield Piece((*here, name), part, name, "A", place)
            elif isinstance(inner, dict | list) and len(here) < _MOST_STEPS:
                yield from _deeper(inner, (*here, name), place)


def _label(holder: object, name: str, channel: Channel, place: str) -> Iterator[Piece]:
    """Yield what a call is known by: clients add up its fragments as those of a text."""
    if isinstance(holder, dict) and isinstance(holder.get(name), str):
        yield Piece((*channel, _LABEL, name), holder, name, "D", f"{place}.{name}")


def _calls(holder: object, name: str, channel: Channel, place: str) -> Iterator[Piece]:
    if isinstance(holder, dict) and isinstance(holder.get(name), str):
        yield Piece((*channel, name), holder, name, "B", f"{place}.{name}")


def _responses(chunk: Chunk) -> Reading:
    kind = chunk.get("type")
    if not isinstance(kind, str):
        return Reading([], [])
    if kind in _ENDS_OF_RESPONSES:
        return Reading([], [EVERYTHING])
    item = _number(chunk, name="output_index")
    part = _number(chunk, _number(chunk, name="summary_index"), "content_index")
    text, _, what = kind.removeprefix("response.").rpartition(".")
    if what == "delta" and text != "audio":
        form: FieldClass = "B" if text in _JSON_CALLS else "A"
        delta = chunk.get("delta")
        holder, names = (delta, [*filter(_may_be_told, delta)]) if isinstance(delta, dict) else (chunk, ["delta"])
        told = [(name, holder is delta and _is_loose(name)) for name in names if isinstance(holder.get(name), str)]
        place = f"output[{item}].{text}"
        return Reading([Piece((item, part, text, at), holder, at, form, place, chunk, loose) for at, loose in told], [])
    if what != "done":
        return Reading([], [])
    ended = {"output_item": (item,), "content_part": (item, part), "reasoning_summary_part": (item, part)}
    repeated = _calls(chunk, _JSON_CALLS.get(text, ""), (item, part, text, what), f"output[{item}].{text}")
    return Reading(list(repeated), [ended.get(text, (item, part, text))])


def _messages(chunk: Chunk) -> Reading:
    kind, number = chunk.get("type"), _number(chunk)
    if kind in {"message_delta", "message_stop", "error"}:
        return Reading([], [EVERYTHING])
    if kind == "content_block_stop":
        return Reading([], [(number,)])
    holder = chunk.get({"content_block_delta": "delta", "content_block_start": "content_block"}.get(str(kind), ""))
    if not isinstance(holder, dict):
        return Reading([], [])
    pieces = [
        Piece((number, name), holder, name, _BLOCK_TEXTS.get(name, "A"), f"content[{number}].{name}", None, loose)
        for name, value in holder.items()
        for loose in (name not in _BLOCK_TEXTS and _is_loose(name),)
        if isinstance(value, str) and (name in _BLOCK_TEXTS or (_may_be_told(name) and kind == "content_block_delta"))
    ]
    return Reading(pieces, [])


def reads_on(piece: Piece, form: StreamForm) -> Channel | None:
    """Return the message that a text is a part of, when clients read it in a row with those before; else None."""
    if piece.kind not in _IN_A_ROW or form not in {"messages", "responses"}:
        return None
    return piece.channel[:1] if form == "responses" else EVERYTHING


def leads_on(chunk: object) -> bool:
    """Say whether an event tells nothing but text that may be read in a row, or where such a text begins or ends."""
    if not isinstance(chunk, dict):
        return False
    holders = (chunk.get(name) for name in ("content_block", "delta", "item", "part"))
    types = [str(holder.get("type")) for holder in holders if isinstance(holder, dict)]
    return types[0] in _TYPES_OF_TEXTS if types else _READ_ON(str(chunk.get("type"))) is not None


def is_closing(chunk: object) -> bool:
    """Say whether an event of a chat tells why a choice has ended. It is no end: some tell it with every event."""
    return isinstance(chunk, dict) and any(choice.get("finish_reason") for choice in _dicts(chunk.get("choices")))


@contextmanager
def unclosed(chunk: Chunk) -> Iterator[None]:
    """Leave out for a while why the choices of a chat have ended: some clients read nothing behind that."""
    told = [(choice, choice["finish_reason"]) for choice in _dicts(chunk.get("choices")) if choice.get("finish_reason")]
    for choice, _ in told:
        choice["finish_reason"] = None
    try:
        yield
    finally:
        for choice, reason in told:
            choice["finish_reason"] = reason


def leave_pieces(chunk: Chunk, pieces: Collection[Piece]) -> None:
    """Leave nothing but these pieces in the deltas of a chat: clients add up the role that they hold, and more."""
    kept = {(id(piece.holder), piece.name) for piece in pieces}
    holders = [choice["delta"] for choice in _dicts(chunk.get("choices")) if isinstance(choice.get("delta"), dict)]
    for holder in holders:  # it grows
        for name, value in list(holder.items()):
            if isinstance(value, dict | list):
                holders += _dicts(value)
            elif name != "index" and (id(holder), name) not in kept:
                del holder[name]


_READERS: Mapping[StreamForm, Callable[[Chunk], Reading]] = {
    "chat": _chat,
    "completions": _chat,
    "responses": _responses,
    "messages": _messages,
}


def _dicts(value: object) -> list[Chunk]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, dict)]


def _number(holder: Chunk, otherwise: int = 0, name: str = "index") -> int:
    number = holder.get(name)
    return number if isinstance(number, int) else otherwise
