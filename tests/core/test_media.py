"""Pictures and sounds in a call: what can be read in them is searched, their digits are not."""

import json
import random
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import pytest

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import Verdict, inspect
from llm_proxy.core.strict_json import read
from llm_proxy.core.watch import compile_rules
from llm_proxy.records import Guardrail

CHAT = ENDPOINTS["chat/completions"]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECRET = "AKIAQYLPMN5HHHFPZAM2"
BROAD = r"[A-Za-z0-9]{40}"
NOISE = random.Random(11).randbytes(6_000)


def picture(data: bytes) -> str:
    return b64encode(b"\x89PNG\r\n\x1a\n" + data).decode()


def judge(content: Any, pattern: str) -> Verdict:
    body = {"model": "m", "messages": [{"role": "user", "content": content}]}
    watch = compile_rules([Guardrail("r", pattern, "reject", "", NOW, NOW)], 1).watch()
    return inspect(read(json.dumps(body).encode()), CHAT, watch)


def shown(url: str) -> list[dict[str, Any]]:
    return [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": url}}]


def test_the_digits_of_a_picture_are_no_text() -> None:
    url = f"data:image/png;base64,{picture(NOISE)}"
    assert judge(url, BROAD).outcome == "rejected"  # where a model reads it as text
    assert judge(shown(url), BROAD).outcome == "pass"
    assert judge([{"type": "input_audio", "input_audio": {"data": picture(NOISE)}}], BROAD).outcome == "pass"


def test_what_is_written_in_a_picture_is_found() -> None:
    written = f"data:image/png;base64,{picture(NOISE + b'Comment: ' + SECRET.encode() + NOISE)}"
    verdict = judge(shown(written), r"AKIA[A-Z0-9]{16}")
    assert verdict.outcome == "rejected"
    assert [(each.place, each.values) for each in verdict.findings] == [
        ("messages[0].content[1].image_url.url", (SECRET,))
    ]


@pytest.mark.parametrize(
    "url",
    [
        f"data:image/png;name={SECRET};base64,{picture(NOISE)}",
        f"data:image/png;base64,{picture(NOISE)} {SECRET}",
        f"data:image/png;base64,{picture(NOISE)}=={SECRET}",
        f"data:application/zip;base64,{b64encode(b'PK' + NOISE).decode()}{SECRET}",
        f"https://host/{picture(NOISE)}?key={SECRET}",
    ],
)
def test_what_stands_beside_a_picture_is_found(url: str) -> None:
    assert judge(shown(url), r"AKIA[A-Z0-9]{16}").outcome == "rejected"
