"""A draft in the shadow of a running gateway, and the meters of its rules: calls go on as if nothing looked."""

from tests.gateway_process import Caller, Gateway, eventually

DRAFT = {"pattern": "canary-[0-9]+", "mode": "reject", "name": "Birds"}


def test_a_draft_looks_at_live_calls_and_changes_none(gateway: Gateway, caller: Caller) -> None:
    run = gateway.made("/admin/guardrails/shadow", draft=DRAFT, minutes=1)
    path = f"/admin/guardrails/shadow/{run['id']}"
    for content in ("nothing", "say canary-42"):
        assert caller.chat(content).status == 200
    said = eventually(lambda: gateway.admin("GET", path).json(), lambda told: told["calls"] == 2)
    assert (said["would_match"], said["newly_rejected"], said["dropped"], said["failed"]) == (1, 1, 0, 0)
    assert said["samples"][0]["place"] == "messages[0].content"
    assert "canary-42" not in str(said)
    caller.events(0)
    assert gateway.admin("DELETE", path).status == 204


def test_meters_count_the_calls_of_a_running_gateway(gateway: Gateway, caller: Caller) -> None:
    made = gateway.rule("canary-[0-9]+")["id"]
    for content in ("nothing", "say canary-42", "nothing"):
        caller.chat(content)

    def meter() -> dict[str, object]:
        told = gateway.admin("GET", "/admin/guardrails/meters").json()
        return next(each for each in told if each["guardrail_id"] == made)

    told = eventually(meter, lambda found: found["time_us_per_call"] is not None)
    assert (told["calls"], told["hits"], told["in_force"]) == (3, 1, True)
    assert told["last_hit_at"] is not None
    assert gateway.admin("GET", f"/admin/guardrails/{made}").json()["meter"]["calls"] == 3
