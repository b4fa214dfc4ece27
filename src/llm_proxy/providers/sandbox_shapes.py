"""The forms a sandbox answer takes as a whole: OpenAI's and Anthropic's JSON (their public API references)."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from llm_proxy.core.endpoints import Endpoint

Json = dict[str, Any]

_TOKEN = re.compile(r"\w+|[^\w\s]")
WORD = re.compile(r"\S+\s*|\s+")
_DIMENSIONS = 8
ONE_PIXEL_PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
# 8 kHz, 8 bit, mono, 0.1 s of silence (RIFF WAVE).
SILENCE_WAV = (
    b"RIFF"
    + (36 + 800).to_bytes(4, "little")
    + b"WAVEfmt "
    + bytes([16, 0, 0, 0, 1, 0, 1, 0])
    + (8000).to_bytes(4, "little") * 2
    + bytes([1, 0, 8, 0])
    + b"data"
    + (800).to_bytes(4, "little")
    + b"\x80" * 800
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say, before it has a form."""

    id: str
    model: str
    created: int
    text: str
    prompt_tokens: int
    inputs: list[str]
    tool: str | None = None
    tells_usage: bool = True
    asked_usage: bool = False
    breaks: bool = False

    @property
    def arguments(self) -> str:
        """The arguments of a tool call: what was said, as JSON."""
        return orjson.dumps({"text": self.text}).decode()

    @property
    def completion_tokens(self) -> int:
        """Tokens of what is said."""
        return count_tokens(self.arguments if self.tool else self.text)

    @property
    def words(self) -> list[str]:
        """The text in the pieces it is streamed in; joined they are the text."""
        return WORD.findall(self.text)


def count_tokens(text: str) -> int:
    """Count words and marks."""
    return len(_TOKEN.findall(text))


def _strings(value: object) -> Iterator[str]:
    """Yield the texts of a prompt: strings, and ``text``/``content``/``input`` members at any depth."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
    elif isinstance(value, dict):
        for name in ("content", "text", "input", "output", "arguments"):
            yield from _strings(value.get(name))


def all_text(body: Json, endpoint: Endpoint) -> str:
    """Return the whole prompt as text."""
    return "\n".join(text for name in endpoint.prompt for text in _strings(body.get(name)))


def last_said(body: Json, endpoint: Endpoint) -> str:
    """Return the last user message, or the last text there is."""
    for name in ("messages", "input", "prompt"):
        value = body.get(name)
        turns = [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
        for turn in reversed(turns):
            if turn.get("role") == "user":
                return " ".join(_strings(turn))
    texts = list(_strings([body.get(name) for name in endpoint.prompt]))
    return texts[-1] if texts else ""


def inputs(body: Json) -> list[str]:
    """Return the inputs of an embedding or moderation, one for each result."""
    value = body.get("input", "")
    if isinstance(value, list) and value and not isinstance(value[0], int):
        return [orjson.dumps(each).decode() if not isinstance(each, str) else each for each in value]
    return [value if isinstance(value, str) else orjson.dumps(value).decode()]


def first_tool(body: Json) -> str | None:
    """Return the name of the first tool offered, in any of the three protocols' forms."""
    tools = body.get("tools")
    first = tools[0] if isinstance(tools, list) and tools and isinstance(tools[0], dict) else {}
    inner = first.get("function")
    name = (inner if isinstance(inner, dict) else first).get("name")
    return name if isinstance(name, str) else None


# --- usage ------------------------------------------------------------------------------------------------------------


def chat_usage(answer: Answer) -> Json:
    """Usage as chat, completions and embeddings tell it."""
    prompt, completion = answer.prompt_tokens, answer.completion_tokens
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def in_out_usage(answer: Answer) -> Json:
    """Usage as responses, images and Anthropic tell it."""
    return {"input_tokens": answer.prompt_tokens, "output_tokens": answer.completion_tokens}


def with_usage(answer: Answer, whole: Json, usage: Json) -> Json:
    """Add usage, unless the model was asked to keep it."""
    return {**whole, "usage": usage} if answer.tells_usage else whole


# --- whole answers ----------------------------------------------------------------------------------------------------


