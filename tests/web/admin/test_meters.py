"""Meters tell what rules take and find, beside the rules and in a list of their own."""

from llm_proxy.core.tally import Reading
from llm_proxy.store.schema import utc_now
from tests.web.admin.conftest import NOBODY, Admin


async def rule(admin: Admin, **more: object) -> str:
    body = {"pattern": "canary-[0-9]+", "mode": "reject"} | more
    return (await admin.call("POST", "/guardrails", body)).json()["id"]


async def test_a_rule_tells_its_meter_once_it_has_looked(admin: Admin):
    made, now = await rule(admin), utc_now()
    assert (await admin.call("GET", f"/guardrails/{made}")).json()["meter"] is None
    await admin.store.rule_meters.add([Reading(made, 200, 3, 50, now)])
    told = (await admin.call("GET", "/guardrails")).json()[0]["meter"]
    assert told | {"last_hit_at": ""} == {"calls": 200, "hits": 3, "time_us_per_call": 0.25, "last_hit_at": ""}
    assert told["last_hit_at"] is not None


async def test_the_list_has_every_rule_in_force_the_most_expensive_first(admin: Admin):
    cheap, dear, unused = [await rule(admin, name=name) for name in ("cheap", "dear", "unused")]
    await rule(admin, name="off", enabled=False)
    await admin.store.rule_meters.add([Reading(cheap, 10, 0, 25), Reading(dear, 10, 1, 70), Reading(NOBODY, 1, 0, 5)])
    told = (await admin.call("GET", "/guardrails/meters")).json()
    said = [each for each in told if each["origin"] != "built-in"]
    assert len(said) < len(told)
    assert [(each["guardrail_id"], each["name"], each["in_force"], each["share"]) for each in said] == [
        (dear, "dear", True, 0.7),
        (cheap, "cheap", True, 0.25),
        (NOBODY, None, False, 0.05),
        (unused, "unused", True, 0.0),
    ]
    assert [each["time_us_per_call"] for each in said] == [7.0, 2.5, 5.0, None]


async def test_time_that_was_not_taken_yet_is_not_told_as_none(admin: Admin):
    made = await rule(admin)
    await admin.store.rule_meters.add([Reading(made, 10, 0, 0)])
    told = {each["guardrail_id"]: each for each in (await admin.call("GET", "/guardrails/meters")).json()}
    assert (told[made]["calls"], told[made]["time_us_per_call"]) == (10, None)
