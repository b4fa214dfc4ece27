"""The way in, from the login's request to the cookie's end, through the wall and over a real store."""

import re

import httpx2
import pytest

from llm_proxy.records import Secret
from llm_proxy.web.admin import AdminServices, create_admin
from llm_proxy.web.origin import Hosts
from llm_proxy.web.session import Entrance
from llm_proxy.web.token import GUESSES, AdminToken
from llm_proxy.web.wall import AdminWall
from tests.web.admin.conftest import Admin, client_of

TOKEN = "correct-horse-battery-staple"
OURS = {"origin": "http://gateway"}


def browser_of(admin: Admin, token: str = TOKEN, base_url: str = "http://gateway") -> httpx2.AsyncClient:
    """Return a client with a cookie jar and the page's origin, in front of a gateway of its own on the same store."""
    known = AdminToken(Secret(token))
    entrance = Entrance(admin.store.sessions, known)
    app = create_admin(AdminServices(admin.store, admin.directory, entrance=entrance))
    wall = AdminWall(app, known, entrance, Hosts())
    transport = httpx2.ASGITransport(wall, client=("192.0.2.7", 4711))
    return httpx2.AsyncClient(transport=transport, base_url=base_url, headers={"origin": base_url})


async def log_in(browser: httpx2.AsyncClient, token: str = TOKEN, **headers: str) -> httpx2.Response:
    return await browser.post(
        "/admin/session",
        json={"token": token},
        headers={name.replace("_", "-"): each for name, each in headers.items()},
    )


async def test_W06_the_token_opens_a_session_and_the_cookie_carries_it(admin: Admin):
    async with browser_of(admin) as browser:
        assert (await browser.get("/admin/session")).status_code == 401
        assert (await browser.get("/admin/keys")).status_code == 401
        opened = await log_in(browser)
        assert opened.status_code == 200
        assert set(opened.json()) == {"expires_at", "idle_timeout_s"}
        assert opened.headers["cache-control"] == "no-store"
        assert (await browser.get("/admin/session")).json() == opened.json()
        assert (await browser.get("/admin/keys")).json() == []
        body = {"name": "p", "base_url": "sandbox:", "api_key": "none"}
        assert (await browser.post("/admin/providers", json=body)).status_code == 201


@pytest.mark.parametrize(
    ("base_url", "forwarded", "is_secure"),
    [("http://gateway", "http", False), ("https://gateway", "http", True), ("http://gateway", "https", True)],
)
async def test_W06_the_cookies_flags(admin: Admin, base_url, forwarded, is_secure):
    async with browser_of(admin, base_url=base_url) as browser:
        opened = await log_in(browser, x_forwarded_proto=forwarded, origin=f"http{'s' if is_secure else ''}://gateway")
        told = opened.headers["set-cookie"]
        secure = "; Secure" if is_secure else ""
        pattern = "llmp_session=[0-9a-f]{64}; HttpOnly; SameSite=Strict; Path=/admin; Max-Age=43200" + secure
        assert re.fullmatch(pattern, told)


async def test_W06_logging_out_ends_the_session_at_once_and_takes_the_cookie_away(admin: Admin):
    async with browser_of(admin) as browser:
        stolen = (await log_in(browser)).cookies["llmp_session"]
        ended = await browser.delete("/admin/session")
        assert (ended.status_code, ended.content) == (204, b"")
        assert ended.headers["set-cookie"] == "llmp_session=; HttpOnly; SameSite=Strict; Path=/admin; Max-Age=0"
        assert ended.headers["cache-control"] == "no-store"
        assert "llmp_session" not in browser.cookies
        kept = {"cookie": f"llmp_session={stolen}"}
        assert (await browser.get("/admin/keys", headers=kept)).status_code == 401
        assert (await browser.delete("/admin/session", headers=kept)).status_code == 401


async def test_W06_logging_out_everywhere_ends_all(admin: Admin):
    async with browser_of(admin) as here, browser_of(admin) as there:
        await log_in(here)
        await log_in(there)
        assert (await here.delete("/admin/session?everywhere=true")).status_code == 204
        assert (await there.get("/admin/session")).status_code == 401


async def test_W06_an_administrator_with_the_token_ends_all_sessions_without_one(admin: Admin):
    async with browser_of(admin) as browser, browser_of(admin) as plain:
        await log_in(browser)
        bearer = {"authorization": f"Bearer {TOKEN}"}
        assert (await plain.delete("/admin/session", headers=bearer)).status_code == 204
        assert (await browser.get("/admin/session")).status_code == 200
        assert (await plain.delete("/admin/session?everywhere=true", headers=bearer)).status_code == 204
        assert (await browser.get("/admin/session")).status_code == 401


async def test_W06_another_admin_token_knows_no_session(admin: Admin):
    async with browser_of(admin) as browser, browser_of(admin, TOKEN + "2") as changed:
        cookie = (await log_in(browser)).cookies["llmp_session"]
        headers = {"cookie": f"llmp_session={cookie}"}
        assert (await changed.get("/admin/keys", headers=headers)).status_code == 401
        assert (await browser.get("/admin/keys")).status_code == 200


