"""What MOCK says unless a test scripts it: OpenAI- and Anthropic-shaped answers with exact usage, also streamed."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from tests.mock_upstream import Received, Script, Step, Then

WORDS = ("Hello", " from", " MOCK", ".")
PROMPT, COMPLETION, CACHED, REASONING = 11, 7, 3, 2
CHAT_USAGE = {
    "prompt_tokens": PROMPT,
    "completion_tokens": COMPLETION,
    "total_tokens": PROMPT + COMPLETION,
    "prompt_tokens_details": {"cached_tokens": CACHED},
    "completion_tokens_details": {"reasoning_tokens": REASONING},
}
RESPONSES_USAGE = {
    "input_tokens": PROMPT,
    "output_tokens": COMPLETION,
    "total_tokens": PROMPT + COMPLETION,
    "input_tokens_details": {"cached_tokens": CACHED},
    "output_tokens_details": {"reasoning_tokens": REASONING},
}
AUDIO = b"ID3\x04" + bytes(range(256)) * 8
TOOL_CALL = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bern"}'}}

Headers = Sequence[tuple[str, str]]


def head(status: int, headers: Headers) -> bytes:
    """Return a response head; header texts go out as they are, malformed ones too."""
    fields = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {status} Status\r\n{fields}\r\n".encode("latin-1")


def answer(body: bytes, status: int = 200, headers: Headers = (), content_type: str = "application/json") -> list[Step]:
    """Return a whole answer with its length."""
    told = [("Content-Type", content_type)] if content_type else []
    return [head(status, [*told, ("Content-Length", str(len(body))), *headers]) + body]


def json_answer(payload: object, status: int = 200, headers: Headers = ()) -> list[Step]:
    """Return a JSON answer."""
    return answer(json.dumps(payload).encode(), status, headers)


def error_answer(status: int, message: str = "The model is tired.", headers: Headers = ()) -> list[Step]:
    """Return an error in OpenAI's shape."""
    error = {"message": message, "type": "upstream_kind", "param": None, "code": "upstream_code"}
    return json_answer({"error": error}, status, headers)


def chunk(part: bytes) -> bytes:
    """Return one chunk of a chunked body."""
    return b"%x\r\n%s\r\n" % (len(part), part)


def chunked(parts: Iterable[Step], headers: Headers = (), content_type: str = "text/event-stream") -> list[Step]:
    """Return a chunked answer: each bytes part is a chunk of its own, other steps stay what they are."""
    opening = head(200, [("Content-Type", content_type), ("Transfer-Encoding", "chunked"), *headers])
    return [opening, *(chunk(part) if isinstance(part, bytes) else part for part in parts), b"0\r\n\r\n"]


def unfinished(parts: Iterable[Step], ending: Then, content_type: str = "text/event-stream") -> list[Step]:
    """Return a chunked answer that never says it is complete, and then stalls, closes or resets."""
    return [*chunked(parts, content_type=content_type)[:-1], 0.05, ending]


def event(payload: object, name: str = "") -> bytes:
    """Return one server-sent event with a JSON (or ready-made bytes) payload."""
    data = payload if isinstance(payload, bytes) else json.dumps(payload, ensure_ascii=False).encode()
    return (f"event: {name}\n".encode() if name else b"") + b"data: " + data + b"\n\n"


DONE = event(b"[DONE]")


