import pytest

from llm_proxy.errors import CrossSiteRequest, HostNotAllowed
from llm_proxy.web.accept import Head
from llm_proxy.web.origin import Hosts, check_origin, over_tls


def head(**fields: str) -> Head:
    return Head([(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in fields.items()])


def is_allowed(host: str, allowed: str = "") -> bool:
    try:
        Hosts(allowed).check(head(host=host))
    except HostNotAllowed:
        return False
    return True


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8080",
        "192.0.2.7:80",
        "[::1]:8080",
        "[2001:db8::1]",
        "localhost:8080",
        "LOCALHOST",
        "proxy.localhost",
        "gateway",
        "llm_proxy:8080",
        "llm-proxy.local",
        "Gateway.Internal:8080",
        "nas.lan",
        "nas.home.arpa",
        "gateway:",
    ],
)
def test_W13_a_name_that_nobody_can_own_is_always_ours(host):
    assert is_allowed(host)
    assert is_allowed(host, "gateway.example.com")


@pytest.mark.parametrize(
    "host",
    [
        "attacker.test",
        "gateway.example.com",
        "localhost.attacker.test",
        "127.0.0.1.nip.io",
        "127.0.0.1.",
        "localhost.",
        "attacker.test.",
        "xlocal.com",
        "1.2.3",
        "[::1",
        "[::1]x",
        "[attacker.test]",
        "a b",
        "",
        ":80",
        "host:port",
        "host:123456",
        "user@localhost",
        "localhost/",
        "localhost,attacker.test",
        "caf\xe9",
    ],
)
def test_W13_any_other_name_is_not(host):
    assert not is_allowed(host)


@pytest.mark.parametrize(
    ("host", "allowed", "is_ours"),
    [
        ("gateway.example.com", "gateway.example.com", True),
        ("GATEWAY.example.com:443", " Gateway.Example.com , other.example.com", True),
        ("other.example.com", "gateway.example.com,other.example.com", True),
        ("gateway.example.com.attacker.test", "gateway.example.com", False),
        ("xgateway.example.com", "gateway.example.com", False),
        ("a.example.com", "*.example.com", True),
        ("a.b.example.com", "*.example.com", True),
        ("example.com", "*.example.com", False),
        ("xexample.com", "*.example.com", False),
        ("attacker.test", "*", True),
        ("a b", "*", False),
        ("", "*", False),
        ("attacker.test", ",", False),
    ],
)
def test_W13_the_setting_adds_names(host, allowed, is_ours):
    assert is_allowed(host, allowed) is is_ours


def is_refused(**fields: str) -> bool:
    scheme, hosts = fields.pop("scheme", "http"), Hosts(fields.pop("allowed", ""))
    try:
        check_origin({"method": "POST", "scheme": scheme}, head(**fields), hosts, has_cookie=True, is_login=False)
    except CrossSiteRequest:
        return True
    return False


@pytest.mark.parametrize(
    ("host", "origin", "is_ours"),
    [
        ("gateway", "http://gateway", True),
        ("gateway:80", "http://gateway", True),
        ("gateway", "http://gateway:80", True),
        ("gateway", "https://gateway", True),  # TLS ends at a proxy in front
        ("gateway:443", "https://gateway", True),
        ("gateway:80", "https://gateway", False),
        ("gateway:443", "http://gateway", False),
        ("Gateway:8080", "http://gATEWAY:8080", True),
        ("gateway:8080", "http://gateway:80800", False),
        ("gateway", "http://gateway/", False),
        ("gateway", "http://gateway#", False),
        ("gateway", "gateway", False),
        ("gateway", "//gateway", False),
        ("gateway", "ftp://gateway", False),
        ("gateway", " http://gateway", False),
        ("[::1]:8080", "http://[::1]:8080", True),
        ("[::1]:8080", "http://[::2]:8080", False),
        ("127.0.0.1:8080", "http://localhost:8080", False),
    ],
)
def test_W03_an_origin_is_ours_when_host_and_port_are(host, origin, is_ours):
    assert is_refused(host=host, origin=origin) is not is_ours


@pytest.mark.parametrize("fields", [{"x_forwarded_proto": "https"}, {"scheme": "https"}])
def test_W03_a_page_read_in_the_clear_is_not_the_one_read_over_tls(fields):
    assert is_refused(host="gateway", origin="http://gateway", **fields)
    assert not is_refused(host="gateway", origin="https://gateway", **fields)


@pytest.mark.parametrize(
    ("scheme", "forwarded", "is_secure"),
    [
        ("http", None, False),
        ("https", None, True),
        ("http", "https", True),
        ("http", "HTTPS , http", True),
        ("http", "http, https", False),
        ("http", "", False),
        ("https", "http", True),  # nobody can talk the flag away
    ],
)
def test_W06_tls_here_or_in_front(scheme, forwarded, is_secure):
    fields = {} if forwarded is None else {"x_forwarded_proto": forwarded}
    assert over_tls({"scheme": scheme}, head(**fields)) is is_secure


@pytest.mark.parametrize(
    ("origin", "allowed", "is_ours"),
    [
        ("https://llm.example.com", "llm.example.com", True),
        ("https://llm.example.com", "*.example.com", False),  # the names below a domain may be others' services
        ("https://llm.example.com", "other.example.com", False),
        ("https://llm.example.com:8443", "llm.example.com", False),  # another service under the name
        ("http://attacker.test", "*", False),
        ("https://llm.example.com", "", False),
    ],
)
def test_W03_behind_a_proxy_that_rewrites_the_host_the_setting_names_the_page(origin, allowed, is_ours):
    assert is_refused(host="127.0.0.1:8080", origin=origin, allowed=allowed) is not is_ours


@pytest.mark.parametrize("allowed", ["*.example.com", "gw.example.com,evil.example.com"])
def test_W03_an_allowed_sibling_is_another_site_where_the_host_was_not_rewritten(allowed):
    assert is_refused(host="gw.example.com", origin="https://evil.example.com", allowed=allowed)
    assert not is_refused(host="gw.example.com", origin="https://gw.example.com", allowed=allowed)
