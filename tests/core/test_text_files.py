"""Text files in a call are texts: they are read whatever their place is called, and replaced in."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import Verdict, inspect
from llm_proxy.core.strict_json import read, splice
from llm_proxy.core.watch import compile_rules
from llm_proxy.packs import load_pack
from llm_proxy.records import FieldClass, Guardrail

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "AKIAQYLPMN5HHHFPZAM2"
SAID = f"region,key\r\neu,{SECRET}\r\n"
B64 = b64encode(SAID.encode()).decode()

PLACES: dict[str, tuple[str, Any]] = {
    "file": ("chat/completions", lambda data: {"type": "file", "file": {"filename": "a.csv", "file_data": data}}),
    "image": ("chat/completions", lambda data: {"type": "image_url", "image_url": {"url": data}}),
    "audio": ("chat/completions", lambda data: {"type": "input_audio", "input_audio": {"data": data, "format": "wav"}}),
    "input file": ("responses", lambda data: {"type": "input_file", "filename": "a.csv", "file_data": data}),
    "input image": ("responses", lambda data: {"type": "input_image", "image_url": data}),
    "document": (
        "messages",
        lambda data: {"type": "document", "source": {"type": "base64", "media_type": "text/plain", "data": data}},
    ),
}
URIS = [f"data:{kind};base64,{B64}" for kind in ("text/csv", "application/octet-stream", "image/png", "image/svg+xml")]
ALL: tuple[FieldClass, ...] = ("A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K")


def judged(place: str, data: str, *rules: Guardrail) -> tuple[Verdict, str | None]:
    """Return the verdict, and what is sent of the file."""
    endpoint, made = PLACES[place]
    part = made(data)
    name = "input" if endpoint == "responses" else "messages"
    document = read(json.dumps({"model": "m", name: [{"role": "user", "content": [part]}]}).encode())
    verdict = inspect(document, ENDPOINTS[endpoint], compile_rules(rules, 1).watch())
    if verdict.outcome == "rejected":
        return verdict, None
    sent = json.loads(splice(document, verdict.changes))[name][0]["content"][0]
    inner = next((value for value in sent.values() if isinstance(value, dict)), sent)
    return verdict, next(value for value in inner.values() if isinstance(value, str) and len(value) > 24)


def rule(mode: Any, classes: tuple[FieldClass, ...] = ALL) -> Guardrail:
    return Guardrail("r", r"\bAKIA[A-Z2-7]{16}\b", mode, "[KEY]", NOW, NOW, field_classes=classes, template="literal")


ADDRESSES = ("image", "input image")  # there is no file in them without "data:"


@pytest.mark.parametrize(
    ("place", "data"), [(place, data) for place in PLACES for data in ([] if place in ADDRESSES else [B64]) + URIS]
)
def test_what_is_found_in_a_text_file_is_replaced_in_it(place: str, data: str) -> None:
    verdict, sent = judged(place, data, rule("replace"))
    assert verdict.outcome == "replaced"
    assert sent is not None
    begin, _, digits = sent.rpartition(",")
    assert data.startswith(begin)
    assert b64decode(digits).decode() == SAID.replace(SECRET, "[KEY]")
    assert [finding.values for finding in verdict.findings] == [(SECRET,)]


@pytest.mark.parametrize("place", PLACES)
def test_a_file_is_refused_by_a_rule_that_rejects(place: str) -> None:
    assert judged(place, URIS[0], rule("reject"))[0].outcome == "rejected"


def test_a_text_file_is_a_text_to_a_rule_that_leaves_binary_data_alone() -> None:
    assert judged("file", URIS[0], rule("replace", ("A",)))[0].outcome == "replaced"
    assert judged("file", f"data:text/plain,{SAID}", rule("replace", ("A",)))[0].outcome == "rejected"
    assert judged("file", URIS[0], rule("replace", ("F", "K")))[0].outcome == "pass"
    binary = b64encode(b"%PDF-1.7\n\x00\xff\xfe" + SAID.encode() + bytes(range(256))).decode()
    assert judged("file", f"data:application/pdf;base64,{binary}", rule("replace", ("A",)))[0].outcome == "pass"
    assert judged("file", f"data:application/pdf;base64,{binary}", rule("replace"))[0].outcome == "rejected"


def test_what_stands_before_the_file_is_not_forgotten() -> None:
    data = f"data:text/csv;name={SECRET};base64,{B64}"
    assert judged("file", data, rule("replace"))[0].outcome == "rejected"


def test_a_pack_reads_text_files() -> None:
    verdict, sent = judged("file", URIS[0], *load_pack("secrets").rules)
    assert verdict.outcome == "replaced"
    assert sent is not None
    assert SECRET not in b64decode(sent.rpartition(",")[2]).decode()
