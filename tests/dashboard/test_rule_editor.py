"""A rule is tried, on a text, on past events and on live calls, is changed, and becomes again what it was."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from llm_proxy.core.self_defence import PROVIDER_CREDENTIAL
from tests.dashboard.browser import Visit, Watch, settled
from tests.dashboard.test_pages import PHONE, WIDE, violations
from tests.gateway_process import CHAT, CREDENTIAL, Gateway, eventually
from tests.wire import call

BODY = {"model": "sandbox-echo", "messages": [{"role": "user", "content": "the bird canary-12 sings, and finch-7 too"}]}


@pytest.fixture
def rule(gateway: Gateway) -> str:
    """The id of a rule that was changed once and found something in one call."""
    made = gateway.made("/admin/guardrails", name="Birds", pattern="canary-[0-9]+", mode="monitor", severity="high")
    gateway.admin("PATCH", f"/admin/guardrails/{made['id']}", body={"severity": "low", "validators": ["has_digit"]})
    provider = gateway.made("/admin/providers", name="offline", base_url="sandbox:?pace_ms=1", api_key="sk-x")
    key = gateway.made("/admin/keys", name="aviary", provider_id=provider["id"])["key"]
    gateway.caller = {"Authorization": f"Bearer {key}"}  # type: ignore[attr-defined]
    say(gateway)
    events = lambda: gateway.admin("GET", "/admin/guardrail-events/search").json()["records"]  # noqa: E731
    eventually(events, lambda rows: len(rows) == 1)
    return str(made["id"])


def say(gateway: Gateway) -> None:
    answer = call(gateway.port, "POST", CHAT, headers=gateway.caller, body=BODY)  # type: ignore[attr-defined]
    assert answer.status == 200


def side(page: Page, tab: str, name: str) -> Locator:
    page.get_by_role("tab", name=tab, exact=True).click()
    return page.get_by_role("region", name=name, exact=True)


def test_a_rule_tells_what_it_was_and_becomes_it_again(rule: str, opened: tuple[Page, Watch], gateway: Gateway) -> None:
    page, _ = opened
    settled(page, f"/guardrails/{rule}")
    versions = side(page, "Versions", "Versions")
    expect(versions.get_by_text("Version 2", exact=True)).to_be_visible()
    changed = versions.get_by_role("table", name="What changed")
    expect(changed).to_contain_text("severity")
    expect(changed).to_contain_text("high")
    expect(changed).to_contain_text("has_digit")
    expect(versions).to_contain_text("admin token")
    versions.get_by_role("button", name="Restore version 1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("table", name="What changed")).to_contain_text("high")
    dialog.get_by_role("button", name="Restore", exact=True).click()
    expect(dialog).to_be_hidden()
    expect(versions.get_by_text("Version 3", exact=True)).to_be_visible()
    expect(page.get_by_role("combobox", name="Severity")).to_have_value("high")
    assert gateway.admin("GET", f"/admin/guardrails/{rule}").json()["validators"] == []


def test_a_rule_that_was_deleted_is_brought_back(rule: str, opened: tuple[Page, Watch], gateway: Gateway) -> None:
    page, watch = opened
    watch.expected = ("status of 404",)
    assert gateway.admin("DELETE", f"/admin/guardrails/{rule}").status == 204
    settled(page, f"/guardrails/{rule}")
    page.get_by_role("button", name="Restore version 2").click()
    page.get_by_role("dialog").get_by_role("button", name="Restore", exact=True).click()
    page.get_by_role("heading", level=1, name="Edit rule").wait_for()


def test_the_bench_tells_the_rule_its_view_and_its_place(rule: str, opened: tuple[Page, Watch]) -> None:
    page, _ = opened
    settled(page, f"/guardrails/{rule}")
    bench = page.get_by_role("region", name="Test bench")
    bench.get_by_role("textbox", name="Text", exact=True).fill("a canary-12 here, and c\u200banary-99 there")
    expect(bench.locator("mark").first).to_be_visible()
    for told in ("Birds", "low", "monitored", "As it looks", "at 2\N{EN DASH}11"):
        expect(bench).to_contain_text(told)


def test_the_bench_tries_an_answer_as_a_provider_gives_it(rule: str, opened: tuple[Page, Watch]) -> None:
    page, _ = opened
    settled(page, f"/guardrails/{rule}")
    bench = page.get_by_role("region", name="Test bench")
    bench.get_by_role("combobox", name="Which way it goes").click()
    page.get_by_role("option", name="Answer").click()
    expect(bench.get_by_role("tab", name="Request body")).to_have_count(0)
    bench.get_by_role("tab", name="Answer body").click()
    expect(bench.get_by_role("textbox", name="Body")).to_have_value(re.compile('"choices"'))
    bench.get_by_role("combobox", name="Which way it goes").click()
    page.get_by_role("option", name="Request").click()
    expect(bench.get_by_role("textbox", name="Body")).to_have_value(re.compile('"messages"'))


def test_a_draft_runs_over_past_events(rule: str, opened: tuple[Page, Watch], gateway: Gateway) -> None:
    page, _ = opened
    settled(page, f"/guardrails/{rule}")
    page.get_by_role("textbox", name="Pattern").fill("(canary|finch)-[0-9]+")
    past = side(page, "On past events", "On past events")
    past.get_by_role("button", name="Run").click()
    expect(past).to_contain_text("Read 1 event of 1 call")
    expect(past.get_by_role("table", name="By key")).to_contain_text("aviary")
    expect(past.get_by_text("new", exact=True)).to_be_visible()
    expect(past).not_to_contain_text("sings")
    past.get_by_label("Show the texts").check()
    past.get_by_role("button", name="Run").click()
    expect(past.locator("mark").first).to_be_visible()
    acts = [act["action"] for act in gateway.admin("GET", "/admin/log").json()["records"]]
    assert acts.count("guardrail.backtest") == 2
    assert acts.count("event.reveal") == 1


def test_a_draft_looks_at_live_calls_until_it_is_ended(rule: str, opened: tuple[Page, Watch], gateway: Gateway) -> None:
    page, _ = opened
    settled(page, f"/guardrails/{rule}")
    page.get_by_role("textbox", name="Pattern").fill("finch-[0-9]+")
    live = side(page, "On live calls", "On live calls")
    live.get_by_role("button", name="Start").click()
    run = live.get_by_role("region", name="Shadow run of Birds")
    expect(run).to_contain_text("live")
    say(gateway)
    expect(run).to_contain_text("1 of 1")
    expect(run.get_by_role("table", name="By key")).to_contain_text("aviary")
    run.get_by_role("button", name="End and forget").click()
    expect(run).to_have_count(0)
    assert gateway.admin("GET", "/admin/guardrails/shadow").json() == []


def test_the_activity_tells_a_draft_in_words(opened: tuple[Page, Watch], gateway: Gateway) -> None:
    page, _ = opened
    draft = {"pattern": "finch-[0-9]+", "mode": "monitor", "views": ["raw"], "scope": {"only": {"models": ["gpt-*"]}}}
    gateway.made("/admin/guardrails/shadow", draft=draft | {"near": None, "examples": []})
    settled(page, "/activity?action=guardrail.shadow")
    told = page.get_by_role("table", name="Activity")
    for part in ("draft.pattern: finch-[0-9]+", "draft.views: raw", "draft.scope.only.models: gpt-*"):
        expect(told).to_contain_text(part)
    expect(told).not_to_contain_text('{"')
    expect(told).not_to_contain_text("examples")


def test_a_rule_of_a_pack_is_read_and_not_written(opened: tuple[Page, Watch], gateway: Gateway) -> None:
    page, _ = opened
    gateway.admin("PATCH", "/admin/packs/personal-data", body={"enabled": True})
    known = gateway.admin("GET", "/admin/guardrails?with_packs=true").json()
    packed = next(each["id"] for each in known if each["origin"] == "pack")
    settled(page, f"/guardrails/{packed}")
    expect(page.get_by_role("alert")).to_contain_text("It comes with the pack personal-data")
    expect(page.get_by_role("textbox", name="Pattern")).to_be_disabled()
    expect(page.get_by_role("button", name="Save")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    page.get_by_role("button", name="What counts").click()
    expect(page.get_by_label("Secret group")).to_be_disabled()
    page.get_by_role("button", name="Make a copy of it").click()
    page.get_by_role("dialog").get_by_role("button", name="Make a copy").click()
    page.get_by_role("heading", level=1, name="Edit rule").wait_for()


def test_a_built_in_rule_is_tried_as_it_is_in_force(rule: str, opened: tuple[Page, Watch], gateway: Gateway) -> None:
    page, watch = opened
    gateway.made("/admin/providers", name="far", base_url="sandbox:", api_key=CREDENTIAL)
    settled(page, f"/guardrails/{PROVIDER_CREDENTIAL.id}")
    bench = page.get_by_role("region", name="Test bench")
    bench.get_by_role("textbox", name="Text", exact=True).fill(f"the key is {CREDENTIAL}")
    expect(bench).to_contain_text("Would be blocked")
    expect(bench).to_contain_text("Credential of a provider")
    expect(page.get_by_role("tab", name="Versions")).to_have_count(0)
    expect(page.get_by_role("tab", name="On past events")).to_have_count(0)
    settled(page, f"/guardrails/{PROVIDER_CREDENTIAL.id}?side=versions")
    expect(page.get_by_role("region", name="Test bench")).to_be_visible()
    assert not [url for url in watch.requests if re.search(r"/admin/.*/(versions|check)$", url)]


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", WIDE), ("dark", PHONE)], ids=str)
def test_the_editor_is_accessible_and_fits_on_every_side(scheme: str, size: dict[str, int], month: Visit) -> None:
    rules = month.gateway.admin("GET", "/admin/guardrails").json()
    card = next(rule["id"] for rule in rules if rule["name"] == "Card number")
    month.gateway.admin(
        "PATCH", f"/admin/guardrails/{card}", body={"description": f"In {scheme}, {size['width']} wide"}
    )
    with month.open(color_scheme=scheme, viewport=size) as (page, _):
        settled(page, f"/guardrails/{card}")
        page.get_by_role("textbox", name="Text", exact=True).fill("paid with 4111 1111 1111 1111")
        page.get_by_role("region", name="Test bench").locator("mark").first.wait_for()
        assert violations(page) == []
        side(page, "On past events", "On past events").get_by_role("button", name="Run").click()
        page.get_by_text("Compared with").wait_for()
        assert violations(page) == []
        live = side(page, "On live calls", "On live calls")
        live.get_by_role("button", name="Start").click()
        live.get_by_role("button", name="End and forget").first.wait_for()
        assert violations(page) == []
        live.get_by_role("button", name="End and forget").first.click()
        side(page, "Versions", "Versions").get_by_role("table", name="What changed").first.wait_for()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
