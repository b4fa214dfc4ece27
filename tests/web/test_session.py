"""Sessions over a real store, with a clock that the test moves."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from llm_proxy.errors import InvalidAdminToken, StoreUnavailable, TooManyAttempts
from llm_proxy.records import Secret
from llm_proxy.store import Entry, Store
from llm_proxy.web.accept import Head
from llm_proxy.web.session import Entrance, clear_cookie, presented
from llm_proxy.web.token import GUESSES, AdminToken

TOKEN = "correct-horse-battery-staple"
LOG = Entry("session.login", "", "192.0.2.1")
OUT = Entry("session.logout", "", "192.0.2.1")


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(str(tmp_path / "gateway.db"), None, busy_timeout_ms=50)
    yield opened
    await opened.close()


def entrance_of(store: Store, clock: Clock, token: str = TOKEN) -> Entrance:
    return Entrance(store.sessions, AdminToken(Secret(token)), idle_s=600, max_s=3600, clock=clock)


@pytest.fixture
def entrance(store: Store, clock: Clock) -> Entrance:
    return entrance_of(store, clock)


async def rows(store: Store, what: str) -> list[str]:
    query = text(f"SELECT {what} FROM sessions ORDER BY created_at")
    return await store.database.read(lambda connection: [str(value) for value in connection.scalars(query)])


async def test_W06_a_session_is_64_random_digits_that_the_database_does_not_hold(store, entrance):
    first, visit = await entrance.log_in(TOKEN, None, LOG)
    second, _ = await entrance.log_in(TOKEN, None, LOG)
    assert presented(Head([(b"cookie", f"llmp_session={first}".encode())])) == (True, first)
    assert first != second
    assert await entrance.find(first) == visit
    kept = await rows(store, "digest")
    assert not {first, second} & set(kept)
    assert [await entrance.find(each) for each in kept] == [None, None]  # a stolen database opens nothing


async def test_W06_a_session_of_another_token_is_none(store, entrance, clock):
    value, _ = await entrance.log_in(TOKEN, None, LOG)
    assert await entrance_of(store, clock, TOKEN + "2").find(value) is None
    assert await entrance_of(store, clock).find(value) is not None  # another process, the same token


async def test_W06_a_session_ends_after_its_time_however_busy(entrance, clock):
    value, visit = await entrance.log_in(TOKEN, None, LOG)
    assert visit.expires_at == clock.now + timedelta(hours=1)
    for _ in range(7):
        clock.pass_s(500)
        assert await entrance.find(value) == visit
    clock.pass_s(99)
    assert await entrance.find(value) == visit
    clock.pass_s(1)
    assert await entrance.find(value) is None


async def test_W06_a_session_ends_when_nobody_asks(entrance, clock):
    value, visit = await entrance.log_in(TOKEN, None, LOG)
    assert visit.idle_timeout_s == 600
    clock.pass_s(599)
    assert await entrance.find(value) is not None
    clock.pass_s(599)
    assert await entrance.find(value) is not None
    clock.pass_s(600)
    assert await entrance.find(value) is None
    assert await entrance.find(value) is None  # asking does not wake it


async def test_W06_a_page_that_asks_by_itself_does_not_keep_a_session_alive(entrance, clock):
    value, _ = await entrance.log_in(TOKEN, None, LOG)
    for _ in range(9):
        clock.pass_s(60)
        assert await entrance.find(value, is_attended=False) is not None
    clock.pass_s(60)
    assert await entrance.find(value) is None


async def test_being_seen_is_written_once_a_minute(store, entrance, clock):
    value, _ = await entrance.log_in(TOKEN, None, LOG)
    [begun] = await rows(store, "seen_at")
    clock.pass_s(59)
    await entrance.find(value)
    assert await rows(store, "seen_at") == [begun]
    clock.pass_s(1)
    await entrance.find(value)
    assert [int(seen) - int(begun) for seen in await rows(store, "seen_at")] == [60_000_000]


async def test_a_database_that_cannot_be_written_does_not_end_a_session(store, entrance, clock, tmp_path):
    value, _ = await entrance.log_in(TOKEN, None, LOG)
    [begun] = await rows(store, "seen_at")
    clock.pass_s(60)
    with closing(sqlite3.connect(tmp_path / "gateway.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            await entrance.log_in(TOKEN, None, LOG)
        assert await entrance.find(value) is not None
        assert await rows(store, "seen_at") == [begun]


async def test_W06_logging_out_ends_one_session_and_everywhere_ends_all(entrance):
    values = [(await entrance.log_in(TOKEN, None, LOG))[0] for _ in range(3)]
    await entrance.log_out(values[0], OUT)
    assert [await entrance.find(value) is not None for value in values] == [False, True, True]
    await entrance.log_out_everywhere(OUT)
    assert [await entrance.find(value) for value in values] == [None, None, None]


async def test_W06_a_planted_value_never_becomes_a_session_and_the_old_one_ends(store, entrance):
    planted = "ab" * 32
    value, _ = await entrance.log_in(TOKEN, planted, LOG)
    assert value != planted
    assert await entrance.find(planted) is None
    newer, _ = await entrance.log_in(TOKEN, value, LOG)
    assert await entrance.find(value) is None
    assert await entrance.find(newer) is not None
    assert len(await rows(store, "digest")) == 1


async def test_the_login_sweeps_what_is_over(store, entrance, clock):
    await entrance.log_in(TOKEN, None, LOG)
    clock.pass_s(601)
    await entrance.log_in(TOKEN, None, LOG)
    assert len(await rows(store, "digest")) == 1


@pytest.mark.parametrize("wrong", ["", "wrong", TOKEN + " ", TOKEN.upper(), "\ud800", "ä"])
async def test_a_wrong_token_opens_nothing(store, entrance, wrong):
    with pytest.raises(InvalidAdminToken):
        await entrance.log_in(wrong, None, LOG)
    assert await rows(store, "digest") == []


async def test_A14_who_guessed_too_often_does_not_get_in_with_the_right_token(entrance):
    for _ in range(GUESSES):
        with pytest.raises(InvalidAdminToken):
            await entrance.log_in("wrong", None, LOG)
    with pytest.raises(TooManyAttempts):
        await entrance.log_in(TOKEN, None, LOG)
    await entrance.log_in(TOKEN, None, Entry("session.login", "", "192.0.2.2"))


@pytest.mark.parametrize(("is_secure", "end"), [(False, "; Max-Age=3600"), (True, "; Max-Age=3600; Secure")])
def test_W06_the_cookie_is_for_this_api_alone_and_for_no_script(store, entrance, is_secure, end):
    told = entrance.set_cookie("ab" * 32, is_secure=is_secure)
    assert told == f"llmp_session={'ab' * 32}; HttpOnly; SameSite=Strict; Path=/admin{end}"
    assert "Domain" not in told


def test_W06_the_cookie_is_taken_away_as_it_was_given():
    assert clear_cookie(is_secure=False) == "llmp_session=; HttpOnly; SameSite=Strict; Path=/admin; Max-Age=0"
    assert clear_cookie(is_secure=True).endswith("; Max-Age=0; Secure")
