"""A draft over recorded events: what it would have found, what would change, for whom, and nothing told in clear."""

import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from llm_proxy.core.backtest import Backtest, inspected_texts
from llm_proxy.core.self_defence import GATEWAY_KEY
from llm_proxy.core.watch import compile_rules
from llm_proxy.records import GuardrailEvent
from llm_proxy.store import Store
from llm_proxy.store.schema import utc_now
from llm_proxy.web.admin import AdminServices, backtest
from tests.scan.rules import rule
from tests.web.admin.conftest import NOBODY, Admin, client_of

DRAFT = {"pattern": "canary-[0-9]{2}", "mode": "reject"}


def event(text: str, found: str = "canary-", **more: Any) -> GuardrailEvent:
    start = text.find(found)
    given = {
        "id": str(uuid4()), "guardrail_id": NOBODY, "api_key_id": "key-1", "pattern": found, "mode": "replace",
        "input_text": text, "created_at": utc_now(), "call_id": str(uuid4()), "endpoint": "chat/completions",
        "place": "messages[0].content", "spans": ((start, start + len(found)),), "action": "replaced", "model": "m",
    }  # fmt: skip
    return GuardrailEvent(**given | more)


async def backtested(admin: Admin, **asked: Any) -> dict[str, Any]:
    answer = await admin.call("POST", "/guardrails/backtest", {"draft": DRAFT} | asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_empty_trail_changes_nothing(admin: Admin):
    said = await backtested(admin)
    assert (said["events"], said["texts"], said["would_match"], said["complete"]) == (0, 0, 0, True)
    assert (said["samples"], said["by_key"], said["cost_us_per_kb"], said["searched_to"]) == ([], [], None, None)


async def test_what_a_draft_costs_is_told_of_enough_text_alone(admin: Admin):
    await admin.store.events.append([event("canary-12 " + "word " * 3000)])
    assert (await backtested(admin))["cost_us_per_kb"] is None
    await admin.store.events.append([event("canary-13 " + "other " * 300)])
    said = await backtested(admin)
    assert said["characters"] >= 16_384
    assert said["cost_us_per_kb"] > 0
    assert said["time_us_per_text"] > 0


async def test_of_texts_that_a_draft_does_not_look_at_it_takes_nothing(admin: Admin):
    await admin.store.events.append([event("canary-12 " + "word " * 4000)])
    said = await backtested(admin, draft=DRAFT | {"directions": ["response"]})
    assert (said["texts"], said["characters"], said["time_us_per_text"]) == (1, 0, None)


def test_trying_a_draft_on_many_texts_is_no_cost_of_the_draft():
    ticks = itertools.count()
    run = Backtest(compile_rules([rule()], 0), None, lambda: float(next(ticks)))
    texts = inspected_texts([event(f"say canary-{number}") for number in range(50)])
    run.measure(texts)
    for text in texts:
        run.judge(text)
    assert (run.measured, run.total.matched) == (50, 50)
    assert run.seconds == 1.0  # the clock is asked before and after all of them


async def test_a_new_rule_is_compared_with_all_that_was_found(admin: Admin):
    await admin.store.events.append(
        [
            event("say canary-42", "canary-42"),
            event("parrot and canary-77", "parrot", api_key_id="key-2", model="n"),
            event("parrot alone", "parrot"),
        ]
    )
    said = await backtested(admin)
    counted = {name: said[name] for name in ("events", "calls", "texts", "would_match", "newly_matched")}
    assert counted == {"events": 3, "calls": 3, "texts": 3, "would_match": 2, "newly_matched": 1}
    assert (said["no_longer_matched"], said["newly_rejected"], said["no_longer_rejected"]) == (0, 2, 0)
    assert said["cost_us_per_kb"] is None  # of three short texts nothing can be told
    assert [(each["api_key_id"], each["texts"], each["would_match"]) for each in said["by_key"]] == [
        ("key-1", 2, 1),
        ("key-2", 1, 1),
    ]
    assert {each["model"]: each["newly_matched"] for each in said["by_model"]} == {"m": 0, "n": 1}


async def test_a_draft_of_a_stored_rule_is_compared_with_that_rule(admin: Admin):
    stored = (await admin.call("POST", "/guardrails", {"pattern": "canary-[0-9]", "mode": "reject"})).json()["id"]
    mine = {"guardrail_id": stored, "mode": "reject", "action": "rejected"}
    await admin.store.events.append(
        [event("canary-1 x", "canary-1", **mine), event("canary-12", "canary-1", **mine), event("parrot", "parrot")]
    )
    said = await backtested(admin, draft=DRAFT | {"id": stored})
    assert (said["texts"], said["would_match"], said["newly_matched"], said["no_longer_matched"]) == (3, 1, 0, 1)
    assert (said["newly_rejected"], said["no_longer_rejected"]) == (0, 1)
    assert [each["matches"][0]["change"] for each in said["samples"]] == ["gone", "same"]
    softer = await backtested(admin, draft=DRAFT | {"id": stored, "mode": "monitor", "pattern": "canary-[0-9]"})
    assert (softer["would_match"], softer["no_longer_rejected"]) == (2, 2)


async def test_events_of_one_text_are_one_text_and_another_rules_refusal_stands(admin: Admin):
    stored = (await admin.call("POST", "/guardrails", {"pattern": "canary-[0-9]+", "mode": "reject"})).json()["id"]
    one = event("canary-1 parrot", "canary-1", guardrail_id=stored, mode="reject", action="rejected")
    await admin.store.events.append(
        [one, replace(one, id=str(uuid4()), guardrail_id=NOBODY, pattern="parrot", spans=((9, 15),))]
    )
    said = await backtested(admin, draft={"pattern": "nothing", "mode": "reject", "id": stored})
    assert (said["events"], said["texts"], said["calls"]) == (2, 1, 1)
    assert (said["no_longer_matched"], said["no_longer_rejected"]) == (1, 0)


@pytest.mark.parametrize(
    ("tried", "matches"),
    [
        ({}, 1),
        ({"directions": ["response"]}, 0),
        ({"field_classes": ["D"]}, 0),
        ({"scope": {"only": {"models": ["gpt-*"]}}}, 0),
        ({"scope": {"only": {"models": ["m*"]}}}, 1),
        ({"allow": {"values": ["canary-42"]}}, 0),
        ({"enabled": False}, 1),
    ],
)
async def test_a_draft_is_tried_on_what_it_would_be_for(admin: Admin, tried, matches):
    await admin.store.events.append([event("canary-42")])
    assert (await backtested(admin, draft=DRAFT | tried))["would_match"] == matches


async def test_a_sample_is_masked_unless_its_text_is_asked_for(admin: Admin):
    await admin.store.events.append([event("say canary-42 now", "now"), event("nothing", "nothing")])
    said = await backtested(admin)
    (sample,) = said["samples"]
    assert sample["matches"] == [
        {
            "change": "new", "view": "raw", "span": [4, 13], "preview": "…(9)",
            "fingerprint": admin.store.fingerprints.of("canary-42"),
        }
    ]  # fmt: skip
    assert (sample["text"], sample["place"], sample["model"]) == (None, "messages[0].content", "m")
    assert "canary-42" not in str(said)
    assert (await backtested(admin, reveal=True))["samples"][0]["text"] == "say canary-42 now"


async def test_having_looked_is_on_record_and_what_was_shown_too(admin: Admin):
    found = event("canary-42")
    await admin.store.events.append([found])
    await backtested(admin)
    (act,) = await admin.acts()
    assert (act.action, '"events":1' in act.detail, '"reveal":false' in act.detail) == (
        "guardrail.backtest",
        True,
        True,
    )
    await backtested(admin, reveal=True)
    shown, looked, *_ = await admin.acts()
    assert (shown.action, looked.action) == ("event.reveal", "guardrail.backtest")
    assert found.id in shown.detail
    assert "canary-42" not in shown.detail + looked.detail


async def test_days_and_a_limit_bound_what_is_read(admin: Admin):
    old = event("canary-11", created_at=utc_now() - timedelta(days=9))
    await admin.store.events.append([old, *(event(f"canary-{number}") for number in range(20, 25))])
    said = await backtested(admin, days=3)
    assert (said["events"], said["complete"]) == (5, True)
    said = await backtested(admin, limit=2)
    assert (said["events"], said["complete"]) == (2, False)
    assert [len((await backtested(admin, samples=most))["samples"]) for most in (0, 1, 100)] == [0, 1, 6]


async def test_many_events_are_read_page_by_page(admin: Admin, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(backtest, "_PAGE", 7)
    monkeypatch.setattr(backtest, "_PAGE_BYTES", 300)
    await admin.store.events.append([event(f"canary-{number}") for number in range(30, 60)])
    said = await backtested(admin)
    assert (said["events"], said["texts"], said["would_match"], said["complete"]) == (30, 30, 30, True)


async def test_texts_are_read_up_to_a_bound(admin: Admin, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(backtest, "_MOST_BYTES", 40)
    await admin.store.events.append([event(f"canary-{number} and more") for number in range(30, 60)])
    said = await backtested(admin)
    assert 0 < said["events"] < 30
    assert not said["complete"]


async def test_events_without_a_text_are_counted(tmp_path):
    store = await Store.open(str(tmp_path / "none.db"), None, audit_text="none")
    await store.events.append([event("canary-42")])
    directory_store = Admin(store, None, client_of(AdminServices(store, None)))  # type: ignore[arg-type]
    said = await backtested(directory_store)
    assert (said["events"], said["without_text"], said["texts"]) == (1, 1, 0)
    await directory_store.client.aclose()
    await store.close()


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"draft": {"pattern": "(", "mode": "reject"}}, "pattern"),
        ({"draft": {"pattern": "x"}}, "draft.mode"),
        ({"draft": DRAFT | {"scope": {"only": {"keys": [NOBODY]}}}}, "scope.only.keys"),
        ({"draft": DRAFT | {"id": GATEWAY_KEY.id}}, "draft.id"),
        ({"draft": DRAFT | {"id": NOBODY}}, "draft.id"),
        ({"days": 0}, "days"),
        ({"limit": 20_000}, "limit"),
        ({"more": 1}, "more"),
    ],
)
async def test_what_cannot_be_run_is_refused_and_not_on_record(admin: Admin, asked, param):
    answer = await admin.call("POST", "/guardrails/backtest", {"draft": DRAFT} | asked)
    assert answer.status_code == 400
    assert param.startswith(answer.json()["error"]["param"])
    assert await admin.acts() == []
