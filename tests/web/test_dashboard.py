import re
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from llm_proxy.web import dashboard
from llm_proxy.web.admin import refusals

ROUTER = Path(__file__).parents[2] / "dashboard/src/app/router.tsx"
INDEX = """<!doctype html><html><head><meta name="csp-nonce" content="__CSP_NONCE__">
<script type="module" crossorigin src="/dashboard/assets/index-Dk3_x9.js"></script></head><body></body></html>"""
SCRIPT = b"console.log(1);\n" * 1000
FILES = {
    "index-Dk3_x9.js": (SCRIPT, "text/javascript; charset=utf-8"),
    "index-B1.css": (b"a{}" * 1000, "text/css; charset=utf-8"),
    "mark-1.svg": (b"<svg/>", "image/svg+xml"),
    "mark-2.png": (b"\x89PNG", "image/png"),
    "text-3.woff2": (b"wOF2", "font/woff2"),
    "rows-4.json": (b"[]", "application/json"),
}


def app_of(folder: Path) -> FastAPI:
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.router.routes.extend(dashboard.routes(folder))
    refusals.install(app)
    return app


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "secret.json").write_text("{}")
    folder = tmp_path / "dashboard"
    (folder / "assets" / "deep").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX)
    for name, (content, _) in FILES.items():
        (folder / "assets" / name).write_bytes(content)
    (folder / "assets" / "index.js.map").write_text("{}")
    (folder / "assets" / "README").write_text("x")
    (folder / "assets" / "deep" / "x.js").write_text("1")
    return folder


