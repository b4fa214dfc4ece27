import pytest

from tests.web.admin.conftest import NOBODY, Admin


async def test_the_log_tells_who_did_what_newest_first(admin: Admin):
    provider = await admin.provider()
    await admin.call("DELETE", f"/providers/{provider['id']}")
    page = (await admin.call("GET", "/log")).json()
    assert [set(act) for act in page["records"]] == [{"id", "at", "action", "subject", "detail", "remote"}] * 2
    assert [act["action"] for act in page["records"]] == ["provider.delete", "provider.create"]
    assert {(act["subject"], act["remote"]) for act in page["records"]} == {(provider["id"], "192.0.2.7")}
    assert page["next_cursor"] is None


async def test_looking_at_the_log_is_not_on_record(admin: Admin):
    assert (await admin.call("GET", "/log")).json() == {"records": [], "next_cursor": None}
    assert await admin.acts() == []


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("action=provider.create", 3),
        ("action=provider.", 4),
        ("action=provider", 0),
        ("action=%25.", 0),
        (f"subject={NOBODY}", 0),
        ("action=&subject=&limit=&cursor=", 4),
        ("limit=0", 1),
        ("limit=1000000000", 4),
        ("cursor=1", 0),
    ],
)
async def test_W10_filters_choose_and_pages_are_clamped(admin: Admin, query, count):
    for name in ("one", "two", "three"):
        last = await admin.provider(name)
    await admin.call("DELETE", f"/providers/{last['id']}")
    answer = await admin.call("GET", f"/log?{query}")
    assert (answer.status_code, len(answer.json()["records"])) == (200, count)
    assert len((await admin.call("GET", f"/log?subject={last['id']}")).json()["records"]) == 2


@pytest.mark.parametrize("limit", [1, 2, 3])
async def test_pages_tell_every_act_once(admin: Admin, limit):
    made = [(await admin.provider(name))["id"] for name in ("one", "two", "three")]
    found, cursor = [], ""
    while cursor is not None:
        page = (await admin.call("GET", "/log", params={"limit": limit, "cursor": cursor})).json()
        found += [act["subject"] for act in page["records"]]
        cursor = page["next_cursor"]
    assert found == made[::-1]


@pytest.mark.parametrize(("name", "value"), [("limit", "x"), ("cursor", "x"), ("cursor", "-1"), ("cursor", "9" * 19)])
async def test_W10_a_parameter_that_cannot_be_read_is_400_naming_it(admin: Admin, name, value):
    answer = await admin.call("GET", f"/log?{name}={value}")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, name)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_nothing_changes_the_log(admin: Admin, method):
    assert (await admin.call(method, "/log")).status_code == 405
