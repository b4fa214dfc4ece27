import pytest
from sqlalchemy import text

from tests.web.admin.conftest import Admin
from tests.web.admin.test_events import event, fill


async def verified(admin: Admin, query: str = "") -> dict[str, object]:
    return (await admin.call("GET", f"/audit/verify?{query}")).json()


async def test_D27_a_whole_trail_is_told_with_its_head(admin: Admin) -> None:
    await fill(admin)
    await admin.call("DELETE", f"/guardrail-events/{event(1).id}")
    report = await verified(admin)
    seq, hash_ = await admin.store.audit.head()
    expected = {"whole": True, "events": 3, "tombstones": 1, "removed": 1, "flaw_count": 0, "flaws": []}
    assert report == expected | {"head": {"seq": seq, "hash": hash_}}
    assert await verified(admin, f"expect_head={seq}:{hash_}") == report


async def test_D27_a_changed_event_is_named(admin: Admin) -> None:
    await fill(admin)
    change = text("UPDATE guardrail_events SET action = 'replaced' WHERE seq = 2")
    await admin.store.database.write(lambda connection: connection.execute(change) and None)
    report = await verified(admin)
    assert (report["whole"], report["flaw_count"]) == (False, 1)
    (flaw,) = report["flaws"]
    assert (flaw["kind"], flaw["seq"], flaw["last_seq"], flaw["event_id"]) == ("changed", 2, 2, event(1).id)


async def test_an_expected_head_that_is_not_there_is_a_flaw(admin: Admin) -> None:
    await fill(admin)
    assert [flaw["kind"] for flaw in (await verified(admin, f"expect_head={'a' * 64}"))["flaws"]] == ["head"]


@pytest.mark.parametrize("expected", ["x", "a" * 63, f":{'a' * 64}", f"x:{'a' * 64}"])
async def test_an_expected_head_that_is_no_hash_is_400(admin: Admin, expected) -> None:
    answer = await admin.call("GET", f"/audit/verify?expect_head={expected}")
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "expect_head")
