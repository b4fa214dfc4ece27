"""The test bench judges as the data path does, by a draft and the rules in force, and keeps nothing."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest
from structlog.testing import capture_logs

from llm_proxy.core.self_defence import PROVIDER_CREDENTIAL
from llm_proxy.errors import GuardrailRejected
from llm_proxy.packs import load_pack
from llm_proxy.records import Guardrail
from llm_proxy.web.admin.guardrail_trials import MAX_FINDINGS
from llm_proxy.web.admin.route import MAX_BODY_BYTES
from tests.core.placements import PATTERN, PLACEMENTS, REPLACEMENT, SECRET, Placement
from tests.fakes import FakeDirectory, World
from tests.web.admin.conftest import NOBODY, Admin

DRAFT = {"pattern": "canary-[0-9]+", "mode": "replace", "replace_by": "[bird]"}


async def store_rule(admin: Admin, **more: object) -> str:
    answer = await admin.call("POST", "/guardrails", {"pattern": "canary-[0-9]+", "mode": "reject"} | more)
    assert answer.status_code == 201
    return answer.json()["id"]


async def bench(admin: Admin, **asked: object) -> dict[str, Any]:
    answer = await admin.call("POST", "/guardrails/test", asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def refusal(admin: Admin, **asked: object) -> dict[str, Any]:
    answer = await admin.call("POST", "/guardrails/test", asked)
    assert answer.status_code == 400
    return answer.json()["error"]


def ask(content: str) -> str:
    return json.dumps({"model": "m", "messages": [{"role": "user", "content": content}]}, ensure_ascii=False)


async def sent(rules: Sequence[Guardrail], body: str, endpoint: str) -> str | None:
    """Return the body that the data path sends to the provider, None when it refuses."""
    world = World(directory=FakeDirectory(guardrails=rules))
    try:
        await world.answer(body.encode(), endpoint)
    except GuardrailRejected:
        return None
    return world.upstream.requests[0].body.decode()


# --- a text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "mode", "verdict", "result"),
    [
        ("nothing here", "replace", "pass", "nothing here"),
        ("say canary-42!", "replace", "replaced", "say [bird]!"),
        ("say canary-42!", "reject", "rejected", None),
        ("", "reject", "pass", ""),
    ],
)
async def test_a_draft_judges_a_text(admin: Admin, text, mode, verdict, result):
    said = await bench(admin, text=text, draft=DRAFT | {"mode": mode})
    assert (said["verdict"], said["result"], said["omitted_findings"]) == (verdict, result, 0)
    assert said["duration_us"] > 0
    told = {
        "guardrail_id": None, "is_draft": True, "rule_name": "", "severity": "medium", "pattern": DRAFT["pattern"],
        "mode": mode, "action": verdict, "field_class": "A", "view": "raw", "place": "", "text": text,
        "spans": [[4, 13]], "previews": ["…(9)"], "fingerprints": [admin.store.fingerprints.of("canary-42")],
    }  # fmt: skip
    assert said["findings"] == ([] if verdict == "pass" else [told])


@pytest.mark.parametrize(
    ("before", "start"), [("🦜🦜 ", 3), ("e\u0301e\u0301 ", 5), ("👩‍👩‍👧 ", 6), ("\u202e", 1), ("\0\n", 2)]
)
async def test_spans_count_code_points(admin: Admin, before, start):
    said = await bench(admin, text=f"{before}canary-42 🦜", draft=DRAFT)
    assert said["findings"][0]["spans"] == [[start, start + 9]]
    assert said["result"] == f"{before}[bird] 🦜"


# --- the draft and the stored rules -----------------------------------------------------------------------------------


async def test_the_rules_in_force_judge_too_unless_they_are_left_out(admin: Admin):
    stored = await store_rule(admin, pattern="parrot")
    said = await bench(admin, text="canary-1 parrot", draft=DRAFT)
    assert said["verdict"] == "rejected"
    assert [(each["guardrail_id"], each["is_draft"]) for each in said["findings"]] == [(stored, False), (None, True)]
    assert (await bench(admin, text="canary-1 parrot"))["verdict"] == "rejected"
    assert (await bench(admin, text="canary-1 parrot", draft=DRAFT, with_stored=False))["result"] == "[bird] parrot"
    assert (await bench(admin, text="canary-1 parrot", with_stored=False))["verdict"] == "pass"


async def test_a_disabled_rule_does_not_judge_until_it_is_the_draft(admin: Admin):
    disabled = await store_rule(admin, enabled=False)
    assert (await bench(admin, text="canary-1"))["verdict"] == "pass"
    said = await bench(admin, text="canary-1", draft=DRAFT | {"id": disabled})
    assert (said["verdict"], said["findings"][0]["guardrail_id"]) == ("replaced", disabled)


async def test_a_draft_with_an_id_stands_in_for_the_stored_rule(admin: Admin):
    stored, other = await store_rule(admin), await store_rule(admin, pattern="parrot", mode="replace", replace_by="X")
    assert (await bench(admin, text="canary-1 parrot"))["verdict"] == "rejected"
    said = await bench(admin, text="canary-1 parrot", draft=DRAFT | {"id": stored})
    assert (said["verdict"], said["result"]) == ("replaced", "[bird] X")
    told = {each["guardrail_id"]: (each["is_draft"], each["mode"]) for each in said["findings"]}
    assert told == {stored: (True, "replace"), other: (False, "replace")}
    assert (await bench(admin, text="canary-1"))["verdict"] == "rejected"


async def test_of_equal_matches_a_stored_rules_replacement_stands_before_a_new_drafts(admin: Admin):
    for _ in range(3):
        await store_rule(admin, mode="replace", replace_by="[stored]")
    assert (await bench(admin, text="canary-1", draft=DRAFT))["result"] == "[stored]"


async def test_a_draft_may_stand_in_for_a_packs_rule_though_the_pack_is_off(admin: Admin):
    shipped = load_pack("entropy").rules[0].id
    said = await bench(admin, text="canary-1", draft=DRAFT | {"id": shipped})
    assert (said["findings"][0]["guardrail_id"], said["findings"][0]["is_draft"]) == (shipped, True)


async def test_a_built_in_rule_judges_without_a_draft_and_no_draft_stands_in_for_it(admin: Admin):
    await admin.provider()
    written = (await admin.call("GET", f"/guardrails/{PROVIDER_CREDENTIAL.id}")).json()
    draft = {"pattern": written["pattern"], "mode": written["mode"], "id": written["id"]}
    said = await bench(admin, text="the key is sk-upstream-canary")
    assert (said["verdict"], said["findings"][0]["guardrail_id"]) == ("rejected", PROVIDER_CREDENTIAL.id)
    error = await refusal(admin, text="the key is sk-upstream-canary", draft=draft)
    assert (error["param"], error["code"]) == ("draft.id", "invalid_request")
    assert "built-in" in error["message"]


# --- a body -----------------------------------------------------------------------------------------------------------

SAMPLE = list({(each.endpoint, each.expected, index % 5): each for index, each in enumerate(PLACEMENTS)}.values())


@pytest.mark.parametrize("placement", SAMPLE, ids=lambda each: each.name)
async def test_a_body_becomes_what_the_data_path_makes_of_it(admin: Admin, placement: Placement):
    await store_rule(admin, pattern=PATTERN, mode="replace", replace_by=REPLACEMENT)
    body = json.dumps(placement.body(SECRET), indent=1)
    said = await bench(admin, body=body, endpoint=placement.endpoint)
    assert said["verdict"] == placement.expected
    assert said["result"] == await sent(await admin.store.guardrails.list(), body, placement.endpoint)


@pytest.mark.parametrize(
    "body",
    [
        ask("nothing"),
        ask("canary-1 and canary-2"),
        ask("parrot canary-1"),
        ask("canary-[bird]"),
        '{"model":"m", "messages":[{"role":"user","content":"\\u0063anary-1 🦜"}], "x":[1.50, 2e3]}',
        '{"model":"m","messages":[{"role":"user","content":"\\ud800 lone"}]}',
    ],
)
async def test_a_body_is_judged_and_spliced_byte_for_byte(admin: Admin, body: str):
    await store_rule(admin, mode="replace", replace_by="[bird]")
    await store_rule(admin, pattern="parrot")
    said = await bench(admin, body=body)
    assert said["result"] == await sent(await admin.store.guardrails.list(), body, "chat/completions")


async def test_a_finding_tells_its_place_and_the_text_as_it_was_inspected(admin: Admin):
    body = '{"model":"m","messages":[{"role":"user","content":"🦜 \\u0063anary-1"}]}'
    finding = (await bench(admin, body=body, draft=DRAFT))["findings"][0]
    assert (finding["place"], finding["text"], finding["spans"]) == ("messages[0].content", "🦜 canary-1", [[2, 10]])


async def test_a_finding_tells_its_rule_its_view_and_what_it_leads_to(admin: Admin):
    await store_rule(admin, name="Birds", severity="critical", mode="monitor")
    hidden = base64.b64encode(b"say canary-42 to the bird").decode()
    said = await bench(admin, text=f"{hidden} canary-7")
    told = [(each["rule_name"], each["severity"], each["view"], each["action"]) for each in said["findings"]]
    assert told == [("Birds", "critical", "raw", "monitored"), ("Birds", "critical", "decoded", "monitored")]
    assert said["findings"][1]["fingerprints"] == [admin.store.fingerprints.of("canary-42")]
    assert said["findings"][1]["spans"] == [[0, len(hidden)]]
    assert said["verdict"] == "pass"


async def test_pseudonyms_are_those_of_the_key(admin: Admin):
    draft = {"pattern": "canary-[0-9]+", "mode": "pseudonymise", "name": "bird"}
    keys = [(await admin.key(name=name))["id"] for name in ("one", "two")]
    await admin.directory.refresh()
    results = [(await bench(admin, text="canary-1", draft=draft, api_key_id=key))["result"] for key in (*keys, keys[0])]
    assert results[0].startswith("<BIRD_")
    assert results[0] == results[2] != results[1]


async def test_a_rule_with_a_scope_judges_the_calls_that_it_is_for(admin: Admin):
    mine, other = [(await admin.key(name=name))["id"] for name in ("mine", "other")]
    await store_rule(admin, scope={"only": {"keys": [mine]}})
    await store_rule(admin, pattern="parrot", scope={"only": {"models": ["gpt-*"]}})
    body = json.dumps({"model": "gpt-9", "messages": [{"role": "user", "content": "canary-1 parrot"}]})

    async def found(**asked: object) -> list[str]:
        return [each["pattern"] for each in (await bench(admin, body=body, **asked))["findings"]]

    assert sorted(await found()) == ["canary-[0-9]+", "parrot"]
    assert sorted(await found(api_key_id=mine)) == ["canary-[0-9]+", "parrot"]
    assert await found(api_key_id=other) == ["parrot"]


async def test_answers_are_judged_by_the_rules_for_answers(admin: Admin):
    await store_rule(admin, directions=["response"])
    answer = json.dumps({"choices": [{"message": {"role": "assistant", "content": "canary-1"}}]})
    assert (await bench(admin, body=answer))["verdict"] == "pass"
    assert (await bench(admin, body=answer, direction="response"))["verdict"] == "rejected"


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "param", "code"),
    [
        ({}, "text", "invalid_request"),
        ({"text": "x", "body": "{}"}, "body", "invalid_request"),
        ({"text": None}, "text", "invalid_request"),
        ({"body": "{}", "endpoint": "chat"}, "endpoint", "invalid_request"),
        ({"body": "{}", "endpoint": "models"}, "endpoint", "invalid_request"),
        ({"body": ""}, "body", "invalid_json"),
        ({"body": "[]"}, "body", "invalid_json"),
        ({"body": '{"a": 1, "a": 2}'}, "body", "invalid_json"),
        ({"body": '{"a":' * 130 + "1" + "}" * 130}, "body", "invalid_json"),
        ({"text": "x", "draft": DRAFT | {"pattern": "("}}, "pattern", "invalid_pattern"),
        ({"text": "x", "draft": DRAFT | {"pattern": "a*"}}, "pattern", "invalid_pattern"),
        ({"text": "x", "draft": DRAFT | {"replace_by": "canary-1"}}, "pattern", "invalid_pattern"),
        ({"text": "x", "draft": DRAFT | {"id": "x"}}, "draft.id", "invalid_request"),
        ({"text": "x", "draft": DRAFT | {"id": NOBODY}}, "draft.id", "invalid_request"),
        ({"text": "x", "draft": DRAFT | {"severity": True}}, "draft.severity", "invalid_request"),
        ({"text": "x", "sample": "y"}, "sample", "invalid_request"),
        ({"text": "x", "direction": "both"}, "direction", "invalid_request"),
        ({"text": "x", "api_key_id": NOBODY}, "api_key_id", "invalid_request"),
    ],
)
async def test_what_cannot_be_tried_is_refused_with_the_reason(admin: Admin, asked, param, code):
    error = await refusal(admin, **asked)
    assert (error["param"], error["code"]) == (param, code)
    assert len(error["message"]) > len(param) + 10


async def test_rules_that_never_loaded_are_no_rules_to_pass_by(admin: Admin):
    admin.directory._rules = None
    answer = await admin.call("POST", "/guardrails/test", {"text": "x"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "guardrail_unavailable")
    assert (await bench(admin, text="canary-1", draft=DRAFT, with_stored=False))["verdict"] == "replaced"


# --- sizes ------------------------------------------------------------------------------------------------------------


async def test_a_body_of_4_mebibytes_is_tried_and_a_larger_one_is_refused(admin: Admin):
    room = MAX_BODY_BYTES - 1000
    text = "a" * room + " canary-1"
    said = await bench(admin, body=ask(text), draft=DRAFT | {"mode": "reject"})
    assert said["findings"][0]["spans"] == [[room + 1, room + 9]]
    answer = await admin.call("POST", "/guardrails/test", {"text": "a" * MAX_BODY_BYTES})
    assert answer.status_code == 413


async def test_more_findings_than_an_answer_tells_are_counted(admin: Admin):
    messages = [{"role": "user", "content": f"canary-{number}"} for number in range(MAX_FINDINGS + 3)]
    said = await bench(admin, body=json.dumps({"messages": messages}), draft=DRAFT)
    assert (len(said["findings"]), said["omitted_findings"]) == (MAX_FINDINGS, 3)
    assert "canary" not in said["result"]


async def test_a_long_text_is_not_told_once_for_each_of_many_rules(admin: Admin):
    for number in range(4):
        await store_rule(admin, pattern=f"canary-{number}")
    said = await bench(admin, text="canary-0 canary-1 canary-2 canary-3" + "a" * (3 << 20))
    assert (len(said["findings"]), said["omitted_findings"]) == (2, 2)


# --- nothing stays ----------------------------------------------------------------------------------------------------


async def test_a_trial_leaves_no_event_no_usage_no_record_and_no_line_in_the_log(
    admin: Admin, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    await store_rule(admin)
    acts, revision = await admin.acts(), await admin.store.revision()
    with capture_logs() as lines:
        await bench(admin, text="say canary-42", draft=DRAFT)
        await bench(admin, body=ask("say canary-42"), draft=DRAFT)
        await refusal(admin, body='{"canary-42": 1')
        await admin.call("POST", "/guardrails/check", {"pattern": "canary-[0-9]+"})
    assert lines == []
    assert "canary-42" not in caplog.text + "".join(capfd.readouterr())
    assert (await admin.store.events.page())[1] == 0
    assert (await admin.call("GET", "/usage")).json()["total"] == 0
    assert (await admin.acts(), await admin.store.revision()) == (acts, revision)


# --- checking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ({"pattern": "canary-[0-9]+"}, None),
        ({"pattern": "canary", "mode": "replace", "replace_by": "bird"}, None),
        ({"pattern": "("}, "missing"),
        ({"pattern": "a*"}, "empty string"),
        ({"pattern": ""}, "empty string"),
        ({"pattern": "a(?=b)"}, "RE2"),
        ({"pattern": "x" * 5000}, "4096"),
        ({"pattern": "canary", "mode": "replace", "replace_by": "canary"}, "its own replacement"),
    ],
)
async def test_a_rule_is_checked_while_it_is_typed(admin: Admin, rule, reason):
    answer = await admin.call("POST", "/guardrails/check", rule)
    said = answer.json()
    assert (answer.status_code, said["ok"]) == (200, reason is None)
    if reason is None:
        assert said["reason"] is None
        assert said["cost_us_per_kb"] > 0
    else:
        assert reason in said["reason"]
        assert said["cost_us_per_kb"] is None


@pytest.mark.parametrize(
    "rule", [{}, {"pattern": 1}, {"pattern": "x", "mode": "block"}, {"pattern": "x", "id": NOBODY}]
)
async def test_what_is_no_rule_at_all_is_400(admin: Admin, rule):
    assert (await admin.call("POST", "/guardrails/check", rule)).status_code == 400
