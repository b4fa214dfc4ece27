"""The admin token: whether it was shown, and how often one may guess."""

import hashlib
import hmac
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network

from llm_proxy.errors import InvalidAdminToken, TooManyAttempts
from llm_proxy.records import Secret
from llm_proxy.web.accept import Head

GUESSES = 10
WINDOW_S = 60.0
MAX_SOURCES = 4096
_NEVER: deque[float] = deque(maxlen=0)


class AdminToken:
    """Compares what is presented with the token, for the API and for the login alike: they share one count."""

    def __init__(self, token: Secret, clock: Callable[[], float] = time.monotonic) -> None:
        self._key = token.reveal().encode()
        self._digest = hashlib.sha256(self._key).digest()
        self._clock = clock
        self._guesses = Guesses()

    def check(self, presented: bytes, remote: str) -> None:
        """Raise InvalidAdminToken, or TooManyAttempts.

        An address that guessed too often is refused with any token: else a right guess would still get in.
        """
        now_s = self._clock()
        wait_s = self._guesses.wait_s(remote, now_s)
        if wait_s > 0:
            raise TooManyAttempts(retry_after_s=wait_s)
        if not hmac.compare_digest(hashlib.sha256(presented).digest(), self._digest):
            self._guesses.add(remote, now_s)
            raise InvalidAdminToken

    def mark(self, value: str) -> str:
        """Return the HMAC-SHA256 of a text under this token, as 64 hexadecimal digits."""
        return hmac.new(self._key, value.encode(), hashlib.sha256).hexdigest()


class Guesses:
    """Counts wrong tokens by source: an IPv4 address, or an IPv6 /64, in which a host can choose its addresses.

    Ten in any 60 seconds, then no more until the first of them is a minute old. At most 4096 sources are remembered,
    the longest silent one is forgotten first.
    """

    def __init__(self) -> None:
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, remote: str, now_s: float) -> float:
        """Return for how many seconds this address must wait; 0 when it may try."""
        times = self._times.get(_source(remote), _NEVER)
        return max(0.0, times[0] + WINDOW_S - now_s) if len(times) == GUESSES else 0.0

    def add(self, remote: str, now_s: float) -> None:
        """Note a wrong token."""
        source = _source(remote)
        self._times.setdefault(source, deque(maxlen=GUESSES)).append(now_s)
        self._times.move_to_end(source)
        if len(self._times) > MAX_SOURCES:
            self._times.popitem(last=False)


def bearer(head: Head) -> bytes | None:
    """Return the token of the one ``Authorization: Bearer …`` field; None when there are none, two, another scheme."""
    given = head.one(b"authorization")
    scheme, _, token = (given or "").partition(" ")
    token = token.strip(" ")
    return token.encode("latin-1") if scheme.lower() == "bearer" and token else None


def _source(remote: str) -> str:
    try:
        address = ip_address(remote)
    except ValueError:  # a Unix socket, a test
        return remote
    if isinstance(address, IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped or ip_network((int(address), 64), strict=False))
    return str(address)
