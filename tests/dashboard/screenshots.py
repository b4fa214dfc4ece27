"""Pictures of every page, in both themes, wide and narrow, with a month of data: ``make screenshots``.

They are written to ``build/screenshots``; the README's four are copied to ``docs/images``.
"""

import asyncio
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.dashboard.browser import chromium, log_in, settled, watched
from tests.dashboard.seed import fill
from tests.dashboard.test_pages import PAGES
from tests.gateway_process import ADMIN_TOKEN, Gateway

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "build/screenshots"
SIZES = {"wide": {"width": 1440, "height": 900}, "phone": {"width": 380, "height": 800}}
README = ("overview-light-wide", "guardrail-light-wide", "playground-light-wide", "events-dark-wide")


def name_of(path: str) -> str:
    """Return a file's name for a page."""
    return path.strip("/").replace("/", "-") or "overview"


def chat(page: Page) -> None:
    """Hold a conversation in which one text is redacted and one refused."""
    settled(page, "/playground")
    for text in (
        "Draft an answer to someone@example.com: the invoice is on its way.",
        "List the buckets with AKIAIOSFODNN7EXAMPLE, please.",
    ):
        page.get_by_label("Message", exact=True).fill(text)
        page.get_by_role("button", name="Send").click()
        page.get_by_role("button", name="Send").wait_for()
        page.wait_for_load_state("networkidle")


def rule(page: Page) -> None:
    """Open a rule and try it on a text."""
    settled(page, "/guardrails")
    pattern = r"[\w.+-]+@[\w-]+\.[\w.]+"
    page.get_by_placeholder("Search names and patterns").fill(pattern)
    page.get_by_role("link", name=pattern).first.click()
    page.get_by_role("heading", level=1, name="Edit rule").wait_for()
    bench = page.get_by_role("textbox", name="Text", exact=True)
    bench.fill("Please write to someone@example.com and copy billing@example.org.")
    page.locator("mark").filter(has_text="billing@example.org").first.wait_for()
    page.wait_for_load_state("networkidle")


def event(page: Page) -> None:
    """Open an event and show its text."""
    settled(page, "/events")
    page.get_by_role("table").get_by_role("link").first.click()
    page.get_by_role("button", name="Show text").click()
    page.locator("mark").first.wait_for()


def shoot(browser: Browser, gateway: Gateway, scheme: str, size: str) -> None:
    """Take all pictures of one theme and size."""
    with watched(browser, gateway.origin, color_scheme=scheme, viewport=SIZES[size]) as (page, watch):
        watch.expected = ("400",)  # the refusal in the playground

        def save(name: str) -> None:
            if size == "phone":  # a chart is drawn when it is come near to
                page.mouse.wheel(0, 10_000)
                page.wait_for_timeout(300)
                page.evaluate("scrollTo(0, 0)")
            page.wait_for_timeout(300)
            page.screenshot(path=FOLDER / f"{name}-{scheme}-{size}.png", full_page=size == "phone")

        page.goto("/dashboard")
        page.get_by_role("button", name="Log in").wait_for()
        save("login")
        log_in(page, ADMIN_TOKEN)
        for path in PAGES:
            settled(page, f"{path}?range=30d" if path in {"", "/usage"} else path)
            save(name_of(path))
        for name, act in (("playground", chat), ("guardrail", rule), ("event", event)):
            act(page)
            save(name)


def main() -> None:
    """Take them all; with arguments, only themes and sizes that are named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(fill(Path(folder) / "gateway.db", now=datetime.now(UTC)))
        with Gateway(Path(folder)) as gateway, chromium() as browser:
            for scheme in sorted({"light", "dark"} & wanted or {"light", "dark"}):
                for size in sorted(set(SIZES) & wanted or SIZES):
                    shoot(browser, gateway, scheme, size)
    images = ROOT / "docs/images"
    images.mkdir(exist_ok=True)
    for name in README:
        if (FOLDER / f"{name}.png").exists():
            shutil.copyfile(FOLDER / f"{name}.png", images / f"{name}.png")


if __name__ == "__main__":
    main()
