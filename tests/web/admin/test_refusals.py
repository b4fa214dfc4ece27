from collections.abc import Awaitable, Callable

import pytest

from llm_proxy.errors import StoreUnavailable
from llm_proxy.records import Snapshot
from llm_proxy.web.admin import AdminServices
from tests.web.admin.conftest import NOBODY, Admin, client_of

SHAPE = {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/admin", 404, "not_found"),
        ("GET", "/admin/", 404, "not_found"),
        ("GET", "/admin/nothing", 404, "not_found"),
        ("GET", "/admin/keys/", 404, "not_found"),
        ("POST", "/admin/keys/", 404, "not_found"),
        ("GET", "/admin/KEYS", 404, "not_found"),
        ("GET", f"/admin/keys/{NOBODY}/x", 404, "not_found"),
        ("GET", f"/admin/providers/{NOBODY}", 404, "not_found"),
        ("PUT", "/admin/keys", 405, "method_not_allowed"),
        ("OPTIONS", "/admin/keys", 405, "method_not_allowed"),
        ("POST", "/admin/providers", 400, "invalid_json"),
        ("GET", "/admin/usage?limit=x", 400, "invalid_request"),
        ("GET", "/nothing", 404, "not_found"),
        ("POST", "/docs", 405, "method_not_allowed"),
    ],
)
async def test_H15_every_error_has_one_shape_and_is_not_kept(admin: Admin, method, path, status, code):
    answer = await admin.client.request(method, path)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert set(answer.json()["error"]) == SHAPE
    assert answer.json()["error"]["code"] == code
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/admin/keys", "GET, POST"),
        (f"/admin/keys/{NOBODY}", "DELETE, GET, PATCH"),
        (f"/admin/providers/{NOBODY}", "DELETE, GET, PATCH, PUT"),
        ("/admin/usage", "GET"),
    ],
)
async def test_a_405_names_every_method_of_the_path(admin: Admin, path, allow):
    answer = await admin.client.request("TRACE", path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
async def test_W04_no_answer_opens_the_api_to_another_origin(admin: Admin, method):
    asked = {"origin": "https://attacker.test", "access-control-request-method": "GET"}
    answer = await admin.call(method, "/keys", headers=asked)
    assert not [name for name in answer.headers if name.startswith("access-control-")]


async def test_H15_every_answer_is_json_that_no_cache_keeps(admin: Admin):
    provider = await admin.provider()
    for answer in (await admin.call("GET", "/providers"), await admin.call("GET", f"/providers/{provider['id']}")):
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
    deleted = await admin.call("DELETE", f"/providers/{provider['id']}")
    assert deleted.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "name must not be empty."),
        ("n" * 201, "name should have at most 200 characters."),
        (5, "name should be a valid string."),
        ("\x07", "name must not hold control characters."),
    ],
)
async def test_a_member_that_is_wrong_is_told_in_one_plain_sentence(admin: Admin, name, message):
    answer = await admin.call("POST", "/keys", {"name": name, "provider_id": NOBODY})
    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)


class Broken:
    """A store of which every part fails in the same way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Snapshot]]:
        async def fail(*_: object, **__: object) -> Snapshot:
            raise self._error

        fail.list = fail  # type: ignore[attr-defined]
        return fail


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(StoreUnavailable(), 503, "store_unavailable"), (ZeroDivisionError("canary"), 500, "internal_error")],
)
async def test_a_failing_store_is_our_fault_and_tells_nothing_of_itself(admin: Admin, error, status, code):
    services = AdminServices(Broken(error), admin.directory)  # type: ignore[arg-type]
    async with client_of(services) as client:
        answer = await client.get("/admin/keys")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "canary" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
