import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm_proxy.core.addresses import numeric_host, refusal

NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "169.254.170.2",
    "fe80::1",
    "fe80::1%eth0",
    "febf::1",
    "100.100.100.200",
    "168.63.129.16",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "224.0.0.1",
    "239.255.255.255",
    "ff02::1",
    "240.0.0.1",
    "255.255.255.255",
    "0.0.0.1",
    "0.255.255.255",
    "::ffff:169.254.169.254",
    "::169.254.169.254",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
    "2001:0:a00:1::5601:5601",  # Teredo: the client is 169.254.169.254, inverted
    # A translator's way to a private address is no provider's.
    "64:ff9b::127.0.0.1",
    "64:ff9b::10.0.0.1",
    "64:ff9b::1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "::127.0.0.1",
    "not an address",
    "",
    "127.1",
]
PRIVATE = [
    "0.0.0.0",
    "127.0.0.1",
    "127.255.255.255",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "100.127.255.255",
    "198.18.0.1",
    "::",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "fec0::1",
    "64:ff9b:1::a00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::FFFF:7F00:1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "172.15.0.1",
    "172.32.0.1",
    "100.63.255.255",
    "100.128.0.0",
    "169.253.255.255",
    "169.255.0.0",
    "223.255.255.255",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]


@pytest.mark.parametrize("private_allowed", [True, False])
@pytest.mark.parametrize("address", NEVER)
def test_F02_link_local_metadata_multicast_and_nonsense_are_always_refused(address, private_allowed):
    assert refusal(address, private_allowed=private_allowed)


@pytest.mark.parametrize("address", PRIVATE)
def test_F02_private_and_loopback_are_refused_only_by_setting(address):
    assert refusal(address, private_allowed=True) is None
    assert refusal(address, private_allowed=False)


@pytest.mark.parametrize("private_allowed", [True, False])
@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address, private_allowed):
    assert refusal(address, private_allowed=private_allowed) is None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("127.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f000001", "127.0.0.1"),
        ("0x7F.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("2852039166", "169.254.169.254"),
        ("0xa9fea9fe", "169.254.169.254"),
        ("0251.0376.0251.0376", "169.254.169.254"),
        ("169.16689662", "169.254.169.254"),
        ("169.254.43518", "169.254.169.254"),
        ("0", "0.0.0.0"),
        ("0x", "0.0.0.0"),
        ("0.0.0.0", "0.0.0.0"),
        ("00000000000177.1", "127.0.0.1"),
        ("4294967295", "255.255.255.255"),
    ],
)
def test_F02_every_numeric_spelling_is_read_as_inet_aton_reads_it(host, address):
    assert numeric_host(host) == address


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "1.",
        ".1",
        "1..1",
        "example.org",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.256.1",
        "4294967296",
        "08.1.1.1",
        "0xg",
        "-1",
        "+1",
        "1_0",
        "1e3",
        "٣",
        " 1",
        "9" * 5000,
    ],
)
def test_what_is_no_numeric_host_is_none(host):
    assert numeric_host(host) is None


@given(
    st.lists(
        st.one_of(
            st.integers(0, 2**33).map(str), st.integers(0, 2**33).map(hex), st.integers(0, 300).map("0{:o}".format)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_numeric_host_agrees_with_the_c_library(parts):
    host = ".".join(parts)
    try:
        expected = socket.inet_ntoa(socket.inet_aton(host))
    except OSError:
        expected = None
    assert numeric_host(host) == expected


@given(st.ip_addresses(v=4))
def test_an_address_mapped_into_ipv6_is_judged_as_itself(address):
    mapped = str(ipaddress.IPv6Address(b"\0" * 10 + b"\xff\xff" + address.packed))
    assert refusal(mapped, private_allowed=False) == refusal(str(address), private_allowed=False)
