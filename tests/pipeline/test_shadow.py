"""A draft in the shadow of live calls: it sees what they held, tells it masked, and no call waits for it."""

import time

import pytest

from llm_proxy.errors import Conflict
from llm_proxy.pipeline import shadow
from llm_proxy.pipeline.shadow import MOST_LIVE, Shadows
from llm_proxy.pipeline.shadow_run import Draft
from llm_proxy.records import Audience, Scope
from tests.pipeline.watching import rule_set, seen
from tests.scan.rules import FINGERPRINTER, rule

RULES = rule_set(rule("parrot", id="parrots"))


def draft(pattern: str = "canary-[0-9]+", before: str | None = None, **more: object) -> Draft:
    tried = rule(pattern, id="draft", **more)
    stored = None if before is None else rule_set(rule(before, id="draft"))
    return Draft(tried, rule_set(tried), stored)


@pytest.fixture
async def shadows():
    shadows = Shadows()
    yield shadows
    await shadows.stop()


async def test_a_run_counts_what_the_draft_would_find_and_where(shadows):
    run = shadows.start(draft(), 60, 100)
    shadows.offer(seen("nothing", RULES))
    shadows.offer(seen("say canary-42", RULES, key="alice"))
    shadows.offer(seen("say canary-42 parrot", RULES, key="alice", outcome="rejected"))
    await shadows.drained()
    assert (run.calls, run.matched, run.newly_matched, run.dropped, run.failed) == (3, 2, 2, 0, 0)
    assert (run.outcomes, run.by_key, run.by_model) == ({"pass": 1, "rejected": 1}, {"alice": 2}, {"m": 2})
    assert run.added_us_per_call > 0
    assert run.longest_us >= run.added_us_per_call
    sample = run.samples[0]
    assert (sample.place, sample.change, sample.key_id, sample.outcome) == (
        "messages[0].content",
        "new",
        "alice",
        "pass",
    )
    assert (sample.preview, sample.fingerprint) == ("…(9)", FINGERPRINTER.of("canary-42"))


async def test_the_time_of_a_draft_is_its_own_as_the_meter_measures_it(shadows):
    tried = draft()
    run = shadows.start(tried, 60, 100)
    texts = [" ".join(f"{number} {word} \\u0041 %41%42" for word in range(200)) for number in range(10)]
    for text in texts:
        shadows.offer(seen(text, RULES))
    await shadows.drained()
    assert run.calls == len(texts)
    alone_us = [sum(tried.rules.watch().costs([text], time.thread_time).values()) * 1e6 for text in texts]
    assert run.added_us_per_call < 3 * sum(alone_us) / len(texts)


async def test_nothing_of_a_text_is_kept(shadows):
    run = shadows.start(draft(), 60, 100)
    shadows.offer(seen("before canary-42 after", RULES))
    await shadows.drained()
    assert run.matched == 1
    kept = repr([vars(run), [*run.samples], vars(shadows)])
    assert "canary-42" not in kept
    assert "before" not in kept.replace("before=None", "")


async def test_what_the_rules_in_force_find_already_is_not_new(shadows):
    run = shadows.start(draft("parrot|canary"), 60, 100)
    shadows.offer(seen("parrot", RULES))
    shadows.offer(seen("parrot canary", RULES))
    await shadows.drained()
    assert (run.matched, run.newly_matched, run.no_longer_matched) == (2, 1, 0)
    assert [each.change for each in run.samples] == ["same", "same", "new"]


async def test_a_draft_of_a_stored_rule_is_compared_with_it(shadows):
    run = shadows.start(draft("canary-[0-9]{2}", before="canary-[0-9]+"), 60, 100)
    for content in ("canary-1", "canary-12", "nothing"):
        shadows.offer(seen(content, RULES))
    await shadows.drained()
    assert (run.matched, run.newly_matched, run.no_longer_matched) == (1, 0, 1)
    assert [each.change for each in run.samples] == ["gone", "same"]


