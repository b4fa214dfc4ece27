"""Rules for answers on the wire: with the official clients, in every protocol, streamed and not."""

import json
import threading
import time
from typing import Any

import anthropic
import openai
import pytest

from llm_proxy.core.sse import SseParser
from tests.gateway_process import CHAT, Caller, Gateway, chat_body
from tests.mock_answers import (
    PROMPT,
    chat_chunk,
    chat_events,
    chunked,
    completion_events,
    error_answer,
    event,
    json_answer,
    message_events,
    message_object,
    response_events,
    response_object,
)
from tests.mock_upstream import Mock

SECRET = "AKZA7Q2M4N6P8R0S3T5V"
PATTERN = r"\bAKZA[A-Z0-9]{16}\b"
TEXT, CUT = f"Use {SECRET} for this, please.", "Use [X] for this, please."
PIECES = ["Use AK", "ZA7Q2M4", "N6P8R0", "S3T5V for", " this,", " please."]
ASK: Any = [{"role": "user", "content": "hello"}]


@pytest.fixture
def replacing(gateway: Gateway) -> dict[str, Any]:
    """A rule for answers that replaces."""
    return gateway.made(
        "/admin/guardrails", pattern=PATTERN, mode="replace", replace_by="[X]", directions=["response"], name="Key"
    )


@pytest.fixture
def rejecting(gateway: Gateway) -> dict[str, Any]:
    """A rule for answers that rejects."""
    return gateway.made("/admin/guardrails", pattern=PATTERN, mode="reject", directions=["response"], name="Key")


@pytest.fixture
def client(caller: Caller) -> Any:
    with openai.OpenAI(base_url=f"{caller.gateway.origin}/v1", api_key=caller.key, max_retries=0) as made:
        yield made


@pytest.fixture
def claude(caller: Caller) -> Any:
    with anthropic.Anthropic(base_url=caller.gateway.origin, api_key=caller.key, max_retries=0) as made:
        yield made


def assert_told(caller: Caller, action: str) -> None:
    (told,) = caller.events()
    assert told["action"] == action
    assert SECRET in told["input_text"]


