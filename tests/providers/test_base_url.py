import pytest

from llm_proxy.errors import BadRequest
from llm_proxy.providers.base_url import MAX_CHARACTERS, check

GOOD = [
    "https://api.openai.com",
    "https://api.openai.com/",
    "https://api.openai.com/v1",
    "https://generativelanguage.googleapis.com/v1beta/openai/",
    "HTTPS://API.OpenAI.com/v1",
    "http://my_model:8000/v1",
    "https://xn--bcher-kva.example/v1",
    "https://host:65535/a%20b/~c",
    "https://8.8.8.8/v1",
    "https://[2606:4700::1111]:8443/v1",
    "sandbox:",
    "sandbox:?pace_ms=50",
]
PRIVATE = [
    "http://localhost:11434/v1",
    "http://api.localhost/v1",
    "http://127.0.0.1:8000",
    "http://0.0.0.0:8000",
    "http://10.1.2.3/v1",
    "http://[::1]:8000/v1",
    "http://[::]/v1",
    "http://[fd12:3456::1]/v1",
    "http://[fec0::1]/v1",
    "http://[::ffff:127.0.0.1]/v1",
    "http://100.64.0.1/v1",
]
BAD = [
    "",
    "   ",
    "api.openai.com/v1",
    "//api.openai.com/v1",
    "https:api.openai.com",
    "https:/api.openai.com",
    "https://",
    "https:///v1",
    "file:///etc/passwd",
    "gopher://host/",
    "ftp://host/",
    "javascript:alert(1)",
    "sandbox:?pace_ms=x",
    "sandbox://host",
    "http://169.254.169.254/latest",
    "http://[::ffff:169.254.169.254]/",
    "http://[::ffff:a9fe:a9fe]/",
    "http://2852039166/",
    "http://0xa9fea9fe/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://169.16689662/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[64:ff9b::a9fe:a9fe]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:a9fe:a9fe::]/",
    "http://[fd00:ec2::254]/",
    "http://100.100.100.200/",
    "http://224.0.0.1/",
    "http://metadata.google.internal/",
    "http://METADATA.google.internal./",
    "http://metadata/",
    "http://metadata.goog/",
    "http://metadata.azure.com/",
    "http://instance-data/",
    # Disguises and ambiguities: one host has one spelling.
    "http://127.1/",
    "http://0/",
    "http://2130706433/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://127.0.0.1./",
    "http://256.1.1.1/",
    "http://1.2.3.4.5/",
    "http://example.0x/",
    "http://localhost./",
    "http://a..b/",
    "http://.a/",
    "http://-a/",
    "http://a%2eb/",
    "http://example。com/",
    "http://bücher.example/",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://a@b/",
    "http://user:secret@host/v1",
    "http://host#fragment",
    "http://host/#",
    "http://host/?",
    "http://host/v1?api-version=1",
    "http://host\\@evil/",
    "http://host/\\x",
    "http://host/a b",
    "http://ho st/",
    "http://host/\r\nX: y",
    "http://host/v1\n",
    "\nhttp://host/v1",
    "http://host/\tx",
    "http://host/\0",
    "http://host/\x7f",
    "http://host/é",
    "http://host:0/",
    "http://host:65536/",
    "http://host:/",
    "http://host:x/",
    "http://host:8_0/",
    "http://host:+80/",
    "http://host:80:80/",
    "http://[::1/",
    "http://::1/",
    "http://[host]/",
    "http://[1.2.3.4]/",
    "http://[::1]x/",
    "http://host/v1/../admin",
    "http://host/..",
    "http://host/%2e%2e/x",
    "http://host/./x",
    "http://host/%zz",
    "http://host/<x>",
    'http://host/"x"',
    "http://" + "a" * 64 + "/",
    "http://" + "a." * 127 + "a/",
    "http://host/" + "a" * MAX_CHARACTERS,
]


@pytest.mark.parametrize("url", GOOD)
@pytest.mark.parametrize("private_allowed", [True, False])
def test_a_plain_base_url_is_stored_as_given(url, private_allowed):
    assert check(url, private_allowed=private_allowed) == url


def test_spaces_around_are_dropped():
    assert check("  https://host/v1\t", private_allowed=True) == "https://host/v1"


@pytest.mark.parametrize("url", PRIVATE)
def test_F02_local_models_are_allowed_unless_the_setting_denies_them(url):
    assert check(url, private_allowed=True) == url
    with pytest.raises(BadRequest, match="PRIVATE_UPSTREAMS"):
        check(url, private_allowed=False)


@pytest.mark.parametrize("private_allowed", [True, False])
@pytest.mark.parametrize("url", BAD)
def test_F02_a_base_url_of_the_corpus_is_refused_naming_the_field(url, private_allowed):
    with pytest.raises(BadRequest) as refused:
        check(url, private_allowed=private_allowed)
    assert refused.value.param == "base_url"
    assert refused.value.status == 400
    assert refused.value.message.startswith("base_url ")


def test_the_reason_never_repeats_a_password():
    with pytest.raises(BadRequest) as refused:
        check("https://user:hunter2hunter2@host/v1", private_allowed=True)
    assert "hunter2" not in refused.value.message


def test_a_disguised_address_is_told_how_it_must_be_written():
    with pytest.raises(BadRequest, match=r"127\.0\.0\.1"):
        check("http://0x7f.1/", private_allowed=True)
