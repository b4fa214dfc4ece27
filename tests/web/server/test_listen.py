"""Addresses in Go's style, and the sockets behind them."""

import socket

import pytest

from llm_proxy.errors import SettingsError, StartupError
from llm_proxy.web.server.listen import bind, parse_addr


@pytest.mark.parametrize(
    ("addr", "host", "port"),
    [
        (":8080", "", 8080),
        ("127.0.0.1:8080", "127.0.0.1", 8080),
        ("0.0.0.0:80", "0.0.0.0", 80),
        ("[::1]:8080", "::1", 8080),
        ("[::]:8080", "::", 8080),
        ("[fe80::1%eth0]:8080", "fe80::1%eth0", 8080),
        ("localhost:0", "localhost", 0),
        ("gw.internal:65535", "gw.internal", 65535),
    ],
)
def test_an_address_is_host_and_port(addr: str, host: str, port: int) -> None:
    assert parse_addr(addr) == (host, port)


@pytest.mark.parametrize(
    "addr",
    ["", "8080", "localhost", ":", ":x", ":-1", ":65536", "::1:8080", "[::1]", "[::1:8080", "http://a:80", "a b:80"],
)
def test_anything_else_is_refused_with_examples(addr: str) -> None:
    with pytest.raises(SettingsError, match=r"'\[::1\]:8080'"):
        parse_addr(addr)


def test_all_interfaces_share_one_port() -> None:
    sockets = bind("", 0)
    try:
        assert sockets[0].family == socket.AF_INET
        assert len({sock.getsockname()[1] for sock in sockets}) == 1
        assert {sock.getsockname()[0] for sock in sockets} <= {"0.0.0.0", "::"}
    finally:
        for sock in sockets:
            sock.close()


def test_an_accepted_connection_holds_little_in_the_kernel() -> None:
    (listener,) = bind("127.0.0.1", 0)
    with listener:
        listener.listen()
        with socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT) == 128 << 10


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a..b", "192.0.2.1"])
def test_an_address_that_cannot_be_had_is_a_reason_not_to_start(host: str) -> None:
    with pytest.raises(StartupError, match="Cannot listen on"):
        bind(host, 0)
