"""The part of the OpenAPI document that no framework routes: ``/v1``, from the table of endpoints, and the probes."""

from typing import Any

from llm_proxy.core.endpoints import ENDPOINTS, Endpoint
from llm_proxy.errors import (
    BadRequest,
    BodyTimeout,
    BodyTooLarge,
    GuardrailRejected,
    InvalidKey,
    Overloaded,
    ProxyError,
    RateLimited,
    UnsupportedMediaType,
    UpstreamError,
    UpstreamTimeout,
)

_TEXT = {"type": "string"}
_OBJECT = {"type": "object", "additionalProperties": True}

SCHEMAS: dict[str, Any] = {
    "Failure": {
        "type": "object",
        "description": "What went wrong: `param` names the member or parameter, `code` is for programs.",
        "required": ["message", "type", "param", "code"],
        "properties": {
            "message": _TEXT,
            "type": _TEXT,
            "param": {"type": ["string", "null"]},
            "code": {"type": ["string", "null"]},
        },
    },
    "Problem": {
        "type": "object",
        "description": "The body of every error.",
        "required": ["error"],
        "properties": {"error": {"$ref": "#/components/schemas/Failure"}},
    },
    "AnthropicProblem": {
        "type": "object",
        "description": "The body of every error of Anthropic's endpoints.",
        "required": ["type", "error"],
        "properties": {"type": {"const": "error"}, "error": {"$ref": "#/components/schemas/Failure"}},
    },
    "Health": {
        "type": "object",
        "required": ["status"],
        "properties": {
            "status": _TEXT,
            "faults": {"type": "array", "items": _TEXT, "description": "What keeps the process from being ready."},
        },
    },
}

_ERRORS: tuple[type[ProxyError], ...] = (
    InvalidKey,
    BodyTimeout,
    BodyTooLarge,
    UnsupportedMediaType,
    RateLimited,
    UpstreamError,
    Overloaded,
    UpstreamTimeout,
)
_KEYS: list[dict[str, list[str]]] = [{"proxyKey": []}, {"proxyKeyHeader": []}, {"azureKeyHeader": []}]


def failure(error: type[ProxyError], *, schema: str = "Problem") -> dict[str, Any]:
    """Return the response component that tells of an error."""
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": error.public, "content": content}


def failures() -> dict[str, Any]:
    """Return the response components that ``paths`` refers to."""
    anthropic = {_component(error, "AnthropicProblem"): failure(error, schema="AnthropicProblem") for error in _ERRORS}
    return {_component(error, "Problem"): failure(error) for error in _ERRORS} | anthropic


def paths() -> dict[str, Any]:
    """Return the paths of ``/v1`` and of the probes."""
    described = {row.path: {row.method.lower(): _operation(row)} for row in ENDPOINTS.values()}
    return described | {
        "/livez": {"get": _probe("getLiveness", "Is the process alive?", {})},
        "/readyz": {"get": _probe("getReadiness", "Should it be sent calls?", {"503": "It should not, and why."})},
    }


def _operation(row: Endpoint) -> dict[str, Any]:
    schema = "AnthropicProblem" if row.dialect == "anthropic" else "Problem"
    answers: dict[str, Any] = {"200": {"description": "The provider's answer.", "content": _content(row)}}
    refused = f"{BadRequest.public} Or: {GuardrailRejected.public} (`code`: `guardrail_rejected`)"
    answers["400"] = failure(BadRequest, schema=schema) | {"description": refused}
    for error in _ERRORS:
        answers[str(error.status)] = {"$ref": f"#/components/responses/{_component(error, schema)}"}
    answers["default"] = {
        "description": "The provider's own error, with its status and body.",
        "content": {"application/json": {"schema": _OBJECT}},
    }
    operation = {
        "tags": ["models"],
        "summary": row.summary,
        "operationId": _operation_id(row),
        "security": _KEYS,
        "responses": answers,
    }
    if row.method == "POST":
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": _body(row)}}}
    return operation


def _content(row: Endpoint) -> dict[str, Any]:
    if row.stream == "bytes":
        return {"audio/*": {"schema": {"type": "string", "format": "binary"}}}
    content: dict[str, Any] = {"application/json": {"schema": _OBJECT}}
    return content if row.stream == "none" else content | {"text/event-stream": {"schema": _TEXT}}


def _body(row: Endpoint) -> dict[str, Any]:
    """Return the members that the gateway knows of; all others pass to the provider as they are."""
    members: dict[str, Any] = {"model": _TEXT}
    members |= {name: {"description": "Inspected by the guard rails, as every text is."} for name in row.prompt}
    if row.stream not in {"none", "bytes"}:
        members["stream"] = {"type": "boolean", "default": False}
    return _OBJECT | {"properties": members}


def _probe(operation_id: str, summary: str, more: dict[str, str]) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Health"}}}
    told = {"200": "Yes.", **more}
    answers = {status: {"description": text, "content": content} for status, text in told.items()}
    return {"tags": ["system"], "summary": summary, "operationId": operation_id, "responses": answers}


def _operation_id(row: Endpoint) -> str:
    """Return ``callChatCompletions`` for ``chat/completions``."""
    return "call" + "".join(word.capitalize() for word in row.name.split("/"))


def _component(error: type[ProxyError], schema: str) -> str:
    return error.__name__ + ("Anthropic" if schema == "AnthropicProblem" else "")
