"""Where a secret went, and whether the trail of events is whole: asked in a browser, of a real gateway."""

import base64
import re
import sqlite3
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.dashboard.browser import Visit, Watch, settled
from tests.dashboard.test_pages import PHONE, WIDE, violations
from tests.gateway_process import CHAT, Gateway, eventually
from tests.wire import call

SECRET = "AKIA" + "Q7ZP" * 4
OTHER = "AKIA" + "M3XW" * 4


@pytest.fixture
def found(gateway: Gateway) -> Gateway:
    """A gateway on which two keys sent the same secret, one of them in disguise, and one another secret."""
    rule = {"name": "Cloud key", "severity": "critical", "pattern": "AKIA[0-9A-Z]{16}", "mode": "replace"}
    assert gateway.admin("POST", "/admin/guardrails", body={**rule, "replace_by": "[key]"}).status == 201
    provider = gateway.made("/admin/providers", name="offline", base_url="sandbox:?pace_ms=1", api_key="sk-x")
    keys = [
        gateway.made("/admin/keys", name=name, provider_id=provider["id"])["key"] for name in ("shop", "back-office")
    ]
    encoded = base64.b64encode(f"the key is {SECRET} indeed".encode()).decode()
    for key, text in ((keys[0], f"use {SECRET}"), (keys[1], f"read {encoded}"), (keys[1], f"use {OTHER}")):
        body = {"model": "sandbox-echo", "messages": [{"role": "user", "content": text}]}
        assert call(gateway.port, "POST", CHAT, headers={"Authorization": f"Bearer {key}"}, body=body).status == 200
    eventually(
        lambda: gateway.admin("GET", "/admin/guardrail-events/search").json()["records"], lambda rows: len(rows) == 3
    )
    return gateway


def card(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def test_from_an_event_one_sees_where_else_its_secret_went(found: Gateway, opened: tuple[Page, Watch]) -> None:
    page, _ = opened
    settled(page, "/events?view=decoded&severity=critical&action=replaced&direction=request")
    row = page.get_by_role("table").get_by_role("row").filter(has_text="back-office")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Cloud key")
    expect(row).to_contain_text("AKIA…(20)")
    expect(row).to_contain_text("Decoded")
    row.get_by_role("link").first.click()
    page.get_by_role("heading", level=1, name="Event").wait_for()
    expect(page.get_by_role("main")).to_contain_text("version 1")
    page.get_by_role("link", name="Where else did it go?").click()
    page.get_by_role("heading", level=1, name="Where a secret went").wait_for()
    expect(card(page, "Keys")).to_contain_text("shop")
    expect(card(page, "Keys")).to_contain_text("back-office")
    expect(card(page, "Providers")).to_contain_text("offline")
    expect(card(page, "Rules")).to_contain_text("Cloud key")
    expect(card(page, "Views")).to_contain_text("Decoded")
    events = page.get_by_role("table", name="Events of this secret").get_by_role("row")
    expect(events).to_have_count(3)  # the heading, and two of the three events
    expect(page.get_by_role("main")).not_to_contain_text(SECRET)
    events.nth(1).get_by_role("link").first.click()
    page.get_by_role("heading", level=1, name="Event").wait_for()


def test_a_secret_that_is_pasted_is_found_and_leaves_no_trace(found: Gateway, opened: tuple[Page, Watch]) -> None:
    page, watch = opened

    def trace(value: str) -> None:
        page.get_by_role("button", name="Trace a secret").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Secret or fingerprint").first.fill(value)
        dialog.get_by_role("button", name="Find").click()
        expect(dialog).to_be_hidden()
        page.get_by_role("heading", level=1, name="Where a secret went").wait_for()

    settled(page, "/events")
    trace(OTHER)
    expect(card(page, "Keys")).to_contain_text("back-office")
    expect(card(page, "Keys")).not_to_contain_text("shop")
    trace("a secret that nobody sent")
    expect(page.get_by_text("It was never found")).to_be_visible()
    fingerprint = found.admin("POST", "/admin/fingerprints", body={"value": SECRET}).json()["fingerprint"]
    trace(f" {fingerprint.upper()} ")
    expect(card(page, "Keys")).to_contain_text("shop")
    assert OTHER not in "\n".join(watch.requests)


def test_the_chain_is_verified_when_it_is_asked_for_and_a_changed_event_is_named(
    found: Gateway, opened: tuple[Page, Watch], tmp_path: Path
) -> None:
    page, watch = opened
    settled(page, "/events")
    trail = card(page, "Audit trail")
    expect(trail).to_contain_text("Events are kept for ever.")
    assert not [url for url in watch.requests if "/audit/verify" in url]
    trail.get_by_role("button", name="Verify the chain").click()
    expect(trail).to_contain_text("Chain verified: 3 events.")
    with sqlite3.connect(next(tmp_path.glob("*.db"))) as database:
        database.execute("UPDATE guardrail_events SET severity = 'low' WHERE seq = 2")
        database.execute("DELETE FROM guardrail_events WHERE seq = 3")
    trail.get_by_role("button", name="Verify the chain").click()
    expect(trail).to_contain_text("The chain is broken")
    flaws = trail.get_by_role("alert").get_by_role("listitem")
    expect(flaws.filter(has_text="changed").filter(has_text="event 2")).to_have_count(1)
    expect(flaws.filter(has_text="missing").filter(has_text="event 3").first).to_be_visible()


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", WIDE), ("dark", PHONE)], ids=str)
def test_events_and_secrets_are_accessible_and_fit(scheme: str, size: dict[str, int], month: Visit) -> None:
    with month.open(color_scheme=scheme, viewport=size) as (page, _):
        settled(page, "/events")
        page.get_by_role("button", name="More filters").click()
        page.get_by_role("button", name="Verify the chain").click()
        page.get_by_text(re.compile("Chain verified")).wait_for()
        assert violations(page) == []
        rows = page.get_by_role("row" if size is WIDE else "listitem").filter(has_text="Card number")
        rows.first.get_by_role("link", name=re.compile(":")).click()
        page.get_by_text("What was found").wait_for()
        assert violations(page) == []
        page.get_by_role("link", name="Where else did it go?").click()
        page.get_by_role("heading", level=2, name="Its events").wait_for()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


def test_on_a_phone_each_event_is_a_card_that_tells_its_rule_and_what_was_found(month: Visit) -> None:
    with month.open(viewport=PHONE) as (page, _):
        settled(page, "/events")
        card = page.get_by_role("list", name="Guard-rail events").get_by_role("listitem").first
        for part in (
            card.get_by_role("link").first,
            card.locator("code").first,
            card.get_by_text(re.compile(":")).last,
        ):
            box = part.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= PHONE["width"]
