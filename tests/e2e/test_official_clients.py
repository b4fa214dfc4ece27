"""The official clients, unmodified, talk through the gateway as they talk to the providers themselves."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import anthropic
import openai
import pytest

from tests.gateway_process import Caller, Gateway
from tests.mock_answers import AUDIO, COMPLETION, PROMPT, chat_events, error_answer, message_events, unfinished
from tests.mock_upstream import Mock, Then

HELLO: Any = [{"role": "user", "content": "Say hello."}]
TOOL: Any = {
    "type": "function",
    "function": {"name": "weather", "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
WHOLE = "Hello from MOCK."


def base_url(gateway: Gateway) -> str:
    """What an OpenAI client is pointed at."""
    return f"http://127.0.0.1:{gateway.port}/v1"


@pytest.fixture
def client(caller: Caller) -> Iterator[openai.OpenAI]:
    """The official client; retries are off so that every error is seen as it comes."""
    with openai.OpenAI(base_url=base_url(caller.gateway), api_key=caller.key, max_retries=0) as made:
        yield made


@pytest.fixture
async def async_client(caller: Caller) -> AsyncIterator[openai.AsyncOpenAI]:
    """Its asynchronous twin."""
    async with openai.AsyncOpenAI(base_url=base_url(caller.gateway), api_key=caller.key, max_retries=0) as made:
        yield made


@pytest.fixture
def claude(caller: Caller) -> Iterator[anthropic.Anthropic]:
    """Anthropic's client, which sends its key as ``x-api-key``."""
    origin = f"http://127.0.0.1:{caller.gateway.port}"
    with anthropic.Anthropic(base_url=origin, api_key=caller.key, max_retries=0) as made:
        yield made


def test_chat_and_its_usage(client: openai.OpenAI, caller: Caller) -> None:
    answer = client.chat.completions.create(model="mock-1", messages=HELLO)
    assert answer.choices[0].message.content == WHOLE
    assert answer.usage is not None
    assert answer.usage.total_tokens == caller.usage()[0]["total_tokens"] == PROMPT + COMPLETION


def test_a_chat_stream_and_its_usage(client: openai.OpenAI, caller: Caller) -> None:
    chunks = list(client.chat.completions.create(model="mock-1", messages=HELLO, stream=True))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == WHOLE
    assert not any(chunk.usage for chunk in chunks)
    assert caller.usage()[0]["completion_tokens"] == COMPLETION


def test_a_chat_stream_that_asked_for_usage_gets_it(client: openai.OpenAI) -> None:
    chunks = list(
        client.chat.completions.create(
            model="mock-1", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
    )
    told = [chunk.usage for chunk in chunks if chunk.usage]
    assert [usage.completion_tokens for usage in told] == [COMPLETION]


def test_tools_plain_and_streamed(client: openai.OpenAI, mock: Mock) -> None:
    answer = client.chat.completions.create(model="mock-1", messages=HELLO, tools=[TOOL])
    (call,) = answer.choices[0].message.tool_calls or []
    assert call.type == "function"
    assert call.function.arguments == '{"city": "Bern"}'
    assert mock.last.json()["tools"] == [TOOL]
    with client.chat.completions.stream(model="mock-1", messages=HELLO, tools=[TOOL]) as stream:
        final = stream.get_final_completion()
    (call,) = final.choices[0].message.tool_calls or []
    assert (call.function.name, call.function.arguments) == ("weather", '{"city": "Bern"}')


def test_legacy_completions(client: openai.OpenAI) -> None:
    assert client.completions.create(model="mock-1", prompt="Say").choices[0].text == WHOLE
    chunks = client.completions.create(model="mock-1", prompt="Say", stream=True)
    assert "".join(chunk.choices[0].text for chunk in chunks) == WHOLE


def test_responses_plain_and_streamed(client: openai.OpenAI, caller: Caller) -> None:
    assert client.responses.create(model="mock-1", input="Say hello.").output_text == WHOLE
    with client.responses.stream(model="mock-1", input="Say hello.") as stream:
        kinds = [event.type for event in stream]
        assert stream.get_final_response().output_text == WHOLE
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert [record["total_tokens"] for record in caller.usage(2)] == [PROMPT + COMPLETION] * 2


def test_embeddings_models_moderations_images_and_speech(client: openai.OpenAI) -> None:
    vector = client.embeddings.create(model="mock-1", input="x", encoding_format="float").data[0].embedding
    assert vector == [0.1, 0.2, 0.3]
    assert len(client.embeddings.create(model="mock-1", input=["x"]).data[0].embedding) == 1
    assert [model.id for model in client.models.list()] == ["mock-1"]
    assert client.moderations.create(model="mock-1", input="x").results[0].flagged is False
    images = client.images.generate(model="mock-1", prompt="x").data
    assert images is not None
    assert images[0].b64_json == "iVBORw0KGgo="
    assert client.audio.speech.create(model="mock-1", input="x", voice="alloy").content == AUDIO


async def test_the_asynchronous_client(async_client: openai.AsyncOpenAI) -> None:
    answer = await async_client.chat.completions.create(model="mock-1", messages=HELLO)
    assert answer.choices[0].message.content == WHOLE
    stream = await async_client.chat.completions.create(model="mock-1", messages=HELLO, stream=True)
    assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == WHOLE
    assert (await async_client.responses.create(model="mock-1", input="x")).output_text == WHOLE
    assert [model.id async for model in async_client.models.list()] == ["mock-1"]
    with pytest.raises(openai.AuthenticationError):
        await async_client.with_options(api_key="llmp-wrong").models.list()


def test_raw_response_headers(client: openai.OpenAI, gateway: Gateway, mock: Mock) -> None:
    limited = gateway.caller(mock.url, rpm=7)
    raw = client.with_options(api_key=limited.key).chat.completions.with_raw_response
    answer = raw.create(model="mock-1", messages=HELLO, extra_headers={"X-Request-Id": "my-own-id"})
    assert answer.headers["x-ratelimit-limit-requests"] == "7"
    assert answer.headers["x-ratelimit-remaining-requests"] == "6"
    assert answer.headers["x-request-id"] == answer.request_id == "my-own-id"
    parsed = answer.parse()
    assert parsed.choices[0].message.content == WHOLE


def test_a_wrong_key_is_an_authentication_error(client: openai.OpenAI) -> None:
    with pytest.raises(openai.AuthenticationError) as raised:
        client.with_options(api_key="llmp-wrong").chat.completions.create(model="mock-1", messages=HELLO)
    assert raised.value.code == "invalid_api_key"


def test_an_empty_bucket_is_a_rate_limit_error(client: openai.OpenAI, gateway: Gateway, mock: Mock) -> None:
    limited = client.with_options(api_key=gateway.caller(mock.url, rpm=1).key)
    limited.models.list()
    with pytest.raises(openai.RateLimitError) as raised:
        limited.models.list()
    assert raised.value.code == "rate_limit_exceeded"
    assert raised.value.response.headers["retry-after"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_guard_rail_is_a_bad_request_error(stream: bool, client: openai.OpenAI, gateway: Gateway) -> None:
    rule = gateway.rule("hello")
    with pytest.raises(openai.BadRequestError) as raised:
        client.chat.completions.create(model="mock-1", messages=HELLO, stream=stream)
    assert (raised.value.type, raised.value.code) == ("guardrail_rejected", "guardrail_rejected")
    assert rule["id"] in raised.value.message


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, openai.BadRequestError),
        (404, openai.NotFoundError),
        (422, openai.UnprocessableEntityError),
        (429, openai.RateLimitError),
        (500, openai.InternalServerError),
        (401, openai.InternalServerError),
    ],
)
def test_a_providers_error_is_the_clients_own_exception(
    status: int, expected: type[openai.APIStatusError], client: openai.OpenAI, mock: Mock
) -> None:
    mock.then(error_answer(status))
    with pytest.raises(expected) as raised:
        client.chat.completions.create(model="mock-1", messages=HELLO)
    assert isinstance(raised.value.body, dict)


