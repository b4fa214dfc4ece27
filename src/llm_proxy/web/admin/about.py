"""``/admin/about``: what runs here, since when, and what is wrong with it."""

import platform
from datetime import UTC, datetime

from fastapi import APIRouter

from llm_proxy import __version__
from llm_proxy.store import sqlite
from llm_proxy.store.counts import counts
from llm_proxy.web.admin.reports import About
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/about", tags=["system"], route_class=AdminRoute)
    router.get("", operation_id="about")(about)
    return router


async def about(desk: AtDesk) -> About:
    """Return versions, times, sizes and faults."""
    process = desk.services.process
    counted = await desk.store.database.read(counts)
    return About(
        version=__version__,
        python_version=platform.python_version(),
        sqlite_version=sqlite.VERSION,
        platform=f"{platform.system()} {platform.release()} {platform.machine()}",
        started_at=process.started_at,
        uptime_s=max(0.0, round((datetime.now(UTC) - process.started_at).total_seconds(), 3)),
        database_bytes=desk.store.size_bytes(),
        providers=counted.providers,
        keys=counted.keys,
        guardrails=counted.guardrails,
        faults=process.faults(),
    )
