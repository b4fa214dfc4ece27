import platform
import socket
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from llm_proxy import __version__
from llm_proxy.settings import Settings
from llm_proxy.web.admin import AdminServices
from llm_proxy.web.admin.services import Process
from tests.web.admin.conftest import Admin, client_of


@pytest.mark.parametrize("faults", [[], ["shutting down", "usage cannot be written"]])
async def test_what_runs_here(admin: Admin, faults):
    await admin.key()
    revoked = await admin.key(rate_limit_rpm=1)
    await admin.call("DELETE", f"/keys/{revoked['id']}")
    await admin.call("POST", "/guardrails", {"pattern": "a", "mode": "reject", "enabled": False})
    started_at = datetime.now(UTC) - timedelta(hours=1)
    process = Process(Settings.model_construct(), lambda: faults, started_at)
    async with client_of(AdminServices(admin.store, admin.directory, process=process)) as client:
        answer = await client.get("/admin/about")
    told = answer.json()
    assert datetime.fromisoformat(told.pop("started_at")) == started_at
    assert told.pop("uptime_s") >= 3600
    assert told.pop("database_bytes") == admin.store.size_bytes() > 0
    assert socket.gethostname() not in told["platform"]
    assert platform.machine() in told.pop("platform")
    assert told == {
        "version": __version__,
        "python_version": platform.python_version(),
        "sqlite_version": sqlite3.sqlite_version,
        "providers": 2,
        "keys": 1,
        "guardrails": 1,
        "faults": faults,
    }


async def test_a_clock_that_was_set_back_shows_no_negative_time(admin: Admin):
    process = Process(started_at=datetime.now(UTC) + timedelta(hours=1))
    async with client_of(AdminServices(admin.store, admin.directory, process=process)) as client:
        assert (await client.get("/admin/about")).json()["uptime_s"] == 0
