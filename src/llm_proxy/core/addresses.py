"""Which network addresses a provider may have. Pure: the text of an address in, a reason out.

Two lists. What serves the machine's own cloud identity is never connected to. What is private is a main use (local
models) and refused by setting only. Every spelling of an address leads to the same answer.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

_Network = IPv4Network | IPv6Network
_Address = IPv4Address | IPv6Address


def _networks(*texts: str) -> tuple[_Network, ...]:
    return tuple(ip_network(text) for text in texts)


# Metadata services outside of the link-local range, from the documentation of Alibaba Cloud, Oracle Cloud, Azure (its
# wire server), AWS and Google Cloud (both IPv6).
_METADATA = _networks(
    "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128"
)
_NEVER: tuple[tuple[str, tuple[_Network, ...]], ...] = (
    ("is a cloud metadata address", _METADATA),
    ("is a link-local address, where cloud metadata is served", _networks("169.254.0.0/16", "fe80::/10")),
    ("is a multicast address", _networks("224.0.0.0/4", "ff00::/8")),
    ("is a reserved address", _networks("240.0.0.0/4")),
)
_UNSPECIFIED = _networks("0.0.0.0/32", "::/128")
_THIS_NETWORK = ip_network("0.0.0.0/8")
_PRIVATE = (
    *_UNSPECIFIED,
    *_networks("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "198.18.0.0/15"),
    *_networks("::1/128", "fc00::/7", "fec0::/10", "64:ff9b:1::/48"),
)
_NAT64 = ip_network("64:ff9b::/96")
_COMPATIBLE = ip_network("::/96")

_NUMBER = re.compile(r"0[xX](?P<hex>[0-9a-fA-F]*)|0(?P<octal>[0-7]+)|(?P<decimal>0|[1-9][0-9]*)")
_LONGEST_NUMBER = 40  # digits with any number of leading zeros; far beyond what 32 bits need


def refusal(address: str, *, private_allowed: bool) -> str | None:
    """Return why a provider may not have this IP address, as the end of a sentence; None when it may.

    IPv4 inside IPv6 (mapped, compatible, NAT64, 6to4, Teredo) is judged as what it leads to.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return "is not an IP address"
    return _refusal(parsed, private_allowed=private_allowed)


def numeric_host(host: str) -> str | None:
    """Return the address that ``inet_aton`` (POSIX) reads in a host such as ``0x7f.1`` or ``2130706433``, else None."""
    numbers = [_number(part) for part in host.split(".")]
    if not 1 <= len(numbers) <= 4:
        return None
    value = 0
    for index, number in enumerate(numbers):
        is_last = index == len(numbers) - 1
        free_bits = 32 - 8 * index
        if number is None or number >= (1 << (free_bits if is_last else 8)):
            return None
        value |= number if is_last else number << (free_bits - 8)
    return str(IPv4Address(value))


def _refusal(address: _Address, *, private_allowed: bool) -> str | None:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return _refusal(address.ipv4_mapped, private_allowed=private_allowed)
        embedded = _translated(address)
        if embedded is not None:  # no honest provider's private address is written through a translator
            return _refusal(embedded, private_allowed=False)
    for reason, networks in _NEVER:
        if _within(address, networks):
            return reason
    if _within(address, _PRIVATE):
        return None if private_allowed else "is a private address, which PRIVATE_UPSTREAMS=deny refuses"
    return "is a reserved address" if address in _THIS_NETWORK else None


def _translated(address: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that a translator or tunnel would take this one to."""
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.sixtofour or (address.teredo[1] if address.teredo else None)


def _within(address: _Address, networks: tuple[_Network, ...]) -> bool:
    return any(address in network for network in networks)


def _number(part: str) -> int | None:
    match = _NUMBER.fullmatch(part) if len(part) <= _LONGEST_NUMBER else None
    if match is None:
        return None
    if match["hex"] is not None:
        return int(match["hex"] or "0", 16)
    return int(match["octal"], 8) if match["octal"] else int(match["decimal"])
