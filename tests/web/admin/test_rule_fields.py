"""Every member of a rule goes in, comes out, and is refused with its own name when it is wrong."""

import pytest

from llm_proxy.web.admin.rule_fields import MEMBERS, RuleChanges, RuleFields, written
from tests.web.admin.conftest import NOBODY, Admin

FULL = {
    "pattern": r"(?i)pin[ :]+(\d{4,8})",
    "mode": "replace",
    "replace_by": "[$1]",
    "enabled": False,
    "name": "PIN of a card",
    "description": "As banks send them.",
    "severity": "critical",
    "template": "literal",
    "secret_group": 1,
    "near": {"pattern": "(?i)bank|card", "before": 50, "after": 20},
    "allow": {"regexes": ["^0+$"], "stopwords": ["1111"], "hashes": ["0123456789abcdef" * 2], "target": "match"},
    "directions": ["request", "response"],
    "field_classes": ["A", "B"],
    "views": ["raw", "decoded"],
    "history": "redact",
    "examples": [{"text": "bank pin 4711", "match": True}, {"text": "pin 4711", "match": False}],
}
PLAIN = {"pattern": "canary-[0-9]+", "mode": "reject"}


async def create(admin: Admin, **fields: object) -> dict[str, object]:
    answer = await admin.call("POST", "/guardrails", PLAIN | fields)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_every_member_comes_back_as_it_was_written(admin: Admin):
    key = await admin.key()
    scope = {
        "only": {"keys": [key["id"]], "providers": [], "models": ["gpt-*"], "endpoints": ["chat/completions"]},
        "exempt": {"keys": [], "providers": [key["provider_id"]], "models": [], "endpoints": []},
    }
    sent = FULL | {"scope": scope}
    created = await create(admin, **sent)
    assert {name: created[name] for name in sent} == sent
    assert (created["version"], created["origin"], created["created_by"]) == (1, "api", "admin token (192.0.2.7)")
    assert (await admin.call("GET", f"/guardrails/{created['id']}")).json() == created


async def test_three_members_are_enough_and_mean_what_they_always_did(admin: Admin):
    created = await create(admin, replace_by="x", mode="replace")
    assert (created["secret_group"], created["near"], created["directions"]) == (0, None, ["request"])
    assert created["views"] == ["raw", "folded", "decoded", "joined"]
    assert created["field_classes"] == list("ABCDEFGHIJK")


async def test_a_change_leaves_alone_what_it_does_not_name(admin: Admin):
    created = await create(admin, **FULL)
    changed = (
        await admin.call("PATCH", f"/guardrails/{created['id']}", {"severity": "low", "near": None, "examples": []})
    ).json()
    assert (changed["severity"], changed["near"], changed["version"]) == ("low", None, 2)
    same = set(MEMBERS) - {"severity", "near", "examples"}
    assert {name: changed[name] for name in same} == {name: created[name] for name in same}


async def test_put_says_anew_what_a_rule_says(admin: Admin):
    created = await create(admin, **FULL)
    path = f"/guardrails/{created['id']}"
    replaced = (await admin.call("PUT", path, PLAIN)).json()
    plain = await create(admin)
    assert {name: replaced[name] for name in MEMBERS} == {name: plain[name] for name in MEMBERS}
    assert (replaced["id"], replaced["version"], replaced["created_at"]) == (created["id"], 2, created["created_at"])
    assert (await admin.call("PUT", path, {"mode": "reject"})).status_code == 400
    assert (await admin.call("PUT", f"/guardrails/{NOBODY}", PLAIN)).status_code == 404


async def test_permitted_values_are_kept_as_fingerprints_alone(admin: Admin):
    created = await create(admin, allow={"values": ["canary-42"]}, examples=[{"text": "canary-42", "match": False}])
    assert created["allow"]["hashes"] == [admin.store.fingerprints.of("canary-42")]
    assert "values" not in created["allow"]
    (act,) = await admin.acts()
    assert "canary-42" not in act.detail


