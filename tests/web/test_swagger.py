import re
from importlib.resources import files

import httpx2
import pytest

from llm_proxy.web.admin import AdminServices, create_admin
from llm_proxy.web.swagger import ASSETS

APP = create_admin(AdminServices(None, None))  # type: ignore[arg-type]


async def fetch(path: str, **headers: str) -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(APP), base_url="http://gateway") as client:
        return await client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset.path)
async def test_W14_every_part_of_the_page_ships_in_the_package(asset):
    answer = await fetch(asset.path)
    assert answer.status_code == 200
    assert answer.content == files("llm_proxy.web").joinpath("assets", asset.file).read_bytes()
    assert answer.headers["content-type"] == asset.media_type


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset.path)
async def test_H14_every_part_forbids_what_it_does_not_need(asset):
    headers = (await fetch(asset.path)).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


async def test_W14_the_page_asks_this_origin_for_everything_and_has_no_inline_script():
    page = (await fetch("/docs")).text
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert set(loaded) - {"data:,"} == {asset.path for asset in ASSETS} - {"/docs"}
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"<style|\bon\w+=|\bstyle=", page)


async def test_W14_the_page_asks_no_validator_and_keeps_no_token():
    script = (await fetch("/assets/docs.js")).text
    assert "validatorUrl: null" in script
    assert "persistAuthorization: false" in script
    assert "http:" not in script
    assert "https:" not in script


@pytest.mark.parametrize("asset", ASSETS, ids=lambda asset: asset.path)
async def test_a_part_that_the_browser_has_is_not_sent_again(asset):
    first = await fetch(asset.path)
    again = await fetch(asset.path, if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert (await fetch(asset.path, if_none_match='"other"')).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/docs.html",
        "/assets/swagger/swagger-ui.css",
        "/assets/..%2f..%2f__init__.py",
        "/assets/%2e%2e/swagger.py",
        "/assets/..;/swagger.py",
        "/docs/",
        "/docs/../swagger.py",
    ],
)
async def test_W19_nothing_but_the_table_is_served(path):
    assert (await fetch(path)).status_code == 404