def test_a_stream_that_breaks_raises(client: openai.OpenAI, mock: Mock) -> None:
    mock.then(unfinished(chat_events()[:3], Then.RESET))
    stream = client.chat.completions.create(model="mock-1", messages=HELLO, stream=True)
    with pytest.raises(openai.APIError) as raised:
        list(stream)
    assert raised.value.code == "upstream_interrupted"


async def test_a_broken_stream_raises_in_the_asynchronous_client(async_client: openai.AsyncOpenAI, mock: Mock) -> None:
    mock.then(unfinished(chat_events()[:3], Then.RESET))
    stream = await async_client.chat.completions.create(model="mock-1", messages=HELLO, stream=True)
    with pytest.raises(openai.APIError):
        _ = [chunk async for chunk in stream]


def test_anthropic_messages(claude: anthropic.Anthropic, mock: Mock, caller: Caller) -> None:
    answer = claude.messages.create(model="mock-1", max_tokens=9, messages=HELLO)
    (block,) = answer.content
    assert block.type == "text"
    assert block.text == WHOLE
    assert mock.last.values("anthropic-version")
    assert caller.usage()[0]["total_tokens"] == PROMPT + COMPLETION


def test_an_anthropic_stream(claude: anthropic.Anthropic, caller: Caller) -> None:
    with claude.messages.stream(model="mock-1", max_tokens=9, messages=HELLO) as stream:
        assert "".join(stream.text_stream) == WHOLE
        assert stream.get_final_message().usage.output_tokens == COMPLETION
    assert caller.usage()[0]["total_tokens"] == PROMPT + COMPLETION


def test_anthropic_errors(claude: anthropic.Anthropic, gateway: Gateway, mock: Mock) -> None:
    with pytest.raises(anthropic.AuthenticationError):
        claude.with_options(api_key="llmp-wrong").messages.create(model="mock-1", max_tokens=9, messages=HELLO)
    mock.then(error_answer(404))
    with pytest.raises(anthropic.NotFoundError):
        claude.messages.create(model="mock-1", max_tokens=9, messages=HELLO)
    gateway.rule("hello")
    with pytest.raises(anthropic.BadRequestError) as raised:
        claude.messages.create(model="mock-1", max_tokens=9, messages=HELLO)
    assert "guardrail_rejected" in str(raised.value.body)


def test_an_anthropic_stream_that_breaks_raises(claude: anthropic.Anthropic, mock: Mock) -> None:
    mock.then(unfinished(message_events()[:4], Then.RESET))
    with (
        pytest.raises(anthropic.APIError),
        claude.messages.stream(model="mock-1", max_tokens=9, messages=HELLO) as stream,
    ):
        list(stream)
