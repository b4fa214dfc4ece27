"""The built-in offline provider, through the official clients: no network, and its model names choose behaviours."""

from collections.abc import Iterator
from typing import Any

import anthropic
import openai
import pytest

from tests.gateway_process import Caller, Gateway

HELLO: Any = [{"role": "user", "content": "Say hello to the sandbox."}]
TOOL: Any = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object", "properties": {}}}}


@pytest.fixture
def sandboxed(gateway: Gateway) -> Caller:
    """A key whose provider is the sandbox."""
    return gateway.caller("sandbox:")


@pytest.fixture
def client(sandboxed: Caller) -> Iterator[openai.OpenAI]:
    """The official client of that key."""
    base_url = f"http://127.0.0.1:{sandboxed.gateway.port}/v1"
    with openai.OpenAI(base_url=base_url, api_key=sandboxed.key, max_retries=0) as made:
        yield made


def test_the_echo_plain_and_streamed_is_the_same_and_counted(client: openai.OpenAI, sandboxed: Caller) -> None:
    answer = client.chat.completions.create(model="sandbox-echo", messages=HELLO)
    chunks = list(client.chat.completions.create(model="sandbox-echo", messages=HELLO, stream=True))
    text = answer.choices[0].message.content
    assert text is not None
    assert "Say hello to the sandbox." in text
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == text
    assert len(chunks) > 4
    assert answer.usage is not None
    records = sandboxed.usage(2)
    assert [record["total_tokens"] for record in records] == [answer.usage.total_tokens] * 2
    assert {record["source"] for record in records} == {"provider"}


def test_the_echo_shows_what_a_rule_left_of_the_text(client: openai.OpenAI, gateway: Gateway) -> None:
    gateway.rule("hello", "replace", "[greeting]")
    text = client.chat.completions.create(model="sandbox-echo", messages=HELLO).choices[0].message.content
    assert text is not None
    assert "Say [greeting] to the sandbox." in text


def test_errors_tools_and_models(client: openai.OpenAI) -> None:
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="sandbox-error-500", messages=HELLO)
    answer = client.chat.completions.create(model="sandbox-tool-call", messages=HELLO, tools=[TOOL])
    assert answer.choices[0].message.tool_calls
    names = {model.id for model in client.models.list()}
    assert {"sandbox-echo", "sandbox-slow", "sandbox-error-500", "sandbox-tool-call"} <= names


def test_the_other_endpoints(client: openai.OpenAI, sandboxed: Caller) -> None:
    assert client.responses.create(model="sandbox-echo", input="Hello.").output_text
    with client.responses.stream(model="sandbox-echo", input="Hello.") as stream:
        assert stream.get_final_response().output_text
    assert client.embeddings.create(model="sandbox-echo", input="Hello.").data[0].embedding
    assert client.completions.create(model="sandbox-echo", prompt="Hello.").choices[0].text
    assert client.moderations.create(model="sandbox-echo", input="Hello.").results
    assert all(record["status"] == "ok" for record in sandboxed.usage(5))


def test_anthropic_speaks_with_the_sandbox_too(sandboxed: Caller) -> None:
    origin = f"http://127.0.0.1:{sandboxed.gateway.port}"
    with anthropic.Anthropic(base_url=origin, api_key=sandboxed.key, max_retries=0) as claude:
        answer = claude.messages.create(model="sandbox-echo", max_tokens=99, messages=HELLO)
        with claude.messages.stream(model="sandbox-echo", max_tokens=99, messages=HELLO) as stream:
            text = "".join(stream.text_stream)
    (block,) = answer.content
    assert block.type == "text"
    assert block.text == text
    assert "Say hello to the sandbox." in text


@pytest.mark.parametrize("digits", [310, 4300])
@pytest.mark.parametrize("stream", [False, True])
def test_a_number_of_hundreds_of_digits_is_answered_like_any_other(
    sandboxed: Caller, digits: int, stream: bool
) -> None:
    answer = sandboxed.chat("Say hello.", model="sandbox-echo", x=int("1" * digits), stream=stream)
    assert (answer.status, b"hello" in answer.body) == (200, True)
