import hashlib
import hmac

import pytest

from llm_proxy.errors import InvalidAdminToken, TooManyAttempts
from llm_proxy.records import Secret
from llm_proxy.web.token import GUESSES, MAX_SOURCES, AdminToken, Guesses

TOKEN = "correct-horse-battery-staple"


def test_A14_the_login_and_the_header_share_one_count():
    token = AdminToken(Secret(TOKEN), clock=lambda: 0.0)
    for presented in [b"wrong", b""] * (GUESSES // 2):
        with pytest.raises(InvalidAdminToken):
            token.check(presented, "192.0.2.1")
    with pytest.raises(TooManyAttempts):
        token.check(TOKEN.encode(), "192.0.2.1")
    token.check(TOKEN.encode(), "192.0.2.2")


def test_a_mark_is_an_hmac_under_the_token():
    expected = hmac.new(TOKEN.encode(), b"value", hashlib.sha256).hexdigest()
    assert AdminToken(Secret(TOKEN)).mark("value") == expected
    assert AdminToken(Secret(TOKEN + "x")).mark("value") != expected


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
