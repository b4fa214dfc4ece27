"""One operator's day in a real browser, on a real gateway with the offline model: everything the dashboard is for."""

import csv
import io
import json
import re
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.dashboard.browser import Visit, Watch, watched
from tests.gateway_process import ADMIN_TOKEN, CHAT, Gateway, eventually
from tests.wire import call

# A blocked call, a revoked key and a wrong token are HTTP errors, which Chromium logs.
REFUSED = ("status of 400", "status of 401")
SECRET = "AKIAIOSFODNN7EXAMPLE"
ADDRESS = "someone@example.com"


def go(page: Page, name: str) -> None:
    """Follow a link of the navigation."""
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()
    page.get_by_role("heading", level=1, name=name).wait_for()


def make_provider(page: Page) -> None:
    go(page, "Providers")
    page.get_by_role("button", name="New provider").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Offline model")
    dialog.get_by_label("Base URL", exact=False).first.fill("sandbox:?pace_ms=2")
    dialog.get_by_label("API key").fill("sk-not-needed")
    dialog.get_by_role("button", name="Test connection").click()
    expect(dialog.get_by_text("connected", exact=False).first).to_be_visible()
    dialog.get_by_role("button", name="Create provider").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("row", name=re.compile("Offline model"))).to_be_visible()


def make_key(page: Page) -> str:
    go(page, "Keys")
    page.get_by_role("button", name="New key").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Team under test")
    provider = dialog.get_by_role("combobox", name="Provider")
    if provider.input_value() == "":
        provider.click()
        page.get_by_role("option", name="Offline model").click()
    dialog.get_by_role("button", name="Create key").click()
    key = dialog.get_by_label("Key of Team under test").input_value()
    assert re.fullmatch(r"llmp-[0-9a-f]{64}", key)
    for way in ("curl", "Python", "JavaScript", "Environment"):
        dialog.get_by_role("tab", name=way).click()
        expect(dialog.get_by_role("tabpanel")).to_contain_text(key)
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()  # it would be lost: only the button closes it
    dialog.get_by_role("button", name="I have stored the key").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_text(key)).to_have_count(0)
    return key


def make_rule(page: Page, pattern: str, replacement: str | None) -> None:
    go(page, "Guard Rails")
    page.get_by_role("link", name=re.compile("(Create|New|Add).* rule")).first.click()
    page.get_by_role("textbox", name="Pattern").fill("(unclosed")
    expect(page.get_by_text("missing", exact=False).first).to_be_visible()  # the gateway's own reason, while typing
    page.get_by_role("textbox", name="Pattern").fill(pattern)
    if replacement is not None:
        page.get_by_text("Replace", exact=True).click()
        page.get_by_label("Replacement").fill(replacement)
    bench = page.get_by_role("region", name="Test bench")
    bench.get_by_role("textbox", name="Text", exact=True).fill(f"use {SECRET} and write to {ADDRESS}")
    expect(bench.locator("mark")).to_have_text([SECRET] if replacement is None else [SECRET, ADDRESS])
    page.get_by_role("button", name="Create rule").click()
    page.get_by_role("heading", level=1, name="Guard Rails").wait_for()


def say(page: Page, text: str) -> None:
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("button", name="Send")).to_be_visible()


def chat(page: Page) -> None:
    go(page, "Playground")
    say(page, "Say hello to the gateway")
    expect(page.get_by_test_id("answer")).to_have_text("Say hello to the gateway")
    expect(page.get_by_text(re.compile(r"\d+ in · \d+ out · first token .* · total"))).to_be_visible()
    say(page, f"Write to {ADDRESS} about it")
    expect(page.get_by_test_id("answer").last).to_have_text("Write to [EMAIL] about it")
    expect(page.get_by_role("alert").get_by_text("redacted before the call left")).to_be_visible()
    expect(page.locator("mark")).to_have_text([ADDRESS])
    say(page, f"List the buckets of {SECRET}")
    expect(page.get_by_text("Blocked by a guard rail")).to_be_visible()
    expect(page.locator("mark").last).to_have_text(SECRET)


def events(page: Page) -> Locator:
    go(page, "Events")
    rows = page.get_by_role("table").get_by_role("row")
    expect(rows).to_have_count(4)  # the heading, the redacted call's, and both findings of the blocked one
    return rows


def see_text(page: Page) -> None:
    rows = events(page)
    expect(page.get_by_role("main")).not_to_contain_text(SECRET)
    expect(rows.filter(has_text="redacted")).to_have_count(1)
    rows.filter(has_text="AKIA").get_by_role("link").first.click()
    page.get_by_role("heading", level=1, name="Event").wait_for()
    expect(page.get_by_role("main")).not_to_contain_text(SECRET)
    page.get_by_role("button", name="Show text").click()
    expect(page.locator("mark")).to_have_text([SECRET])


def test_an_operators_day(opened: tuple[Page, Watch], gateway: Gateway, tmp_path: Path) -> None:
    page, watch = opened
    watch.expected = REFUSED
    make_provider(page)
    key = make_key(page)
    make_rule(page, "AKIA[0-9A-Z]{16}", None)
    make_rule(page, r"[\w.+-]+@[\w-]+\.[\w.]+", "[EMAIL]")
    chat(page)
    see_text(page)
    go(page, "Activity")
    shown = page.get_by_role("row").filter(has_text="Event text shown")
    expect(shown).to_have_count(1)  # the one click, and neither the list nor the detail

    go(page, "Usage")
    expect(page.get_by_role("row").filter(has_text="Team under test").first).to_be_visible()
    answered = lambda: gateway.admin("GET", "/admin/usage").json()  # noqa: E731
    records = eventually(answered, lambda answer: answer["total"] == 2)
    called = [record["endpoint"] for record in records["records"]]
    assert called == ["chat/completions"] * 2  # the blocked call never reached a provider
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="CSV").click()
    download.value.save_as(tmp_path / "usage.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "usage.csv").read_text())))
    assert [row["api_key_name"] for row in rows] == ["Team under test"] * 2
    assert sum(int(row["total_tokens"]) for row in rows) == records["total_tokens"]

    revoke(page)
    body = {"model": "sandbox-echo", "messages": [{"role": "user", "content": "hi"}]}
    assert call(gateway.port, "POST", CHAT, headers={"Authorization": f"Bearer {key}"}, body=body).status == 401

    assert_no_secret_is_kept(page, watch, key)
    page.get_by_role("button", name="Session").click()
    page.get_by_role("menuitem", name="Log out", exact=True).click()
    page.get_by_role("button", name="Log in").wait_for()
    assert page.request.get("/admin/keys").status == 401
    page.goto("/dashboard/keys")
    page.get_by_role("button", name="Log in").wait_for()


def revoke(page: Page) -> None:
    go(page, "Keys")
    page.get_by_role("button", name="Actions for Team under test").click()
    page.get_by_role("menuitem", name="Revoke").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("cannot be undone")
    dialog.get_by_role("button", name="Revoke key").click()
    expect(dialog).to_be_hidden()


def assert_no_secret_is_kept(page: Page, watch: Watch, key: str) -> None:
    """W07: no token, key or audited secret in storage, in an address, or in a cookie that scripts can read."""
    kept = json.dumps(page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie]"))
    addresses = "\n".join(watch.requests)
    for secret in (ADMIN_TOKEN, key, SECRET, "sk-not-needed"):
        assert secret not in kept
        assert secret not in addresses
    (cookie,) = page.context.cookies(f"{watch.origin}/admin")
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/admin")
    assert cookie["value"] not in kept + addresses


def test_a_wrong_token_says_so_and_lets_one_try_again(browser: Browser, bare: Gateway) -> None:
    with watched(browser, bare.origin) as (page, watch):
        watch.expected = REFUSED
        page.goto("/dashboard/keys")
        page.get_by_label("Admin token").first.fill("not-the-admin-token")
        page.keyboard.press("Enter")
        expect(page.get_by_text("This is not the admin token.")).to_be_visible()
        page.get_by_label("Admin token").first.fill(ADMIN_TOKEN)
        page.keyboard.press("Enter")
        page.get_by_role("heading", level=1, name="Keys").wait_for()


def test_a_session_ended_elsewhere_leads_to_the_login(opened: tuple[Page, Watch], gateway: Gateway) -> None:
    page, watch = opened
    watch.expected = REFUSED
    assert gateway.admin("DELETE", "/admin/session?everywhere=true").status == 204
    page.goto("/dashboard/events")
    page.get_by_role("button", name="Log in").wait_for()
    page.get_by_label("Admin token").first.fill(ADMIN_TOKEN)
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Events").wait_for()


def test_a_gateway_that_is_gone_is_an_error_with_a_way_on(blank: Visit) -> None:
    with blank.open() as (page, watch):
        watch.expected = ("Failed to load resource",)
        page.route("**/admin/providers", lambda route: route.abort())
        page.goto("/dashboard/providers")
        expect(page.get_by_role("alert").first).to_contain_text("cannot be reached", timeout=20_000)
        page.unroute("**/admin/providers")
        page.get_by_role("button", name="Try again").first.click()
        expect(page.get_by_role("alert")).to_have_count(0)
