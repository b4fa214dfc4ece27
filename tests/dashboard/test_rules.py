"""The list of rules and the packs in a real browser: finding one of hundreds, and switching what may be switched."""

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.dashboard.browser import Visit, Watch, log_in, settled, watched
from tests.dashboard.test_pages import PHONE, WIDE, violations
from tests.gateway_process import ADMIN_TOKEN, Gateway, eventually

FILE = """
[[rule]]
name = "Project name"
pattern = 'project-[a-z]{8}'
mode = "reject"

[packs.entropy]
enabled = true
"""


def table(page: Page) -> Locator:
    return page.get_by_role("table", name="Guard rails")


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=re.compile(option)).click()


def pack_of(gateway: Gateway, name: str) -> dict[str, object]:
    return dict(gateway.admin("GET", f"/admin/packs/{name}").json())


def flip(page: Page | Locator, name: str) -> None:
    """Flip a switch with the keyboard: the box that it is made of lies under its track."""
    page.get_by_role("switch", name=name, exact=True).press(" ")


def test_one_rule_of_hundreds_is_soon_found(month: Visit) -> None:
    with month.open() as (page, _):
        settled(page, "/guardrails")
        began = time.monotonic()
        page.get_by_label("Search rules").fill("nightingale")
        expect(table(page).get_by_role("row")).to_have_count(2)
        assert time.monotonic() - began < 2
        page.wait_for_url(re.compile(r"q=nightingale"))
        page.reload()
        expect(table(page).get_by_role("row")).to_have_count(2)
        page.get_by_label("Search rules").fill("there is no such rule")
        page.get_by_role("button", name="Show all rules").click()
        expect(table(page).get_by_role("row")).to_have_count(51)


def test_the_list_is_narrowed_down_by_mode_severity_origin_and_state(month: Visit) -> None:
    with month.open() as (page, _):
        settled(page, "/guardrails")
        choose(page, "Origin", "Built in")
        expect(table(page)).to_contain_text("Key of this gateway")
        expect(table(page).get_by_role("link", name=re.compile("^View the rule"))).not_to_have_count(0)
        expect(table(page).get_by_role("link", name=re.compile("^Edit the rule"))).to_have_count(0)
        choose(page, "Origin", "Made here")
        expect(table(page).get_by_role("row")).to_have_count(6)
        choose(page, "Mode", "Replace")
        expect(table(page).get_by_role("row")).to_have_count(2)
        choose(page, "State", "Switched off")
        expect(page.get_by_text("No rule matches")).to_be_visible()
        page.get_by_role("button", name="Show all rules").click()
        choose(page, "Severity", "Critical")
        expect(table(page)).not_to_contain_text("medium")


def test_hundreds_of_rules_are_drawn_a_few_at_a_time_and_all_when_asked(month: Visit) -> None:
    with month.open() as (page, _):
        began = time.monotonic()
        page.goto("/dashboard/guardrails")
        expect(table(page).get_by_role("row")).to_have_count(51)
        assert time.monotonic() - began < 5
        page.get_by_role("button", name="Cost").click()
        expect(page.get_by_role("columnheader", name="Cost")).to_have_attribute("aria-sort", "descending")
        began = time.monotonic()
        page.get_by_role("button", name=re.compile(r"Show all \d+")).click()
        expect(page.get_by_role("button", name=re.compile("Show all"))).to_have_count(0)
        assert table(page).get_by_role("row").count() > 150
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=str)
def test_the_rules_of_a_pack_are_accessible_and_fit(size: dict[str, int], month: Visit) -> None:
    for scheme in ("light", "dark"):
        with month.open(viewport=size, color_scheme=scheme) as (page, _):
            settled(page, "/guardrails/packs?pack=secrets")
            drawer = page.get_by_role("dialog")
            drawer.get_by_role("table").wait_for()
            page.wait_for_timeout(400)  # it slides in
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            inner = drawer.evaluate("each => [each.scrollWidth, each.clientWidth]")
            assert inner[0] <= inner[1]


def test_on_a_phone_each_rule_is_a_card_with_its_switch(month: Visit) -> None:
    with month.open(viewport=PHONE) as (page, _):
        settled(page, "/guardrails")
        card = page.get_by_role("listitem").filter(has_text="AKIA[0-9A-Z]{16}").first
        expect(card.get_by_role("switch")).to_be_checked()
        page.get_by_role("button", name="Filters", exact=True).click()
        choose(page, "Origin", "Pack secrets")
        expect(card).to_have_count(0)
        page.get_by_role("button", name="Fewer filters").click()
        expect(page.get_by_role("button", name="Filters: 1 set")).to_be_visible()


