"""Places where a request can carry text, for all endpoints: put a secret in each and see what becomes of it.

``SECRET`` is made of digits, so that one rule (``PATTERN``) also finds it where it stands as a number. Bodies hold an
image, unknown members and other texts besides, which must survive.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

SECRET = "4000123412341234"
PATTERN = "4000[0-9]{12}"
REPLACEMENT = "[card]"

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}", "detail": "low"}}
INPUT_IMAGE = {"type": "input_image", "image_url": f"data:image/png;base64,{PIXEL}"}
BASE64_IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}

Body = dict[str, Any]
Expected = Literal["replaced", "rejected"]


@dataclass(frozen=True)
class Placement:
    """One place. ``body(secret)`` is the request; ``expected`` is the outcome under a replace rule."""

    endpoint: str
    id: str
    body: Callable[[str], Body]
    expected: Expected

    @property
    def name(self) -> str:
        return f"{self.endpoint}: {self.id}"


def chat(*messages: Body, **members: Any) -> Body:
    return {
        "model": "m",
        "messages": [*messages, {"role": "user", "content": "and now?"}],
        "x_new": {"é": [1, 2.5]},
    } | members


def user(content: Any) -> Body:
    return {"role": "user", "content": content}


def call(function: Body) -> Body:
    calls = [{"id": "call_1", "type": "function", "function": {"name": "pay", "arguments": "{}"} | function}]
    return {"role": "assistant", "content": None, "tool_calls": calls}


def function_tool(**members: Any) -> Body:
    function = {"name": "pay", "description": "Pays.", "parameters": {"type": "object", "properties": {}}} | members
    return {"tools": [{"type": "function", "function": function}]}


def schema(**members: Any) -> Body:
    return {"type": "object", "properties": {"card": {"type": "string"} | members}}


def responses(*items: Body, **members: Any) -> Body:
    return {"model": "m", "input": [*items, {"role": "user", "content": [INPUT_IMAGE]}], "x_new": [True]} | members


def anthropic(*blocks: Body, role: str = "user", **members: Any) -> Body:
    messages = [{"role": role, "content": [*blocks, BASE64_IMAGE]}, user("and now?")]
    return {"model": "m", "max_tokens": 9, "messages": messages} | members


def arguments(value: Any) -> str:
    return json.dumps({"note": 'a "quoted" é', "card": value})


def broken(secret: str) -> str:
    """JSON that breaks off."""
    return (escaped(secret) if secret == SECRET else json.dumps({"card": secret}))[:-1]


def escaped(secret: str) -> str:
    """JSON in which each digit of the secret is an escape."""
    digits = (f"\\u{ord(each):04x}" if each.isdigit() else each for each in secret)
    return '{"card": "' + "".join(digits) + '"}'


def _chat() -> list[Placement]:
    say = "Pay with {}, please.".format
    rows: list[tuple[str, Expected, Callable[[str], Body]]] = [
        ("system message", "replaced", lambda s: chat({"role": "system", "content": say(s)})),
        ("developer message", "replaced", lambda s: chat({"role": "developer", "content": say(s)})),
        ("user message", "replaced", lambda s: chat(user(say(s)))),
        ("assistant message", "replaced", lambda s: chat({"role": "assistant", "content": say(s)})),
        ("assistant with null tool calls", "replaced", lambda s: chat(user(say(s)) | {"tool_calls": None})),
        ("tool result", "replaced", lambda s: chat({"role": "tool", "tool_call_id": "c", "content": say(s)})),
        ("function result", "replaced", lambda s: chat({"role": "function", "name": "f", "content": say(s)})),
        (
            "text part beside an image",
            "replaced",
            lambda s: chat(user([IMAGE, {"type": "text", "text": say(s)}, IMAGE])),
        ),
        (
            "tool result in parts",
            "replaced",
            lambda s: chat({"role": "tool", "content": [{"type": "text", "text": say(s)}]}),
        ),
        ("refusal", "replaced", lambda s: chat({"role": "assistant", "refusal": say(s)})),
        ("reasoning", "replaced", lambda s: chat({"role": "assistant", "reasoning_content": say(s)})),
        (
            "image address",
            "replaced",
            lambda s: chat(user([{"type": "image_url", "image_url": {"url": f"https://h/?k={s}"}}])),
        ),
        ("image data", "rejected", lambda s: chat(user([{"type": "image_url", "image_url": {"url": f"data:,{s}"}}]))),
        (
            "audio data",
            "rejected",
            lambda s: chat(user([{"type": "input_audio", "input_audio": {"data": s, "format": "wav"}}])),
        ),
        ("file data", "rejected", lambda s: chat(user([{"type": "file", "file": {"file_data": say(s)}}]))),
        ("file name", "rejected", lambda s: chat(user([{"type": "file", "file": {"filename": f"{s}.txt"}}]))),
        ("name of a speaker", "rejected", lambda s: chat(user("x") | {"name": s})),
        ("tool arguments", "replaced", lambda s: chat(call({"arguments": arguments(say(s))}))),
        ("tool arguments, deeper", "replaced", lambda s: chat(call({"arguments": arguments({"list": [1, say(s)]})}))),
        ("tool arguments, escaped", "replaced", lambda s: chat(call({"arguments": escaped(s)}))),
        ("tool arguments, JSON in them", "replaced", lambda s: chat(call({"arguments": arguments(escaped(s))}))),
        ("tool arguments, a key", "rejected", lambda s: chat(call({"arguments": json.dumps({s: 1})}))),
        ("tool arguments, a number", "rejected", lambda s: chat(call({"arguments": json.dumps({"card": int(s)})}))),
        ("tool arguments that are no JSON", "replaced", lambda s: chat(call({"arguments": f"pay {s}"}))),
        # The escapes are the secret's: what stands in its place is written plainly.
        ("tool arguments, no JSON, escaped", "replaced", lambda s: chat(call({"arguments": broken(s)}))),
        (
            "function call",
            "replaced",
            lambda s: chat({"role": "assistant", "function_call": {"arguments": arguments(s)}}),
        ),
        (
            "custom tool input",
            "replaced",
            lambda s: chat({"role": "assistant", "tool_calls": [{"custom": {"input": say(s)}}]}),
        ),
        ("tool name", "rejected", lambda s: chat(call({"name": f"pay_{s}"}))),
        ("tool call id", "rejected", lambda s: chat({"role": "tool", "tool_call_id": s, "content": "x"})),
        ("tool description", "rejected", lambda s: chat(**function_tool(description=say(s)))),
        ("schema description", "replaced", lambda s: chat(**function_tool(parameters=schema(description=say(s))))),
        ("schema enum", "replaced", lambda s: chat(**function_tool(parameters=schema(enum=[s])))),
        ("schema default", "replaced", lambda s: chat(**function_tool(parameters=schema(default=say(s), name=s)))),
        ("schema key", "rejected", lambda s: chat(**function_tool(parameters={"properties": {s: {}}}))),
        (
            "response format",
            "replaced",
            lambda s: chat(response_format={"json_schema": {"schema": schema(const=say(s))}}),
        ),
        ("response format's name", "rejected", lambda s: chat(response_format={"json_schema": {"name": s}})),
        ("prediction", "replaced", lambda s: chat(prediction={"type": "content", "content": say(s)})),
        ("stop", "rejected", lambda s: chat(stop=["x", s])),
        ("user", "rejected", lambda s: chat(user=s)),
        ("metadata value", "rejected", lambda s: chat(metadata={"team": say(s)})),
        ("metadata key", "rejected", lambda s: chat(metadata={s: "x"})),
        ("model", "rejected", lambda s: chat(model=s)),
        ("role", "rejected", lambda s: chat({"role": s, "content": "x"})),
        ("logit bias key", "rejected", lambda s: chat(logit_bias={s: 1})),
        ("integer", "rejected", lambda s: chat(seed=int(s))),
        ("float", "rejected", lambda s: chat(temperature=float(s))),
        ("unknown member", "replaced", lambda s: chat(x_next_month={"deep": [[say(s)]]})),
        ("content of a wrong type", "replaced", lambda s: chat(user({"text": [say(s)]}))),
        (
            "case-variant members",
            "replaced",
            lambda s: {"model": "m", "Messages": [{"role": "user", "CONTENT ": say(s)}]},
        ),
        ("web search context", "replaced", lambda s: chat(web_search_options={"user_location": {"city": say(s)}})),
    ]
    return [Placement("chat/completions", name, body, expected) for name, expected, body in rows]


def _responses() -> list[Placement]:
    say = "Pay with {}, please.".format
    rows: list[tuple[str, Expected, Callable[[str], Body]]] = [
        ("input", "replaced", lambda s: responses(input=say(s))),
        ("instructions", "replaced", lambda s: responses(instructions=say(s))),
        (
            "input text",
            "replaced",
            lambda s: responses({"role": "user", "content": [{"type": "input_text", "text": say(s)}]}),
        ),
        (
            "output text",
            "replaced",
            lambda s: responses({"role": "assistant", "content": [{"type": "output_text", "text": say(s)}]}),
        ),
        (
            "image address",
            "replaced",
            lambda s: responses({"content": [{"type": "input_image", "image_url": f"https://h/{s}"}]}),
        ),
        (
            "file address",
            "replaced",
            lambda s: responses({"content": [{"type": "input_file", "file_url": f"https://h/{s}"}]}),
        ),
        (
            "function call",
            "replaced",
            lambda s: responses({"type": "function_call", "call_id": "c", "arguments": arguments(s)}),
        ),
        ("function call output", "replaced", lambda s: responses({"type": "function_call_output", "output": say(s)})),
        ("custom tool call", "replaced", lambda s: responses({"type": "custom_tool_call", "input": say(s)})),
        ("MCP call", "replaced", lambda s: responses({"type": "mcp_call", "arguments": arguments(s), "output": "x"})),
        ("MCP call output", "replaced", lambda s: responses({"type": "mcp_call", "arguments": "{}", "output": say(s)})),
        (
            "shell output",
            "replaced",
            lambda s: responses({"type": "shell_call_output", "output": [{"stdout": say(s)}]}),
        ),
        ("search result", "replaced", lambda s: responses({"type": "file_search_call", "results": [{"text": say(s)}]})),
        ("reasoning summary", "replaced", lambda s: responses({"type": "reasoning", "summary": [{"text": say(s)}]})),
        ("encrypted reasoning", "rejected", lambda s: responses({"type": "reasoning", "encrypted_content": s})),
        ("generated image", "rejected", lambda s: responses({"type": "image_generation_call", "result": s})),
        ("prompt variable", "replaced", lambda s: responses(prompt={"id": "p", "variables": {"name": say(s)}})),
        (
            "text format",
            "replaced",
            lambda s: responses(text={"format": {"type": "json_schema", "schema": schema(title=s)}}),
        ),
        (
            "tool schema",
            "replaced",
            lambda s: responses(tools=[{"name": "f", "parameters": schema(description=say(s))}]),
        ),
        (
            "tool grammar",
            "replaced",
            lambda s: responses(tools=[{"type": "custom", "format": {"definition": f'"{s}"'}}]),
        ),
        ("MCP server label", "rejected", lambda s: responses(tools=[{"type": "mcp", "server_label": s}])),
        (
            "MCP server address",
            "replaced",
            lambda s: responses(tools=[{"type": "mcp", "server_url": f"https://h/{s}"}]),
        ),
        ("MCP authorization", "rejected", lambda s: responses(tools=[{"type": "mcp", "authorization": s}])),
        ("MCP header", "rejected", lambda s: responses(tools=[{"type": "mcp", "headers": {"X-Key": s}}])),
        ("previous response", "rejected", lambda s: responses(previous_response_id=s)),
        ("safety identifier", "rejected", lambda s: responses(safety_identifier=s)),
        ("cache key", "rejected", lambda s: responses(prompt_cache_key=s)),
    ]
    return [Placement("responses", name, body, expected) for name, expected, body in rows]


def _messages() -> list[Placement]:
    say = "Pay with {}, please.".format
    tool_use = {"type": "tool_use", "id": "t", "name": "pay"}
    rows: list[tuple[str, Expected, Callable[[str], Body]]] = [
        ("system", "replaced", lambda s: anthropic(system=say(s))),
        (
            "system block",
            "replaced",
            lambda s: anthropic(system=[{"type": "text", "text": say(s), "cache_control": {}}]),
        ),
        ("content as a string", "replaced", lambda s: anthropic() | {"messages": [user(say(s))]}),
        ("text block", "replaced", lambda s: anthropic({"type": "text", "text": say(s)})),
        ("tool input", "replaced", lambda s: anthropic(tool_use | {"input": {"name": say(s)}}, role="assistant")),
        (
            "tool input, deeper",
            "replaced",
            lambda s: anthropic(tool_use | {"input": {"a": [{"id": s}]}}, role="assistant"),
        ),
        ("tool input key", "rejected", lambda s: anthropic(tool_use | {"input": {s: 1}}, role="assistant")),
        (
            "tool input number",
            "rejected",
            lambda s: anthropic(tool_use | {"input": {"card": int(s)}}, role="assistant"),
        ),
        (
            "tool result",
            "replaced",
            lambda s: anthropic({"type": "tool_result", "tool_use_id": "t", "content": say(s)}),
        ),
        (
            "tool result block beside an image",
            "replaced",
            lambda s: anthropic({"type": "tool_result", "content": [BASE64_IMAGE, {"type": "text", "text": say(s)}]}),
        ),
        ("document", "replaced", lambda s: anthropic({"type": "document", "source": {"type": "text", "data": say(s)}})),
        ("document title", "replaced", lambda s: anthropic({"type": "document", "title": say(s), "context": "x"})),
        (
            "document address",
            "replaced",
            lambda s: anthropic({"type": "document", "source": {"type": "url", "url": s}}),
        ),
        (
            "document data",
            "rejected",
            lambda s: anthropic({"type": "document", "source": {"type": "base64", "data": s}}),
        ),
        (
            "citation",
            "replaced",
            lambda s: anthropic({"type": "text", "text": "x", "citations": [{"cited_text": say(s)}]}),
        ),
        (
            "search result",
            "replaced",
            lambda s: anthropic({"type": "search_result", "source": f"https://h/{s}", "content": []}),
        ),
        ("open thinking", "replaced", lambda s: anthropic({"type": "thinking", "thinking": say(s)}, role="assistant")),
        (
            "signed thinking",
            "rejected",
            lambda s: anthropic({"type": "thinking", "thinking": say(s), "signature": "c2ln"}, role="assistant"),
        ),
        (
            "redacted thinking",
            "rejected",
            lambda s: anthropic({"type": "redacted_thinking", "data": s}, role="assistant"),
        ),
        ("tool description", "rejected", lambda s: anthropic(tools=[{"name": "f", "description": say(s)}])),
        ("tool schema", "replaced", lambda s: anthropic(tools=[{"name": "f", "input_schema": schema(description=s)}])),
        ("output schema", "replaced", lambda s: anthropic(output_config={"format": {"schema": schema(description=s)}})),
        ("stop sequence", "rejected", lambda s: anthropic(stop_sequences=[s])),
        ("user id", "rejected", lambda s: anthropic(metadata={"user_id": s})),
        ("MCP token", "rejected", lambda s: anthropic(mcp_servers=[{"name": "x", "authorization_token": s}])),
    ]
    return [Placement("messages", name, body, expected) for name, expected, body in rows]


def _others() -> list[Placement]:
    say = "Pay with {}, please.".format
    rows: list[tuple[str, str, Expected, Callable[[str], Body]]] = [
        ("completions", "prompt", "replaced", lambda s: {"model": "m", "prompt": say(s)}),
        ("completions", "prompt list", "replaced", lambda s: {"model": "m", "prompt": ["x", say(s)]}),
        ("completions", "suffix", "replaced", lambda s: {"model": "m", "prompt": "x", "suffix": say(s)}),
        ("completions", "user", "rejected", lambda s: {"model": "m", "prompt": "x", "user": s}),
        ("embeddings", "input", "replaced", lambda s: {"model": "m", "input": say(s)}),
        ("embeddings", "input list", "replaced", lambda s: {"model": "m", "input": ["x", say(s)]}),
        ("embeddings", "token", "rejected", lambda s: {"model": "m", "input": [[1, int(s)]]}),
        ("moderations", "input", "replaced", lambda s: {"model": "m", "input": say(s)}),
        ("moderations", "input part", "replaced", lambda s: {"input": [IMAGE, {"type": "text", "text": say(s)}]}),
        ("images/generations", "prompt", "replaced", lambda s: {"model": "m", "prompt": say(s), "n": 1}),
        ("audio/speech", "input", "replaced", lambda s: {"model": "m", "input": say(s), "voice": "v"}),
        ("audio/speech", "instructions", "replaced", lambda s: {"input": "x", "instructions": say(s), "voice": "v"}),
        ("audio/speech", "voice", "rejected", lambda s: {"model": "m", "input": "x", "voice": s}),
    ]
    return [Placement(endpoint, name, body, expected) for endpoint, name, expected, body in rows]


PLACEMENTS = [*_chat(), *_responses(), *_messages(), *_others()]


def holds(value: Any, secret: str) -> bool:
    """Say whether a secret stands anywhere in a tree: in strings, keys, numbers, JSON in strings, behind escapes."""
    if isinstance(value, dict):
        return any(holds(key, secret) or holds(member, secret) for key, member in value.items())
    if isinstance(value, list):
        return any(holds(item, secret) for item in value)
    text = str(int(value)) if isinstance(value, float) else str(value)
    plain = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    if secret in text or secret in plain:
        return True
    try:
        return isinstance(value, str) and text.lstrip()[:1] in {"{", "["} and holds(json.loads(text), secret)
    except ValueError:
        return False
