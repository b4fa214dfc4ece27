"""One switch a pack: what it puts in force, how it is set, and that its rules are its own."""

import pytest

from llm_proxy.core.guardrails import inspect_text
from llm_proxy.packs import PACKS, load_pack, rule_id
from llm_proxy.records import PackState
from tests.web.admin.conftest import NOBODY, Admin

SECRET = "aws_access_key_id = " + "AKIA" + "D6ZACAODXKXOOE3U"


def becomes(admin: Admin, text: str = SECRET) -> str:
    verdict = inspect_text(text, admin.directory.rules.watch())
    return verdict.outcome


async def put(admin: Admin, name: str = "secrets", **changes: object) -> dict[str, object]:
    answer = await admin.call("PATCH", f"/packs/{name}", changes)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_all_packs_are_off_until_somebody_switches_them_on(admin: Admin):
    told = (await admin.call("GET", "/packs")).json()
    assert [pack["name"] for pack in told] == list(PACKS)
    assert not any(pack["enabled"] for pack in told)
    assert becomes(admin) == "pass"


async def test_a_switched_on_pack_is_in_force_when_the_api_answers_and_gone_when_it_is_off(admin: Admin):
    pack = await put(admin, enabled=True)
    assert pack["enabled"]
    assert len(pack["rules"]) == pack["rule_count"] == len(load_pack("secrets").rules)
    assert becomes(admin) == "replaced"
    await put(admin, enabled=False)
    assert becomes(admin) == "pass"
    assert [act.action for act in await admin.acts()][:2] == ["pack.update", "pack.update"]


async def test_the_mode_of_a_pack_is_that_of_all_its_rules_until_it_is_null(admin: Admin):
    await put(admin, enabled=True, mode="reject")
    assert becomes(admin) == "rejected"
    await put(admin, mode="monitor")
    assert becomes(admin) == "pass"
    assert (await put(admin, mode=None))["mode"] is None
    assert becomes(admin) == "replaced"


async def test_directions_of_a_pack_are_those_of_its_rules(admin: Admin):
    await put(admin, enabled=True, directions=["request", "response"])
    found = inspect_text(SECRET, admin.directory.rules.watch("response"))
    assert found.outcome == "replaced"


async def test_a_rule_may_be_left_out(admin: Admin):
    pack = await put(admin, enabled=True)
    found = {finding.rule.id for finding in inspect_text(SECRET, admin.directory.rules.watch()).findings}
    pack = await put(admin, disabled_rules=sorted(found))
    assert becomes(admin) == "pass"
    assert {rule["id"] for rule in pack["rules"] if not rule["enabled"]} == found


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("nothing", {"enabled": True}, 404),
        ("secrets", {"disabled_rules": [NOBODY]}, 404),
        ("secrets", {"mode": "perhaps"}, 400),
        ("secrets", {"enabled": "yes"}, 400),
        ("secrets", {"rules": []}, 400),
    ],
)
async def test_what_cannot_be_set_is_refused_and_changes_nothing(admin: Admin, name, body, status):
    assert (await admin.call("PATCH", f"/packs/{name}", body)).status_code == status
    assert not any(pack["enabled"] for pack in (await admin.call("GET", "/packs")).json())


async def test_a_rule_of_a_pack_can_be_read_and_not_changed(admin: Admin):
    rule = load_pack("secrets").rules[0]
    told = (await admin.call("GET", f"/guardrails/{rule.id}")).json()
    assert (told["name"], told["origin"], told["pack"], told["enabled"]) == (rule.name, "pack", "secrets", False)
    for method, body in (("PATCH", {"enabled": True}), ("DELETE", None)):
        answer = await admin.call(method, f"/guardrails/{rule.id}", body)
        assert answer.status_code == 409
        assert "/admin/packs/secrets" in answer.json()["error"]["message"]


async def test_rules_of_packs_are_listed_when_they_are_asked_for(admin: Admin):
    assert (await admin.call("GET", "/guardrails")).json() == []
    await put(admin, "entropy", enabled=True)
    listed = (await admin.call("GET", "/guardrails?with_packs=true")).json()
    assert {rule["pack"] for rule in listed} == {"entropy"}
    assert (await admin.call("GET", "/guardrails")).json() == []


async def test_a_rule_may_be_left_out_by_its_short_name(admin: Admin):
    pack = await put(admin, "entropy", enabled=True, disabled_rules=["random-hex"])
    assert pack["disabled_rules"] == [rule_id("entropy", "random-hex")]


