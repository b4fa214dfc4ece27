"""Rules of a file come all at once, each with its version; what cannot come is told."""

import tomllib
from dataclasses import replace

import pytest

from llm_proxy.store import guardrail_rows
from llm_proxy.web.admin.admitting import draft_of
from tests.web.admin.conftest import Admin
from tests.web.admin.test_guardrails import outcome, rule

GITLEAKS = r"""
[[rules]]
id = "acme-token"
regex = '''\bacme_[a-z0-9]{8}\b'''
[[rules]]
id = "hex"
regex = '''\b[0-9a-f]{32}\b'''
[[rules]]
id = "slow"
regex = '''x[^y]*y|x'''
[[rules]]
id = "ahead"
regex = '''a(?=b)'''
"""
YAML = r"""
rules:
- name: Acme
  id: own.1
  pattern: 'acme-([0-9]{6})'
  examples: ['acme-123456', 'beyond']
  negative_examples: ['acme-1']
"""


async def bring(admin: Admin, content: str, **more: object) -> dict:
    answer = await admin.call("POST", "/guardrails/import", {"content": content} | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def rules(admin: Admin) -> dict[str, dict]:
    return {each["name"]: each for each in (await admin.call("GET", "/guardrails")).json()}


async def test_rules_of_others_only_watch_until_somebody_says_otherwise(admin: Admin):
    report = await bring(admin, GITLEAKS, name="gitleaks.toml")
    assert (report["format"], report["pack"]) == ("gitleaks", "import:gitleaks.toml")
    assert [(each["name"], each["fate"]) for each in report["imported"]] == [
        ("acme-token", "created"),
        ("hex", "created"),
    ]
    assert {each["name"] for each in report["skipped"]} == {"slow", "ahead"}
    assert all(len(each["reason"]) > 20 for each in report["skipped"])
    stored = await rules(admin)
    assert {each["mode"] for each in stored.values()} == {"monitor"}
    assert {(each["origin"], each["pack"], each["created_by"]) for each in stored.values()} == {
        ("api", "import:gitleaks.toml", "admin token (192.0.2.7)")
    }
    (first,) = (await admin.call("GET", f"/guardrails/{stored['hex']['id']}/versions")).json()
    assert first["change"] == "imported"
    assert [act.action for act in await admin.acts()] == ["guardrail.import"]


async def test_it_is_told_what_ordinary_texts_they_would_flag(admin: Admin):
    report = await bring(admin, GITLEAKS, dry_run=True)
    flagged = {each["name"]: each["flagged"] for each in report["imported"]}
    assert flagged["acme-token"] == 0
    assert 0 < flagged["hex"] == report["flagged"] < report["texts"]
    assert await rules(admin) == {}
    assert await admin.acts() == []


async def test_a_mode_can_be_chosen_and_is_in_force_at_once(admin: Admin):
    await bring(admin, GITLEAKS, mode="reject")
    assert outcome(admin, "acme_abcdefgh") == "rejected"
    await bring(admin, YAML, mode="replace")
    assert (await rules(admin))["Acme (own.1)"]["replace_by"] == "[REDACTED]"


async def test_importing_again_makes_new_versions_and_keeps_what_was_decided(admin: Admin):
    await bring(admin, GITLEAKS)
    stored = (await rules(admin))["acme-token"]
    await admin.call("PATCH", f"/guardrails/{stored['id']}", {"mode": "reject", "enabled": False})
    report = await bring(admin, GITLEAKS.replace("acme_", "acmes_"))
    assert {each["name"]: each["fate"] for each in report["imported"]} == {"acme-token": "changed", "hex": "unchanged"}
    again = (await rules(admin))["acme-token"]
    assert (again["id"], again["version"], again["mode"], again["enabled"]) == (stored["id"], 3, "reject", False)
    assert "acmes_" in again["pattern"]
    await bring(admin, GITLEAKS, mode="monitor")
    assert (await rules(admin))["acme-token"]["mode"] == "monitor"
    assert len(await rules(admin)) == 2


async def test_examples_that_behave_otherwise_here_are_left_out_and_told(admin: Admin):
    report = await bring(admin, YAML)
    assert report["imported"][0]["changes"] == ["1 of its examples behave otherwise here and are left out"]
    assert (await rules(admin))["Acme (own.1)"]["examples"] == [
        {"text": "acme-123456", "match": True},
        {"text": "acme-1", "match": False},
    ]


async def test_what_is_exported_can_be_imported(admin: Admin):
    await rule(admin, name="Bird", severity="high", allow={"stopwords": ["canary-0"]}, near={"pattern": "say"})
    await bring(admin, YAML)
    before = await rules(admin)
    exported = (await admin.call("GET", "/guardrails/export")).json()
    assert (exported["format"], exported["rules"]) == ("toml", 2)
    assert [each["name"] for each in tomllib.loads(exported["content"])["rule"]] == ["Bird", "Acme (own.1)"]
    for each in before.values():
        await admin.call("DELETE", f"/guardrails/{each['id']}")
    report = await bring(admin, exported["content"])
    assert (report["format"], report["pack"], len(report["imported"])) == ("toml", "", 2)
    after = await rules(admin)
    for name, each in before.items():
        assert {key: value for key, value in after[name].items() if value != each[key]}.keys() <= {
            "id", "created_at", "updated_at", "pack", "version",
        }  # fmt: skip
    assert outcome(admin) == "rejected"
    csv = (await admin.call("GET", "/guardrails/export?format=csv")).json()["content"]
    assert (await bring(admin, csv, dry_run=True))["format"] == "csv"


async def test_an_export_that_comes_back_changes_nothing_and_doubles_nothing(admin: Admin):
    await bring(admin, "[[rules]]\nid = 'acme'\nregex = 'acme_[a-z0-9]{8}'", name="gitleaks")
    allow = {"hashes": ["0" * 32]}
    for name in ("Bird", "Bird", ""):
        body = {"pattern": "canary", "mode": "reject", "name": name, "allow": allow}
        assert (await admin.call("POST", "/guardrails", body)).status_code == 201
    followed = replace(draft_of({"pattern": "parrot", "mode": "reject", "replace_by": "", "name": "F"}), origin="file")
    await admin.store.guardrail_batches.follow([followed], [])
    before = (await admin.call("GET", "/guardrails")).json()
    content = (await admin.call("GET", "/guardrails/export")).json()["content"]
    for is_trial in (True, False):
        said = await bring(admin, content, dry_run=is_trial)
        assert [rule["fate"] for rule in said["imported"]] == ["unchanged"] * 5
        assert (said["skipped"], said["notes"]) == ([], [])
    assert (await admin.call("GET", "/guardrails")).json() == before
    said = await bring(admin, content.replace("'canary'", "'canary-1'").replace("'parrot'", "'parrot-1'"))
    assert sorted(rule["fate"] for rule in said["imported"]) == ["changed"] * 3 + ["unchanged"]
    assert [each["name"] for each in said["skipped"]] == ["F"]
    assert "allow.hashes are fingerprints under the key of the database that they come from" in said["notes"][0]
    assert sorted(rule["name"] for rule in (await admin.call("GET", "/guardrails")).json()) == sorted(
        rule["name"] for rule in before
    )


async def test_an_export_in_an_import_of_its_own_or_twice_in_a_file_is_new(admin: Admin):
    await admin.call("POST", "/guardrails", {"pattern": "canary", "mode": "reject", "name": "Bird"})
    content = (await admin.call("GET", "/guardrails/export")).json()["content"]
    assert [rule["fate"] for rule in (await bring(admin, content, name="other"))["imported"]] == ["created"]
    said = await bring(admin, content + content.replace("Bird", "Copy"))
    assert [rule["fate"] for rule in said["imported"]] == ["unchanged", "created"]


async def test_a_file_of_ours_is_as_strict_as_a_request(admin: Admin):
    content = """
        [[rule]]
        name = "good"
        pattern = 'a1b2'
        mode = "reject"
        [[rule]]
        name = "no mode"
        pattern = 'a'
        [[rule]]
        name = "unknown member"
        pattern = 'a'
        mode = "reject"
        colour = "red"
        [[rule]]
        name = "good"
        pattern = 'a'
        mode = "reject"
        [[rule]]
        name = "unknown key"
        pattern = 'a'
        mode = "reject"
        scope = { only = { keys = ["00000000-0000-4000-8000-000000000000"] } }
        [[rule]]
        name = "example"
        pattern = 'a'
        mode = "reject"
        examples = [{ text = "b" }]
    """
    report = await bring(admin, content)
    assert [each["name"] for each in report["imported"]] == ["good"]
    assert {each["name"]: each["reason"] for each in report["skipped"]} == {
        "no mode": "mode is required.",
        "unknown member": "colour is not a member known here.",
        "good": "Another rule of this file has its name.",
        "unknown key": "There is no key with the id or the name 00000000-0000-4000-8000-000000000000.",
        "example": "Example 0 should match, and nothing is found in it.",
    }


async def test_all_come_or_none(admin: Admin, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guardrail_rows, "MAX_RULES", 1)
    answer = await admin.call("POST", "/guardrails/import", {"content": GITLEAKS})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
    assert await rules(admin) == {}


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"content": "hello"}, "content"),
        ({"content": GITLEAKS, "format": "csv"}, "content"),
        ({"content": GITLEAKS, "format": "xml"}, "format"),
        ({"content": GITLEAKS, "mode": "block"}, "mode"),
        ({"content": 5}, "content"),
        ({}, "content"),
    ],
)
async def test_what_cannot_be_read_is_refused(admin: Admin, body, param):
    answer = await admin.call("POST", "/guardrails/import", body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
