"""Where a browser's request comes from, and under which name it asks: the defences that a cookie needs.

A browser sends the cookie whoever's page asks for it. So a request that relies on one must show that our own page made
it (CSRF). And a page of ours is what our host name says it is: whoever owns a public name can point it at this address
and would then be "our own page" (DNS rebinding). So only names that nobody can own, and those of the setting, count.
"""

import re
from ipaddress import ip_address

from llm_proxy.errors import CrossSiteRequest, HostNotAllowed
from llm_proxy.web.accept import Head, Scope

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

_HOST = re.compile(r"(?P<name>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(?P<port>[0-9]{0,5}))?")
_ORIGIN = re.compile(rf"(?P<scheme>https?)://{_HOST.pattern}")
_DEFAULT_PORTS = {"http": "80", "https": "443"}
# Names that public DNS does not delegate: RFC 6761, 6762, 8375 and ICANN's reservation of .internal. ".lan" is custom.
_LOCAL = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


class Hosts:
    """The names under which browsers may ask. ``allowed``: the setting's text, comma-separated."""

    def __init__(self, allowed: str = "") -> None:
        self._allowed = [name.strip().lower() for name in allowed.split(",") if name.strip()]

    def check(self, head: Head) -> None:
        """Raise HostNotAllowed unless there is one ``Host``, and it is an address, a local name or an allowed one."""
        host = _HOST.fullmatch(head.one(b"host") or "")
        if host is None:
            raise HostNotAllowed
        name = host["name"].lower()
        if not _is_local(name) and not any(_matches(name, allowed) for allowed in self._allowed):
            raise HostNotAllowed

    def name(self, name: str) -> bool:
        """Whether the setting gives this very name: then a page under it is ours, though a proxy rewrites Host.

        A wildcard is no such word: the names below a domain may be others' services.
        """
        return name in self._allowed


def check_origin(scope: Scope, head: Head, hosts: Hosts, *, has_cookie: bool, is_login: bool) -> None:
    """Raise CrossSiteRequest unless a request without a bearer token is safe, or is told to come from our own page.

    ``Origin`` decides when there is one, else ``Sec-Fetch-Site``: no page can forge either. A login may have neither,
    as command lines send it: it relies on no cookie.
    """
    origins, sites = head.all(b"origin"), head.all(b"sec-fetch-site")
    is_safe = scope["method"] in SAFE_METHODS
    if is_safe and not has_cookie:
        return
    if origins:
        if not _is_ours(origins, head, hosts, is_secure=over_tls(scope, head)):
            raise CrossSiteRequest
    elif sites:
        if sites != ["same-origin"] and not (is_safe and sites == ["none"]):  # none: typed into the address bar
            raise CrossSiteRequest
    elif has_cookie and not is_safe and not is_login:
        raise CrossSiteRequest


def over_tls(scope: Scope, head: Head) -> bool:
    """Whether the client's connection is encrypted, here or, as ``X-Forwarded-Proto`` says, at a proxy in front.

    Anybody can send that header. It is used only where believing it makes things stricter.
    """
    clients = ",".join(head.all(b"x-forwarded-proto")).partition(",")[0]  # each proxy adds at the end
    return scope.get("scheme") == "https" or clients.strip().lower() == "https"


def _is_ours(origins: list[str], head: Head, hosts: Hosts, *, is_secure: bool) -> bool:
    """Whether the one origin has the host and port that the request was sent to, or a name of the setting."""
    origin, host = _ORIGIN.fullmatch(origins[0]), _HOST.fullmatch(head.one(b"host") or "")
    if len(origins) > 1 or origin is None or host is None:
        return False
    if is_secure and origin["scheme"] == "http":  # a page that was read in the clear, and may be anybody's
        return False
    default = _DEFAULT_PORTS[origin["scheme"]]
    ours, theirs = ((each["name"].lower(), each["port"] or default) for each in (host, origin))
    if not hosts.name(ours[0]) and hosts.name(theirs[0]):  # Host was rewritten on the way
        return theirs[1] == default and head.all(b"sec-fetch-site") in ([], ["same-origin"])
    return ours == theirs


def _is_local(name: str) -> bool:
    return "." not in name or name.endswith(_LOCAL) or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def _matches(name: str, allowed: str) -> bool:
    return allowed in {"*", name} or (allowed.startswith("*.") and name.endswith(allowed[1:]))
