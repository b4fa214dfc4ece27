"""HTTP in: a request's head becomes a Call."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

from llm_proxy.core.endpoints import ENDPOINTS, Endpoint
from llm_proxy.errors import InvalidKey, MethodNotAllowed, NotFound, UnsupportedMediaType
from llm_proxy.records import Call, Secret

Scope = dict[str, Any]
RawHeaders = list[tuple[bytes, bytes]]

_BY_PATH = {endpoint.path.encode(): endpoint for endpoint in ENDPOINTS.values()}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
# Headers that may go on to the provider, each with the form it must have; everything else stays here.
_FORWARDED = {
    b"accept": re.compile(r"[A-Za-z0-9*/+.,;= -]{1,200}"),
    b"anthropic-version": re.compile(r"\d{4}-\d{2}-\d{2}"),
    b"anthropic-beta": re.compile(r"[A-Za-z0-9._,= -]{1,1000}"),
    b"openai-beta": re.compile(r"[A-Za-z0-9._,= -]{1,1000}"),
}
_WRITTEN_BY_CLIENT = ("accept", "anthropic-beta", "openai-beta")
# What every SDK sends: a rule that matches these words would refuse every call.
_USUAL_ACCEPT = {"*/*", "application/json", "text/event-stream", "application/octet-stream"}
_QUERY = {"beta", "limit", "after", "before", "order", "after_id", "before_id"}
_QUERY_VALUE = re.compile(r"[A-Za-z0-9_.:-]{0,100}")
_JSON_CHARSETS = {"", "utf-8", "utf8", "us-ascii"}


class Head:
    """A request's header fields, looked up by lower-case name."""

    __slots__ = ("_values",)

    def __init__(self, fields: RawHeaders) -> None:
        values: dict[bytes, list[bytes]] = {}
        for name, value in fields:
            values.setdefault(name, []).append(value)
        self._values = values

    def all(self, name: bytes) -> list[str]:
        """Return the values of every field of this name."""
        return [value.decode("latin-1") for value in self._values.get(name, ())]

    def one(self, name: bytes) -> str | None:
        """Return the value of a field that occurs exactly once, else None."""
        values = self._values.get(name)
        return values[0].decode("latin-1") if values is not None and len(values) == 1 else None


def route(scope: Scope) -> Endpoint:
    """Return the endpoint of a request by its exact path, as the client wrote it.

    Raises NotFound and MethodNotAllowed.
    """
    endpoint = _BY_PATH.get(scope["raw_path"])
    if endpoint is None:
        raise NotFound(
            "There is no such endpoint. This gateway answers: " + ", ".join(sorted(p.decode() for p in _BY_PATH)) + "."
        )
    allowed = ("GET", "HEAD") if endpoint.method == "GET" else ("POST",)
    if scope["method"] not in allowed:
        raise MethodNotAllowed(", ".join(allowed))
    return endpoint


def identify(head: Head) -> tuple[str, bool]:
    """Return the call's request id and whether the client gave it: its own when it is well-formed, else a new one."""
    given = head.one(b"x-request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given, True
    return fresh_id(), False


def fresh_id() -> str:
    """Return a new request id."""
    return f"req_{uuid4().hex}"


def accept(
    scope: Scope,
    head: Head,
    endpoint: Endpoint,
    identity: tuple[str, bool],
    receive_body: Callable[[], Awaitable[bytes]],
) -> Call:
    """Make the Call of a client's request; raises InvalidKey and UnsupportedMediaType. The body is not read here.

    ``identity`` is what ``identify`` returned.
    """
    return receive_call(presented_key(head), scope, head, endpoint, identity, receive_body)


def receive_call(
    key: Secret,
    scope: Scope,
    head: Head,
    endpoint: Endpoint,
    identity: tuple[str, bool],
    receive_body: Callable[[], Awaitable[bytes]],
) -> Call:
    """Make the Call of a request that presents ``key``; raises UnsupportedMediaType. No credential is read here."""
    identifier, is_clients = identity
    if endpoint.method == "POST":
        check_media_type(head)
    query = _query(scope["query_string"])
    headers = _forwarded(head, endpoint) | {"x-request-id": identifier}
    written = [headers[name] for name in _WRITTEN_BY_CLIENT if name in headers and headers[name] not in _USUAL_ACCEPT]
    written += [identifier] if is_clients else []
    written += [value for _, value in query]
    client = scope.get("client")
    return Call(
        id=str(uuid4()),
        request_id=identifier,
        endpoint=endpoint.name,
        presented_key=key,
        headers=headers,
        receive_body=receive_body,
        remote=client[0] if client else "",
        query=urlencode(query),
        outside=tuple(written),
    )


def presented_key(head: Head) -> Secret:
    """Return the key as OpenAI (Bearer), Azure (``api-key``) or Anthropic (``x-api-key``) clients send it.

    Raises InvalidKey.
    """
    given = head.all(b"authorization")
    if given:
        scheme, _, key = given[0].partition(" ")
        key = key.strip(" ")
        if len(given) > 1 or scheme.lower() != "bearer" or not key:
            raise InvalidKey
        return Secret(key)
    key_headers = head.all(b"x-api-key") + head.all(b"api-key")
    if len(key_headers) != 1 or not key_headers[0]:
        raise InvalidKey
    return Secret(key_headers[0])


def check_media_type(head: Head) -> None:
    """Refuse what would not be read as it is meant: a compressed body, another charset, a form with files.

    Any other content type is read strictly as JSON, as ``curl -d`` sends it.
    """
    if any(encoding.strip().lower() not in {"", "identity"} for encoding in head.all(b"content-encoding")):
        raise UnsupportedMediaType("Send the body without a content encoding.")
    for content_type in head.all(b"content-type"):
        kind, *parameters = (part.strip().lower() for part in content_type.split(";"))
        if kind.startswith("multipart/"):
            raise UnsupportedMediaType
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "charset" and value.strip(' "') not in _JSON_CHARSETS:
                raise UnsupportedMediaType("Send the body in UTF-8.")


def _forwarded(head: Head, endpoint: Endpoint) -> dict[str, str]:
    kept = {"content-type": "application/json"} if endpoint.method == "POST" else {}
    for name, form in _FORWARDED.items():
        value = head.one(name)
        if value is not None and form.fullmatch(value):
            kept[name.decode()] = value
    return kept


def _query(raw: bytes) -> list[tuple[str, str]]:
    """Return the part of the query string a provider may see, decoded: known names with plain values."""
    if not raw:
        return []
    pairs = parse_qsl(raw.decode("latin-1"), keep_blank_values=True)
    return [(name, value) for name, value in pairs if name in _QUERY and _QUERY_VALUE.fullmatch(value)]
