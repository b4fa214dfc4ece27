"""The playground's part of the OpenAPI document: two endpoints of the data path, behind the admin API's wall."""

from typing import Any

from llm_proxy.core.endpoints import ENDPOINTS

PATHS = {
    "/admin/playground/{id}/chat/completions": "chat/completions",
    "/admin/playground/{id}/models": "models",
}

SCHEMAS: dict[str, Any] = {
    "PlaygroundChat": {
        "type": "object",
        "description": "The body of a chat completion, as a client would send it: all of it passes to the provider.",
        "properties": {
            "model": {"type": "string"},
            "messages": {"type": "array", "items": {}},
            "stream": {"type": "boolean"},
        },
        "additionalProperties": True,
    },
    "ProviderAnswer": {
        "type": "object",
        "description": "What the provider answered.",
        "additionalProperties": True,
    },
}

_KEY = {
    "name": "id",
    "in": "path",
    "required": True,
    "description": "The key on whose behalf the call is made.",
    "schema": {"type": "string", "format": "uuid"},
}
_ABOUT = "The call is the key's: its provider, rate limit, guard rails and usage."
_CHAT = f"Chat on behalf of a key. {_ABOUT} An error of the gateway or the provider is as under `/v1`."
_MODELS = f"List the models of a key's provider. {_ABOUT}"
_FAILURES = {"502": "UpstreamError", "504": "UpstreamTimeout"}


def paths() -> dict[str, Any]:
    """Return the operations, without what holds for every admin operation."""
    chat = _operation("playgroundChat", _CHAT)
    chat["responses"]["200"]["content"]["text/event-stream"] = {"schema": {"type": "string"}}
    schema = {"$ref": "#/components/schemas/PlaygroundChat"}
    chat["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    described = {"chat/completions": chat, "models": _operation("playgroundModels", _MODELS)}
    return {path: {ENDPOINTS[name].method.lower(): described[name]} for path, name in PATHS.items()}


def _operation(operation_id: str, description: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/ProviderAnswer"}}}
    answers: dict[str, Any] = {"200": {"description": "The provider's answer.", "content": content}}
    answers |= {status: {"$ref": f"#/components/responses/{error}"} for status, error in _FAILURES.items()}
    return {
        "tags": ["playground"],
        "operationId": operation_id,
        "description": description,
        "parameters": [_KEY],
        "responses": answers,
    }
