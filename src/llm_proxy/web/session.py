"""Dashboard sessions: the admin token is shown once, a cookie from then on.

The cookie's value is 256 random bits that only the browser knows. The store has its HMAC under the admin token: whoever
reads the database cannot make a cookie of it, and another admin token knows none of the sessions.
"""

import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from llm_proxy.errors import StoreUnavailable
from llm_proxy.store import Entry
from llm_proxy.store.schema import utc_now
from llm_proxy.store.sessions import Expiry, Sessions
from llm_proxy.web.accept import Head
from llm_proxy.web.token import AdminToken

COOKIE = "llmp_session"
_ATTRIBUTES = "HttpOnly; SameSite=Strict; Path=/admin"
_OURS = re.compile(rf"(?:^|;)[ \t]*{COOKIE}=([^;]*)")
_VALUE = re.compile(r"[0-9a-f]{64}")
_SEEN_EVERY = timedelta(minutes=1)  # a write a minute, not one a request


@dataclass(frozen=True, slots=True)
class Visit:
    """A session that is open, until ``expires_at`` or for ``idle_timeout_s`` without a request."""

    expires_at: datetime
    idle_timeout_s: float


class Entrance:
    """Opens, knows and ends sessions. Every question goes to the store, so an end holds at once, in all processes."""

    def __init__(
        self,
        sessions: Sessions,
        token: AdminToken,
        *,
        idle_s: float = 3600,
        max_s: float = 43200,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._sessions = sessions
        self._token = token
        self._idle = timedelta(seconds=idle_s)
        self._max = timedelta(seconds=max_s)
        self._clock = clock

    async def log_in(self, presented: str, replaced: str | None, log: Entry) -> tuple[str, Visit]:
        """Return the value of a new cookie for the admin token; the session of the cookie it replaces ends.

        The value is always a new one: a cookie that somebody planted before never becomes a session. Raises
        InvalidAdminToken, TooManyAttempts and StoreUnavailable.
        """
        self._token.check(presented.encode("utf-8", "surrogatepass"), log.remote)
        value, now = secrets.token_hex(32), self._clock()
        await self._sessions.add(
            self._token.mark(value),
            now,
            expiry=Expiry(now - self._max, now - self._idle),
            replaced=None if replaced is None else self._token.mark(replaced),
            log=log,
        )
        return value, self._visit(now)

    async def find(self, value: str, *, is_attended: bool = True) -> Visit | None:
        """Return the session of a cookie, or None when there is none or it is over; raises StoreUnavailable.

        Only what somebody asked for (``is_attended``) counts as a sign of life.
        """
        digest, now = self._token.mark(value), self._clock()
        times = await self._sessions.find(digest)
        if times is None or now >= times.created_at + self._max or now >= times.seen_at + self._idle:
            return None
        if is_attended and now >= times.seen_at + _SEEN_EVERY:
            with suppress(StoreUnavailable):  # who looks why nothing can be written must not be locked out by it
                await self._sessions.touch(digest, now)
        return self._visit(times.created_at)

    async def log_out(self, value: str, log: Entry) -> None:
        """End the session of a cookie, if there is one."""
        await self._sessions.end(self._token.mark(value), log=log)

    async def log_out_everywhere(self, log: Entry) -> None:
        """End all sessions."""
        await self._sessions.end_all(log=log)

    def set_cookie(self, value: str, *, is_secure: bool) -> str:
        """Return the ``Set-Cookie`` that gives a browser its session."""
        return _cookie(value, int(self._max.total_seconds()), is_secure=is_secure)

    def _visit(self, created_at: datetime) -> Visit:
        return Visit(created_at + self._max, self._idle.total_seconds())


def clear_cookie(*, is_secure: bool) -> str:
    """Return the ``Set-Cookie`` that takes it away."""
    return _cookie("", 0, is_secure=is_secure)


def presented(head: Head) -> tuple[bool, str | None]:
    """Return whether a request brings our cookie at all, and its value: None when it is not one of ours, or twice.

    Two of the name have two owners (a neighbouring host name can set one too), and nobody says which came first.
    """
    values = _OURS.findall("; ".join(head.all(b"cookie")))
    is_one = len(values) == 1 and _VALUE.fullmatch(values[0]) is not None
    return bool(values), values[0] if is_one else None


def _cookie(value: str, max_age_s: int, *, is_secure: bool) -> str:
    return f"{COOKIE}={value}; {_ATTRIBUTES}; Max-Age={max_age_s}{'; Secure' if is_secure else ''}"
