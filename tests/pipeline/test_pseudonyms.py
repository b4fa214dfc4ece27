"""Histories at the provider: their placeholders come back for the key whose they are, for a while."""

import pytest

from llm_proxy.core.placeholders import Restorer
from llm_proxy.pipeline.pseudonyms import Histories, history_answered, history_asked

ONE, TWO = {"<A_x>": "one"}, {"<B_x>": "two"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_history_hands_its_values_on_and_gains_those_of_each_call() -> None:
    histories = Histories()
    histories.remember("key-1", "resp_1", Restorer(ONE))
    second = histories.restorer("key-1", "resp_1", TWO)
    assert second.values == ONE | TWO
    histories.remember("key-1", "resp_2", second)
    assert histories.restorer("key-1", "resp_2", {}).values == ONE | TWO
    assert histories.restorer("key-1", "resp_1", {}).values == ONE


@pytest.mark.parametrize(("key_id", "history"), [("key-2", "resp_1"), ("key-1", "resp_2"), ("key-1", "")])
def test_it_serves_no_other_key_and_no_other_history(key_id: str, history: str) -> None:
    histories = Histories()
    histories.remember("key-1", "resp_1", Restorer(ONE))
    assert histories.restorer(key_id, history, TWO).values == TWO


def test_it_is_forgotten_an_hour_after_its_last_call() -> None:
    clock = Clock()
    histories = Histories(now_s=clock)
    histories.remember("key-1", "resp_1", Restorer(ONE))
    clock.now = 3599
    assert histories.restorer("key-1", "resp_1", {})
    clock.now = 3600
    assert not histories.restorer("key-1", "resp_1", {})
    histories.remember("key-1", "resp_2", Restorer(TWO))
    assert len(histories._known) == 1


def test_the_oldest_are_forgotten_when_there_are_too_many() -> None:
    histories = Histories(most_characters=1000)
    for number in range(300):
        histories.remember("key-1", f"resp_{number}", Restorer(ONE))
    assert len(histories._known) == 1000 // len("<A_x>one")
    assert histories.restorer("key-1", "resp_299", {})
    assert not histories.restorer("key-1", "resp_0", {})
    histories.remember("key-1", "resp_x", Restorer({"<A_x>": "x" * 1000}))
    assert not histories._known
    assert histories._characters == 0


def test_nothing_is_kept_of_calls_without_placeholders_or_a_name() -> None:
    histories = Histories()
    histories.remember("key-1", "resp_1", Restorer({}))
    histories.remember("key-1", "", Restorer(ONE))
    histories.remember("key-1", "x" * 201, Restorer(ONE))
    assert not histories._known


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"previous_response_id": "resp_1"}, "resp_1"),
        ({"conversation": "conv_1"}, "conv_1"),
        ({"conversation": {"id": "conv_1"}}, "conv_1"),
        ({"conversation": {"id": 5}}, ""),
        ({"previous_response_id": None, "conversation": None}, ""),
        ({"previous_response_id": ["x"]}, ""),
        ({}, ""),
    ],
)
def test_a_request_names_the_history_it_goes_on_with(body: dict[str, object], expected: str) -> None:
    assert history_asked(body) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"id": "resp_1", "object": "response", "output": []}, "resp_1"),
        ({"type": "response.created", "response": {"id": "resp_1", "object": "response"}}, "resp_1"),
        ({"id": "chatcmpl-1", "object": "chat.completion"}, ""),
        ({"type": "response.output_text.delta", "delta": "x"}, ""),
        ({"response": "x"}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_an_answer_names_the_history_it_becomes(said: object, expected: str) -> None:
    assert history_answered(said) == expected