async def test_W06_a_planted_cookie_stays_worthless_after_the_login(admin: Admin):
    planted = "ab" * 32
    async with browser_of(admin) as browser:
        opened = await browser.post(
            "/admin/session", json={"token": TOKEN}, headers={"cookie": f"llmp_session={planted}"}
        )
        assert opened.cookies["llmp_session"] != planted
        browser.cookies.clear()
        headers = {"cookie": f"llmp_session={planted}"}
        assert (await browser.get("/admin/session", headers=headers)).status_code == 401


async def test_the_bearer_token_alone_is_no_session(admin: Admin):
    async with browser_of(admin) as browser:
        answer = await browser.get("/admin/session", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 401
    assert "no session" in answer.json()["error"]["message"]


@pytest.mark.parametrize("token", ["wrong", "", TOKEN[:-1], f"Bearer {TOKEN}"])
async def test_a_wrong_token_is_401_and_sets_no_cookie(admin: Admin, token):
    async with browser_of(admin) as browser:
        refused = await log_in(browser, token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_admin_token")
    assert "set-cookie" not in refused.headers
    assert await admin.acts() == []


async def test_A14_the_login_shares_the_count_of_wrong_tokens(admin: Admin):
    async with browser_of(admin) as browser:
        for _ in range(GUESSES - 1):
            assert (await log_in(browser, "wrong")).status_code == 401
        assert (await browser.get("/admin/keys", headers={"authorization": "Bearer wrong"})).status_code == 401
        refused = await log_in(browser)
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_attempts")
        assert "retry-after" in refused.headers
        assert "set-cookie" not in refused.headers


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"token=x", 400),
        (b"{}", 400),
        (b'{"token": null}', 400),
        (b'{"token": ["x"]}', 400),
        (b'{"token": "x", "remember": true}', 400),
        (b'{"token": "x", "token": "x"}', 400),
        (b'{"token": "' + b"x" * 4097 + b'"}', 400),
        (b'{"token": "\\ud800"}', 400),
        (b'{"token": "' + b"x" * (16 << 10) + b'"}', 413),
    ],
)
async def test_what_is_no_login_is_refused_before_much_of_it_is_read(admin: Admin, content, status):
    async with browser_of(admin) as browser:
        answer = await browser.post("/admin/session", content=content)
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("origin", ["https://attacker.test", "null"])
async def test_W03_another_sites_page_logs_nobody_in(admin: Admin, origin):
    async with browser_of(admin) as browser:
        refused = await log_in(browser, origin=origin)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "cross_site_request")
        assert "set-cookie" not in refused.headers


async def test_W03_a_command_line_may_log_in_but_then_uses_the_token(admin: Admin):
    async with browser_of(admin) as browser:
        del browser.headers["origin"]
        assert (await log_in(browser)).status_code == 200
        assert (await browser.get("/admin/keys")).status_code == 200
        assert (await browser.delete("/admin/session")).status_code == 403


async def test_W15_coming_and_going_is_on_record_without_a_secret(admin: Admin):
    async with browser_of(admin) as browser:
        cookie = (await log_in(browser)).cookies["llmp_session"]
        await browser.delete("/admin/session")
        await log_in(browser)
        await browser.delete("/admin/session?everywhere=true")
    acts = list(reversed(await admin.acts()))
    assert [(act.action, act.detail, act.remote) for act in acts] == [
        ("session.login", "", "192.0.2.7"),
        ("session.logout", "", "192.0.2.7"),
        ("session.login", "", "192.0.2.7"),
        ("session.logout", '{"everywhere":true}', "192.0.2.7"),
    ]
    assert acts[0].subject == acts[1].subject != acts[2].subject
    assert TOKEN not in str(acts)
    assert not any(act.subject and act.subject in cookie for act in acts)


async def test_W07_no_answer_puts_a_secret_into_an_address(admin: Admin):
    async with browser_of(admin) as browser:
        answers = [
            await log_in(browser),
            await browser.get("/admin/session"),
            await browser.get("/"),
            await browser.get("/dashboard"),
            await browser.delete("/admin/session"),
        ]
        assert {answer.headers.get("location") for answer in answers} == {None, "/dashboard"}
        assert not [answer for answer in answers if TOKEN in answer.text or TOKEN in str(answer.headers)]
        # A token in the address is not looked at: nobody comes to rely on what logs and histories keep.
        assert (await browser.post(f"/admin/session?token={TOKEN}", json={})).status_code == 400
        assert (await browser.get(f"/admin/keys?token={TOKEN}")).status_code == 401


async def test_a_gateway_without_sessions_has_no_such_routes(admin: Admin):
    async with client_of(AdminServices(admin.store, admin.directory)) as client:
        for method in ("POST", "GET", "DELETE"):
            assert (await client.request(method, "/admin/session", json={"token": "x"})).status_code == 404
