"""No character of a secret is delivered, however it is split, and clean text is delivered to the byte, word by word."""

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

import orjson
import pytest

from llm_proxy.core.answer_stream import AnswerStream
from llm_proxy.core.answers import Judge
from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.placeholders import Placeholders, Restorer
from llm_proxy.core.rewriting import Rewriter
from llm_proxy.core.self_defence import defend
from llm_proxy.core.sse import SseEvent, SseParser
from llm_proxy.core.watch import Watch, compile_rules
from llm_proxy.records import Guardrail, Secret
from tests.core.shapes import CLEAN, NOW, SHAPES, Shape, watch
from tests.mock_answers import chat_chunk, completion_object, event

RULES = watch()


def chat(piece: str, index: int = 0) -> bytes:
    choice = {"index": index, "delta": {"content": piece}, "finish_reason": None}
    return event(chat_chunk({}, choices=[choice]))


def tool(piece: str) -> bytes:
    return event(chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}))


def completion(piece: str) -> bytes:
    return event(completion_object(piece, None))


def response(piece: str, kind: str = "response.output_text") -> bytes:
    place = {"item_id": "i", "output_index": 0, "content_index": 0}
    return event({"type": f"{kind}.delta", "sequence_number": 1, "delta": piece} | place, f"{kind}.delta")


def call_of_response(piece: str) -> bytes:
    return response(piece, "response.function_call_arguments")


