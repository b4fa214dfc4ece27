"""Token counts: what providers tell, in each of their forms, and what is estimated when they do not."""

from typing import Any

import pytest

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.usage import Meter, estimate
from llm_proxy.records import Tokens

CHAT = ENDPOINTS["chat/completions"]
MESSAGES = ENDPOINTS["messages"]
RESPONSES = ENDPOINTS["responses"]


def metered(endpoint: str, *chunks: Any, characters: int = 40, complete: bool = True) -> Tokens:
    meter = Meter(ENDPOINTS[endpoint], characters)
    for chunk in chunks:
        meter.read_chunk(chunk)
    return meter.tokens(complete=complete)


ANSWERS = [
    ("chat/completions", {"usage": {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}}, (7, 5, 12)),
    ("embeddings", {"usage": {"prompt_tokens": 9, "total_tokens": 9}}, (9, 0, 9)),
    ("responses", {"usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}}, (3, 4, 7)),
    ("messages", {"usage": {"input_tokens": 3, "output_tokens": 4}}, (3, 4, 7)),
    (
        "messages",
        {
            "usage": {
                "input_tokens": 3,
                "output_tokens": 4,
                "cache_read_input_tokens": 10,
                "cache_creation_input_tokens": 2,
            }
        },
        (15, 4, 19),
    ),
    ("images/generations", {"usage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}}, (3, 4, 7)),
]  # fmt: skip


@pytest.mark.parametrize(("endpoint", "answer", "counts"), ANSWERS)
def test_usage_is_read_in_every_form(endpoint: str, answer: dict[str, Any], counts: tuple[int, int, int]) -> None:
    meter = Meter(ENDPOINTS[endpoint], 0)
    meter.read_answer(answer)
    tokens = meter.tokens(complete=True)
    assert (tokens.prompt, tokens.completion, tokens.total, tokens.source) == (*counts, "provider")


def test_cached_and_reasoning_tokens_are_kept_apart() -> None:
    usage = {
        "prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
        "prompt_tokens_details": {"cached_tokens": 64}, "completion_tokens_details": {"reasoning_tokens": 30},
    }  # fmt: skip
    tokens = metered("chat/completions", {"choices": [], "usage": usage})
    assert (tokens.prompt, tokens.completion, tokens.cached, tokens.reasoning) == (100, 50, 64, 30)


def test_S20_running_totals_are_counted_once() -> None:
    chunks = [
        {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": n, "total_tokens": 7 + n}} for n in (1, 2, 3)
    ]
    assert metered("chat/completions", *chunks).total == 10


def test_anthropic_streams_tell_input_first_and_output_last() -> None:
    start = {"type": "message_start", "message": {"model": "m", "usage": {"input_tokens": 11, "output_tokens": 1}}}
    delta = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 6}}
    assert metered("messages", start, delta) == Tokens(11, 6, source="provider")


def test_a_cut_anthropic_stream_is_partial_and_estimates_what_was_written() -> None:
    start = {"type": "message_start", "message": {"usage": {"input_tokens": 11, "output_tokens": 1}}}
    delta = {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "x" * 40}}
    assert metered("messages", start, delta, complete=False) == Tokens(11, 10, source="partial")


def test_S21_without_usage_four_characters_are_a_token() -> None:
    chunk = {"choices": [{"delta": {"role": "assistant", "content": "x" * 9}}]}
    assert metered("chat/completions", chunk, characters=41) == Tokens(11, 3, source="estimated")
    assert [estimate(count) for count in (0, 1, 4, 5)] == [0, 1, 1, 2]


def test_tool_arguments_and_reasoning_count_as_written() -> None:
    delta = {
        "tool_calls": [{"index": 0, "id": "call_1", "function": {"name": "f", "arguments": "x" * 7}}],
        "reasoning_content": "y" * 8,
    }
    assert metered("chat/completions", {"choices": [{"delta": delta}]}, characters=0).completion == 4


def test_an_endpoint_nobody_pays_for_has_no_estimate() -> None:
    assert metered("moderations", {"results": []}) == Tokens()


@pytest.mark.parametrize(
    "usage", [None, [], "7", {"prompt_tokens": "7"}, {"prompt_tokens": -1}, {"prompt_tokens": True}]
)
def test_a_usage_that_is_none_is_not_believed(usage: object) -> None:
    assert metered("chat/completions", {"choices": [], "usage": usage}).source == "estimated"


@pytest.mark.parametrize(
    ("endpoint", "chunk"),
    [
        ("chat/completions", {"choices": [{"delta": {}, "finish_reason": "stop"}]}),
        ("completions", {"choices": [{"text": "", "finish_reason": "length"}]}),
        ("responses", {"type": "response.completed", "response": {}}),
        ("responses", {"type": "response.incomplete", "response": {}}),
        ("messages", {"type": "message_stop"}),
        ("images/generations", {"type": "image_generation.completed"}),
    ],
)
def test_the_end_of_each_protocol_is_known(endpoint: str, chunk: dict[str, Any]) -> None:
    meter = Meter(ENDPOINTS[endpoint], 0)
    assert not meter.finished
    meter.read_chunk(chunk)
    assert meter.finished


@pytest.mark.parametrize("chunk", [{"error": {"message": "x"}}, {"type": "error"}])
@pytest.mark.parametrize("endpoint", ["responses", "messages"])
def test_an_error_inside_a_stream_is_noticed(endpoint: str, chunk: dict[str, Any]) -> None:
    meter = Meter(ENDPOINTS[endpoint], 0)
    meter.read_chunk(chunk)
    assert meter.failed


@pytest.mark.parametrize(
    ("chunk", "expected"),
    [
        ({"choices": [], "usage": {"prompt_tokens": 1}}, True),
        ({"choices": [{"delta": {}}], "usage": {"prompt_tokens": 1}}, False),
        ({"choices": [], "usage": None}, False),
        ({"choices": []}, False),  # Azure's first chunk
        ("text", False),
    ],
)
def test_only_a_chunk_of_nothing_but_usage_is_withheld(chunk: object, *, expected: bool) -> None:
    assert Meter(CHAT, 0).is_usage_only(chunk) is expected
