"""Where a stream's events carry pieces of longer texts, and which events end such texts: one reader a protocol."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from llm_proxy.core.endpoints import StreamForm
from llm_proxy.records import FieldClass

Chunk: TypeAlias = dict[str, Any]
Channel: TypeAlias = tuple[object, ...]

EVERYTHING: Channel = ()

_CHAT_TEXTS = ("content", "refusal", "reasoning_content", "reasoning")
_BLOCK_TEXTS: Mapping[str, FieldClass] = {"text": "A", "partial_json": "B", "thinking": "H"}  # thinking gets signed
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

    @property
    def text(self) -> str:
        """What the part says."""
        text: str = self.holder[self.name]
        return text


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
            reading.pieces.extend(_delta(delta, choice, number))
        reading.pieces.extend(_pieces(choice, ("text",), (number,), f"choices[{number}]", choice))
        if choice.get("finish_reason"):
            reading.ended.append((number,))
    return reading


def _delta(delta: Chunk, choice: Chunk, number: int) -> Iterator[Piece]:
    place = f"choices[{number}].delta"
    yield from _pieces(delta, _CHAT_TEXTS, (number,), place, choice)
    for index, call in enumerate(_dicts(delta.get("tool_calls"))):
        at = _number(call, index)
        for name, member in (("function", "arguments"), ("custom", "input")):
            yield from _calls(call.get(name), member, (number, "tool_calls", at), f"{place}.tool_calls[{at}].{name}")
    yield from _calls(delta.get("function_call"), "arguments", (number, "function_call"), f"{place}.function_call")
    for name, members in (("audio", ("transcript",)), ("reasoning_details", ("text", "summary"))):
        for index, part in enumerate(_dicts(delta.get(name))):
            yield from _pieces(part, members, (number, name, _number(part, index)), f"{place}.{name}", None)


def _calls(holder: object, name: str, channel: Channel, place: str) -> Iterator[Piece]:
    if isinstance(holder, dict) and isinstance(holder.get(name), str):
        yield Piece((*channel, name), holder, name, "B", f"{place}.{name}")


def _pieces(
    holder: Chunk, names: tuple[str, ...], channel: Channel, place: str, speller: Chunk | None
) -> Iterator[Piece]:
    for name in names:
        if isinstance(holder.get(name), str):
            yield Piece((*channel, name), holder, name, "A", f"{place}.{name}", speller)


def _responses(chunk: Chunk) -> Reading:
    kind = chunk.get("type")
    if not isinstance(kind, str):
        return Reading([], [])
    if kind in _ENDS_OF_RESPONSES:
        return Reading([], [EVERYTHING])
    item = _number(chunk, name="output_index")
    part = _number(chunk, _number(chunk, name="summary_index"), "content_index")
    text, _, what = kind.removeprefix("response.").rpartition(".")
    if what == "delta" and isinstance(chunk.get("delta"), str) and text != "audio":
        form: FieldClass = "B" if text in _JSON_CALLS else "A"
        return Reading([Piece((item, part, text), chunk, "delta", form, f"output[{item}].{text}", chunk)], [])
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
        Piece((number, name), holder, name, form, f"content[{number}].{name}")
        for name, form in _BLOCK_TEXTS.items()
        if isinstance(holder.get(name), str)
    ]
    return Reading(pieces, [])


def leave_pieces(chunk: Chunk, pieces: Collection[Piece]) -> None:
    """Leave nothing but pieces in the deltas of a chat: clients add up the role, the names and ids that they hold."""
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
