"""Pseudonyms on the wire: the provider sees placeholders, the client its own words, in every protocol and form."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import anthropic
import openai
import pytest

from tests.e2e.conftest import StartGateway
from tests.e2e.test_replicas import pair
from tests.gateway_process import CHAT, Caller, Gateway, chat_body, eventually
from tests.mock_answers import chat_chunk, chunked, event, json_answer
from tests.mock_echo import echo
from tests.mock_upstream import Mock

MAIL, PASSWORD = "ada@example.com", 'hunter"2\\prod\t{x}'
TEXT = f"Mail {MAIL}, password={PASSWORD}\nand {MAIL} again, but <b>not</b> <EMAIL_ADDRESS_ or 3 < 5"
SHAPE = re.compile(r"<[A-Z][A-Z_]*_[a-z]{16}>")


@dataclass
class Said:
    """An answer as its client read it."""

    text: str
    arguments: dict[str, Any] | None = None


@pytest.fixture
def masked(gateway: Gateway) -> None:
    """Two rules with pseudonyms: one finds its value by itself, one by its label."""
    gateway.made("/admin/guardrails", name="E-mail address", pattern=r"[a-z]+@[a-z]+\.com", mode="pseudonymise")
    gateway.made(
        "/admin/guardrails", name="Password", pattern=r"password=([^\s<]\S*\s\S+)", mode="pseudonymise", secret_group=1
    )


@pytest.fixture
def client(caller: Caller, masked: None) -> Iterator[openai.OpenAI]:
    url = f"http://127.0.0.1:{caller.gateway.port}/v1"
    with openai.OpenAI(base_url=url, api_key=caller.key, max_retries=0) as made:
        yield made


@pytest.fixture
def claude(caller: Caller, masked: None) -> Iterator[anthropic.Anthropic]:
    url = f"http://127.0.0.1:{caller.gateway.port}"
    with anthropic.Anthropic(base_url=url, api_key=caller.key, max_retries=0) as made:
        yield made


def chat(client: openai.OpenAI, claude: anthropic.Anthropic, *, is_streaming: bool) -> Said:
    asked: Any = {"model": "m", "messages": [{"role": "user", "content": TEXT}]}
    if is_streaming:
        with client.chat.completions.stream(**asked) as stream:
            message = stream.get_final_completion().choices[0].message
    else:
        message = client.chat.completions.create(**asked).choices[0].message
    (call,) = message.tool_calls or []
    assert call.type == "function"
    return Said(message.content or "", json.loads(call.function.arguments))


def completions(client: openai.OpenAI, claude: anthropic.Anthropic, *, is_streaming: bool) -> Said:
    if not is_streaming:
        return Said(client.completions.create(model="m", prompt=TEXT).choices[0].text)
    chunks = client.completions.create(model="m", prompt=TEXT, stream=True)
    return Said("".join(chunk.choices[0].text for chunk in chunks))


def responses(client: openai.OpenAI, claude: anthropic.Anthropic, *, is_streaming: bool) -> Said:
    if not is_streaming:
        whole = client.responses.create(model="m", input=TEXT)
        return Said(whole.output_text, json.loads(whole.output[1].arguments))  # type: ignore[union-attr]
    texts: dict[str, str] = {}
    with client.responses.stream(model="m", input=TEXT) as stream:
        for each in stream:
            if each.type in {"response.output_text.delta", "response.function_call_arguments.delta"}:
                texts[each.type] = texts.get(each.type, "") + each.delta  # type: ignore[union-attr]
            if each.type == "response.output_text.done":
                texts["text"] = each.text
            if each.type == "response.function_call_arguments.done":
                texts["arguments"] = each.arguments
        final = stream.get_final_response()
    assert texts["response.output_text.delta"] == texts["text"] == final.output_text
    arguments = final.output[1].arguments  # type: ignore[union-attr]
    assert json.loads(texts["response.function_call_arguments.delta"]) == json.loads(texts["arguments"])
    assert json.loads(texts["arguments"]) == json.loads(arguments)
    return Said(final.output_text, json.loads(arguments))


def messages(client: openai.OpenAI, claude: anthropic.Anthropic, *, is_streaming: bool) -> Said:
    asked: Any = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": TEXT}]}
    if is_streaming:
        with claude.messages.stream(**asked) as stream:
            message = stream.get_final_message()
    else:
        message = claude.messages.create(**asked)
    text, call = message.content
    return Said(text.text, call.input)  # type: ignore[union-attr, arg-type]


@pytest.mark.parametrize("size", [1, 3, 7, 10_000])
@pytest.mark.parametrize("is_streaming", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("ask", [chat, completions, responses, messages])
def test_the_provider_sees_placeholders_and_the_client_its_own_words(
    ask: Callable[..., Said],
    is_streaming: bool,
    size: int,
    client: openai.OpenAI,
    claude: anthropic.Anthropic,
    mock: Mock,
) -> None:
    mock.default = echo(size)
    said = ask(client, claude, is_streaming=is_streaming)
    sent = mock.last.body.decode()
    assert len(SHAPE.findall(sent)) == 3
    assert MAIL not in sent
    assert "hunter" not in sent
    assert said.text == TEXT
    if said.arguments is not None:
        assert said.arguments["text"] == TEXT
        assert json.loads(said.arguments["nested"]) == {"again": TEXT}


def sent_by(caller: Caller, mock: Mock, body: dict[str, Any], path: str = CHAT) -> str:
    """Make a call and return what the provider got."""
    assert caller.call(path, body).status == 200
    return mock.last.body.decode()


@pytest.mark.parametrize("is_streaming", [False, True], ids=["whole", "streamed"])
def test_a_second_turn_begins_with_the_first_to_the_byte(
    is_streaming: bool, client: openai.OpenAI, claude: anthropic.Anthropic, caller: Caller, mock: Mock
) -> None:
    mock.default = echo(words=lambda text: f"{text} Again: {' '.join(SHAPE.findall(text))}")
    asked = chat_body(TEXT)
    first = sent_by(caller, mock, asked)
    said = chat(client, claude, is_streaming=is_streaming)
    assert said.text == f"{TEXT} Again: {MAIL} {PASSWORD} {MAIL}"
    calls = [
        {"id": "call_1", "type": "function", "function": {"name": "note", "arguments": json.dumps(said.arguments)}}
    ]
    answer = {"role": "assistant", "content": said.text, "tool_calls": calls}
    result = {"role": "tool", "tool_call_id": "call_1", "content": f"noted for {MAIL}"}
    second = sent_by(
        caller, mock, asked | {"messages": [*asked["messages"], answer, result, {"role": "user", "content": "And?"}]}
    )
    assert second.startswith(first.removesuffix("]}"))
    assert MAIL not in second
    assert "hunter" not in second
    told = json.loads(second)["messages"]
    assert told[1]["content"].endswith(" ".join(SHAPE.findall(told[0]["content"])))
    assert json.loads(told[1]["tool_calls"][0]["function"]["arguments"])["text"] == told[1]["content"]


def test_a_placeholder_is_restored_for_its_own_call_alone(gateway: Gateway, masked: None, mock: Mock) -> None:
    one, two = gateway.caller(mock.url), gateway.caller(mock.url)
    mock.default = echo()
    token = SHAPE.findall(sent_by(one, mock, chat_body(MAIL)))[0]
    assert SHAPE.findall(sent_by(two, mock, chat_body(MAIL)))[0] != token
    mock.default = echo(words=lambda _: f"It is {token}.")
    for caller, asked, expected in (
        (two, MAIL, f"It is {token}."),
        (one, "Who was it?", f"It is {token}."),
        (one, f"{MAIL} it was", f"It is {MAIL}."),
        (two, f"{token} and {MAIL}", f"It is {token}."),
    ):
        answer = caller.chat(asked).json()["choices"][0]["message"]
        assert answer["content"] == expected
        assert json.loads(answer["tool_calls"][0]["function"]["arguments"])["text"] == expected


@pytest.mark.parametrize(
    "alter",
    [
        lambda token: token[:-1],
        lambda token: token[:-1] + "a>",
        lambda token: token.lower(),
        lambda token: token.replace("_", " ", 1),
        lambda token: f"&lt;{token[1:-1]}&gt;",
    ],
    ids=["incomplete", "longer", "lower case", "two words", "escaped"],
)
@pytest.mark.parametrize("is_streaming", [False, True], ids=["whole", "streamed"])
def test_an_altered_or_incomplete_placeholder_stays(
    alter: Callable[[str], str], is_streaming: bool, client: openai.OpenAI, claude: anthropic.Anthropic, mock: Mock
) -> None:
    seen: list[str] = []

    def words(text: str) -> str:
        seen.append(f"So {alter(SHAPE.findall(text)[0])}")
        return seen[-1]

    mock.default = echo(2, words)
    said = chat(client, claude, is_streaming=is_streaming)
    assert (said.text, said.arguments) == (seen[0], {"text": seen[0], "nested": json.dumps({"again": seen[0]})})


def test_text_goes_on_while_nothing_looks_like_a_placeholder(caller: Caller, masked: None, mock: Mock) -> None:
    mock.then(chunked([*(event(chat_chunk({"content": word})) for word in ("Hello ", "there ")), 30.0]))
    under_way = caller.open(CHAT, chat_body(MAIL, stream=True))
    try:
        under_way.start()
        assert b"Hello" in under_way.until(b"Hello")
    finally:
        under_way.leave()


def test_go_style_escapes_in_arguments_are_read(caller: Caller, masked: None, mock: Mock) -> None:
    def words(request: Any) -> Any:
        token = SHAPE.findall(request.body.decode())[0]
        arguments = json.dumps({"to": token}).replace("<", "\\u003c").replace(">", "\\u003e")
        call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}
        choice = {"index": 0, "message": {"role": "assistant", "content": None, "tool_calls": [call]}}
        return json_answer(
            {"id": "c", "object": "chat.completion", "choices": [choice | {"finish_reason": "tool_calls"}]}
        )

    mock.default = words
    call = caller.chat(MAIL).json()["choices"][0]["message"]["tool_calls"][0]
    assert json.loads(call["function"]["arguments"]) == {"to": MAIL}


def test_every_replica_issues_the_same_placeholder(start_gateway: StartGateway, mock: Mock) -> None:
    first, caller, there = pair(start_gateway, mock)
    first.made("/admin/guardrails", name="E-mail address", pattern=r"[a-z]+@[a-z]+\.com", mode="pseudonymise")
    mock.default = echo()
    bodies = eventually(
        lambda: {sent_by(each, mock, chat_body(MAIL)) for each in (caller, there)}, lambda found: len(found) == 1
    )
    assert len(bodies) == 1
    assert MAIL not in bodies.pop()


@pytest.mark.parametrize("is_streaming", [False, True], ids=["whole", "streamed"])
def test_a_history_at_the_provider_keeps_its_placeholders(
    is_streaming: bool, gateway: Gateway, masked: None, mock: Mock
) -> None:
    one, two = gateway.caller(mock.url), gateway.caller(mock.url)
    mock.default = echo()
    body: dict[str, Any] = {"model": "m", "input": f"I am {MAIL}", "stream": is_streaming}
    heard = one.call("/v1/responses", body).body.decode()
    assert MAIL in heard
    named = re.findall(r"resp_\d+", heard)[0]
    token = SHAPE.findall(mock.last.body.decode())[0]
    mock.default = echo(words=lambda _: f"You are {token}")
    goes_on = {"model": "m", "input": "Who am I?", "previous_response_id": named, "stream": is_streaming}
    heard = one.call("/v1/responses", goes_on).body.decode()
    assert token not in heard
    assert MAIL in heard
    for caller, asked in ((two, goes_on), (one, goes_on | {"previous_response_id": "resp_other"})):
        assert MAIL not in caller.call("/v1/responses", asked).body.decode()


def test_what_was_pseudonymised_is_on_record_and_told(caller: Caller, masked: None, mock: Mock) -> None:
    mock.default = echo()
    heard = caller.chat(f"{MAIL}, password={PASSWORD}")
    assert heard.header("x-llmp-guardrail") == "redacted=2"
    events = caller.events(2)
    assert {each["mode"] for each in events} == {"pseudonymise"}
    assert all(MAIL in each["input_text"] for each in events)
