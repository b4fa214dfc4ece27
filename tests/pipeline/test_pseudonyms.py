"""Histories at the provider: their placeholders come back for the key whose they are, for a while."""

import pytest

from llm_proxy.core.placeholders import Restorer
from llm_proxy.pipeline.pseudonyms import Asked, Histories, history_asked, response_name

ONE, TWO = {"<A_x>": "one"}, {"<B_x>": "two"}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_history_hands_its_values_on_and_gains_those_of_each_call() -> None:
    histories = Histories()
    histories.remember("key-1", "resp_1", Restorer(ONE))
    second = histories.begin("key-1", Asked("resp_1"), TWO).restorer
    assert second.values == ONE | TWO
    histories.remember("key-1", "resp_2", second)
    assert histories.begin("key-1", Asked("resp_2"), {}).restorer.values == ONE | TWO
    assert histories.begin("key-1", Asked("resp_1"), {}).restorer.values == ONE


@pytest.mark.parametrize(("key_id", "history"), [("key-2", "resp_1"), ("key-1", "resp_2"), ("key-1", "")])
def test_it_serves_no_other_key_and_no_other_history(key_id: str, history: str) -> None:
    histories = Histories()
    histories.remember("key-1", "resp_1", Restorer(ONE))
    assert histories.begin(key_id, Asked(history), TWO).restorer.values == TWO


def test_it_is_forgotten_an_hour_after_its_last_call() -> None:
    clock = Clock()
    histories = Histories(now_s=clock)
    histories.remember("key-1", "resp_1", Restorer(ONE))
    clock.now = 3599
    assert histories.begin("key-1", Asked("resp_1"), {}).restorer
    clock.now = 3600
    assert not histories.begin("key-1", Asked("resp_1"), {}).restorer
    histories.remember("key-1", "resp_2", Restorer(TWO))
    assert len(histories._known) == 1


def test_the_oldest_are_forgotten_when_there_are_too_many() -> None:
    histories = Histories(most_characters=1000)
    for number in range(300):
        histories.remember("key-1", f"resp_{number}", Restorer(ONE))
    assert len(histories._known) == 1000 // len("<A_x>one")
    assert histories.begin("key-1", Asked("resp_299"), {}).restorer
    assert not histories.begin("key-1", Asked("resp_0"), {}).restorer
    histories.remember("key-1", "resp_x", Restorer({"<A_x>": "x" * 1000}))
    assert not histories._known
    assert histories._characters == 0


def test_nothing_is_kept_of_calls_without_placeholders_or_a_name() -> None:
    histories = Histories()
    histories.remember("key-1", "resp_1", Restorer({}))
    histories.remember("key-1", "", Restorer(ONE))
    histories.remember("key-1", "x" * 201, Restorer(ONE))
    assert not histories._known


def test_a_conversation_keeps_its_name_and_a_response_tells_its_own() -> None:
    histories = Histories()
    histories.begin("key-1", Asked("conv_1", is_conversation=True), ONE)
    turn = histories.begin("key-1", Asked("conv_1", is_conversation=True), TWO)
    assert turn.restorer.values == ONE | TWO
    turn.told({"type": "response.created", "response": {"id": "resp_1", "object": "response"}})
    turn.told({"type": "response.output_text.delta", "delta": "x"})
    assert histories.begin("key-1", Asked("resp_1"), {}).restorer.values == ONE | TWO
    histories.begin("key-1", Asked("resp_1"), {"<C_x>": "three"})
    assert histories.begin("key-1", Asked("resp_1"), {}).restorer.values == ONE | TWO


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"previous_response_id": "resp_1"}, Asked("resp_1")),
        ({"conversation": "conv_1", "previous_response_id": "resp_1"}, Asked("conv_1", is_conversation=True)),
        ({"conversation": {"id": "conv_1"}}, Asked("conv_1", is_conversation=True)),
        ({"conversation": {"id": 5}}, Asked()),
        ({"previous_response_id": None, "conversation": None}, Asked()),
        ({"previous_response_id": ["x"]}, Asked()),
        ({}, Asked()),
    ],
)
def test_a_request_names_the_history_it_goes_on_with(body: dict[str, object], expected: Asked) -> None:
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
    assert response_name(said) == expected
