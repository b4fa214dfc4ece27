"""The admin application over a real store in a temporary folder, called in process."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from llm_proxy.directory import StoreDirectory
from llm_proxy.store import Store
from llm_proxy.store.admin_log import AdminAct
from llm_proxy.web.admin import AdminServices, create_admin

NOBODY = "00000000-0000-4000-8000-000000000000"


@dataclass
class Admin:
    """A client of the admin API, and what stands behind it."""

    store: Store
    directory: StoreDirectory
    client: httpx2.AsyncClient

    async def call(self, method: str, path: str, body: object = None, **options: object) -> httpx2.Response:
        """Call a route; ``body`` goes as JSON."""
        if body is not None:
            options["json"] = body
        return await self.client.request(method, f"/admin{path}", **options)

    async def provider(self, name: str = "main") -> dict[str, str]:
        """Create a provider."""
        body = {"name": name, "base_url": "https://api.example.org/v1", "api_key": "sk-upstream-canary"}
        return (await self.call("POST", "/providers", body)).json()

    async def key(self, **more: object) -> dict[str, object]:
        """Create a provider and a key for it."""
        provider = await self.provider(f"of {more}")
        return (await self.call("POST", "/keys", {"name": "team", "provider_id": provider["id"]} | more)).json()

    async def acts(self) -> list[AdminAct]:
        """Return what is on record, newest first."""
        return list((await self.store.admin_log.page())[0])


def client_of(services: AdminServices, address: str = "192.0.2.7") -> httpx2.AsyncClient:
    """Return an in-process client that calls from an address."""
    transport = httpx2.ASGITransport(create_admin(services), raise_app_exceptions=False, client=(address, 4711))
    return httpx2.AsyncClient(transport=transport, base_url="http://gateway")


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an empty database: making one takes longer than copying it."""
    folder = tmp_path_factory.mktemp("empty")

    async def make() -> None:
        await (await Store.open(str(folder / "gateway.db"), None)).close()

    asyncio.run(make())
    return folder


@pytest.fixture
async def admin(tmp_path: Path, empty: Path) -> AsyncIterator[Admin]:
    """The admin API of an empty gateway."""
    shutil.copytree(empty, tmp_path, dirs_exist_ok=True)
    store = await Store.open(str(tmp_path / "gateway.db"), None)
    directory = StoreDirectory(store.snapshot, store.revision)
    await directory.refresh()
    async with client_of(AdminServices(store, directory)) as client:
        yield Admin(store, directory, client)
    await store.close()
