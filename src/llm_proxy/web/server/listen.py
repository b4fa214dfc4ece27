"""Where the server listens: Go-style addresses and the sockets bound to them."""

import re
import socket

from llm_proxy.errors import SettingsError, StartupError

# What a slow reader has not fetched waits in this process, where it is bounded, not in the kernel, which would take
# tcp_wmem (4 MB) for each. Accepted connections inherit the option from the listening socket.
_UNSENT_BYTES = 128 << 10
_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\[\]:\s/@]*)):([0-9]{1,5})")


def parse_addr(addr: str) -> tuple[str, int]:
    """Return host and port of ``:8080``, ``127.0.0.1:8080`` or ``[::1]:8080``; the host is "" for all interfaces.

    Raises SettingsError when the address has another form.
    """
    parts = _ADDRESS.fullmatch(addr)
    if parts is None or int(parts[3]) > 65535:
        raise SettingsError(f"ADDR must be host:port, such as ':8080', '127.0.0.1:8080' or '[::1]:8080', not {addr!r}.")
    return parts[1] or parts[2], int(parts[3])


def bind(host: str, port: int) -> list[socket.socket]:
    """Return bound sockets that do not listen yet: one for each address of ``host``, for "" those of IPv4 and IPv6.

    Port 0 takes a free one, the same for all. Raises StartupError when an address cannot be had; with "", a machine
    without IPv6 is served on IPv4 alone.
    """
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as exc:
        raise StartupError(f"Cannot listen on {host!r}: the name does not resolve.") from exc
    bound: list[socket.socket] = []
    for family, address in sorted({(info[0], str(info[4][0])) for info in found}):
        try:
            bound.append(_bind_one(family, address, bound[0].getsockname()[1] if bound else port))
        except OSError as exc:
            if not host and bound:
                continue
            for sock in bound:
                sock.close()
            raise StartupError(f"Cannot listen on {address} port {port}: {exc.strerror}.") from exc
    return bound


def _bind_one(family: int, address: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if hasattr(socket, "TCP_NOTSENT_LOWAT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock
