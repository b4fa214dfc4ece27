import pytest
import structlog
from starlette.routing import Route

from llm_proxy.core import keys
from llm_proxy.records import Secret
from llm_proxy.web.admin import AdminServices, create_admin
from llm_proxy.web.session import GUESSES, MAX_SOURCES, AdminWall, Guesses

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
}


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


class Caller:
    """Sends one ASGI request after the other, byte for byte as a server would hand them on."""

    def __init__(self, app, **wall) -> None:
        self.wall = AdminWall(app, Secret(TOKEN), **wall)

    async def __call__(
        self, *authorization, path="/admin/keys", raw_path=None, address="192.0.2.1", method="GET", more=()
    ):
        sent = []
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": raw_path or path.encode(),
            "query_string": b"",
            "headers": [*((b"authorization", value) for value in authorization), *more],
            "client": (address, 4711),
            "http_version": "1.1",
            "scheme": "http",
            "root_path": "",
            "server": ("127.0.0.1", 8080),
        }

        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        await self.wall(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
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


@pytest.mark.parametrize(
    ("first", "second", "is_one_source"),
    [
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("", "", True),
    ],
)
def test_A14_an_ipv6_network_is_one_source(first, second, is_one_source):
    guesses = Guesses()
    for _ in range(GUESSES):
        guesses.add(first, 0.0)
    assert (guesses.wait_s(second, 0.0) > 0) is is_one_source


def test_A14_what_is_remembered_is_bounded_and_the_silent_are_forgotten_first():
    guesses = Guesses()
    for _ in range(GUESSES):
        guesses.add("192.0.2.1", 0.0)
    for number in range(MAX_SOURCES - 1):
        guesses.add(f"10.0.{number >> 8}.{number & 255}", 0.0)
    assert guesses.wait_s("192.0.2.1", 0.0) > 0
    guesses.add("10.1.0.0", 0.0)
    assert guesses.wait_s("192.0.2.1", 0.0) == 0
    assert guesses.wait_s("10.0.0.0", 0.0) == 0


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


@pytest.mark.parametrize("stranger", STRANGERS)
@pytest.mark.parametrize(("method", "path"), ADMIN_ROUTES)
async def test_A11_no_admin_route_answers_a_stranger(method, path, stranger):
    call = Caller(APP)
    status, headers, body = await call(*STRANGERS[stranger], path=path.replace("{id}", NOBODY), method=method)
    assert status == 401
    assert headers["content-type"] == "application/json"
    assert body.startswith(b'{"error":{"message":"The admin token is missing or not valid.')


@pytest.mark.parametrize(("method", "path"), ADMIN_ROUTES)
async def test_A10_a_proxy_key_in_any_header_is_no_admin_token(method, path):
    key = keys.mint(b"k" * 32).encode()
    for name in (b"x-api-key", b"api-key"):
        call = Caller(APP)
        assert (await call(path=path.replace("{id}", NOBODY), method=method, more=[(name, key)]))[0] == 401


async def test_A12_an_unknown_path_is_404_with_the_token():
    status, _, body = await Caller(APP)(RIGHT, path="/admin/nothing")
    assert status == 404
    assert b"not_found" in body
