"""Transcripts: JSON whose texts stand in messages. They are read as bodies are, and places are told.

A line may be a request's body (OpenAI or Anthropic), a message, a list of messages, or any other JSON object around
such: whatever it is, all of its strings are inspected.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from llm_proxy.core.endpoints import ENDPOINTS, Endpoint
from llm_proxy.core.gathering import Finding, look
from llm_proxy.core.guardrails import MAX_FINDINGS
from llm_proxy.core.patterns import Span
from llm_proxy.core.strict_json import Document, read
from llm_proxy.core.texts import Text, walk
from llm_proxy.core.watch import Watch
from llm_proxy.errors import BadJson

SUFFIXES = (".jsonl", ".ndjson")

_ESCAPE = re.compile(r"\\(?:u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|.)|[^\\]+")
_HEADS = (  # what is put around a value to make a body of it, and how its places begin then
    ("{", "", "", ""),
    ("[", '{"messages":', "}", "messages"),
    ("{message", '{"messages":[', "]}", "messages[0]."),
)
_LONGEST_SNIFFED = 1 << 25


class Line(NamedTuple):
    """One line without its end, its number from 1, and the characters before it."""

    text: str
    number: int
    offset: int


class Body(NamedTuple):
    """A line that was read as a body. ``head`` characters were put before it, ``prefix`` before its places."""

    document: Document
    endpoint: Endpoint
    head: int = 0
    prefix: str = ""


class Spot(NamedTuple):
    """One secret of a finding, where it stands in the line, and where in the body."""

    finding: Finding
    number: int  # of the secret in the finding
    span: Span
    place: str


def lines(parts: Iterable[str]) -> Iterator[Line]:
    r"""Cut a text, which comes in parts, at each ``\n``."""
    number, offset = 1, 0
    pending: list[str] = []
    for part in parts:
        *ended, rest = part.split("\n")
        for each in ended:
            text = "".join((*pending, each))
            pending = []
            yield Line(text, number, offset)
            number, offset = number + 1, offset + len(text) + 1
        pending.append(rest)
    if text := "".join(pending):
        yield Line(text, number, offset)


def is_transcript(text: str) -> bool:
    """Say whether a text, as far as it is known, begins like one: its first line is a JSON object of its own."""
    first, line_end, _ = text.lstrip("\ufeff \t\r\n").partition("\n")
    return bool(line_end or first) and first.startswith("{") and body_of(first) is not None


def is_chat(text: str) -> bool:
    """Say whether a whole file is one body, or a list of messages."""
    start = text[:4096].lstrip()
    if not start.startswith(("{", "[")) or len(text) > _LONGEST_SNIFFED:
        return False
    body = body_of(text)
    return body is not None and isinstance(body.document.tree.get("messages"), list)


def body_of(text: str) -> Body | None:
    """Read a line as a body; None when it is not strict JSON, or neither an object nor a list."""
    kind = text.lstrip()[:1]
    if kind not in {"{", "["}:
        return None
    body = _read(text, kind)
    if body is not None and kind == "{" and "role" in body.document.tree and "content" in body.document.tree:
        return _read(text, "{message")
    return body


def _read(text: str, kind: str) -> Body | None:
    _, head, tail, prefix = next(each for each in _HEADS if each[0] == kind)
    try:
        document = read(f"{head}{text}{tail}".encode())
    except BadJson:
        return None
    return Body(document, _endpoint(document), len(head), prefix)


def _endpoint(document: Document) -> Endpoint:
    """Return the endpoint that such a body is for: what its members are for depends on it."""
    tree = document.tree
    if "input" in tree and "messages" not in tree:
        return ENDPOINTS["responses"]
    if "prompt" in tree and "messages" not in tree:
        return ENDPOINTS["completions"]
    return ENDPOINTS["messages" if "system" in tree else "chat/completions"]


def spots(body: Body, watch: Watch) -> Iterator[Spot]:
    """Yield what the rules find in a body, in document order. Raises BadJson and GuardrailUnavailable."""
    findings = look(body.document, body.endpoint, watch, MAX_FINDINGS)
    texts = walk(body.document.tree, body.endpoint) if findings else []
    for finding in findings:
        place = finding.place.removeprefix(body.prefix)
        for number, span in enumerate(finding.spans):
            start, end = _stands(body.document, texts, finding, span)
            yield Spot(finding, number, (max(0, start - body.head), end - body.head), place)


def _stands(document: Document, texts: Sequence[Text], finding: Finding, span: Span) -> Span:
    """Return where a span of a finding's text stands in the JSON: of an inner or joined text, the literal around it."""
    here = [text for text in texts if text.literal is not None and text.place == finding.place]
    same = [text for text in here if text.value == finding.text]
    if same and same[0].literal is not None:
        start, end = document.literals[same[0].literal]
        return _escaped(document.text, (start + 1, end - 1), span)
    if here and here[0].literal is not None:
        return document.literals[here[0].literal]
    return 0, len(document.text)


def _escaped(text: str, literal: Span, span: Span) -> Span:
    """Return where a span of a literal's value stands in the JSON, escapes and all."""
    if "\\" not in text[literal[0] : literal[1]]:
        return literal[0] + span[0], literal[0] + span[1]
    starts: list[int] = []  # of each character of the value
    for match in _ESCAPE.finditer(text, *literal):
        plain = not match[0].startswith("\\")
        starts += range(*match.span()) if plain else [match.start()] * len(json.loads(f'"{match[0]}"'))
    starts.append(literal[1])
    return starts[min(span[0], len(starts) - 1)], starts[min(span[1], len(starts) - 1)]
