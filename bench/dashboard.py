"""How soon can an operator act? The overview of a month, loaded into an empty cache: ``python -m bench.dashboard``.

Milliseconds from the request until the figures are there and a click was acted upon, in Debian's Chromium.
"""

import asyncio
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.dashboard.browser import chromium, interactive_ms, visit
from tests.dashboard.seed import fill
from tests.gateway_process import Gateway

LOADS = 10


def main() -> None:
    """Print the loads, sorted."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(fill(Path(folder) / "gateway.db", now=datetime.now(UTC)))
        with Gateway(Path(folder)) as gateway, chromium() as browser:
            month = visit(browser, gateway)
            print("interactive, ms:", *sorted(round(interactive_ms(month)) for _ in range(LOADS)))


if __name__ == "__main__":
    main()