def message(piece: str) -> bytes:
    delta = {"type": "text_delta", "text": piece}
    return event({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")


def call_of_message(piece: str) -> bytes:
    delta = {"type": "input_json_delta", "partial_json": piece}
    return event({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")


def said(chunk: dict[str, Any]) -> str:
    """Return what an event says, whatever its protocol."""
    texts = []
    for choice in chunk.get("choices", ()):
        delta = choice.get("delta", choice)
        texts += [delta.get("content"), delta.get("text")]
        texts += [call["function"]["arguments"] for call in delta.get("tool_calls", ())]
    delta = chunk.get("delta")
    texts += [delta] if isinstance(delta, str) else [(delta or {}).get(name) for name in ("text", "partial_json")]
    return "".join(text for text in texts if isinstance(text, str))


class Client:
    """Reads a stream as a client does."""

    def __init__(self, endpoint: str, rules: Watch = RULES, restorer: Restorer | None = None) -> None:
        self.stream = AnswerStream(Judge(ENDPOINTS[endpoint], rules, restorer or Restorer({})))
        self.raw = b""
        self.text = ""

    def take(self, raw: bytes) -> bytes:
        (sent,) = SseParser().feed(raw)
        return self._read(self.stream.take(sent, orjson.loads(sent.data or b"null")))

    def finish(self) -> bytes:
        return self._read(self.stream.finish())

    def _read(self, out: bytes) -> bytes:
        self.raw += out
        self.text += "".join(said(json.loads(each.data)) for each in SseParser().feed(out) if each.data)
        return out


def pieces(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


PROTOCOLS = [
    ("chat/completions", chat),
    ("completions", completion),
    ("responses", response),
    ("messages", message),
]
CALLS = [("chat/completions", tool), ("responses", call_of_response), ("messages", call_of_message)]
Frame = Callable[[str], bytes]


def check(endpoint: str, frame: Frame, split: Iterable[str], whole: str) -> None:
    """Stream a text: at each moment what was delivered is the beginning of what the whole text is rewritten to."""
    client = Client(endpoint)
    for piece in split:
        client.take(frame(piece))
        assert whole.startswith(client.text)
    client.finish()
    assert client.text == whole
    assert client.stream.rejected_by is None


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_secret_in_pieces_of_any_size_is_cut_as_a_whole_one_is(shape: Shape) -> None:
    whole = Rewriter(RULES).rewrite(shape.text)
    assert whole is not None
    assert shape.secret not in whole
    for size in range(1, 65):
        endpoint, frame = PROTOCOLS[size % len(PROTOCOLS)]
        check(endpoint, frame, pieces(shape.text, size), whole)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_secret_split_anywhere_is_cut_as_a_whole_one_is(shape: Shape) -> None:
    whole = Rewriter(RULES).rewrite(shape.text)
    assert whole is not None
    for place in range(1, len(shape.text)):
        endpoint, frame = PROTOCOLS[place % len(PROTOCOLS)]
        check(endpoint, frame, [shape.text[:place], shape.text[place:]], whole)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_in_the_arguments_of_a_tool_call_the_json_stays_json(shape: Shape) -> None:
    for size in (1, 2, 3, 4, 5, 7, 8, 11, 16, 23, 32, 48, 64):
        text = json.dumps({"note": shape.text, "n": 1}, ensure_ascii=size % 2 == 0)
        whole = Rewriter(RULES).rewrite_json(text)
        endpoint, frame = CALLS[size % len(CALLS)]
        client = Client(endpoint)
        for piece in pieces(text, size):
            client.take(frame(piece))
        client.finish()
        if whole is None:
            assert client.stream.rejected_by is not None
        else:
            assert json.loads(client.text) == json.loads(whole)
        assert shape.secret not in client.text
        assert json.dumps(shape.secret)[1:-1] not in client.text


@pytest.mark.parametrize("text", CLEAN)
@pytest.mark.parametrize(("endpoint", "frame"), [*PROTOCOLS, *CALLS])
@pytest.mark.parametrize("size", [1, 2, 5, 17, 64])
def test_clean_text_arrives_complete_with_its_events_as_they_came(
    endpoint: str, frame: Frame, text: str, size: int
) -> None:
    client = Client(endpoint)
    sent = [frame(piece) for piece in pieces(text, size)]
    for each in sent:
        client.take(each)
    client.finish()
    assert client.text == text
    assert client.stream.findings == []
    if size == 1:
        assert client.raw == b"".join(sent)


@pytest.mark.parametrize(("endpoint", "frame"), PROTOCOLS)
def test_a_word_is_delivered_as_soon_as_it_has_ended(endpoint: str, frame: Frame) -> None:
    client = Client(endpoint)
    for piece, text in [("word1", ""), (" word2", "word1"), (" ", "word1 word2"), ("a b c", "word1 word2 a b ")]:
        client.take(frame(piece))
        assert client.text.rstrip() == text.rstrip()


def test_choices_items_and_blocks_are_texts_of_their_own() -> None:
    client = Client("chat/completions")
    for piece in ("AKZA7Q2M", "4N6P8R0S", "3T5V "):
        client.take(chat(piece, 0))
        client.take(chat("word ", 1))
    client.finish()
    chunks = [json.loads(each.data or b"") for each in SseParser().feed(client.raw)]
    texts = {
        index: "".join(
            choice["delta"]["content"] for chunk in chunks for choice in chunk["choices"] if choice["index"] == index
        )
        for index in (0, 1)
    }
    assert texts == {0: "[X] ", 1: "word word word "}


def test_one_text_does_not_wait_for_another() -> None:
    client = Client("chat/completions")
    client.take(chat("AKZA7Q2M", 0))
    assert client.take(chat("word ", 1))
    assert client.text == "word "


def test_the_end_of_a_choice_waits_behind_its_held_words() -> None:
    client = Client("chat/completions")
    assert client.take(chat("last")) == b""
    end = event(chat_chunk({}, "stop"))
    usage = event(chat_chunk({}, choices=[], usage={"total_tokens": 3}))
    assert client.take(end) + client.take(usage) == b""
    assert client.finish() == chat("last") + end + usage


@pytest.mark.parametrize(
    ("endpoint", "frame", "end"),
    [
        (
            "responses",
            response,
            {"type": "response.output_text.done", "output_index": 0, "content_index": 0, "text": "last"},
        ),
        ("responses", response, {"type": "response.content_part.done", "output_index": 0, "content_index": 0}),
        ("responses", response, {"type": "response.output_item.done", "output_index": 0, "item": {"type": "message"}}),
        ("responses", response, {"type": "response.completed", "response": {"output": []}}),
        ("messages", message, {"type": "content_block_stop", "index": 0}),
        ("messages", message, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}),
    ],
)
def test_what_ends_a_text_lets_it_go_first(endpoint: str, frame: Frame, end: dict[str, Any]) -> None:
    client = Client(endpoint)
    assert client.take(frame("last")) == b""
    assert client.take(event(end)) == frame("last") + event(end)


def test_the_repeated_texts_of_responses_are_cut_too_and_told_once() -> None:
    text = "see AKZA7Q2M4N6P8R0S3T5V there"
    client = Client("responses")
    for piece in pieces(text, 5):
        client.take(response(piece))
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": [{"token": "AKZA7Q2M"}]}
    item = {"type": "message", "content": [part]}
    for kind, more in [
        ("response.output_text.done", {"text": text, "output_index": 0, "content_index": 0}),
        ("response.content_part.done", {"part": part, "output_index": 0, "content_index": 0}),
        ("response.output_item.done", {"item": item, "output_index": 0}),
        ("response.completed", {"response": {"output": [item]}}),
    ]:
        out = client.take(event({"type": kind} | more, kind))
        assert b"[X]" in out
        assert b"AKZA7Q2M" not in out
    assert [finding.rule.id for finding in client.stream.findings] == ["vendor-key"]


def test_what_spells_a_changed_text_out_is_left_out() -> None:
    def spelled(text: str) -> bytes:
        choice = {"index": 0, "delta": {"content": text}, "logprobs": {"content": [{"token": text, "bytes": [65]}]}}
        return event(chat_chunk({}, choices=[choice]))

    client = Client("chat/completions")
    for piece in ("fine ", "AKZA7Q2M4N6P", "8R0S3T5V", " fine"):
        client.take(spelled(piece))
    client.finish()
    chunks = [json.loads(each.data or b"")["choices"][0] for each in SseParser().feed(client.raw)]
    assert [(chunk["delta"]["content"], bool(chunk["logprobs"])) for chunk in chunks] == [
        ("fine ", True),
        ("[X]", False),
        ("", False),
        (" fine", True),
    ]


def test_of_what_spells_a_text_out_by_keys_nothing_is_left_either() -> None:
    def spelled(text: str) -> bytes:
        spelling = {"tokens": [text], "token_logprobs": [-0.1], "top_logprobs": [{text: -0.1}], "text_offset": [0]}
        choice = {"index": 0, "text": text, "finish_reason": None, "logprobs": spelling}
        return event(completion_object("", None, choices=[choice]))

    for rules, texts in ((RULES, ["fine ", "[X]", " fine"]), (watch("reject"), ["fine "])):
        client = Client("completions", rules)
        for piece in ("fine ", "AKZA7Q2M4N6P8R0S3T5V", " fine"):
            client.take(spelled(piece))
        client.finish()
        choices = [json.loads(each.data or b"")["choices"][0] for each in SseParser().feed(client.raw)]
        assert [choice["text"] for choice in choices] == texts
        assert b"AKZA" not in client.raw


@pytest.mark.parametrize(
    "done",
    [
        {"type": "response.function_call_arguments.done", "output_index": 0, "arguments": ""},
        {"type": "response.mcp_call_arguments.done", "output_index": 0, "arguments": ""},
        {"type": "response.custom_tool_call_input.done", "output_index": 0, "input": ""},
        {"type": "response.output_item.done", "output_index": 0, "item": {"type": "function_call", "arguments": ""}},
    ],
    ids=lambda done: done["type"],
)
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_the_repeated_arguments_of_responses_are_read_as_json(shape: Shape, done: dict[str, Any]) -> None:
    text = json.dumps({"note": shape.text, "n": 1})
    whole = Rewriter(RULES).rewrite_json(text)
    told = json.loads(json.dumps(done).replace('""', json.dumps(text)))
    client = Client("responses")
    client.take(event(told))
    client.finish()
    if whole is None:
        assert client.stream.rejected_by is not None
    else:
        heard = json.loads(client.raw[6:])
        assert json.loads(heard.get("item", heard).get("arguments") or heard["input"]) == json.loads(whole)


def test_a_value_that_its_key_tells_is_found_beside_the_texts_as_well() -> None:
    by_key = Guardrail(
        "1", r'"password": "([^"]+)"', "replace", "[X]", NOW, NOW, secret_group=1, directions=("response",)
    )
    block = {"type": "server_tool_use", "id": "t", "name": "login", "input": {"password": "hunter2"}}
    client = Client("messages", compile_rules([by_key], 1).watch("response"))
    client.take(event({"type": "content_block_start", "index": 0, "content_block": block}))
    assert json.loads(client.raw[6:])["content_block"]["input"] == {"password": "[X]"}


def test_what_clients_add_up_is_sent_once_when_an_event_goes_on_in_parts() -> None:
    first = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a": "b c'}}
    last = {"index": 0, "function": {"arguments": ' d"}'}}
    sent = [{"role": "assistant", "content": "word and"}, {"content": " word"}, {"tool_calls": [first]}]
    client = Client("chat/completions")
    for delta in (*sent, {"tool_calls": [last]}):
        client.take(event(chat_chunk(delta)))
    client.take(event(chat_chunk({}, "tool_calls")))
    client.finish()
    deltas = [json.loads(each.data or b"")["choices"][0]["delta"] for each in SseParser().feed(client.raw)]
    calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
    assert [delta["role"] for delta in deltas if "role" in delta] == ["assistant"]
    assert [(call["id"], call["function"]["name"]) for call in calls if "id" in call] == [("call_1", "f")]
    assert all(call["index"] == 0 for call in calls)
    assert "".join(call["function"]["arguments"] for call in calls) == '{"a": "b c d"}'
    assert "".join(delta.get("content", "") for delta in deltas) == "word and word"


def test_the_beginning_of_a_block_goes_on_once_with_all_its_words() -> None:
    start = event({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": "word and"}})
    client = Client("messages")
    assert client.take(start) == b""
    assert client.take(message(" word")) == start


@pytest.mark.parametrize(
    "told",
    [
        lambda piece: {"thoughts_text": piece},
        lambda piece: {"reasoning": {"content": piece}},
        lambda piece: {"content": [{"type": "text", "text": piece}]},
        lambda piece: {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": piece}]}]},
        lambda piece: {"reasoning_details": [{"index": 3, "type": "reasoning.summary", "summary": piece}]},
        lambda piece: {"audio": {"id": "a", "transcript": piece}},
    ],
)
def test_texts_are_told_in_pieces_under_any_name(told: Callable[[str], dict[str, Any]]) -> None:
    client = Client("chat/completions")
    for piece in ("see AKZA7Q2M", "4N6P8R0S3T5V", " there"):
        client.take(event(chat_chunk({"channel": "analysis"} | told(piece))))
    assert b"[X]" in client.raw
    client.finish()
    assert b"there" in client.raw
    assert b"AKZA" not in client.raw


def test_a_delta_of_responses_may_hold_several_texts() -> None:
    kind = "response.shell_call_output_content.delta"
    client = Client("responses")
    for out, err in (("see AKZA7Q2M", "an err"), ("4N6P8R0S3T5V", "or ZZ"), (" there", "")):
        client.take(event({"type": kind, "output_index": 0, "delta": {"stdout": out, "stderr": err}}, kind))
    client.finish()
    deltas = [json.loads(each.data or b"")["delta"] for each in SseParser().feed(client.raw)]
    assert "".join(delta["stdout"] for delta in deltas) == "see [X] there"
    assert "".join(delta["stderr"] for delta in deltas) == "an error ZZ"


@pytest.mark.parametrize("member", ["annotation", "native_text", "role"])
def test_other_strings_of_an_event_are_inspected_as_they_are(member: str) -> None:
    client = Client("chat/completions")
    client.take(event(chat_chunk({"content": "fine ", member: "see AKZA7Q2M4N6P8R0S3T5V"})))
    client.finish()
    out = client.raw
    assert b"AKZA7Q2M" not in out
    if member == "role":  # a label: nothing can be put in its place
        assert client.stream.rejected_by is not None
    else:
        deltas = [json.loads(each.data or b"")["choices"][0]["delta"] for each in SseParser().feed(out)]
        assert "".join(delta.get(member, "") for delta in deltas) == "see [X]"
        assert client.text == "fine "


def test_what_fills_an_event_up_is_inspected_and_nothing_waits_for_it() -> None:
    client = Client("chat/completions")
    for padding in ("Xy7", "q", "AKZA7Q2M", "4N6P8R0S3T5V"):
        client.take(event(chat_chunk({"content": "word "}, obfuscation=padding)))
    assert client.text == "word " * 4
    assert b"AKZA7" not in client.take(event(chat_chunk({"content": "word "}, obfuscation="AKZA7Q2M4N6P8R0S3T5V")))
    assert client.stream.findings


@pytest.mark.parametrize("data", [b"[]", b'["AKZA7Q2M4N6P8R0S3T5V"]', b'"AKZA7Q2M4N6P8R0S3T5V"', b"17", b"null"])
def test_events_that_are_no_objects_are_inspected(data: bytes) -> None:
    (sent,) = SseParser().feed(event(data))
    out = Client("chat/completions").stream.take(sent, orjson.loads(data))
    assert (out == event(data)) is (b"AKZA" not in data)
    assert b"AKZA" not in out


def test_a_comment_and_an_event_name_are_inspected() -> None:
    for raw in (b": AKZA7Q2M4N6P8R0S3T5V\n\n", b"event: AKZA7Q2M4N6P8R0S3T5V\ndata: {}\n\n"):
        client = Client("chat/completions")
        (sent,) = SseParser().feed(raw)
        out = client.stream.take_text(sent) if sent.data is None else client.stream.take(sent, {})
        assert out == b""
        assert client.stream.rejected_by is not None
        assert client.stream.rejected_by.place == "stream"


@pytest.mark.parametrize("body", ["AKZA7Q2M4N6P8R0S3T5V", '{"a": 1, "a": "AKZA7Q2M4N6P8R0S3T5V"}'])
def test_what_is_no_json_is_told_as_the_body(body: str) -> None:
    found = Judge(ENDPOINTS["chat/completions"], RULES).judge(body.encode()).rejected_by
    assert found is not None
    assert found.place == "body"


@pytest.mark.parametrize(("endpoint", "frame"), [*PROTOCOLS, *CALLS])
@pytest.mark.parametrize("size", [1, 3, 7, 64])
def test_a_rule_that_rejects_lets_nothing_of_its_match_go(endpoint: str, frame: Frame, size: int) -> None:
    client = Client(endpoint, watch("reject"))
    text = '{"a": "some words AKZA7Q2M4N6P8R0S3T5V more"}'
    for piece in pieces(text, size):
        client.take(frame(piece))
    client.finish()
    assert client.stream.rejected_by is not None
    assert '{"a": "some words '.startswith(client.text)


def test_thinking_that_will_be_signed_is_refused_rather_than_changed() -> None:
    client = Client("messages")
    delta = {"type": "thinking_delta", "thinking": "use AKZA7Q2M4N6P8R0S3T5V then"}
    assert b"AKZA" not in client.take(event({"type": "content_block_delta", "index": 0, "delta": delta}))
    client.finish()
    assert client.stream.rejected_by is not None


OWN = "sk-proj-9Zk3v7q2m4Yw8Rt1"
DEFENCE = compile_rules([], 1, None, defend(set(), [Secret(OWN)]).detectors).watch("response")


@pytest.mark.parametrize("size", [*range(1, 20), 40, 64])
@pytest.mark.parametrize(
    ("disguised", "most"),
    [
        (OWN, 2),
        (f'"{OWN[:9]}" + "{OWN[9:]}"', 3),
        (base64.b64encode(OWN.encode()).decode(), 7),
        (base64.b64encode(f"the key is {OWN}".encode()).decode(), 7),
        (OWN.encode().hex(), 7),
        ("".join(f"%{ord(char):02x}" for char in OWN), 7),
        ("".join(f"\\u{ord(char):04x}" for char in OWN), 7),
        ("\u200b".join(OWN), 2),
    ],
)
def test_with_no_rule_but_self_defence_hardly_anything_of_a_secret_gets_out(
    disguised: str, most: int, size: int
) -> None:
    client = Client("chat/completions", DEFENCE)
    for piece in pieces(f"It is {disguised} here", size):
        client.take(chat(piece))
    client.finish()
    assert client.stream.rejected_by is not None
    assert len(client.text) <= len("It is ") + most


@pytest.mark.parametrize(
    "word", ["Hel", "lo", "tokens", "2024", "streaming", "self-defence", "don't", "either/or", "höflich"]
)
def test_with_no_rule_but_self_defence_unfinished_words_go_on_at_once(word: str) -> None:
    client = Client("chat/completions", DEFENCE)
    client.take(chat(f"some {word}"))
    assert client.text == f"some {word}"


PLACEHOLDERS = Placeholders(Secret("5e" * 32), "key-1")
TOKEN = PLACEHOLDERS.issue("E-mail", 'ada "the" lovelace')
RESTORER = Restorer(PLACEHOLDERS.issued)
NO_RULES = watch().rules.watch("request")


@pytest.mark.parametrize("rules", [RULES, NO_RULES], ids=["with rules", "without"])
@pytest.mark.parametrize("size", [*range(1, 20), 40, 64])
def test_placeholders_come_back_in_every_protocol(rules: Watch, size: int) -> None:
    text = f"Dear {TOKEN}, or <{TOKEN}>: {TOKEN[:9]} and {TOKEN}"
    for endpoint, frame in PROTOCOLS:
        client = Client(endpoint, rules, RESTORER)
        for piece in pieces(text, size):
            client.take(frame(piece))
        client.finish()
        assert client.text == RESTORER.restore(text)
    for endpoint, frame in CALLS:
        client = Client(endpoint, rules, RESTORER)
        for piece in pieces(json.dumps({"to": text}), size):
            client.take(frame(piece))
        client.finish()
        assert json.loads(client.text) == {"to": RESTORER.restore(text)}


def test_placeholders_come_back_in_the_repeated_texts_of_responses() -> None:
    client = Client("responses", NO_RULES, RESTORER)
    done = {"type": "response.output_text.done", "text": f"Dear {TOKEN}", "output_index": 0, "content_index": 0}
    assert json.loads(client.take(event(done))[6:])["text"] == 'Dear ada "the" lovelace'


def test_an_event_that_is_changed_keeps_its_other_fields() -> None:
    client = Client("chat/completions")
    raw = b"id: 7\nevent: x\n" + chat("see AKZA7Q2M4N6P8R0S3T5V ")
    out = client.take(raw)
    assert out.startswith(b"id: 7\nevent: x\ndata: {")
    assert isinstance(SseParser().feed(out)[0], SseEvent)
