from datetime import timedelta

from llm_proxy.store import Store, meta
from llm_proxy.store.admin_log import Entry
from llm_proxy.store.sessions import Expiry, Times
from tests.store.conftest import NOON

A, B, C = "a" * 64, "b" * 64, "c" * 64
MINUTE = timedelta(minutes=1)
NEVER = Expiry(NOON - timedelta(days=1000), NOON - timedelta(days=1000))


async def test_a_session_is_found_by_its_digest_until_it_is_ended(store: Store) -> None:
    await store.sessions.add(A, NOON, expiry=NEVER)
    assert await store.sessions.find(A) == Times(NOON, NOON)
    assert await store.sessions.find(B) is None
    assert await store.sessions.end(A)
    assert await store.sessions.find(A) is None
    assert not await store.sessions.end(A)


async def test_being_seen_moves_forward_only_and_wakes_no_ended_session(store: Store) -> None:
    await store.sessions.add(A, NOON, expiry=NEVER)
    await store.sessions.touch(A, NOON + MINUTE)
    await store.sessions.touch(A, NOON)
    assert await store.sessions.find(A) == Times(NOON, NOON + MINUTE)
    await store.sessions.end(A)
    await store.sessions.touch(A, NOON + 2 * MINUTE)
    assert await store.sessions.find(A) is None


async def test_a_new_session_sweeps_those_that_are_over_and_the_one_it_replaces(store: Store) -> None:
    await store.sessions.add(A, NOON, expiry=NEVER)
    await store.sessions.add(B, NOON + MINUTE, expiry=NEVER)
    await store.sessions.touch(A, NOON + 5 * MINUTE)
    await store.sessions.add(C, NOON + 6 * MINUTE, expiry=Expiry(NOON, NOON + 2 * MINUTE))
    assert [await store.sessions.find(each) is not None for each in (A, B, C)] == [True, False, True]  # B was idle
    await store.sessions.add(B, NOON + 6 * MINUTE, expiry=Expiry(NOON + MINUTE, NOON))
    assert [await store.sessions.find(each) is not None for each in (A, B, C)] == [False, True, True]  # A was old
    await store.sessions.add(A, NOON + 6 * MINUTE, expiry=NEVER, replaced=C)
    assert [await store.sessions.find(each) is not None for each in (A, B, C)] == [True, True, False]


async def test_all_are_ended_at_once(store: Store) -> None:
    for digest in (A, B, C):
        await store.sessions.add(digest, NOON, expiry=NEVER)
    assert await store.sessions.end_all() == 3
    assert await store.sessions.end_all() == 0
    assert await store.sessions.find(A) is None


async def test_W15_what_happens_to_sessions_is_on_record_without_their_digests(store: Store) -> None:
    await store.sessions.add(A, NOON, expiry=NEVER, log=Entry("session.login", "", "192.0.2.1"))
    await store.sessions.end(A, log=Entry("session.logout", "", "192.0.2.1"))
    await store.sessions.end(A, log=Entry("session.logout", "", "192.0.2.2"))  # nothing is done, nothing is recorded
    await store.sessions.end_all(log=Entry("session.logout", '{"everywhere":true}', ""))
    acts, _ = await store.admin_log.page()
    assert [(act.action, act.subject, act.remote) for act in reversed(acts)] == [
        ("session.login", "a" * 12, "192.0.2.1"),
        ("session.logout", "a" * 12, "192.0.2.1"),
        ("session.logout", "", ""),
    ]


async def test_another_token_ends_every_session_and_its_return_revives_none(store: Store) -> None:
    await store.sessions.bind("one")
    await store.sessions.add(A, NOON, expiry=NEVER)
    await store.sessions.bind("one")
    assert await store.sessions.find(A) is not None
    for mark in ("two", "one"):
        await store.sessions.bind(mark)
        assert await store.sessions.find(A) is None


async def test_a_mark_that_was_changed_by_hand_ends_every_session(store: Store) -> None:
    await store.sessions.bind("one")
    await store.sessions.add(A, NOON, expiry=NEVER)
    await store.database.write(lambda connection: meta.put(connection, "sessions_bound_to", "00"))
    await store.sessions.bind("one")
    assert await store.sessions.find(A) is None