@pytest.mark.parametrize(
    ("tried", "given", "calls", "out_of_scope"),
    [
        ({}, {}, 1, 0),
        ({}, {"direction": "response"}, 0, 0),
        ({"directions": ("response",)}, {}, 0, 0),
        ({"directions": ("request", "response")}, {"direction": "response"}, 1, 0),
        ({"scope": Scope(only=Audience(keys=("bob",)))}, {}, 0, 1),
        ({"scope": Scope(only=Audience(keys=("bob",)))}, {"key": "bob"}, 1, 0),
    ],
)
async def test_a_draft_looks_at_the_calls_that_the_rule_would_be_for(shadows, tried, given, calls, out_of_scope):
    run = shadows.start(draft(**tried), 60, 100)
    shadows.offer(seen("canary-1", RULES, **given))
    await shadows.drained()
    assert (run.calls, run.out_of_scope) == (calls, out_of_scope)


async def test_texts_outside_of_the_body_are_looked_at(shadows):
    run = shadows.start(draft(directions=("request", "response")), 60, 100)
    shadows.offer(seen("", RULES, body=b"", texts=("x", "canary-1")))
    shadows.offer(seen("", RULES, body=b"", texts=("canary-2",), direction="response"))
    await shadows.drained()
    assert (run.matched, [sample.place for sample in run.samples]) == (2, ["headers", "stream"])


async def test_a_run_ends_after_its_calls(shadows):
    run = shadows.start(draft(), 60, 2)
    for _ in range(3):
        shadows.offer(seen("canary-1", RULES))
        await shadows.drained()
    assert (run.calls, run.is_live) == (2, False)
    assert shadows.find(run.id) is run


async def test_a_run_ends_by_the_clock(shadows):
    run = shadows.start(draft(), 0.0, 100)
    shadows.offer(seen("canary-1", RULES))
    assert (run.is_live, run.calls) == (False, 0)


async def test_what_there_is_no_time_for_is_dropped_and_counted(shadows, monkeypatch):
    monkeypatch.setattr(shadow, "_MOST_WAITING", 2)
    run = shadows.start(draft(), 60, 100)
    for _ in range(5):
        shadows.offer(seen("canary-1", RULES))
    await shadows.drained()
    assert (run.calls, run.dropped) == (2, 3)


async def test_large_calls_do_not_pile_up(shadows, monkeypatch):
    monkeypatch.setattr(shadow, "_MOST_WAITING_BYTES", 1000)
    run = shadows.start(draft(), 60, 100)
    shadows.offer(seen("x" * 2000, RULES))
    shadows.offer(seen("canary-1", RULES))
    await shadows.drained()
    assert (run.calls, run.dropped) == (1, 1)


async def test_offering_costs_nothing_while_no_run_is_live(shadows):
    call = seen("canary-1", RULES)
    started = time.thread_time()
    for _ in range(10_000):
        shadows.offer(call)
    assert time.thread_time() - started < 0.5
    assert not shadows._waiting


async def test_an_unreadable_body_is_counted_as_one(shadows):
    run = shadows.start(draft(), 60, 100)
    shadows.offer(seen("", RULES, body=b"[]"))
    await shadows.drained()
    assert (run.calls, run.failed) == (0, 1)


async def test_only_a_few_runs_are_live_and_only_some_are_remembered(shadows):
    runs = [shadows.start(draft(), 60, 100) for _ in range(MOST_LIVE)]
    with pytest.raises(Conflict, match="live"):
        shadows.start(draft(), 60, 100)
    assert shadows.remove(runs[0].id)
    assert not shadows.remove(runs[0].id)
    assert shadows.find(runs[0].id) is None
    for _ in range(30):
        shadows.start(draft(), 0.0, 1)
    assert len(shadows.list()) <= 21
    assert [each.is_live for each in runs[1:]] == [True] * (MOST_LIVE - 1)


async def test_the_worker_rests_when_no_run_is_live_and_begins_again(shadows):
    for _ in range(2):
        run = shadows.start(draft(), 60, 1)
        shadows.offer(seen("canary-1", RULES))
        await shadows.drained()
        assert run.calls == 1


async def test_texts_that_no_rule_reads_are_wanted_while_a_draft_is_for_them(shadows):
    assert not shadows.wants("response")
    run = shadows.start(draft(directions=("response",)), 60, 100)
    assert (shadows.wants("response"), shadows.wants("request")) == (True, False)
    run.end()
    assert not shadows.wants("response")