def models(names: dict[str, str], now_s: int) -> Json:
    """The list of models."""
    return {
        "object": "list",
        "data": [{"id": name, "object": "model", "created": now_s, "owned_by": "sandbox"} for name in names],
    }


def chat_call(answer: Answer) -> Json:
    """One tool call of a chat message."""
    return {
        "id": f"call_{answer.id}",
        "type": "function",
        "function": {"name": answer.tool, "arguments": answer.arguments},
    }


def _chat(answer: Answer) -> Json:
    message: Json = {"role": "assistant", "content": answer.text, "refusal": None}
    if answer.tool:
        message = {"role": "assistant", "content": None, "refusal": None, "tool_calls": [chat_call(answer)]}
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": "tool_calls" if answer.tool else "stop",
    }
    head = {
        "id": f"chatcmpl-{answer.id}",
        "object": "chat.completion",
        "created": answer.created,
        "model": answer.model,
    }
    return with_usage(answer, {**head, "choices": [choice]}, chat_usage(answer))


def _completion(answer: Answer) -> Json:
    choice = {"index": 0, "text": answer.text, "logprobs": None, "finish_reason": "stop"}
    head = {"id": f"cmpl-{answer.id}", "object": "text_completion", "created": answer.created, "model": answer.model}
    return with_usage(answer, {**head, "choices": [choice]}, chat_usage(answer))


def _vector(text: str) -> list[float]:
    """A unit-range vector drawn from the text, the same for the same text."""
    return [byte / 255 for byte in hashlib.sha256(text.encode()).digest()[:_DIMENSIONS]]


def _embeddings(answer: Answer) -> Json:
    data = [
        {"object": "embedding", "index": index, "embedding": _vector(text)} for index, text in enumerate(answer.inputs)
    ]
    usage = {"prompt_tokens": answer.prompt_tokens, "total_tokens": answer.prompt_tokens}
    return with_usage(answer, {"object": "list", "data": data, "model": answer.model}, usage)


def response_output(answer: Answer) -> Json:
    """The one output item of a response."""
    if answer.tool:
        call = {"id": f"fc_{answer.id}", "type": "function_call", "call_id": f"call_{answer.id}", "status": "completed"}
        return {**call, "name": answer.tool, "arguments": answer.arguments}
    part = {"type": "output_text", "text": answer.text, "annotations": []}
    return {"id": f"msg_{answer.id}", "type": "message", "role": "assistant", "status": "completed", "content": [part]}


def response(answer: Answer) -> Json:
    """A whole response."""
    usage = {
        **in_out_usage(answer),
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }
    head: Json = {"id": f"resp_{answer.id}", "object": "response", "created_at": answer.created, "model": answer.model}
    fixed: Json = {
        "status": "completed",
        "error": None,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    return with_usage(answer, {**head, **fixed, "output": [response_output(answer)]}, usage)


def message(answer: Answer) -> Json:
    """A whole Anthropic message."""
    block: Json = {"type": "text", "text": answer.text}
    if answer.tool:
        block = {"type": "tool_use", "id": f"toolu_{answer.id}", "name": answer.tool, "input": {"text": answer.text}}
    head = {"id": f"msg_{answer.id}", "type": "message", "role": "assistant", "model": answer.model, "content": [block]}
    stop = {"stop_reason": "tool_use" if answer.tool else "end_turn", "stop_sequence": None}
    return {**head, **stop, "usage": in_out_usage(answer)}


def _moderation(answer: Answer) -> Json:
    result = {"flagged": False, "categories": {}, "category_scores": {}}
    return {"id": f"modr-{answer.id}", "model": answer.model, "results": [result for _ in answer.inputs]}


def _images(answer: Answer) -> Json:
    usage = {**in_out_usage(answer), "output_tokens": 1, "total_tokens": answer.prompt_tokens + 1}
    return with_usage(answer, {"created": answer.created, "data": [{"b64_json": ONE_PIXEL_PNG}]}, usage)


WHOLE: dict[str, Callable[[Answer], Json]] = {
    "chat/completions": _chat,
    "completions": _completion,
    "embeddings": _embeddings,
    "responses": response,
    "messages": message,
    "moderations": _moderation,
    "images/generations": _images,
}
