"""What an operator is told: the worst first, in sentences, even when the database is away."""

from datetime import timedelta
from typing import Any

from llm_proxy.errors import StoreUnavailable
from llm_proxy.store.schema import utc_now
from tests.store.conftest import a_record, an_event
from tests.web.admin.conftest import Admin

MINUTE = timedelta(minutes=1)


async def told(admin: Admin) -> list[dict[str, Any]]:
    answer = await admin.call("GET", "/attention")
    assert answer.status_code == 200
    return answer.json()["records"]


async def test_nothing_is_told_when_all_is_well(admin: Admin):
    await admin.key()
    await admin.call("POST", "/guardrails", {"pattern": "x", "mode": "reject"})
    assert await told(admin) == []


async def test_all_that_needs_attention_is_told_the_worst_first(admin: Admin):
    now = utc_now()
    pattern = "canary-" + "[a-z]" * 40
    rule = (await admin.call("POST", "/guardrails", {"pattern": pattern, "mode": "reject"})).json()
    key = await admin.key(rate_limit_rpm=1)
    failing = await admin.provider("failing")
    failed = {"provider_id": failing["id"], "status": "error"}
    await admin.store.usage.append(
        [
            a_record(**failed, http_status=status, created_at=now - MINUTE * back)
            for back, status in enumerate((401, 502, 502), 1)
        ]
    )
    await admin.store.limited.add({(now.replace(second=0, microsecond=0), key["id"], key["provider_id"]): 12})
    await admin.store.events.append(
        [an_event(guardrail_id=rule["id"], created_at=now - MINUTE, action="rejected") for _ in range(20)]
    )
    await admin.call("DELETE", f"/providers/{key['provider_id']}")
    records = await told(admin)
    assert [(each["kind"], each["severity"], each["subject"]) for each in records] == [
        ("provider_failing", "critical", failing["id"]),
        ("provider_missing", "critical", key["provider_id"]),
        ("limit_hit", "warning", key["id"]),
        ("rule_constant", "warning", rule["id"]),
    ]
    messages = [each["message"] for each in records]
    assert "“failing” is failing: its last 3 calls failed, the last one with status 401" in messages[0]
    assert "was deleted" in messages[1]
    assert "“team”" in messages[1]
    assert "with 12 calls" in messages[2]
    assert "in 20 of the last 23 calls" in messages[3]
    assert records[3]["name"] == pattern[:79] + "…"
    assert pattern[:81] not in messages[3]


async def test_a_rule_that_has_been_silent_comes_last(admin: Admin, monkeypatch):
    await admin.call("POST", "/guardrails", {"pattern": "canary", "mode": "reject"})
    later = utc_now() + timedelta(days=8)
    monkeypatch.setattr("llm_proxy.web.admin.attention.utc_now", lambda: later)
    key = await admin.key()
    await admin.call("DELETE", f"/providers/{key['provider_id']}")
    assert [each["kind"] for each in await told(admin)] == ["provider_missing", "rule_silent"]


async def test_counts_of_a_provider_are_told_with_its_last_status(admin: Admin):
    provider, now = await admin.provider(), utc_now()
    records = [a_record(provider_id=provider["id"], created_at=now - MINUTE * back) for back in range(2, 5)]
    failed = [
        a_record(provider_id=provider["id"], created_at=now - MINUTE * back, status="error", http_status=0)
        for back in (1, 5)
    ]
    await admin.store.usage.append(records + failed)
    (record,) = await told(admin)
    assert "2 of its 5 calls of the last hour failed, the last one without an answer" in record["message"]


async def test_of_many_keys_without_their_provider_a_few_are_named(admin: Admin):
    provider = await admin.provider()
    for number in range(5):
        await admin.call("POST", "/keys", {"name": f"team-{number}", "provider_id": provider["id"]})
    await admin.call("DELETE", f"/providers/{provider['id']}")
    (record,) = await told(admin)
    assert "“team-0”, “team-1”, “team-2” and 2 more" in record["message"]


async def test_rules_that_did_not_load_are_told_without_their_pattern(admin: Admin):
    await admin.store.guardrails.create(pattern="(" + "secret" * 100, mode="reject", replace_by="")
    await admin.directory.refresh()
    (record,) = await told(admin)
    assert (record["kind"], record["severity"]) == ("rules_not_loaded", "critical")
    assert "secret" * 14 not in record["message"]


async def test_a_database_that_is_away_is_told_and_does_not_keep_the_rest_from_being_told(admin: Admin):
    admin.directory.store_error, admin.directory.rules_error = "locked", "Guard rail x: bad"
    assert [each["kind"] for each in await told(admin)] == ["rules_not_loaded", "store_unavailable"]
    admin.directory.store_error = None
    await admin.store.close()
    records = await told(admin)
    assert [each["kind"] for each in records] == ["rules_not_loaded", "store_unavailable"]
    assert StoreUnavailable.public in records[1]["message"]