async def fetch(app: FastAPI, path: str, method: str = "GET", **headers: str) -> httpx2.Response:
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://gateway") as client:
        sent = {"accept-encoding": "identity"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return await client.request(method, path, headers=sent)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/login",
        "/providers",
        "/keys",
        "/guardrails",
        "/guardrails/new",
        "/guardrails/6f1c9a1e-3f0a-4d53-9f55-1a2b3c4d5e6f",
        "/events",
        "/events/6f1c9a1e-3f0a-4d53-9f55-1a2b3c4d5e6f",
        "/usage",
        "/playground",
        "/activity",
        "/settings",
        "/usage?range=7d",
    ],
)
async def test_each_page_is_the_one_page(built, path):
    answer = await fetch(app_of(built), f"/dashboard{path}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "index-Dk3_x9.js" in answer.text


def routed() -> list[str]:
    """The addresses that the page's own router knows, with an id where it has a parameter."""
    paths = re.findall(r"\{ path: '([^'*]+)'", ROUTER.read_text(encoding="utf-8"))
    return [re.sub(r":\w+", "0123456789abcdef", path) for path in paths]


def test_the_routers_addresses_are_read():
    assert {"events", "guardrails/packs", "events/secrets/0123456789abcdef"} <= set(routed())


@pytest.mark.parametrize("path", routed())
async def test_each_address_of_the_pages_router_can_be_opened_and_reloaded(built, path):
    answer = await fetch(app_of(built), f"/dashboard/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


@pytest.mark.parametrize("path", ["/nothing", "/Login", "/assets", "/nothing/x", "/-"])
async def test_an_unknown_page_shows_itself_that_there_is_nothing(built, path):
    answer = await fetch(app_of(built), f"/dashboard{path}")
    assert answer.status_code == 404
    assert "index-Dk3_x9.js" in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/..%2f..%2fetc/passwd",
        "/dashboard/%2e%2e/%2e%2e/etc/passwd",
        "/dashboard/..%5c..%5cetc",
        "/dashboard//",
        "/dashboard//keys",
        "/dashboard/keys/",
        "/dashboard/keys//x",
        "/dashboard/keys;x",
        "/dashboard/keys%00",
        "/dashboard/%6beys",
        "/dashboard/index.html",
        "/dashboard/a/b/c",
        "/dashboard/keys/secrets/x",
        "/dashboard/events/x/y",
        "/dashboard/events/secrets/",
        "/dashboard/events/secrets/x/y",
        "/dashboard/" + "a" * 65,
        "/dashboard/assets/",
        "/dashboard/assets/nothing.js",
        "/dashboard/assets/../index.html",
        "/dashboard/assets/..%2findex.html",
        "/dashboard/assets/%2e%2e%2f%2e%2e%2fsecret.json",
        "/dashboard/assets/..%2f..%2f..%2fdocs.js",
        "/dashboard/assets//index-B1.css",
        "/dashboard/assets/index-B1.css/",
        "/dashboard/assets/index-B1.css%00.js",
        "/dashboard/assets/index-b1.css",
        "/dashboard/assets/deep",
        "/dashboard/assets/deep/x.js",
        "/dashboard/assets/index.js.map",
        "/dashboard/assets/README",
        "/dashboard/assets/%69ndex-B1.css",
        "/dashboard/assets/x\\index-B1.css",
    ],
)
async def test_W19_nothing_else_is_served(built, path):
    answer = await fetch(app_of(built), path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json")


@pytest.mark.parametrize("name", FILES)
async def test_a_built_file_is_kept_for_ever_and_sent_once(built, name):
    app, path = app_of(built), f"/dashboard/assets/{name}"
    first = await fetch(app, path)
    assert first.status_code == 200
    assert (first.content, first.headers["content-type"]) == FILES[name]
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in first.headers["content-security-policy"]
    again = await fetch(app, path, if_none_match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert (await fetch(app, path, if_none_match='"other"')).status_code == 200


async def test_a_large_text_is_packed_once_for_whoever_takes_gzip(built):
    app, path = app_of(built), "/dashboard/assets/index-Dk3_x9.js"
    plain, packed = await fetch(app, path), await fetch(app, path, accept_encoding="br, gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(SCRIPT) / 10
    assert plain.content == packed.content == SCRIPT
    assert "content-encoding" not in plain.headers
    assert plain.headers["vary"] == packed.headers["vary"] == "accept-encoding"
    assert plain.headers["etag"] != packed.headers["etag"]
    again = await fetch(app, path, accept_encoding="gzip", if_none_match=packed.headers["etag"])
    assert (again.status_code, again.headers["etag"]) == (304, packed.headers["etag"])
    (built / "assets" / "index-Dk3_x9.js").unlink()
    assert (await fetch(app, path, accept_encoding="gzip")).content == SCRIPT


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/assets/index-B1.css"])
async def test_W20_ranges_are_ignored(built, path):
    many = "bytes=" + ",".join(f"{number}-{number}" for number in range(10_000))
    whole, ranged = await fetch(app_of(built), path), await fetch(app_of(built), path, range=many)
    assert ranged.status_code == 200
    assert len(ranged.content) == len(whole.content)
    assert "content-range" not in ranged.headers
    assert "accept-ranges" not in ranged.headers


async def test_W05_the_page_may_do_what_it_needs_and_stands_in_no_other(built):
    headers = (await fetch(app_of(built), "/dashboard")).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    nonce = policy.pop("style-src").removeprefix("'self' 'nonce-").removesuffix("'")
    assert re.fullmatch(r"[A-Za-z0-9_-]{24}", nonce)
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "'self'",
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    told = {
        "cache-control": "no-store",
        "x-frame-options": "DENY",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    assert {name: headers[name] for name in told} == told
    assert not [name for name in headers if name.startswith("access-control-")]


async def test_each_answer_has_a_nonce_of_its_own(built):
    app = app_of(built)
    pages = [await fetch(app, "/dashboard") for _ in range(3)]
    nonces = [re.search(r'content="([^"]+)"', page.text)[1] for page in pages]
    assert len(set(nonces)) == 3
    for page, nonce in zip(pages, nonces, strict=True):
        assert f"'nonce-{nonce}'" in page.headers["content-security-policy"]
        assert "__CSP_NONCE__" not in page.text


async def test_the_root_leads_to_the_dashboard(built):
    answer = await fetch(app_of(built), "/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/dashboard")


@pytest.mark.parametrize("path", ["/", "/dashboard", "/dashboard/keys", "/dashboard/assets/index-B1.css"])
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_the_page_takes_nothing(built, path, method):
    answer = await fetch(app_of(built), path, method)
    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/dashboard", "/dashboard/keys", "/dashboard/assets/index-B1.css"])
async def test_an_installation_without_the_page_says_so(tmp_path, path):
    app = app_of(tmp_path / "absent")
    answer = await fetch(app, path)
    assert answer.status_code == 404
    assert "built without the dashboard" in answer.json()["error"]["message"]
    assert (await fetch(app, "/dashboard/a/b/c")).json()["error"]["code"] == "not_found"


async def test_a_file_that_went_with_an_upgrade_is_404(built):
    app = app_of(built)
    assert (await fetch(app, "/dashboard/assets/mark-1.svg")).status_code == 200
    (built / "assets" / "mark-2.png").unlink()
    assert (await fetch(app, "/dashboard/assets/mark-2.png")).status_code == 404
