"""One browser for all page tests, and gateways with a built dashboard: an empty one, and one with a month behind it."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.dashboard.browser import Visit, Watch, chromium, log_in, visit, watched
from tests.dashboard.seed import fill
from tests.gateway_process import ADMIN_TOKEN, Gateway


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Debian's Chromium. It is closed with this package: its event loop would stand in other tests' way."""
    with chromium() as running:
        yield running


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """A new gateway with nothing in it."""
    with Gateway(tmp_path) as running:
        yield running
        running.check()


@pytest.fixture(scope="package")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with a month of calls."""
    folder = tmp_path_factory.mktemp("seeded")
    with ThreadPoolExecutor(1) as thread:  # the browser's loop runs in this one
        thread.submit(asyncio.run, fill(folder / "gateway.db", now=datetime.now(UTC))).result()
    with Gateway(folder) as running:
        yield running


@pytest.fixture(scope="package")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway with nothing in it, and nobody who puts anything there."""
    with Gateway(tmp_path_factory.mktemp("bare")) as running:
        yield running


@pytest.fixture
def opened(browser: Browser, gateway: Gateway) -> Iterator[tuple[Page, Watch]]:
    """An operator's page, logged in to the new gateway."""
    with watched(browser, gateway.origin, accept_downloads=True) as (page, watch):
        log_in(page, ADMIN_TOKEN)
        yield page, watch


@pytest.fixture(scope="package")
def month(browser: Browser, seeded: Gateway) -> Visit:
    """The gateway with a month behind it."""
    return visit(browser, seeded)


@pytest.fixture(scope="package")
def blank(browser: Browser, bare: Gateway) -> Visit:
    """The gateway with nothing in it."""
    return visit(browser, bare)