def test_a_pack_is_switched_on_after_a_word_about_what_it_will_do(opened: tuple[Page, Watch], gateway: Gateway) -> None:
    page, _ = opened
    settled(page, "/guardrails/packs")
    flip(page, "Apply the pack Personal data")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("come into force at once")
    expect(dialog).to_contain_text("put a placeholder there")
    assert pack_of(gateway, "personal-data")["enabled"] is False
    dialog.get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("switch", name="Apply the pack Personal data")).to_be_checked()
    assert pack_of(gateway, "personal-data")["enabled"] is True

    card = page.get_by_role("article", name="Personal data")
    card.get_by_role("combobox", name="Mode of its rules").click()
    page.get_by_role("option", name="Monitor").click()
    dialog.get_by_role("button", name="Set to Monitor").click()
    expect(dialog).to_be_hidden()
    assert eventually(lambda: pack_of(gateway, "personal-data")["mode"], lambda mode: mode == "monitor") == "monitor"

    flip(page, "Apply the pack Personal data")
    expect(dialog).to_contain_text("stop being applied at once")
    dialog.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("switch", name="Apply the pack Personal data")).to_be_checked()


def test_rules_of_a_pack_are_left_out_and_taken_in_again(opened: tuple[Page, Watch], gateway: Gateway) -> None:
    page, _ = opened
    settled(page, "/guardrails/packs")
    page.get_by_role("button", name="Show the rules of Entropy").click()
    drawer = page.get_by_role("dialog")
    expect(drawer).to_contain_text("The pack is off")
    rules = pack_of(gateway, "entropy")["rules"]
    assert isinstance(rules, list)
    for rule in rules:  # one right after the other: no change of the list may undo another
        flip(drawer, f"Apply the rule {rule['name']}")
    left = lambda: set(pack_of(gateway, "entropy")["disabled_rules"])  # type: ignore[call-overload]  # noqa: E731
    assert eventually(left, lambda ids: len(ids) == len(rules)) == {rule["id"] for rule in rules}
    drawer.get_by_role("button", name=re.compile("left out")).click()
    assert eventually(left, lambda ids: not ids) == set()


def test_a_rule_of_a_pack_is_switched_in_the_list_and_copied_to_be_changed(
    opened: tuple[Page, Watch], gateway: Gateway
) -> None:
    page, _ = opened
    gateway.admin("PATCH", "/admin/packs/entropy", {"enabled": True})
    one, other = gateway.admin("GET", "/admin/packs/entropy").json()["rules"]
    settled(page, "/guardrails")
    page.get_by_text("Pack entropy").first.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("make a copy")
    flip(page, f"Apply the rule {one['name']}")
    left = lambda: pack_of(gateway, "entropy")["disabled_rules"]  # noqa: E731
    assert eventually(left, lambda ids: ids == [one["id"]]) == [one["id"]]
    page.get_by_role("button", name=f"Actions for {other['name']}").click()
    page.get_by_role("menuitem", name="Make a copy to change").click()
    page.get_by_role("dialog").get_by_role("button", name="Make a copy").click()
    page.get_by_role("heading", level=1, name="Edit rule").wait_for()
    (copy,) = gateway.admin("GET", "/admin/guardrails").json()
    assert (copy["pattern"], page.url.endswith(copy["id"])) == (other["pattern"], True)


def test_a_switch_that_the_gateway_refuses_is_as_it_was(opened: tuple[Page, Watch], gateway: Gateway) -> None:
    page, watch = opened
    watch.expected = ("Failed to load resource",)
    rule = gateway.rule("canary-[0-9]{6}")
    settled(page, "/guardrails")
    page.route(f"**/admin/guardrails/{rule['id']}", lambda route: route.abort())
    flip(page, "Apply the rule canary-[0-9]{6}")
    expect(page.get_by_text("The rule could not be disabled")).to_be_visible()
    expect(page.get_by_role("switch", name="Apply the rule canary-[0-9]{6}")).to_be_checked()


def test_what_the_file_sets_is_marked_and_says_where_it_is_changed(browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(FILE)
    with (
        Gateway(tmp_path, guardrails_file=file) as gateway,
        watched(browser, gateway.origin) as (page, _),
    ):
        log_in(page, ADMIN_TOKEN)
        settled(page, "/guardrails")
        row = page.get_by_role("row").filter(has_text="Project name")
        expect(row.get_by_role("switch")).to_have_count(0)
        row.get_by_text("File", exact=True).hover()
        expect(page.get_by_role("tooltip")).to_contain_text("GUARDRAILS_FILE")
        row.get_by_role("button", name="Actions for Project name").click()
        expect(page.get_by_role("menuitem", name="Delete")).to_have_count(0)
        settled(page, "/guardrails/packs")
        expect(page.get_by_role("switch", name="Apply the pack Entropy")).to_have_count(0)
        expect(page.get_by_role("article", name="Entropy")).to_contain_text("GUARDRAILS_FILE sets this pack")


def test_ones_own_rules_are_exported(opened: tuple[Page, Watch], gateway: Gateway, tmp_path: Path) -> None:
    page, _ = opened
    gateway.rule("canary-[0-9]{6}")
    settled(page, "/guardrails")
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=re.compile("TOML")).click()
    download.value.save_as(tmp_path / "rules.toml")
    assert "canary-[0-9]{6}" in (tmp_path / "rules.toml").read_text()
