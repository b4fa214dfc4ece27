"""Which doors stand open, and that the parts are joined: sessions, settings and the page of one whole application."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from pydantic import SecretStr

from llm_proxy.settings import Settings
from llm_proxy.web.admin import AdminServices, create_admin
from llm_proxy.web.app import OPEN_PATHS, App, create_app
from llm_proxy.web.wall import is_admin

ROUTES = [route.path for route in create_admin(AdminServices(None, None)).routes]  # type: ignore[arg-type,attr-defined]
TOKEN = "correct-horse-battery-staple"


def is_open(path: str) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in OPEN_PATHS)


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_is_behind_the_wall_or_named_open(path: str) -> None:
    assert is_admin(path) != is_open(path)


def test_what_is_open_exists() -> None:
    probes = {"/livez", "/readyz"}
    assert [
        path for path in OPEN_PATHS if path not in probes and not any(each.startswith(path) for each in ROUTES)
    ] == []


@asynccontextmanager
async def running(folder: Path, token: str = TOKEN, **settings: object) -> AsyncIterator[App]:
    """Run an application on the database of a folder, without a server."""
    chosen = Settings.model_construct(dsn=str(folder / "gateway.db"), admin_token=SecretStr(token), **settings)
    app = create_app(chosen)
    await app.start()
    try:
        yield app
    finally:
        await app.stop()


def browser_of(app: App, base_url: str = "http://localhost:8080") -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app),  # type: ignore[arg-type]
        base_url=base_url,
        headers={"origin": base_url},
    )


async def test_W06_a_restart_keeps_sessions_and_another_token_ends_them_all(tmp_path: Path) -> None:
    async with running(tmp_path) as app, browser_of(app) as browser:
        opened = await browser.post("/admin/session", json={"token": TOKEN})
        assert opened.status_code == 200
        cookie = {"cookie": f"llmp_session={opened.cookies['llmp_session']}"}
    async with running(tmp_path) as app, browser_of(app) as browser:
        assert (await browser.get("/admin/session", headers=cookie)).json() == opened.json()
    async with running(tmp_path, TOKEN + "-new") as app, browser_of(app) as browser:
        assert (await browser.get("/admin/session", headers=cookie)).status_code == 401
        assert (await browser.get("/admin/keys", headers=cookie)).status_code == 401
    async with running(tmp_path) as app, browser_of(app) as browser:  # for good, though the first token is back
        assert (await browser.get("/admin/keys", headers=cookie)).status_code == 401


async def test_the_settings_of_sessions_and_names_are_in_force(tmp_path: Path) -> None:
    settings = {"session_idle_s": 300.0, "session_max_s": 900.0, "allowed_hosts": "gateway.example"}
    async with running(tmp_path, **settings) as app:
        async with browser_of(app, "http://gateway.example") as browser:
            opened = await browser.post("/admin/session", json={"token": TOKEN})
            assert opened.json()["idle_timeout_s"] == 300
            assert re.search("Max-Age=900$", opened.headers["set-cookie"])
            shown = {each["name"]: each for each in (await browser.get("/admin/settings")).json()["records"]}
            assert shown["SESSION_MAX_S"]["value"] == "900"
            assert shown["ADMIN_TOKEN"]["is_set"]
            assert (await browser.get("/admin/about")).json()["faults"] == []
        async with browser_of(app, "http://attacker.test") as browser:
            for path in ("/dashboard", "/docs", "/openapi.json", "/admin/keys", "/"):
                assert (await browser.get(path)).status_code == 421
            assert (await browser.get("/livez")).status_code == 200
            assert (await browser.get("/readyz")).status_code == 200
            assert (await browser.get("/v1/models")).status_code == 401
            bearer = {"authorization": f"Bearer {TOKEN}"}
            assert (await browser.get("/admin/keys", headers=bearer)).status_code == 200