@pytest.mark.parametrize(
    ("field", "value", "param"),
    [
        ("severity", "urgent", "severity"),
        ("template", "jinja", "template"),
        ("secret_group", -1, "secret_group"),
        ("secret_group", True, "secret_group"),
        ("secret_group", 1.0, "secret_group"),
        ("secret_group", 1, "secret_group"),
        ("secret_group", "key", "secret_group"),
        ("validators", "luhn", "validators"),
        ("validators", ["no such"], "validators"),
        ("near", {"before": 5}, "near.pattern"),
        ("near", {"pattern": "a", "before": -1}, "near.before"),
        ("near", {"pattern": "a", "around": 1}, "near.around"),
        ("near", {"pattern": "("}, "near.pattern"),
        ("near", {"pattern": "a", "before": 0}, "near"),
        ("allow", {"regexes": ["("]}, "allow.regexes"),
        ("allow", {"hashes": ["abc"]}, "allow.hashes[0]"),
        ("allow", {"target": "page"}, "allow.target"),
        ("allow", None, "allow"),
        ("directions", [], "directions"),
        ("directions", ["request", "request"], "directions"),
        ("directions", ["sideways"], "directions[0]"),
        ("field_classes", ["A", "Z"], "field_classes[1]"),
        ("views", ["mirrored"], "views[0]"),
        ("views", ["raw", "spaceless"], "views"),
        ("scope", {"only": {"keys": [NOBODY]}}, "scope.only.keys"),
        ("scope", {"exempt": {"providers": [NOBODY]}}, "scope.exempt.providers"),
        ("scope", {"only": {"keys": ["x"]}}, "scope.only.keys"),
        ("scope", {"only": {"keys": [""]}}, "scope.only.keys[0]"),
        ("scope", {"only": {"endpoints": ["chat"]}}, "scope.only.endpoints[0]"),
        ("scope", {"teams": []}, "scope.teams"),
        ("history", "forget", "history"),
        ("examples", [{"text": "canary-1"}, {"text": "bird"}], "examples[1]"),
        ("examples", [{"match": True}], "examples[0].text"),
        ("examples", [{"text": "canary-1"}] * 51, "examples"),
        ("name", "a\nb", "name"),
        ("name", "x" * 201, "name"),
        ("version", 3, "version"),
    ],
)
async def test_what_is_wrong_is_refused_by_its_name_and_nothing_changes(admin: Admin, field, value, param):
    created = await create(admin)
    for method, path in (("POST", ""), ("PATCH", f"/{created['id']}"), ("PUT", f"/{created['id']}")):
        answer = await admin.call(method, f"/guardrails{path}", PLAIN | {field: value})
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == param
    assert (await admin.call("GET", "/guardrails")).json() == [created]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("views", ["x"], "'raw', 'folded', 'decoded', 'joined' or 'spaceless'"),
        ("field_classes", ["x"], "'A', 'B'"),
        ("directions", ["x"], "'request' or 'response'"),
        ("scope", {"only": {"endpoints": ["x"]}}, "chat/completions"),
        ("scope", {"only": {"keys": [NOBODY]}}, NOBODY),
        ("examples", [{"text": "bird"}], "Example 0 should match"),
    ],
)
async def test_a_refusal_names_the_choices_or_what_is_unknown(admin: Admin, field, value, told):
    answer = await admin.call("POST", "/guardrails", PLAIN | {field: value})
    assert told in answer.json()["error"]["message"]


async def test_a_scope_may_name_what_is_gone_since_it_was_written(admin: Admin):
    key = await admin.key()
    created = await create(admin, scope={"only": {"keys": [key["id"]]}})
    await admin.call("DELETE", f"/keys/{key['id']}")
    path = f"/guardrails/{created['id']}"
    assert (await admin.call("PATCH", path, {"severity": "low"})).status_code == 200


async def test_keys_and_providers_of_a_scope_may_be_told_by_name(admin: Admin):
    key = await admin.key(name="team-a")
    provider = (await admin.call("GET", f"/providers/{key['provider_id']}")).json()
    scope = {"only": {"keys": ["team-a", key["id"].upper()]}, "exempt": {"providers": [provider["name"]]}}
    created = await create(admin, scope=scope)
    assert created["scope"]["only"]["keys"] == [key["id"]]
    assert created["scope"]["exempt"]["providers"] == [provider["id"]]
    path = f"/guardrails/{created['id']}"
    changed = (await admin.call("PATCH", path, {"scope": {"exempt": {"keys": ["team-a"]}}})).json()
    assert changed["scope"]["exempt"]["keys"] == [key["id"]]


async def test_the_name_of_several_keys_or_of_a_revoked_one_names_none(admin: Admin):
    first = await admin.key(name="team-a")
    body = {"name": "team-a", "provider_id": first["provider_id"]}
    keys = [first, (await admin.call("POST", "/keys", body)).json()]
    answer = await admin.call("POST", "/guardrails", PLAIN | {"scope": {"only": {"keys": ["team-a"]}}})
    assert answer.json()["error"]["message"] == "2 keys have the name team-a. Name one by its id."
    await admin.call("DELETE", f"/keys/{keys[0]['id']}")
    assert (await create(admin, scope={"only": {"keys": ["team-a"]}}))["scope"]["only"]["keys"] == [keys[1]["id"]]
    await admin.call("DELETE", f"/keys/{keys[1]['id']}")
    answer = await admin.call("POST", "/guardrails", PLAIN | {"scope": {"only": {"keys": ["team-a"]}}})
    assert "no key with the id or the name team-a" in answer.json()["error"]["message"]


async def test_a_rule_says_what_ordinary_texts_it_would_flag(admin: Admin):
    created = await create(admin, pattern="[0-9a-f]{32}")
    assert created["warnings"][0].startswith("It would flag ")
    checked = (await admin.call("POST", "/guardrails/check", {"pattern": "[0-9a-f]{32}"})).json()
    assert checked["ok"]
    assert checked["warnings"] == created["warnings"]
    assert checked["dry_run"]["flagged"] >= len(checked["dry_run"]["examples"]) == 10
    refused = (await admin.call("POST", "/guardrails/check", {"pattern": "a", "examples": [{"text": "b"}]})).json()
    assert (refused["ok"], refused["param"], refused["dry_run"]) == (False, "examples[0]", None)


def test_a_change_has_the_same_members_as_a_rule():
    assert tuple(RuleChanges.model_fields) == MEMBERS
    for name in MEMBERS:
        assert RuleChanges.model_fields[name].annotation == RuleFields.model_fields[name].annotation, name


async def test_a_rule_is_written_as_briefly_as_it_can_be(admin: Admin):
    fields = RuleFields.model_validate(FULL)
    plain, full = await create(admin, name="p"), await create(admin, **FULL)
    rules = {rule.id: rule for rule in await admin.store.guardrails.list()}
    assert written(rules[plain["id"]]) == PLAIN | {"name": "p"}
    assert RuleFields.model_validate(written(rules[full["id"]])) == fields
