"""Debian's Chromium, driven by Playwright, and what every page must hold to: it is watched all the time."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from tests.gateway_process import ADMIN_TOKEN, Gateway

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Told by the page itself: a refused style or script is no request, and no console line of a type of its own.
_WATCH_POLICY = """
window.refusals = [];
addEventListener('securitypolicyviolation', (event) =>
  window.refusals.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
"""


@dataclass
class Watch:
    """What the pages of one browser context did that no page may do."""

    origin: str
    expected: tuple[str, ...] = ()
    console: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def heard(self, message: ConsoleMessage) -> None:
        """Note an error or a warning, unless it is one that a test provokes."""
        if message.type in {"error", "warning"} and not any(text in message.text for text in self.expected):
            self.console.append(f"{message.type}: {message.text}")

    def asked(self, url: str) -> None:
        """Note a request; one to another origin is a fault."""
        self.requests.append(url)
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and f"{parts.scheme}://{parts.netloc}" != self.origin:
            self.foreign.append(url)

    def check(self) -> None:
        """Assert that nothing was noted."""
        assert not self.console, self.console
        assert not self.foreign, self.foreign
        assert not self.dialogs, self.dialogs


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser and end it."""
    path = shutil.which("chromium")
    assert path, "no chromium here: 'make browser' installs Debian's"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched(browser: Browser, origin: str, **options: object) -> Iterator[tuple[Page, Watch]]:
    """Open a page in a fresh profile; at its end, assert that it did nothing that no page may do."""
    context: BrowserContext = browser.new_context(base_url=origin, **options)  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    watch = Watch(origin)
    context.add_init_script(_WATCH_POLICY)
    context.on("console", watch.heard)
    context.on("weberror", lambda error: watch.console.append(f"uncaught: {error.error}"))
    context.on("request", lambda request: watch.asked(request.url))
    context.on("dialog", lambda dialog: (watch.dialogs.append(dialog.message), dialog.dismiss()))
    page = context.new_page()
    try:
        yield page, watch
        refused = page.evaluate("window.refusals ?? []")
        assert refused == [], refused
        watch.check()
    finally:
        context.close()


def log_in(page: Page, token: str) -> None:
    """Log in as an operator does, on whatever screen."""
    page.goto("/dashboard")
    page.get_by_label("Admin token").first.fill(token)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", level=1, name="Overview").wait_for()


def settled(page: Page, path: str) -> None:
    """Open a page and wait until it shows what it asked for."""
    page.goto(f"/dashboard{path}")
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")
    expect(page.locator("[aria-busy=true], .mantine-Skeleton-root")).to_have_count(0)


@dataclass(frozen=True)
class Visit:
    """A gateway, and what a browser keeps that is logged in to it: opening a page needs no login of its own."""

    browser: Browser
    gateway: Gateway
    state: Any

    def open(self, **options: object) -> AbstractContextManager[tuple[Page, Watch]]:
        """Open a page in a profile that is logged in."""
        return watched(self.browser, self.gateway.origin, storage_state=self.state, **options)


def visit(browser: Browser, gateway: Gateway) -> Visit:
    """Log in once."""
    with watched(browser, gateway.origin) as (page, _):
        log_in(page, ADMIN_TOKEN)
        return Visit(browser, gateway, page.context.storage_state())


def interactive_ms(visit: Visit) -> float:
    """Load the overview of a month into an empty cache: milliseconds until its figures are there and a click acts."""
    with visit.open() as (page, _):
        page.goto("/dashboard?range=30d", wait_until="commit")
        page.get_by_text("Top keys").wait_for()
        page.get_by_role("button", name="Session").click()
        page.get_by_role("menuitem", name="Log out", exact=True).wait_for()
        return float(page.evaluate("performance.now()"))