async def test_a_copy_takes_the_place_of_a_packs_rule_and_can_be_changed(admin: Admin):
    await put(admin, "entropy", enabled=True)
    one, other = (await admin.call("GET", "/packs/entropy")).json()["rules"]
    copied = await admin.call("POST", f"/packs/entropy/rules/{one['id']}/copy")
    assert copied.status_code == 201
    copy = copied.json()
    assert (copy["origin"], copy["pack"], copy["enabled"], copy["version"]) == ("api", "", True, 1)
    same = ("name", "pattern", "mode", "validators", "examples", "views", "field_classes")
    assert {key: copy[key] for key in same} == {key: one[key] for key in same}
    assert (await admin.call("PATCH", f"/guardrails/{copy['id']}", {"mode": "reject"})).status_code == 200
    assert becomes(admin, one["examples"][0]["text"]) == "rejected"
    listed = (await admin.call("GET", "/guardrails?with_packs=true")).json()
    assert {each["id"]: each["enabled"] for each in listed if each["pack"]} == {one["id"]: False, other["id"]: True}


async def test_a_rule_is_copied_once_and_what_its_deleted_copy_leaves_is_told(admin: Admin):
    await put(admin, "entropy", enabled=True)
    one = load_pack("entropy").rules[0]
    path = f"/packs/entropy/rules/{one.id}/copy"
    copy = (await admin.call("POST", path)).json()
    assert copy["copy_of"] == one.id
    again = await admin.call("POST", path)
    assert (again.status_code, copy["id"] in again.json()["error"]["message"]) == (409, True)
    assert len((await admin.call("GET", "/guardrails")).json()) == 1

    async def shipped() -> dict[str, object]:
        return (await admin.call("GET", f"/guardrails/{one.id}")).json()

    assert not any("copied" in warning for warning in (await shipped())["warnings"])
    await admin.call("DELETE", f"/guardrails/{copy['id']}")
    listed = (await admin.call("GET", "/guardrails?with_packs=true")).json()
    assert [rule["id"] for rule in listed if any("nothing looks" in told for told in rule["warnings"])] == [one.id]
    assert (await admin.call("POST", path)).json()["enabled"]
    pack = (await admin.call("GET", "/packs/entropy")).json()
    assert pack["disabled_rules"] == [one.id]
    assert not any("nothing looks" in warning for warning in (await shipped())["warnings"])


async def test_a_copy_of_what_was_left_out_is_left_off(admin: Admin):
    await put(admin, "entropy", enabled=True, disabled_rules=["random-hex"])
    copied = await admin.call("POST", f"/packs/entropy/rules/{rule_id('entropy', 'random-hex')}/copy")
    assert (copied.status_code, copied.json()["enabled"]) == (201, False)


@pytest.mark.parametrize("path", [f"entropy/rules/{NOBODY}", "nothing/rules/x", "secrets/rules/{one}"])
async def test_what_is_not_there_cannot_be_copied(admin: Admin, path):
    path = path.format(one=rule_id("entropy", "random-hex"))
    assert (await admin.call("POST", f"/packs/{path}/copy")).status_code == 404


async def test_what_a_file_sets_is_set_there(admin: Admin):
    await admin.store.guardrail_batches.follow([], [PackState("entropy", enabled=True)])
    answer = await admin.call("PATCH", "/packs/entropy", {"enabled": False})
    assert answer.status_code == 409
    assert "GUARDRAILS_FILE" in answer.json()["error"]["message"]


async def test_a_pack_that_is_on_and_not_there_is_told_and_the_last_good_rules_stand(admin: Admin):
    await put(admin, enabled=True, mode="reject")
    await admin.store.guardrail_batches.follow([], [PackState("future", enabled=True)])
    await admin.directory.refresh()
    assert "future" in str(admin.directory.rules_error)
    assert becomes(admin) == "rejected"


async def test_what_is_built_in_is_listed_when_it_is_asked_for(admin: Admin):
    key = await admin.key()
    listed = (await admin.call("GET", "/guardrails?with_built_in=true")).json()
    assert {(rule["origin"], rule["severity"], rule["enabled"]) for rule in listed} == {("built-in", "critical", True)}
    assert len({rule["id"] for rule in listed}) == len(listed) >= 2
    assert {rule["cost_us_per_kb"] for rule in listed} == {None}  # what stands for their pattern is not what they take
    assert str(key["key"]) not in str(listed)
    assert "sk-upstream-canary" not in str(listed)


async def test_what_is_built_in_can_be_read_and_not_changed(admin: Admin):
    await admin.key()
    built_in = next(rule for rule in admin.directory.rules.rules if rule.origin == "built-in")
    assert (await admin.call("GET", f"/guardrails/{built_in.id}")).json()["origin"] == "built-in"
    answer = await admin.call("DELETE", f"/guardrails/{built_in.id}")
    assert answer.status_code == 409
    assert "built in" in answer.json()["error"]["message"]
