"""What of an answer is restored, and what must come back to the provider as it wrote it."""

import json
from typing import Any

from llm_proxy.core.answer_stream import AnswerStream
from llm_proxy.core.answers import Judge
from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.placeholders import Placeholders, Restorer
from llm_proxy.core.sse import SseParser
from llm_proxy.core.watch import compile_rules
from llm_proxy.records import Secret
from tests.mock_answers import event
from tests.wire import sse_json

MAIL = "ada@example.com"
PLACEHOLDERS = Placeholders(Secret("5e" * 32), "key-1")
TOKEN = PLACEHOLDERS.issue("E-mail", MAIL)
JUDGE = Judge(ENDPOINTS["messages"], compile_rules([], 1).watch("response"), Restorer(PLACEHOLDERS.issued))


def blocks(mail: str) -> list[dict[str, Any]]:
    """Return an answer's blocks; the signed one is as the provider wrote it."""
    return [
        {"type": "thinking", "thinking": f"It is {TOKEN}.", "signature": "c2ln"},
        {"type": "text", "text": f"Dear {mail},", "citations": [{"cited_text": mail, "title": mail}]},
        {"type": "tool_use", "id": "t", "name": "note", "input": {"to": mail, "by": {mail: [1, mail]}}},
    ]


def test_of_a_whole_answer_all_is_restored_but_what_is_signed() -> None:
    judged = JUDGE.judge(json.dumps({"type": "message", "content": blocks(TOKEN)}).encode())
    assert json.loads(judged.body)["content"] == blocks(MAIL)


def test_of_a_stream_all_is_restored_but_what_is_signed() -> None:
    stream, parser = AnswerStream(JUDGE), SseParser(1 << 20)
    text, signed = f"Dear {TOKEN}, ", f"It is {TOKEN}. "
    deltas: list[tuple[int, str, str, str]] = []
    deltas += [(0, "thinking_delta", "thinking", char) for char in signed]
    deltas += [(1, "text_delta", "text", char) for char in text]
    deltas += [(2, "input_json_delta", "partial_json", char) for char in json.dumps({TOKEN: TOKEN})]
    out = b""
    for index, kind, name, piece in deltas:
        row = {"type": "content_block_delta", "index": index, "delta": {"type": kind, name: piece}}
        for each in parser.feed(event(row, row["type"])):  # type: ignore[arg-type]
            out += stream.take(each, json.loads(each.data or b"null"))
    out += stream.finish()
    told: dict[str, str] = {}
    for row in sse_json(out):
        for name in ("thinking", "text", "partial_json"):
            told[name] = told.get(name, "") + row["delta"].get(name, "")
    assert told == {"thinking": signed, "text": f"Dear {MAIL}, ", "partial_json": json.dumps({MAIL: MAIL})}