def chat_chunk(delta: dict[str, Any] | None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """Return one chat chunk; ``delta=None`` is the usage chunk's empty list of choices."""
    choices = [] if delta is None else [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "mock-1",
        "choices": choices,
    } | more


def chat_events(words: Sequence[str] = WORDS, usage: dict[str, Any] | None = None) -> list[bytes]:
    """Return the events of a whole chat stream; with ``usage`` the last chunk tells it."""
    events = [event(chat_chunk({"role": "assistant", "content": ""}))]
    events += [event(chat_chunk({"content": word})) for word in words]
    events.append(event(chat_chunk({}, "stop")))
    if usage is not None:
        events.append(event(chat_chunk(None, usage=usage)))
    return [*events, DONE]


def tool_events(usage: dict[str, Any] | None = None) -> list[bytes]:
    """Return the events of a stream that calls a tool, its arguments in pieces."""
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
    pieces = [{"index": 0, "function": {"arguments": piece}} for piece in ('{"ci', 'ty": "Be', 'rn"}')]
    events = [event(chat_chunk({"tool_calls": [delta]})) for delta in [first, *pieces]]
    events.append(event(chat_chunk({}, "tool_calls")))
    if usage is not None:
        events.append(event(chat_chunk(None, usage=usage)))
    return [*events, DONE]


def chat(body: dict[str, Any]) -> Script:
    """Answer ``chat/completions``: a tool call when tools were offered, else four words."""
    if body.get("stream"):
        usage = CHAT_USAGE if (body.get("stream_options") or {}).get("include_usage") else None
        return chunked(tool_events(usage) if body.get("tools") else chat_events(usage=usage))
    message: dict[str, Any] = {"role": "assistant", "content": "".join(WORDS), "refusal": None}
    if body.get("tools"):
        message = {"role": "assistant", "content": None, "tool_calls": [TOOL_CALL]}
    finish = "tool_calls" if body.get("tools") else "stop"
    choice = {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
    reply = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "mock-1", "choices": [choice]}
    return json_answer(reply | {"usage": CHAT_USAGE})


def completion_object(text: str, finish: str | None, **more: Any) -> dict[str, Any]:
    """Return the legacy completion object, whole or as a chunk."""
    choice = {"index": 0, "text": text, "finish_reason": finish, "logprobs": None}
    base = {"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "mock-1"}
    return base | {"choices": [choice]} | more


def completion_events(usage: dict[str, Any] | None = None) -> list[bytes]:
    """Return the events of a whole stream of ``completions``."""
    events = [event(completion_object(word, None)) for word in WORDS]
    events.append(event(completion_object("", "stop")))
    if usage is not None:
        events.append(event(completion_object("", None, choices=[], usage=usage)))
    return [*events, DONE]


def completions(body: dict[str, Any]) -> Script:
    """Answer ``completions``."""
    if not body.get("stream"):
        return json_answer(completion_object("".join(WORDS), "stop", usage=CHAT_USAGE))
    asked = (body.get("stream_options") or {}).get("include_usage")
    return chunked(completion_events(CHAT_USAGE if asked else None))


def embeddings(body: dict[str, Any]) -> Script:
    """Answer ``embeddings``: usage has no completion side."""
    row = {
        "object": "embedding",
        "index": 0,
        "embedding": [0.1, 0.2, 0.3] if body.get("encoding_format") != "base64" else "zczMPQ==",
    }
    usage = {"prompt_tokens": PROMPT, "total_tokens": PROMPT}
    return json_answer({"object": "list", "data": [row], "model": "mock-1", "usage": usage})


def response_object(status: str, text: str) -> dict[str, Any]:
    """Return the Responses API's object."""
    part = {"type": "output_text", "text": text, "annotations": []}
    item = {"id": "msg_1", "type": "message", "status": status, "role": "assistant", "content": [part]}
    base = {"id": "resp_1", "object": "response", "created_at": 1, "model": "mock-1", "status": status, "error": None}
    usage = RESPONSES_USAGE if status == "completed" else None
    more = {"parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "metadata": {}, "instructions": None}
    return base | more | {"output": [item] if text else [], "usage": usage, "temperature": 1.0, "top_p": 1.0}


def response_events(words: Sequence[str] = WORDS) -> list[bytes]:
    """Return the events of a whole Responses stream."""
    rows: list[tuple[str, dict[str, Any]]] = [("response.created", {"response": response_object("in_progress", "")})]
    item = {"id": "msg_1", "type": "message", "status": "in_progress", "role": "assistant", "content": []}
    rows.append(("response.output_item.added", {"output_index": 0, "item": item}))
    part = {"type": "output_text", "text": "", "annotations": []}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    rows.append(("response.content_part.added", place | {"part": part}))
    rows += [("response.output_text.delta", place | {"delta": word, "logprobs": []}) for word in words]
    rows.append(("response.output_text.done", place | {"text": "".join(words), "logprobs": []}))
    rows.append(("response.completed", {"response": response_object("completed", "".join(words))}))
    return [event({"type": name, "sequence_number": n} | data, name) for n, (name, data) in enumerate(rows)]


def responses(body: dict[str, Any]) -> Script:
    """Answer ``responses``."""
    return (
        chunked(response_events()) if body.get("stream") else json_answer(response_object("completed", "".join(WORDS)))
    )


def message_object(text: str, output_tokens: int, stop: str | None) -> dict[str, Any]:
    """Return Anthropic's message; its input tokens do not include the cached ones, so the parts make PROMPT."""
    usage = {"input_tokens": PROMPT - CACHED, "cache_read_input_tokens": CACHED, "output_tokens": output_tokens}
    content = [{"type": "text", "text": text}] if text else []
    base = {"id": "msg_1", "type": "message", "role": "assistant", "model": "mock-1", "content": content}
    return base | {"stop_reason": stop, "stop_sequence": None, "usage": usage | {"cache_creation_input_tokens": 0}}


def message_events(words: Sequence[str] = WORDS) -> list[bytes]:
    """Return the events of a whole Anthropic stream: input tokens in the first, output tokens in the last but one."""
    rows: list[tuple[str, dict[str, Any]]] = [
        ("message_start", {"message": message_object("", 1, None)}),
        ("content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}),
        *(("content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": word}}) for word in words),
        ("content_block_stop", {"index": 0}),
        (
            "message_delta",
            {"delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": {"output_tokens": COMPLETION}},
        ),
        ("message_stop", {}),
    ]
    return [event({"type": name} | data, name) for name, data in rows]


def messages(body: dict[str, Any]) -> Script:
    """Answer Anthropic's ``messages``."""
    return (
        chunked(message_events())
        if body.get("stream")
        else json_answer(message_object("".join(WORDS), COMPLETION, "end_turn"))
    )


def moderations(_body: dict[str, Any]) -> Script:
    """Answer ``moderations``."""
    row = {"flagged": False, "categories": {"hate": False}, "category_scores": {"hate": 0.01}}
    return json_answer({"id": "modr-1", "model": "mock-1", "results": [row]})


def images(_body: dict[str, Any]) -> Script:
    """Answer ``images/generations``."""
    usage = {"input_tokens": PROMPT, "output_tokens": COMPLETION, "total_tokens": PROMPT + COMPLETION}
    return json_answer({"created": 1, "data": [{"b64_json": "iVBORw0KGgo="}], "usage": usage})


def speech(_body: dict[str, Any]) -> Script:
    """Answer ``audio/speech`` with bytes that are no text."""
    return answer(AUDIO, content_type="audio/mpeg")


MODELS = {"object": "list", "data": [{"id": "mock-1", "object": "model", "created": 1, "owned_by": "mock"}]}
BY_PATH = {
    "chat/completions": chat,
    "completions": completions,
    "embeddings": embeddings,
    "responses": responses,
    "messages": messages,
    "moderations": moderations,
    "images/generations": images,
    "audio/speech": speech,
}


def sensible(request: Received) -> Script:
    """Answer as a provider would: by the path below ``/v1/``."""
    name = request.target.partition("/v1/")[2].partition("?")[0]
    if name == "models":
        return json_answer(MODELS)
    if name not in BY_PATH:
        return error_answer(404, "No such path at MOCK.")
    return BY_PATH[name](json.loads(request.body))
