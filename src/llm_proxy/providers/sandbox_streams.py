"""The forms a sandbox answer takes as a stream: OpenAI's and Anthropic's events (their public API references)."""

from collections.abc import Callable, Iterator

import orjson

from llm_proxy.core.endpoints import StreamForm
from llm_proxy.core.sse import render
from llm_proxy.providers import sandbox_shapes as shapes
from llm_proxy.providers.sandbox_shapes import Answer, Json


def _data(chunk: Json) -> bytes:
    return render(orjson.dumps(chunk))


def _named(chunk: Json) -> bytes:
    return render(orjson.dumps(chunk), chunk["type"].encode())


def _stream_chat(answer: Answer) -> Iterator[bytes]:
    head: Json = {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion.chunk",
        "created": answer.created,
        "model": answer.model,
    }
    deltas: list[Json] = [{"content": word} for word in answer.words]
    if answer.tool:
        opening = shapes.chat_call(answer) | {"index": 0, "function": {"name": answer.tool, "arguments": ""}}
        pieces = shapes.WORD.findall(answer.arguments)
        deltas = [{"tool_calls": [opening]}]
        deltas += [{"tool_calls": [{"index": 0, "function": {"arguments": piece}}]} for piece in pieces]
    for delta in [{"role": "assistant", "content": "" if answer.tool is None else None}, *deltas]:
        yield _data({**head, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]})
    yield _data(
        {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls" if answer.tool else "stop"}]}
    )
    if answer.asked_usage and answer.tells_usage:
        yield _data({**head, "choices": [], "usage": shapes.chat_usage(answer)})
    yield render(b"[DONE]")


def _stream_completions(answer: Answer) -> Iterator[bytes]:
    head: Json = {
        "id": f"cmpl-{answer.id}",
        "object": "text_completion",
        "created": answer.created,
        "model": answer.model,
    }
    for word in answer.words:
        yield _data({**head, "choices": [{"index": 0, "text": word, "logprobs": None, "finish_reason": None}]})
    yield _data({**head, "choices": [{"index": 0, "text": "", "logprobs": None, "finish_reason": "stop"}]})
    if answer.asked_usage and answer.tells_usage:
        yield _data({**head, "choices": [], "usage": shapes.chat_usage(answer)})
    yield render(b"[DONE]")


def _stream_responses(answer: Answer) -> Iterator[bytes]:
    final, item = shapes.response(answer), shapes.response_output(answer)
    opened = {**final, "status": "in_progress", "output": [], "usage": None}
    place = {"item_id": item["id"], "output_index": 0}
    events: list[Json] = [{"type": "response.created", "response": opened}]
    if answer.tool:
        events.append({"type": "response.output_item.added", "output_index": 0, "item": {**item, "arguments": ""}})
        kind = "response.function_call_arguments"
        whole: Json = {"arguments": answer.arguments, "name": answer.tool}
        pieces = shapes.WORD.findall(answer.arguments)
    else:
        events.append({"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}})
        part = {"type": "output_text", "text": "", "annotations": []}
        place["content_index"] = 0
        events.append({"type": "response.content_part.added", **place, "part": part})
        kind, pieces = "response.output_text", answer.words
        whole = {"text": answer.text, "logprobs": []}
    logprobs: Json = {} if answer.tool else {"logprobs": []}
    events += [{"type": f"{kind}.delta", **place, "delta": piece, **logprobs} for piece in pieces]
    events.append({"type": f"{kind}.done", **place, **whole})
    if not answer.tool:
        events.append({"type": "response.content_part.done", **place, "part": item["content"][0]})
    events.append({"type": "response.output_item.done", "output_index": 0, "item": item})
    events.append({"type": "response.completed", "response": final})
    for number, event in enumerate(events):
        yield _named({**event, "sequence_number": number})


def _stream_messages(answer: Answer) -> Iterator[bytes]:
    whole = shapes.message(answer)
    usage = {"input_tokens": answer.prompt_tokens, "output_tokens": 1}
    opened = {**whole, "content": [], "stop_reason": None, "usage": usage}
    yield _named({"type": "message_start", "message": opened})
    block: Json = {"type": "text", "text": ""}
    deltas: list[Json] = [{"type": "text_delta", "text": word} for word in answer.words]
    if answer.tool:
        block = {**whole["content"][0], "input": {}}
        deltas = [
            {"type": "input_json_delta", "partial_json": piece} for piece in shapes.WORD.findall(answer.arguments)
        ]
    yield _named({"type": "content_block_start", "index": 0, "content_block": block})
    for delta in deltas:
        yield _named({"type": "content_block_delta", "index": 0, "delta": delta})
    yield _named({"type": "content_block_stop", "index": 0})
    stop = {"stop_reason": whole["stop_reason"], "stop_sequence": None}
    yield _named({"type": "message_delta", "delta": stop, "usage": {"output_tokens": answer.completion_tokens}})
    yield _named({"type": "message_stop"})


def _stream_images(answer: Answer) -> Iterator[bytes]:
    done = {"type": "image_generation.completed", "b64_json": shapes.ONE_PIXEL_PNG, "created_at": answer.created}
    usage = {**shapes.in_out_usage(answer), "output_tokens": 1, "total_tokens": answer.prompt_tokens + 1}
    yield _named(shapes.with_usage(answer, done, usage))


STREAMS: dict[StreamForm, Callable[[Answer], Iterator[bytes]]] = {
    "chat": _stream_chat,
    "completions": _stream_completions,
    "responses": _stream_responses,
    "messages": _stream_messages,
    "images": _stream_images,
}
