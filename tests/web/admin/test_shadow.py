"""Shadow runs over the admin API: begun, read, ended, on record; drafts alone, or beside the rule they would change."""

from typing import Any

import pytest

from llm_proxy.core.self_defence import OWN_SECRET
from llm_proxy.pipeline.shadow import MOST_LIVE, Shadows
from llm_proxy.web.admin import AdminServices
from tests.pipeline.watching import rule_set, seen
from tests.web.admin.conftest import NOBODY, Admin, client_of

DRAFT = {"pattern": "canary-[0-9]{2}", "mode": "reject", "name": "Birds"}
RULES = rule_set()


@pytest.fixture
async def shadows(admin: Admin):
    shadows = Shadows()
    admin.client = client_of(AdminServices(admin.store, admin.directory, shadows=shadows))
    yield shadows
    await shadows.stop()
    await admin.client.aclose()


async def start(admin: Admin, **asked: Any) -> dict[str, Any]:
    answer = await admin.call("POST", "/guardrails/shadow", {"draft": DRAFT} | asked)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def read(admin: Admin, run_id: str) -> dict[str, Any]:
    return (await admin.call("GET", f"/guardrails/shadow/{run_id}")).json()


async def test_a_run_begins_empty_and_tells_its_bounds(admin: Admin, shadows: Shadows):
    run = await start(admin, minutes=1, max_calls=5)
    told = {
        name: run[name] for name in ("live", "draft_id", "name", "pattern", "mode", "max_calls", "calls", "samples")
    }
    assert told == DRAFT | {"live": True, "draft_id": None, "max_calls": 5, "calls": 0, "samples": []}
    assert (run["added_us_per_call"], run["ended_at"]) == (None, None)
    assert run["ends_at"] > run["started_at"]


async def test_a_run_tells_what_the_draft_would_have_done_masked(admin: Admin, shadows: Shadows):
    key = await admin.key(name="alice")
    run = await start(admin)
    for content in ("nothing", "say canary-42", "canary-43 canary-44"):
        shadows.offer(seen(content, RULES, key=key["id"]))
    said = await read(admin, run["id"])
    assert (said["calls"], said["would_match"], said["newly_matched"], said["newly_rejected"]) == (3, 2, 2, 2)
    assert said["by_key"] == [{"api_key_id": key["id"], "api_key_name": "alice", "would_match": 2}]
    assert said["by_model"] == [{"model": "m", "would_match": 2}]
    assert said["added_us_per_call"] > 0
    sample = said["samples"][-1]
    assert (sample["place"], sample["preview"], sample["change"]) == ("messages[0].content", "…(9)", "new")
    assert (sample["api_key_name"], sample["fingerprint"]) == ("alice", admin.store.fingerprints.of("canary-42"))
    assert "canary-42" not in str(said)


async def test_a_draft_of_a_stored_rule_tells_what_it_no_longer_finds(admin: Admin, shadows: Shadows):
    stored = (await admin.call("POST", "/guardrails", {"pattern": "canary-[0-9]", "mode": "reject"})).json()["id"]
    run = await start(admin, draft=DRAFT | {"id": stored})
    shadows.offer(seen("canary-1", RULES, outcome="rejected"))
    said = await read(admin, run["id"])
    assert (said["draft_id"], said["would_match"], said["no_longer_matched"]) == (stored, 0, 1)
    assert said["samples"][0]["change"] == "gone"


async def test_runs_are_listed_newest_first_and_forgotten_when_ended(admin: Admin, shadows: Shadows):
    first, second = [(await start(admin))["id"] for _ in range(2)]
    assert [each["id"] for each in (await admin.call("GET", "/guardrails/shadow")).json()] == [second, first]
    assert (await admin.call("DELETE", f"/guardrails/shadow/{first}")).status_code == 204
    assert (await admin.call("DELETE", f"/guardrails/shadow/{first}")).status_code == 404
    assert (await admin.call("GET", f"/guardrails/shadow/{first}")).status_code == 404
    assert [each["id"] for each in (await admin.call("GET", "/guardrails/shadow")).json()] == [second]


async def test_a_run_that_has_seen_enough_says_so(admin: Admin, shadows: Shadows):
    run = await start(admin, max_calls=1)
    shadows.offer(seen("canary-42", RULES))
    said = await read(admin, run["id"])
    assert (said["live"], said["calls"], said["ended_at"] is not None) == (False, 1, True)


async def test_a_run_is_on_record_and_no_permitted_value_with_it(admin: Admin, shadows: Shadows):
    run = await start(admin, draft=DRAFT | {"allow": {"values": ["canary-99"]}})
    await admin.call("DELETE", f"/guardrails/shadow/{run['id']}")
    ended, begun, *_ = await admin.acts()
    assert (begun.action, ended.action) == ("guardrail.shadow", "guardrail.shadow_end")
    assert run["id"] in begun.detail
    assert "canary-99" not in begun.detail


async def test_too_many_live_runs_are_a_conflict(admin: Admin, shadows: Shadows):
    for _ in range(MOST_LIVE):
        await start(admin)
    answer = await admin.call("POST", "/guardrails/shadow", {"draft": DRAFT})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("asked", "param"),
    [
        ({"draft": {"pattern": "a*", "mode": "reject"}}, "pattern"),
        ({"draft": DRAFT | {"scope": {"only": {"keys": [NOBODY]}}}}, "scope.only.keys"),
        ({"draft": DRAFT | {"id": OWN_SECRET.id}}, "draft.id"),
        ({"minutes": 0}, "minutes"),
        ({"minutes": 10_000}, "minutes"),
        ({"max_calls": 0}, "max_calls"),
    ],
)
async def test_what_cannot_be_tried_is_refused(admin: Admin, shadows: Shadows, asked, param):
    answer = await admin.call("POST", "/guardrails/shadow", {"draft": DRAFT} | asked)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert shadows.list() == []
