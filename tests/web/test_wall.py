import time

import pytest
import structlog
from starlette.routing import Route

from llm_proxy.core import keys
from llm_proxy.records import Secret
from llm_proxy.store.schema import utc_now
from llm_proxy.store.sessions import Times
from llm_proxy.web.admin import AdminServices, create_admin
from llm_proxy.web.origin import Hosts
from llm_proxy.web.session import Entrance
from llm_proxy.web.token import GUESSES, AdminToken
from llm_proxy.web.wall import AdminWall

TOKEN = "correct-horse-battery-staple"
RIGHT = b"Bearer " + TOKEN.encode()
NOBODY = "00000000-0000-4000-8000-000000000000"
OPEN = {
    "/openapi.json",
    "/openapi.yaml",
    "/docs",
    "/assets/docs.js",
    "/assets/swagger-ui-bundle.js",
    "/assets/swagger-ui.css",
    "/",
    "/dashboard",
    "/dashboard/{path:path}",
    "/dashboard/assets/{name:path}",
}
LOGIN = ("POST", "/admin/session")
HOST = (b"host", b"gateway.example:8080")
COOKIE = "ab" * 32


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


async def inner(scope, receive, send):
    """Stand for the application behind the wall."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"secret"})


class OneSession:
    """Sessions of a store that has one, and counts how often it is asked."""

    def __init__(self, token: AdminToken) -> None:
        self.digest = token.mark(COOKIE)
        self.asked = 0

    async def find(self, digest):
        self.asked += 1
        now = utc_now()
        return Times(now, now) if digest == self.digest else None


class Caller:
    """Sends one ASGI request after the other, byte for byte as a server would hand them on."""

    def __init__(self, app, clock=time.monotonic) -> None:
        token = AdminToken(Secret(TOKEN), clock)
        self.sessions = OneSession(token)
        self.wall = AdminWall(app, token, Entrance(self.sessions, token), Hosts("gateway.example"), clock)

    async def __call__(
        self,
        *authorization,
        path="/admin/keys",
        raw_path=None,
        address="192.0.2.1",
        method="GET",
        more=(),
        host=(HOST,),
        scheme="http",
    ):
        sent = []
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": raw_path or path.encode(),
            "query_string": b"",
            "headers": [*((b"authorization", value) for value in authorization), *host, *more],
            "client": (address, 4711),
            "http_version": "1.1",
            "scheme": scheme,
            "root_path": "",
            "server": ("127.0.0.1", 8080),
        }

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        await self.wall(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        assert not [name for name in headers if name.startswith("access-control-")]  # W04
        return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def call(clock) -> Caller:
    return Caller(inner, clock=clock)


@pytest.mark.parametrize(
    "value", [RIGHT, b"bearer " + TOKEN.encode(), b"BEARER " + TOKEN.encode(), b"Bearer   " + TOKEN.encode()]
)
async def test_A01_the_admin_token_passes_whatever_the_case_of_the_scheme(call, value):
    assert (await call(value))[::2] == (200, b"secret")


@pytest.mark.parametrize(
    "values",
    [
        (),
        (b"",),
        (b"Bearer",),
        (b"Bearer ",),
        (TOKEN.encode(),),
        (b"Basic " + TOKEN.encode(),),
        (b"Bearer\t" + TOKEN.encode(),),
        (RIGHT, RIGHT),
        (RIGHT, b"Bearer x"),
        (RIGHT + b" x",),
        (RIGHT + b",",),
        (RIGHT[:-1],),
        (RIGHT + b"e",),
        (RIGHT.upper(),),
        (RIGHT.replace(b"staple", b"stap\xe9e"),),
        (b"Bearer " + b"x" * 1_000_000,),
        (b"Bearer \x00",),
    ],
)
async def test_A01_anything_else_is_401_and_reaches_nothing(call, values):
    status, headers, body = await call(*values)
    assert status == 401
    assert headers["www-authenticate"] == "Bearer"
    assert headers["cache-control"] == "no-store"
    assert b"invalid_admin_token" in body
    assert TOKEN.encode() not in body


@pytest.mark.parametrize("name", [b"x-api-key", b"api-key", b"cookie", b"x-admin-token", b"proxy-authorization"])
async def test_the_token_is_taken_from_no_other_header(call, name):
    assert (await call(more=[(name, TOKEN.encode())]))[0] == 401


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin/nothing", "/admin/keys/x/y", "/admin/../v1"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD", "BREW"])
async def test_A12_an_unknown_path_is_401_before_it_is_unknown(call, path, method):
    assert (await call(path=path, method=method))[0] == 401


@pytest.mark.parametrize("path", ["/", "/docs", "/administrator", "/adminx", "/v1/admin", "/ADMIN/keys"])
async def test_other_paths_pass_untouched(call, path):
    assert (await call(path=path))[2] == b"secret"


@pytest.mark.parametrize(
    ("path", "raw_path"),
    [
        ("/admin/keys", b"/%61dmin/keys"),
        ("/admin/keys", b"/admin/%6beys"),
        ("/admin/keys/../x", b"/admin/keys/%2e%2e/x"),
        ("/admin//keys", b"/admin//keys"),
        ("/admin/keys;x", b"/admin/keys;x"),
        ("/admin/\\keys", b"/admin/\\keys"),
    ],
)
async def test_P21_a_path_with_two_readings_is_401_for_strangers_and_404_with_the_token(call, path, raw_path):
    assert (await call(path=path, raw_path=raw_path))[0] == 401
    assert (await call(RIGHT, path=path, raw_path=raw_path))[0] == 404


async def test_A14_ten_wrong_tokens_a_minute_then_429_for_that_address_alone(call, clock):
    for _ in range(GUESSES):
        assert (await call(b"Bearer wrong"))[0] == 401
        clock.now_s += 1
    status, headers, body = await call(b"Bearer wrong")
    assert (status, headers["retry-after"]) == (429, "50")
    assert b"too_many_attempts" in body
    assert (await call(RIGHT))[0] == 429  # else a right guess would still get in
    assert (await call(RIGHT, address="192.0.2.2"))[0] == 200
    assert (await call(b"Bearer wrong", address="192.0.2.2"))[0] == 401


async def test_A14_the_address_may_try_again_when_its_first_guess_is_a_minute_old(call, clock):
    for _ in range(GUESSES):
        await call(b"Bearer wrong")
        clock.now_s += 1
    clock.now_s += 49.9
    assert (await call(RIGHT))[0] == 429
    clock.now_s += 0.1
    assert (await call(b"Bearer wrong"))[0] == 401
    assert (await call(b"Bearer wrong"))[0] == 429
    clock.now_s += 60
    assert (await call(RIGHT))[0] == 200


async def test_A14_calls_without_a_token_and_right_ones_are_no_guesses(call):
    for _ in range(3 * GUESSES):
        assert (await call())[0] == 401
        assert (await call(RIGHT))[0] == 200
    assert (await call(RIGHT))[0] == 200


async def test_A14_an_address_that_waits_still_gets_401_without_a_token(call):
    for _ in range(GUESSES):
        await call(b"Bearer wrong")
    assert (await call())[0] == 401


async def test_A16_one_log_line_a_call_and_no_secret_in_it(call):
    with structlog.testing.capture_logs() as lines:
        await call(RIGHT, path="/admin/keys/llmp-canary")
        await call(b"Bearer canary-token", path="/admin/canary", method="POST")
        await call(path="/docs")
    assert [(line["event"], line["status"], line["method"]) for line in lines] == [
        ("admin.done", 200, "GET"),
        ("admin.done", 401, "POST"),
    ]
    assert "canary" not in str(lines)
    assert TOKEN not in str(lines)


# --- browsers: the cookie, where its request comes from, and the name it asks for -------------------------------------

SESSION = (b"cookie", b"theme=dark; llmp_session=" + COOKIE.encode())
OURS = (b"origin", b"http://gateway.example:8080")


async def test_a_session_passes_and_a_bearer_token_decides_before_it(call):
    assert (await call(more=[SESSION]))[::2] == (200, b"secret")
    assert (await call(b"Bearer wrong", more=[SESSION]))[0] == 401
    assert (await call(b"Basic dXNlcjpwYXNz", more=[SESSION]))[0] == 200  # a front proxy's own
    assert (await call(RIGHT, more=[(b"cookie", b"llmp_session=" + b"0" * 64)]))[0] == 200


@pytest.mark.parametrize(
    "cookies",
    [
        [b"llmp_session=" + b"0" * 64],
        [b"llmp_session="],
        [b"llmp_session=" + COOKIE.upper().encode()],
        [b"llmp_session=" + COOKIE.encode() + b"0"],
        [b'llmp_session="' + COOKIE.encode() + b'"'],
        [b"llmp_session =" + COOKIE.encode()],
        [b"LLMP_SESSION=" + COOKIE.encode()],
        [b"xllmp_session=" + COOKIE.encode()],
        [b"a=llmp_session=" + COOKIE.encode()],
        [b"llmp_session=" + TOKEN.encode()],
        [b"llmp_session=\xff\x00"],
        [b"llmp_session=" + b"a" * 1_000_000],
        [b";" * 1_000_000],
        [b"; llmp_session" * 70_000],
        [b"\xff" * 1000],
        [b"llmp_session=" + COOKIE.encode() + b"; llmp_session=" + COOKIE.encode()],
        [b"llmp_session=" + COOKIE.encode(), b"llmp_session=" + COOKIE.encode()],
        [b"llmp_session=; llmp_session=" + COOKIE.encode()],
    ],
)
async def test_W06_what_is_not_the_one_cookie_of_a_session_is_401(call, cookies):
    assert (await call(more=[(b"cookie", each) for each in cookies]))[0] == 401
    assert call.sessions.asked <= 1


async def test_W06_a_cookie_that_cannot_be_ours_is_not_looked_up(call):
    await call(more=[(b"cookie", b"llmp_session=garbage")])
    assert call.sessions.asked == 0


async def test_wrong_cookies_are_no_guesses(call):
    for _ in range(2 * GUESSES):
        assert (await call(more=[(b"cookie", b"llmp_session=" + b"0" * 64)]))[0] == 401
    assert (await call(RIGHT))[0] == 200


FOREIGN = [
    [(b"origin", b"https://attacker.test")],
    [(b"origin", b"null")],
    [(b"origin", b"")],
    [(b"origin", b"http://gateway.example")],
    [(b"origin", b"http://gateway.example:8081")],
    [(b"origin", b"http://gateway.example:8080.attacker.test")],
    [(b"origin", b"http://gateway.example:8080@attacker.test")],
    [(b"origin", b"http://sub.gateway.example:8080")],
    [(b"origin", b"chrome-extension://gateway.example:8080")],
    [OURS, (b"origin", b"https://attacker.test")],
    [OURS, OURS],
    [(b"sec-fetch-site", b"cross-site")],
    [(b"sec-fetch-site", b"same-site")],
    [(b"sec-fetch-site", b"none")],
    [(b"sec-fetch-site", b"same-origin"), (b"sec-fetch-site", b"cross-site")],
    [(b"sec-fetch-site", b"same-origin"), (b"origin", b"https://attacker.test")],
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("path", ["/admin/providers", "/admin/session", "/admin/nothing"])
@pytest.mark.parametrize("cookie", [[SESSION], []], ids=["cookie", "none"])
async def test_W03_a_change_that_another_sites_page_asks_for_is_403_with_a_cookie_or_without(
    call, headers, path, cookie
):
    form = (b"content-type", b"text/plain")
    status, _, body = await call(path=path, method="POST", more=[*cookie, *headers, form])
    assert status == 403
    assert b"cross_site_request" in body
    assert call.sessions.asked == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
async def test_W03_a_change_with_the_cookie_must_say_where_it_comes_from(call, method):
    assert (await call(method=method, more=[SESSION]))[0] == 403
    assert (await call(method=method, more=[SESSION, OURS]))[0] == 200
    assert (await call(method=method, more=[SESSION, (b"sec-fetch-site", b"same-origin")]))[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 200),
        ([(b"sec-fetch-site", b"same-origin")], 200),
        ([(b"sec-fetch-site", b"none")], 200),
        ([(b"sec-fetch-site", b"cross-site")], 403),
        ([(b"sec-fetch-site", b"same-site")], 403),
        ([OURS], 200),
        ([(b"origin", b"https://attacker.test")], 403),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_W03_a_look_with_the_cookie_must_not_come_from_another_site(call, method, headers, status):
    assert (await call(method=method, more=[SESSION, *headers]))[0] == status


@pytest.mark.parametrize("headers", FOREIGN)
async def test_W03_a_bearer_token_needs_no_origin_for_no_page_can_send_one(call, headers):
    assert (await call(RIGHT, method="POST", more=[SESSION, *headers]))[0] == 200


@pytest.mark.parametrize("headers", [[], [OURS], [(b"sec-fetch-site", b"same-origin")]])
@pytest.mark.parametrize("cookie", [[SESSION], []], ids=["cookie", "none"])
async def test_the_login_alone_passes_without_a_session(call, headers, cookie):
    more = [*headers, *cookie]
    assert (await call(path="/admin/session", method="POST", more=more))[0] == 200
    assert call.sessions.asked == 0
    for path, raw_path in (
        ("/admin/session", b"/admin/%73ession"),
        ("/admin/session/", None),
        ("/admin/sessions", None),
    ):
        assert (await call(path=path, raw_path=raw_path, method="POST", more=headers))[0] == 401


async def test_the_login_is_a_post_and_a_wrong_bearer_token_spoils_it(call):
    for method in ("GET", "DELETE", "PUT", "OPTIONS"):
        assert (await call(path="/admin/session", method=method))[0] == 401
    assert (await call(b"Bearer wrong", path="/admin/session", method="POST"))[0] == 401


async def test_W04_a_preflight_is_401_and_opens_nothing(call):
    asked = [(b"origin", b"https://attacker.test"), (b"access-control-request-method", b"POST")]
    assert (await call(method="OPTIONS", more=asked))[0] == 401


async def test_P21_a_path_with_two_readings_is_404_with_a_session_too(call):
    assert (await call(path="/admin/keys", raw_path=b"/admin/%6beys", more=[SESSION]))[0] == 404


WRONG_HOSTS = [
    [],
    [(b"host", b"attacker.test")],
    [(b"host", b"gateway.example.attacker.test")],
    [(b"host", b"")],
    [(b"host", b"gateway.example:80:80")],
    [HOST, HOST],
]
PAGES = ["/", "/docs", "/dashboard", "/dashboard/keys", "/dashboard/assets/x.js", "/assets/docs.js", "/openapi.json"]


@pytest.mark.parametrize("host", WRONG_HOSTS)
@pytest.mark.parametrize("path", PAGES)
async def test_W13_a_page_has_no_name_that_anybody_can_own(call, path, host):
    status, headers, body = await call(path=path, host=host, more=[(b"accept", b"text/html,*/*;q=0.8")])
    assert (status, headers["content-type"]) == (421, "text/plain; charset=utf-8")
    assert b"ALLOWED_HOSTS" in body
    status, headers, body = await call(path=path, host=host)
    assert (status, headers["content-type"], headers["cache-control"]) == (421, "application/json", "no-store")
    assert b"host_not_allowed" in body


@pytest.mark.parametrize("host", WRONG_HOSTS)
async def test_W13_the_api_answers_a_session_and_a_login_under_its_names_and_a_bearer_token_under_any(call, host):
    rebound = (b"origin", b"http://attacker.test")
    assert (await call(host=host, more=[SESSION]))[0] == 421
    assert (await call(host=host))[0] == 421
    assert (await call(host=host, method="POST", more=[SESSION, rebound]))[0] == 421
    assert (await call(host=host, path="/admin/session", method="POST"))[0] == 421
    assert (await call(RIGHT, host=host))[0] == 200
    assert call.sessions.asked == 0


# --- every route of the real application, as a stranger ---------------------------------------------------------------


class NoServices:
    """Whoever gets as far as this has seen data."""

    def __getattr__(self, name):
        raise AssertionError(f"a stranger reached {name}")


APP = create_admin(AdminServices(NoServices(), NoServices()))
ROUTES = [(method, route.path) for route in APP.routes if isinstance(route, Route) for method in sorted(route.methods)]
ADMIN_ROUTES = [(method, path) for method, path in ROUTES if path.startswith("/admin/")]
STRANGERS = {
    "none": (),
    "wrong": (b"Bearer wrong-token-of-some-length",),
    "empty": (b"Bearer ",),
    "proxy key": (b"Bearer " + keys.mint(b"k" * 32).encode(),),
    "two": (RIGHT, RIGHT),
}


def test_A11_every_route_is_below_admin_or_known_to_be_open():
    assert {path for _, path in ROUTES} - {path for _, path in ADMIN_ROUTES} == OPEN
    assert len(ROUTES) == len(APP.routes) + len([1 for method, _ in ROUTES if method == "HEAD"])
    assert len(ADMIN_ROUTES) >= 20
    assert LOGIN in ADMIN_ROUTES


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize(("method", "path"), [route for route in ADMIN_ROUTES if route != LOGIN])
async def test_A11_no_admin_route_answers_a_stranger(method, path, stranger):
    call = Caller(APP)
    status, headers, body = await call(*STRANGERS[stranger], path=path.replace("{id}", NOBODY), method=method)
    assert status == 401
    assert headers["content-type"] == "application/json"
    assert body.startswith(b'{"error":{"message":"The admin token is missing or not valid.')


@pytest.mark.parametrize(("method", "path"), [route for route in ADMIN_ROUTES if route != LOGIN])
async def test_A10_a_proxy_key_in_any_header_is_no_admin_token(method, path):
    key = keys.mint(b"k" * 32).encode()
    for name in (b"x-api-key", b"api-key"):
        call = Caller(APP)
        assert (await call(path=path.replace("{id}", NOBODY), method=method, more=[(name, key)]))[0] == 401


async def test_A12_an_unknown_path_is_404_with_the_token():
    status, _, body = await Caller(APP)(RIGHT, path="/admin/nothing")
    assert status == 404
    assert b"not_found" in body


async def test_every_answer_has_an_id_by_which_its_log_line_is_found(call):
    with structlog.testing.capture_logs() as lines:
        for values in ((), (RIGHT,)):
            _, headers, _ = await call(*values)
            assert headers["x-request-id"] == lines[-1]["request_id"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("application/json", "application/json"),
        ("text/event-stream; charset=utf-8", "text/event-stream; charset=utf-8"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("text/javascript", "application/octet-stream"),
    ],
)
async def test_W02_no_page_or_script_is_made_of_what_a_provider_says(given, told):
    async def provider(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", given.encode())]})
        await send({"type": "http.response.body", "body": b"<script>1</script>"})

    _, headers, _ = await Caller(provider)(RIGHT)
    assert headers["content-type"] == told
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert headers["cross-origin-resource-policy"] == "same-origin"
