"""MOCK as a model that repeats what it was told: in its words and in the arguments of a tool, whole or in fragments."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests import mock_answers as say
from tests.mock_upstream import Received, Script

Words = Callable[[str], str]


def told(body: dict[str, Any]) -> str:
    """Return what the user said last, in any protocol."""
    items = body.get("messages") or body.get("input") or body["prompt"]
    if isinstance(items, str):
        return items
    content = [item["content"] for item in items if item.get("role") == "user"][-1]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def echo(size: int = 3, words: Words = str) -> Callable[[Received], Script]:
    """Return a model whose fragments have ``size`` characters and which says ``words`` of what it was told."""

    def answer(request: Received) -> Script:
        body = json.loads(request.body)
        said = words(told(body))
        arguments = json.dumps({"text": said, "nested": json.dumps({"again": said})})
        make = MAKERS[request.target.partition("/v1/")[2]]
        whole, events = make(said, arguments, size)
        return say.chunked(events) if body.get("stream") else say.json_answer(whole)

    return answer


def pieces(text: str, size: int) -> list[str]:
    """Cut a text into fragments."""
    return [text[at : at + size] for at in range(0, len(text), size)]


Made = tuple[dict[str, Any], list[bytes]]


def _chat(said: str, arguments: str, size: int) -> Made:
    call = {"id": "call_1", "type": "function", "function": {"name": "note", "arguments": arguments}}
    message = {"role": "assistant", "content": said, "refusal": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls", "logprobs": None}
    whole = {"id": "c-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}
    first = {"index": 0, **call, "function": {"name": "note", "arguments": ""}}
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": piece} for piece in pieces(said, size)]
    deltas.append({"tool_calls": [first]})
    deltas += [{"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces(arguments, size)]
    chunks = [say.chat_chunk(delta) for delta in deltas]
    return whole, [*map(say.event, [*chunks, say.chat_chunk({}, "tool_calls")]), say.DONE]


def _completions(said: str, _arguments: str, size: int) -> Made:
    chunks = [say.completion_object(piece, None) for piece in pieces(said, size)]
    events = [*map(say.event, [*chunks, say.completion_object("", "stop")]), say.DONE]
    return say.completion_object(said, "stop", usage=say.CHAT_USAGE), events


def _responses(said: str, arguments: str, size: int) -> Made:
    whole = say.response_object("completed", said)
    call = {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "note", "status": "completed"}
    whole["output"].append(call | {"arguments": arguments})
    whole["id"] = f"resp_{len(said)}"
    message = whole["output"][0]
    opened = say.response_object("in_progress", "") | {"id": whole["id"]}
    text = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    tool = {"item_id": "fc_1", "output_index": 1}
    rows: list[tuple[str, dict[str, Any]]] = [("response.created", {"response": opened})]
    rows.append(("response.output_item.added", {"output_index": 0, "item": message | {"content": []}}))
    rows.append(
        ("response.content_part.added", text | {"part": {"type": "output_text", "text": "", "annotations": []}})
    )
    rows += [("response.output_text.delta", text | {"delta": piece, "logprobs": []}) for piece in pieces(said, size)]
    rows.append(("response.output_text.done", text | {"text": said, "logprobs": []}))
    rows.append(("response.content_part.done", text | {"part": message["content"][0]}))
    rows.append(("response.output_item.done", {"output_index": 0, "item": message}))
    rows.append(("response.output_item.added", {"output_index": 1, "item": call | {"arguments": ""}}))
    rows += [("response.function_call_arguments.delta", tool | {"delta": piece}) for piece in pieces(arguments, size)]
    rows.append(("response.function_call_arguments.done", tool | {"arguments": arguments, "name": "note"}))
    rows.append(("response.output_item.done", {"output_index": 1, "item": whole["output"][1]}))
    rows.append(("response.completed", {"response": whole}))
    return whole, [say.event({"type": name, "sequence_number": n} | row, name) for n, (name, row) in enumerate(rows)]


def _messages(said: str, arguments: str, size: int) -> Made:
    whole = say.message_object(said, say.COMPLETION, "tool_use")
    call = {"type": "tool_use", "id": "toolu_1", "name": "note"}
    whole["content"].append(call | {"input": json.loads(arguments)})
    rows: list[tuple[str, dict[str, Any]]] = [("message_start", {"message": say.message_object("", 1, None)})]
    rows += _block(
        0, {"type": "text", "text": ""}, [{"type": "text_delta", "text": each} for each in pieces(said, size)]
    )
    deltas = [{"type": "input_json_delta", "partial_json": each} for each in ("", *pieces(arguments, size))]
    rows += _block(1, call | {"input": {}}, deltas)
    stop = {"stop_reason": "tool_use", "stop_sequence": None}
    rows.append(("message_delta", {"delta": stop, "usage": {"output_tokens": say.COMPLETION}}))
    rows.append(("message_stop", {}))
    return whole, [say.event({"type": name} | row, name) for name, row in rows]


def _block(index: int, block: dict[str, Any], deltas: Sequence[dict[str, Any]]) -> Iterable[tuple[str, dict[str, Any]]]:
    yield "content_block_start", {"index": index, "content_block": block}
    for delta in deltas:
        yield "content_block_delta", {"index": index, "delta": delta}
    yield "content_block_stop", {"index": index}


MAKERS: dict[str, Callable[[str, str, int], Made]] = {
    "chat/completions": _chat,
    "completions": _completions,
    "responses": _responses,
    "messages": _messages,
}
