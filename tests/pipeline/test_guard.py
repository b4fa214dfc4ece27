"""What a guard does around an inspection: where it runs, what it records, and that nothing leaves unrecorded."""

import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from llm_proxy.core.endpoints import ENDPOINTS
from llm_proxy.core.guardrails import MAX_FINDINGS
from llm_proxy.core.pattern_sets import Glance, Hit, PatternSet
from llm_proxy.core.text_rows import TextRow
from llm_proxy.core.watch import RuleSet, compile_rules
from llm_proxy.errors import BadJson, GuardrailRejected
from llm_proxy.pipeline.guard import OFF_LOOP_BYTES, OUTSIDE, Guard, Guarded, guard_request
from llm_proxy.records import FieldClass, Guardrail
from tests.fakes import FakeLedger, World, api_key, rule


class Watched(PatternSet):
    """Patterns that remember in which threads they looked for every match."""

    threads: set[threading.Thread]

    def hits(self, row: TextRow, glance: Glance | None = None) -> Iterator[Hit]:
        self.threads.add(threading.current_thread())
        return super().hits(row, glance)


def watched(*rules: Guardrail) -> RuleSet:
    compiled = compile_rules(rules, 1)
    patterns = Watched([detector.pattern for detector in compiled.detectors])
    patterns.threads = set()
    return replace(compiled, patterns=patterns)


async def guarded(
    body: dict[str, Any], rules: RuleSet, ledger: FakeLedger, endpoint: str = "chat/completions", **changes: Any
) -> Guarded:
    call = replace(World().call(b"", endpoint, **changes), body=json.dumps(body).encode())
    return await guard_request(call, ENDPOINTS[endpoint], api_key(), Guard(rules, 128, deadline_s=60), ledger)


ASK = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}


@pytest.mark.parametrize(
    ("pattern", "endpoint", "body"),
    [
        (r"x(?:.*y)?", "chat/completions", {"messages": [{"role": "user", "content": "x" * 60_000}]}),
        (r"[a-z]+@[a-z.]+", "embeddings", {"input": ["a@b.cc"] * 5_000}),
    ],
)
async def test_P32_no_match_is_looked_for_on_the_event_loop(pattern: str, endpoint: str, body: dict[str, Any]) -> None:
    assert len(json.dumps(body)) < OFF_LOOP_BYTES
    rules, ledger = watched(rule(pattern, "replace", "#")), FakeLedger()
    actions = (await guarded(body, rules, ledger, endpoint)).actions
    assert ledger.events
    assert actions == ("replaced",) * len(ledger.events)
    assert rules.patterns.threads
    assert threading.current_thread() not in rules.patterns.threads


async def test_a_short_body_in_which_no_rule_can_match_needs_no_thread() -> None:
    rules, ledger = watched(rule("nowhere")), FakeLedger()
    assert (await guarded(ASK, rules, ledger)).body == json.dumps(ASK).encode()
    assert (rules.patterns.threads, ledger.events) == (set(), [])


async def test_a_long_body_is_judged_in_a_thread_and_passes_unchanged() -> None:
    body = ASK | {"user": "x" * OFF_LOOP_BYTES}
    rules, ledger = watched(rule("nowhere")), FakeLedger()
    assert (await guarded(body, rules, ledger)).body == json.dumps(body).encode()
    assert threading.current_thread() not in rules.patterns.threads
    assert ledger.events == []


async def test_a_call_leaves_no_more_than_a_bounded_number_of_events() -> None:
    ledger = FakeLedger()
    body = {"input": ["k"] * (MAX_FINDINGS + 1)}
    with pytest.raises(GuardrailRejected) as caught:
        await guarded(body, compile_rules([rule("k", "replace", "#")], 1), ledger, "embeddings", outside=("fine",))
    assert len(ledger.events) == MAX_FINDINGS
    assert {event.action for event in ledger.events} == {"rejected"}
    assert ledger.events[0].id in caught.value.message


@pytest.mark.parametrize("endpoint", ["chat/completions", "models"])
async def test_what_is_not_in_the_body_is_inspected_piece_by_piece(endpoint: str) -> None:
    rules = compile_rules([rule("^secret$", "replace", "#")], 1)
    ledger = FakeLedger()
    with pytest.raises(GuardrailRejected) as caught:
        await guarded(ASK, rules, ledger, endpoint, outside=("fine", "secret"))
    (event,) = ledger.events
    assert (event.place, event.input_text, event.action) == (OUTSIDE, "secret", "rejected")
    assert caught.value.param == OUTSIDE
    await guarded(ASK, rules, ledger, endpoint, outside=("fine", "secret service"))
    assert len(ledger.events) == 1


async def test_what_is_found_in_the_query_is_told_as_such() -> None:
    rules, ledger = compile_rules([rule("secret", "replace", "#")], 1), FakeLedger()
    with pytest.raises(GuardrailRejected) as caught:
        await guarded(ASK, rules, ledger, "models", outside=("my secret&",), query="limit=2&after=my+secret%26")
    assert [event.place for event in ledger.events] == [caught.value.param] == ["query"]


@pytest.mark.parametrize("value", ["\ud800", "SECRET", {"a": "SECRET"}, 1, 0])
async def test_S17_a_flag_of_a_wrong_type_is_left_to_the_provider(value: Any) -> None:
    body = ASK | {"stream": True, "user": "x", "stream_options": {"include_usage": value}}
    ledger = FakeLedger()
    out = await guarded(body, compile_rules([rule("SECRET", "replace", "#")], 1), ledger)
    expected = json.dumps(value).replace("SECRET", "#").replace("\\ud800", "\ufffd")
    assert json.loads(out.body) == body | {"stream_options": {"include_usage": json.loads(expected)}}
    assert not out.asks_usage
    assert len(ledger.events) == ("SECRET" in json.dumps(value))


async def test_P32_too_much_json_in_arguments_is_refused() -> None:
    arguments = json.dumps([1] * 600_000)
    body = {"messages": [{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": arguments}}]}]}
    with pytest.raises(BadJson):
        await guarded(body, compile_rules([rule("nowhere")], 1), FakeLedger())


@pytest.mark.parametrize("classes", [("A",), ("A", "I")])
@pytest.mark.parametrize(("model", "label"), [("gpt-5", "gpt-5"), ("ft:AKIA-12345", "***")])
async def test_G21_a_model_in_which_something_was_found_is_named_to_nobody_but_the_provider(
    model: str, label: str, classes: tuple[FieldClass, ...]
) -> None:
    rules, ledger = compile_rules([replace(rule("AKIA-[0-9]+", "monitor"), field_classes=classes)], 1), FakeLedger()
    body = {"model": model, "messages": [{"role": "user", "content": "AKIA-12345"}]}
    out = await guarded(body, rules, ledger)
    assert (out.model, out.label) == (model, label)
    assert {event.model for event in ledger.events} == {label}
