"""What holds on every page, in both themes and on a phone: the watch of ``watched`` fails a test for anything else."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.dashboard.browser import Watch, log_in, watched
from tests.gateway_process import ADMIN_TOKEN, Gateway

ROOT = Path(__file__).parent.parent.parent
AXE = ROOT / "dashboard/node_modules/axe-core/axe.min.js"
PAGES = (
    "",
    "/providers",
    "/keys",
    "/guardrails",
    "/guardrails/new",
    "/guardrails/test",
    "/events",
    "/usage",
    "/playground",
    "/activity",
    "/settings",
)
SERIOUS = {"serious", "critical"}


@cache
def axe() -> str:
    """Return the accessibility checker, as a script that is run from outside of the page's policy."""
    return AXE.read_text(encoding="utf-8")


def settled(page: Page, path: str) -> None:
    """Open a page and wait until it has what it asked for."""
    page.goto(f"/dashboard{path}")
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")
    page.wait_for_function("!document.querySelector('[aria-busy=true], .mantine-Skeleton-root')")


def violations(page: Page) -> list[str]:
    """Return what axe finds serious or critical."""
    page.evaluate(axe())
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)"
    )
    return [
        f"{rule['id']}: {node['html'][:200]} {node.get('failureSummary', '')[:300]}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_W21_W08_a_page_is_accessible_and_asks_nobody_else(
    path: str, scheme: str, browser: Browser, seeded: Gateway
) -> None:
    with watched(browser, seeded.origin, color_scheme=scheme) as (page, watch):
        log_in(page, ADMIN_TOKEN)
        settled(page, path)
        assert violations(page) == []
        assert watch.requests


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_W21_the_login_is_accessible(scheme: str, browser: Browser, seeded: Gateway) -> None:
    with watched(browser, seeded.origin, color_scheme=scheme) as (page, _):
        page.goto("/dashboard")
        page.get_by_role("button", name="Log in").wait_for()
        assert violations(page) == []


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone(path: str, browser: Browser, seeded: Gateway) -> None:
    with watched(browser, seeded.origin, viewport={"width": 380, "height": 800}) as (page, _):
        log_in_on_a_phone(page)
        settled(page, path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 380


def log_in_on_a_phone(page: Page) -> None:
    """Log in where the navigation is behind a button."""
    page.goto("/dashboard")
    page.get_by_label("Admin token").first.fill(ADMIN_TOKEN)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("button", name="Navigation").wait_for()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_of_an_empty_gateway_says_what_to_do_next(path: str, page: Page) -> None:
    settled(page, path)
    assert violations(page) == []
    assert page.get_by_role("main").inner_text().strip()


def test_an_address_that_names_no_page_says_so(browser: Browser, seeded: Gateway) -> None:
    with watched(browser, seeded.origin) as (page, watch):
        watch.expected = ("404",)
        log_in(page, ADMIN_TOKEN)
        assert (page.goto("/dashboard/nothing-here") or pytest.fail("no answer")).status == 404
        page.get_by_text("There is no page at this address").wait_for()


def test_pages_are_reached_with_the_keyboard_alone(month: tuple[Page, Watch]) -> None:
    page, _ = month
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    page.get_by_role("link", name="Keys").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Keys", level=1).wait_for()


def test_the_first_load_is_small(browser: Browser, seeded: Gateway) -> None:
    """At most 350 KB over the wire until the login can be used, fonts and styles among them."""
    with watched(browser, seeded.origin) as (page, _):
        sizes: list[int] = []
        page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
        page.goto("/dashboard")
        page.get_by_role("button", name="Log in").wait_for()
        page.wait_for_load_state("networkidle")
        assert 100_000 < sum(sizes) <= 350_000


def test_what_a_page_needs_is_there_within_a_second(month: tuple[Page, Watch]) -> None:
    """The slowest page of a month's data, the best of five loads: it shows its figures and takes a click."""
    page, _ = month
    times = []
    for _ in range(5):
        page.goto("/dashboard?range=30d")
        page.wait_for_function("!document.querySelector('[aria-busy=true], .mantine-Skeleton-root')")
        page.get_by_role("link", name="Keys").hover()
        times.append(page.evaluate("performance.now()"))
    print(json.dumps({"interactive_ms": [round(time) for time in times]}))
    assert min(times) <= 1000


def test_the_checks_can_fail(browser: Browser, seeded: Gateway) -> None:
    with pytest.raises(AssertionError, match="error"), watched(browser, seeded.origin) as (page, _):  # noqa: PT012
        page.goto("/dashboard")
        page.evaluate("console.error('an error')")
    with watched(browser, seeded.origin) as (page, _):
        page.goto("/dashboard")
        page.evaluate("document.body.append(document.createElement('button'))")
        assert re.search("button-name", " ".join(violations(page)))