@pytest.mark.usefixtures("replacing")
def test_chat_streamed_and_not(client: openai.OpenAI, mock: Mock, caller: Caller) -> None:
    mock.then(chunked(chat_events(PIECES)))
    chunks = list(client.chat.completions.create(model="m", messages=ASK, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == CUT
    assert_told(caller, "replaced")
    choice = {"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "stop"}
    mock.then(json_answer({"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]}))
    answer = client.chat.completions.with_raw_response.create(model="m", messages=ASK)
    assert answer.parse().choices[0].message.content == CUT
    assert answer.headers["x-llmp-guardrail"] == "redacted=1"


@pytest.mark.usefixtures("replacing")
def test_completions_streamed(client: openai.OpenAI, mock: Mock) -> None:
    events = [
        event({"id": "1", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]})
        for piece in PIECES
        for choice in [{"index": 0, "text": piece, "finish_reason": None, "logprobs": None}]
    ]
    mock.then(chunked([*events, *completion_events()[-2:]]))
    chunks = client.completions.create(model="m", prompt="x", stream=True)
    assert "".join(chunk.choices[0].text for chunk in chunks) == CUT


@pytest.mark.usefixtures("replacing")
def test_responses_streamed_and_not(client: openai.OpenAI, mock: Mock, caller: Caller) -> None:
    mock.then(chunked(response_events(PIECES)))
    with client.responses.stream(model="m", input="x") as stream:
        deltas = [each.delta for each in stream if each.type == "response.output_text.delta"]
        assert stream.get_final_response().output_text == CUT
    assert "".join(deltas) == CUT
    assert_told(caller, "replaced")
    mock.then(json_answer(response_object("completed", TEXT)))
    assert client.responses.create(model="m", input="x").output_text == CUT


@pytest.mark.usefixtures("replacing")
def test_messages_streamed_and_not(claude: anthropic.Anthropic, mock: Mock, caller: Caller) -> None:
    mock.then(chunked(message_events(PIECES)))
    with claude.messages.stream(model="m", max_tokens=9, messages=ASK) as stream:
        assert "".join(stream.text_stream) == CUT
    assert_told(caller, "replaced")
    mock.then(json_answer(message_object(TEXT, 3, "end_turn")))
    (block,) = claude.messages.create(model="m", max_tokens=9, messages=ASK).content
    assert block.type == "text"
    assert block.text == CUT


def in_blocks(*texts: str) -> list[bytes]:
    """Return the events of a message with several blocks of text."""
    first, *_, delta, stop = message_events([])
    events = [first]
    for index, text in enumerate(texts):
        rows: list[tuple[str, dict[str, Any]]] = [
            ("content_block_start", {"content_block": {"type": "text", "text": ""}}),
            *(
                ("content_block_delta", {"delta": {"type": "text_delta", "text": each}})
                for each in (text[:5], text[5:])
            ),
            ("content_block_stop", {}),
        ]
        events += [event({"type": name, "index": index} | data, name) for name, data in rows]
    return [*events, delta, stop]


@pytest.mark.usefixtures("replacing")
def test_blocks_of_text_arrive_as_they_were(claude: anthropic.Anthropic, mock: Mock) -> None:
    texts = ["It is x17", "7, so to say", "and AKZA", "Z"]
    mock.then(chunked(in_blocks(*texts)))
    with claude.messages.stream(model="m", max_tokens=9, messages=ASK) as stream:
        message = stream.get_final_message()
    assert [block.text for block in message.content if block.type == "text"] == texts


@pytest.mark.usefixtures("replacing")
@pytest.mark.parametrize("is_streamed", [True, False])
def test_a_secret_cut_over_two_blocks_refuses_the_answer(
    is_streamed: bool, claude: anthropic.Anthropic, mock: Mock, caller: Caller
) -> None:
    texts = [f"Use {SECRET[:9]}", f"{SECRET[9:]} for this."]
    whole = message_object("", 3, "end_turn") | {"content": [{"type": "text", "text": text} for text in texts]}
    mock.then(chunked(in_blocks(*texts)) if is_streamed else json_answer(whole))
    with pytest.raises(anthropic.APIStatusError) as raised:
        list(claude.messages.create(model="m", max_tokens=9, messages=ASK, stream=is_streamed))
    assert "guardrail_rejected" in str(raised.value.body)
    assert SECRET[9:] not in str(raised.value.body)
    assert_told(caller, "rejected")


@pytest.mark.usefixtures("replacing")
def test_the_arguments_of_a_tool_call_stay_json(client: openai.OpenAI, mock: Mock) -> None:
    arguments = json.dumps({"key": SECRET, "note": 'say "hello"'})
    pieces = [arguments[start : start + 5] for start in range(0, len(arguments), 5)]
    call = {"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
    events = [event(chat_chunk({"tool_calls": [call]}))]
    events += [event(chat_chunk({"tool_calls": [{"index": 0, "function": {"arguments": each}}]})) for each in pieces]
    mock.then(chunked([*events, event(chat_chunk({}, "tool_calls")), event(b"[DONE]")]))
    with client.chat.completions.stream(model="m", messages=ASK) as stream:
        (made,) = stream.get_final_completion().choices[0].message.tool_calls or []
    assert json.loads(made.function.arguments) == {"key": "[X]", "note": 'say "hello"'}


@pytest.mark.usefixtures("replacing")
def test_a_tools_name_in_fragments_is_the_name_that_it_was(client: openai.OpenAI, mock: Mock) -> None:
    told = [{"id": "call_", "type": "function", "function": {"name": "look_", "arguments": ""}}]
    told += [{"id": "17", "function": {"name": "up"}}, {"function": {"arguments": '{"a": '}}]
    told += [{"function": {"arguments": '"some words"}'}}]
    events = [event(chat_chunk({"tool_calls": [{"index": 0} | each]})) for each in told]
    mock.then(chunked([*events, event(chat_chunk({}, "tool_calls")), event(b"[DONE]")]))
    with client.chat.completions.stream(model="m", messages=ASK) as stream:
        (made,) = stream.get_final_completion().choices[0].message.tool_calls or []
    assert (made.id, made.function.name, made.function.arguments) == ("call_17", "look_up", '{"a": "some words"}')


@pytest.mark.usefixtures("replacing")
def test_a_secret_cut_over_fragments_of_a_tools_name_refuses_the_answer(
    client: openai.OpenAI, mock: Mock, caller: Caller
) -> None:
    names = [SECRET[:9], SECRET[9:], ""]
    calls = [{"index": 0, "function": {"name": name, "arguments": "" if name else "{}"}} for name in names]
    mock.then(chunked([event(chat_chunk({"tool_calls": [each]})) for each in calls]))
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="m", messages=ASK, stream=True)
    assert_told(caller, "rejected")


@pytest.mark.usefixtures("rejecting")
def test_an_answer_that_is_refused_before_its_first_word_is_a_bad_request(
    client: openai.OpenAI, mock: Mock, caller: Caller
) -> None:
    mock.then(chunked(chat_events([SECRET[:9], SECRET[9:], " ", "there"])))
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="m", messages=ASK, stream=True)
    assert raised.value.code == "guardrail_rejected"
    assert_told(caller, "rejected")


def paused(events: list[bytes]) -> list[bytes | float]:
    """Return events with a moment between them, so that each is a part of its own."""
    return [step for each in events for step in (each, 0.03)]


@pytest.mark.usefixtures("rejecting")
def test_one_that_is_refused_later_breaks_off_with_an_error(client: openai.OpenAI, mock: Mock, caller: Caller) -> None:
    mock.then(chunked(paused(chat_events(["Some", " words", " first: ", *PIECES]))))
    got: list[str] = []
    chunks = client.chat.completions.create(model="m", messages=ASK, stream=True)
    with pytest.raises(openai.APIError) as raised:
        got.extend(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert raised.value.code == "guardrail_rejected"
    assert_told(caller, "rejected")


@pytest.mark.usefixtures("rejecting")
def test_a_response_that_is_refused_later_breaks_off_with_an_error(
    client: openai.OpenAI, mock: Mock, caller: Caller
) -> None:
    mock.then(chunked(paused(response_events(["Some", " words", " first: ", *PIECES]))))
    events = client.responses.create(model="m", input="x", stream=True)
    got: list[str] = []
    with pytest.raises(openai.APIError) as raised:
        got.extend(each.delta for each in events if each.type == "response.output_text.delta")
    assert raised.value.code == "guardrail_rejected"
    assert_told(caller, "rejected")


@pytest.mark.usefixtures("rejecting")
def test_messages_that_are_refused_later_raise_in_anthropics_client(claude: anthropic.Anthropic, mock: Mock) -> None:
    mock.then(chunked(paused(message_events(["Some words first: ", *PIECES]))))
    got: list[str] = []
    with (
        pytest.raises(anthropic.APIError) as raised,
        claude.messages.stream(model="m", max_tokens=9, messages=ASK) as stream,
    ):
        got += stream.text_stream
    assert "guardrail_rejected" in str(raised.value.body)
    assert SECRET[:6] not in "".join(got)


@pytest.mark.usefixtures("rejecting")
def test_a_refusal_ends_the_providers_work_and_sends_no_done(mock: Mock, caller: Caller) -> None:
    mock.then(chunked([*paused(chat_events(["Some words first: Use ", SECRET, " "])[:-2]), 30.0]))
    answer = caller.chat(stream=True)
    assert answer.status == 200
    assert b"[DONE]" not in answer.body
    assert json.loads(answer.body.split(b"data: ")[-1])["error"]["code"] == "guardrail_rejected"
    chunks = [json.loads(line[6:]) for line in answer.body.splitlines() if line.startswith(b"data: {")]
    said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if "choices" in chunk)
    assert said == "Some words first: Use "
    mock.last.connection.wait_gone()
    (record,) = caller.usage()
    assert record["status"] == "interrupted"


def said(body: bytes) -> str:
    """Return what a chat stream says; none of its events may hold anything of the secret."""
    events = [each.data for each in SseParser().feed(body) if each.data not in {None, b"[DONE]"}]
    chunks = [json.loads(each or b"") for each in events]
    assert not any(SECRET[at : at + 4] in json.dumps(chunks, ensure_ascii=False) for at in range(len(SECRET) - 3))
    return "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)


def written(events: list[bytes], end: str) -> bytes:
    """Return events as an odd provider writes them: with comments, data over two lines, escapes, a byte order mark."""
    out = ""
    for number, each in enumerate(events):
        text = each.decode().removeprefix("data: ").strip()
        if number % 2:
            text = "".join(f"\\u{ord(char):04x}" if char in "AKZ7" else char for char in text)
        lines = text.split(", ", 1)
        out += "".join([": hm" + end, "id: 7" + end][number % 3 : 1])
        out += f"data: {lines[0]}," + end + f"data:{lines[1]}" if len(lines) > 1 else f"data:{text}"
        out += end * 2
    return b"\xef\xbb\xbf" + out.encode()


@pytest.mark.usefixtures("replacing")
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_bytes_that_are_cut_anywhere_are_the_same_answer(mock: Mock, caller: Caller, end: str) -> None:
    wire = written(chat_events(["Süß: ", *PIECES, " 🔑"]), end)
    for size in range(1, 65):
        mock.then(chunked([wire[at : at + size] for at in range(0, len(wire), size)]))
        assert said(caller.chat(stream=True).body) == f"Süß: {CUT} 🔑"


@pytest.mark.usefixtures("replacing")
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/octet-stream", "application/json", "Text/Event-Stream"]
)
def test_events_are_read_as_such_whatever_they_are_called(mock: Mock, caller: Caller, content_type: str) -> None:
    mock.then(chunked(chat_events(PIECES), content_type=content_type))
    assert said(caller.chat(stream=True).body) == CUT


@pytest.mark.parametrize("status", [400, 404, 429, 500])
def test_an_error_is_an_answer_too(gateway: Gateway, mock: Mock, caller: Caller, status: int) -> None:
    gateway.made("/admin/guardrails", pattern=PATTERN, mode="replace", replace_by="[X]", directions=["response"])
    mock.then(error_answer(status, TEXT))
    heard = caller.chat()
    assert (heard.status, heard.error["message"]) == (status, CUT)
    assert_told(caller, "replaced")
    gateway.remove_rules()
    gateway.made("/admin/guardrails", pattern=PATTERN, mode="reject", directions=["response"])
    mock.then(error_answer(status, TEXT))
    heard = caller.chat(stream=True)
    assert (heard.status, heard.error["code"]) == (400, "guardrail_rejected")
    assert SECRET not in str(heard)
    assert [each["status"] for each in caller.usage(2)] == ["error", "error"]


@pytest.mark.usefixtures("replacing")
def test_words_go_on_while_the_provider_pauses(mock: Mock, caller: Caller) -> None:
    go = threading.Event()
    first = event(chat_chunk({"content": "word1 word2 "}))
    mock.then(chunked([first, go, *chat_events(["later"])]))
    under_way = caller.open(CHAT, chat_body(stream=True))
    under_way.start()
    under_way.until(b"word2")
    assert time.monotonic() - mock.last.at <= 0.2
    go.set()
    assert b"later" in under_way.rest().body


@pytest.mark.usefixtures("replacing")
def test_clean_streams_pass_to_the_byte_and_are_counted(mock: Mock, caller: Caller) -> None:
    events = chat_events([" several", " clean", " words", "."], {"prompt_tokens": PROMPT, "completion_tokens": 4})
    mock.then(chunked(events))
    assert caller.chat(stream=True, stream_options={"include_usage": True}).body == b"".join(events)
    assert caller.usage()[0]["completion_tokens"] == 4


def test_placeholders_come_back_in_a_stream(gateway: Gateway, mock: Mock, caller: Caller) -> None:
    gateway.made("/admin/guardrails", pattern=r"[a-z]+@example\.org", mode="pseudonymise", name="E-mail")

    def echo(request: Any) -> Any:
        said = request.json()["messages"][0]["content"]
        assert "ada@example.org" not in said
        return chunked(chat_events([said[start : start + 4] for start in range(0, len(said), 4)]))

    mock.then(echo)
    body = caller.chat("Write to ada@example.org now", stream=True).body
    chunks = [json.loads(line[6:]) for line in body.splitlines() if line.startswith(b"data: {")]
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks if chunk["choices"])
    assert text == "Write to ada@example.org now"
