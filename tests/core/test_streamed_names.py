"""The names and ids of tool calls come in fragments that clients add up: none of them goes on before all are judged."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from llm_proxy.core.placeholders import Placeholders, Restorer
from llm_proxy.core.self_defence import defend
from llm_proxy.core.sse import SseParser
from llm_proxy.core.watch import Watch, compile_rules
from llm_proxy.records import Secret
from tests.core.shapes import watch
from tests.core.test_answer_stream import RULES
from tests.core.test_answer_stream import Client as TextClient
from tests.mock_answers import chat_chunk, event

SECRET = "AKZA7Q2M4N6P8R0S3T5V"
SPOTTED = f"my {SECRET} key"
DEFENCE = compile_rules([], 1, None, defend(set(), [Secret("sk-proj-9Zk3v7q2m4Yw8Rt1")]).detectors).watch("response")
ONLY_ROLE = {"role": "assistant", "content": None}
Told = Callable[[str, str], dict[str, Any]]


class Client(TextClient):
    """Keeps what it gets; what it says is another test's business."""

    def _read(self, out: bytes) -> bytes:
        self.raw += out
        return out


def named(name: str, arguments: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, "function": {"name": name, "arguments": arguments}}]}


def custom(name: str, given: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, "custom": {"name": name, "input": given}}]}


def identified(name: str, arguments: str) -> dict[str, Any]:
    return {"tool_calls": [{"index": 0, "id": name, "function": {"arguments": arguments}}]}


def legacy(name: str, arguments: str) -> dict[str, Any]:
    return {"function_call": {"name": name, "arguments": arguments}}


TOLD = [named, custom, identified, legacy]


def frame(delta: dict[str, Any]) -> bytes:
    return event(chat_chunk(delta))


def deltas(raw: bytes) -> list[dict[str, Any]]:
    return [json.loads(each.data or b"")["choices"][0]["delta"] for each in SseParser().feed(raw)]


@pytest.mark.parametrize("mode", ["reject", "replace"])
@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("name", [SECRET, SPOTTED])
def test_nothing_of_a_secret_in_a_name_goes_on_wherever_it_is_split(name: str, told: Told, mode: Any) -> None:
    for place in range(1, len(name)):
        client = Client("chat/completions", watch(mode))
        client.take(frame(ONLY_ROLE))
        begun = client.raw
        for piece in (name[:place], name[place:]):
            client.take(frame(told(piece, "")))
        client.take(frame(told("", '{"a": "b"}')))
        client.take(event(chat_chunk({}, "tool_calls")))
        assert client.stream.rejected_by is not None
        assert client.stream.rejected_by.place.startswith("choices[0].delta.")
        sent = client.raw.removeprefix(begun)
        assert not any(name[start : start + 4].encode() in sent for start in range(len(name) - 3))


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 19])
def test_nothing_of_it_goes_on_in_many_pieces_or_with_the_arguments(size: int, told: Told) -> None:
    split = [SECRET[start : start + size] for start in range(0, len(SECRET), size)]
    client = Client("chat/completions")
    for piece in split[:-1]:
        client.take(frame(told(piece, "")))
    client.take(frame(told(split[-1], '{"a": "b"}')))
    assert client.raw == b""
    assert client.stream.rejected_by is not None


@pytest.mark.parametrize("told", TOLD)
def test_a_name_that_goes_on_behind_its_arguments_ends_the_stream(told: Told) -> None:
    client = Client("chat/completions")
    client.take(frame(told(SECRET[:9], '{"a": ')))
    client.take(frame(told(SECRET[9:], '"b"}')))
    assert client.stream.rejected_by is not None
    assert SECRET[9:].encode() not in client.raw


@pytest.mark.parametrize("rules", [RULES, DEFENCE], ids=["rules", "self-defence"])
@pytest.mark.parametrize("told", TOLD)
def test_a_name_in_fragments_goes_on_as_it_came_before_its_arguments(told: Told, rules: Watch) -> None:
    sent = [frame(told(piece, "")) for piece in ("get_", "weather", "_in_town")]
    client = Client("chat/completions", rules)
    for each in sent:
        client.take(each)
    client.take(frame(told("", "{")))
    assert client.raw.startswith(b"".join(sent))


def test_no_rule_but_self_defence_makes_a_plain_name_wait() -> None:
    client = Client("chat/completions", DEFENCE)
    assert client.take(frame(named("search", ""))) == frame(named("search", ""))


def test_a_call_without_arguments_goes_on_when_the_next_one_begins_or_all_is_said() -> None:
    calls = [
        frame({"tool_calls": [{"index": at, "id": f"call_{at}", "function": {"name": f"tool_{at}", "arguments": ""}}]})
        for at in (0, 1)
    ]
    end = event(chat_chunk({}, "tool_calls"))
    client = Client("chat/completions")
    assert client.take(calls[0]) == b""
    assert client.take(calls[1]) == calls[0]
    assert client.take(end) + client.finish() == calls[1] + end


def test_a_name_that_is_told_with_every_event_is_told_again() -> None:
    rules = watch("reject")
    client = Client("chat/completions", rules)
    sent = [frame(named("look_up", piece)) for piece in ('{"a": ', '"b ', 'c"', "}")]
    for each in [*sent, event(chat_chunk({}, "tool_calls"))]:
        client.take(each)
    client.finish()
    assert b"".join(sent) in client.raw
    assert client.stream.findings == []


def test_the_words_of_arguments_that_come_with_a_name_go_on_once_with_it() -> None:
    client = Client("chat/completions")
    client.take(frame({"content": "so "} | named("look_up", '{"a": "some wo')))
    client.take(frame(named("", 'rds"}')))
    client.take(event(chat_chunk({}, "tool_calls")))
    client.finish()
    functions = [call["function"] for delta in deltas(client.raw) for call in delta.get("tool_calls", ())]
    assert "".join(each.get("name", "") for each in functions) == "look_up"
    assert functions[0]["name"] == "look_up"
    assert "".join(each["arguments"] for each in functions) == '{"a": "some words"}'


def test_words_do_not_go_on_before_the_name_that_came_with_them() -> None:
    client = Client("chat/completions")
    assert client.take(frame({"content": "so it is "} | named("look", ""))) == b""
    client.take(frame(named("_up", '{"a": "b" ')))
    assert [call["function"]["name"] for delta in deltas(client.raw) for call in delta["tool_calls"]] == ["look", "_up"]


@pytest.mark.parametrize("size", [1, 5, 40])
def test_a_placeholder_in_a_name_comes_back(size: int) -> None:
    placeholders = Placeholders(Secret("5e" * 32), "key-1")
    token = placeholders.issue("Name", "ada")
    client = Client("chat/completions", RULES, Restorer(placeholders.issued))
    for start in range(0, len(token), size):
        client.take(frame(named(token[start : start + size], "")))
    client.take(frame(named("", "{")))
    client.take(event(chat_chunk({}, "tool_calls")))
    client.finish()
    names = [call["function"]["name"] for delta in deltas(client.raw) for call in delta.get("tool_calls", ())]
    assert "".join(names) == "ada"
