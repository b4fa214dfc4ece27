"""What kind of thing a string of a request is, told by its place: free text, label, schema, blob, credential.

Every string is inspected, whatever its kind; the kind says what a replacement may do there. The tables only name the
places that need care: a member that no table knows is free text, so next month's fields are covered.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeAlias

from llm_proxy.core.endpoints import Endpoint
from llm_proxy.records import FieldClass

Path: TypeAlias = tuple[str | int, ...]

# Where a changed text is still what it was meant to be. Elsewhere it would break a reference, a choice or a signature.
REWRITABLE: frozenset[FieldClass] = frozenset({"A", "B", "C", "E", "K"})

_JSON_STRINGS = frozenset({"arguments", "input"})  # function and MCP calls; custom tool calls
_TREES = frozenset(
    {"parameters", "input_schema", "inputSchema", "output_schema", "outputSchema", "schema", "input_examples"}
)
_PROTECTED = frozenset(
    {"signature", "thought_signature", "encrypted_content", "encrypted_index", "encrypted_stdout", "fingerprint"}
)
_CREDENTIALS = frozenset({"authorization", "authorization_token", "api_key"})
_CREDENTIAL_TREES = frozenset({"headers", "domain_secrets"})
_BLOBS = frozenset({"file_data", "b64_json", "image_data", "partial_image_b64"})
_BLOB_HOLDERS = frozenset({"input_audio", "audio", "source"})
_URLS = frozenset({"url", "image_url", "file_url", "server_url", "video_url", "uri", "source"})
_MAY_BE_FILES = _URLS | {"data", "result"}
_LABELS = frozenset(
    {
        *("name", "user", "id", "description", "filename", "server_label", "stop", "stop_sequences", "container"),
        *("safety_identifier", "prompt_cache_key", "conversation", "server_name", "allowed_tools", "allowed_domains"),
        *("blocked_domains", "betas"),
    }
)
_ANSWERS = frozenset({"choices", "output", "content"})  # what the model wrote, in any protocol
_LABEL_ENDINGS = ("_id", "_ids", "_name")
_CONTROLS = frozenset(
    {
        *("model", "type", "role", "voice", "detail", "status", "effort", "reasoning_effort", "verbosity", "format"),
        *("service_tier", "tool_choice", "modalities", "size", "quality", "style", "background", "output_format"),
        *("response_format", "encoding_format", "media_type", "mime_type", "truncation", "include", "ttl", "object"),
        *("language", "search_context_size", "prompt_cache_retention", "moderation", "speed", "syntax", "phase"),
    }
)
# In a key they tell what kind of thing its value is.
_SECRET_WORDS = (
    *("pass", "pwd", "secret", "token", "key", "auth", "cred", "private", "sign", "hash", "dsn", "conn", "url", "ssn"),
)
_LONGEST_KEY = 100


def holds_json(key: str) -> bool:
    """Say whether a string member of this name may be JSON itself, in any spelling that a lenient parser would read."""
    return key in _JSON_STRINGS or key.strip().casefold() in _JSON_STRINGS


def names_a_secret(key: str) -> bool:
    """Say whether a key may tell what kind of thing its value is."""
    return tells(key)[1]


def tells(key: str) -> tuple[bool, bool]:
    """Say of a key whether it ``holds_json``, and whether it ``names_a_secret``."""
    return _tells(key) if len(key) <= _LONGEST_KEY else (holds_json(key), False)


@lru_cache(maxsize=4096)
def _tells(key: str) -> tuple[bool, bool]:
    lowered = key.lower()
    return holds_json(key), len(lowered) <= _LONGEST_KEY and any(word in lowered for word in _SECRET_WORDS)


def classify(path: Path, holder: Mapping[str, object], value: str, endpoint: Endpoint) -> FieldClass:
    """Return the class of the string at ``path`` below a request; ``holder`` is the innermost object around it."""
    *ancestors, name = (step for step in path if isinstance(step, str))
    spot = _Spot(path, name, ancestors, holder, value)
    known = next((kind for kind, applies in _TABLE if applies(spot)), None)
    return known or ("A" if path[0] in endpoint.prompt or path[0] in _ANSWERS else "K")


def holds_file(key: str) -> bool:
    """Say whether a string member of this name may be a picture, a sound or another file, and is read as such."""
    return key in _BLOBS or key in _MAY_BE_FILES


def depends_on_value(path: Path) -> bool:
    """Say whether the string at ``path`` may be binary or text, which only its value or its holder tells."""
    name = next((step for step in reversed(path) if isinstance(step, str)), "")
    return name in _MAY_BE_FILES


class _Spot(NamedTuple):
    path: Path
    name: str  # of the member, or of the list it stands in
    ancestors: list[str]
    holder: Mapping[str, object]
    value: str


def is_tool_input(path: Path) -> bool:
    """Say whether a path leads into a tool's input that is an object: its keys are data, not a schema's."""
    named = any(step in _JSON_STRINGS and isinstance(following, str) for step, following in pairwise(path[1:]))
    return named and _TREES.isdisjoint(path)


def _is_json_string(spot: _Spot) -> bool:
    return isinstance(spot.path[-1], str) and bool(spot.ancestors) and holds_json(spot.name)


def _is_in_tree(spot: _Spot) -> bool:
    """Say whether the path leads through a schema, a grammar, or a tool's input given as an object."""
    return spot.name == "definition" or not _TREES.isdisjoint(spot.ancestors) or is_tool_input(spot.path)


def _is_protected(spot: _Spot) -> bool:
    """Say whether the provider would notice a change: signatures, and what stands next to one."""
    return spot.name in _PROTECTED or "signature" in spot.holder or spot.holder.get("type") == "redacted_thinking"


def _is_credential(spot: _Spot) -> bool:
    return spot.name in _CREDENTIALS or not _CREDENTIAL_TREES.isdisjoint(spot.ancestors)


def _is_blob(spot: _Spot) -> bool:
    if spot.name in _URLS:
        return spot.value[:5].lower() == "data:"
    if spot.name == "data" and spot.ancestors:  # a source of type "text" is a document in plain text
        return spot.ancestors[-1] in _BLOB_HOLDERS and spot.holder.get("type") != "text"
    return spot.name in _BLOBS or (spot.name == "result" and spot.holder.get("type") == "image_generation_call")


def _is_label(spot: _Spot) -> bool:
    return spot.name in _LABELS or spot.name.endswith(_LABEL_ENDINGS) or "metadata" in spot.ancestors


# The first that applies: what a schema holds is a schema's, whatever its name.
_TABLE: tuple[tuple[FieldClass, Callable[[_Spot], bool]], ...] = (
    ("B", _is_json_string),
    ("C", _is_in_tree),
    ("A", lambda spot: spot.ancestors[-1:] == ["variables"]),  # of a stored prompt: named by its author
    ("H", _is_protected),
    ("G", _is_credential),
    ("F", _is_blob),
    ("E", lambda spot: spot.name in _URLS),
    ("I", lambda spot: spot.name in _CONTROLS),
    ("D", _is_label),
)
