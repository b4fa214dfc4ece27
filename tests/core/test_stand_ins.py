import time

import pytest

from llm_proxy.core.stand_ins import is_not_placeholder, is_not_words, is_written_out

REFERENCES = (
    (
        "$TOKEN ${TOKEN} $env:TOKEN $(pass show x) %TOKEN% {{ token }} {token} <token> [token] :token %s "
        "process.env.TOKEN settings.SECRET_KEY os.getenv( "
        "ENV['TOKEN'] params[:token] getPass(user) self.token user->password "
        "App::KEY #{secret} <%=secret%> ./keys/id.pem ~/.ssh/id_rsa /run/secrets/db C:\\keys\\a https://example.com/login"
    )
    .replace("$(pass show x)", "$(pass)")
    .replace("{{ token }}", "{{token}}")
    .split()
)
PLACEHOLDERS = [
    "example",
    "changeme",
    "change-me",
    "xxxx",
    "XXXXXXXX",
    "your_key",
    "YOUR_API_KEY",
    "<your-token>",
    "password",
    "newPassword",
    "client_secret",
    "test-user-password",
    "test123",
    "this-is-my-fake-token",
    "12345678",
    "abcd1234",
    "aaaaaaaa",
    "0000-0000",
    "***",
    "abc...",
    "token",
    "null",
    "string",
    "replace_me",
    "my-secret-token",
    "put-your-key-here",
    "sk-xxx",
    "user:pass",
    "some_password",
]
SECRETS = [
    "jzkd",
    "hunter2",
    "swordfish!",
    "pass$word1",
    "p@ssw0rd",
    "correcthorse",
    "84629174",
    "Tr0ub4dor&3",
    "l5_)vi9y!hl0!_s26#hwp**ifq",
    "mongopass",
    "SSHPass123",
    "q8Zt4LmVb1Ns7RwYc3Hd9KfGp2Jx6TvA",
    "9f3c1a7e-5b2d-4046-a1f7-a3c95d0b2e86",
    "a/b+c=d9Qz",
    "john-smith88",
]
LABELS = ["[PASSWORD]", "[AWS_ACCESS_KEY]", "<EMAIL_tkzqmvwhgyprjxsn>", "<EMAIL_ADDRESS_1>", "[SECRET],", "'[SECRET]'"]


@pytest.mark.parametrize("text", REFERENCES)
def test_a_variable_a_call_or_a_path_is_not_written_out(text: str) -> None:
    assert not is_written_out(text)
    assert not is_not_placeholder(text)


@pytest.mark.parametrize("text", LABELS)
def test_what_we_put_in_a_secrets_place_is_no_secret(text: str) -> None:
    assert not is_written_out(text)
    assert not is_not_placeholder(text)


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_a_placeholder_is_known(text: str) -> None:
    assert not is_not_placeholder(text)


@pytest.mark.parametrize("text", SECRETS)
def test_a_secret_is_no_placeholder(text: str) -> None:
    assert is_written_out(text)
    assert is_not_placeholder(text)


def test_what_is_left_beside_a_label_counts() -> None:
    assert is_written_out("[SECRET]q8Zt4LmV")
    assert is_not_placeholder("q8Zt4LmVb1<EMAIL_1>")


def test_a_long_text_is_no_placeholder() -> None:
    assert is_not_placeholder("your-" * 100)


@pytest.mark.parametrize(
    "text", ["different", "accessTokenSecret", "abc123", "sha256", "HMAC-SHA1", "refresh_token_expires_in", "123456"]
)
def test_words_with_a_number_are_words(text: str) -> None:
    assert not is_not_words(text)


@pytest.mark.parametrize(
    "text", ["wpasusbnlxnz", "jzkd", "fda422", "SZbZtGaQq", "9f3c1a7e5b2d80", "UVNBQTBNJOALLA", "a1b2c3d4"]
)
def test_random_letters_and_digits_are_no_words(text: str) -> None:
    assert is_not_words(text)


@pytest.mark.parametrize("piece", ["a", "a.", "a_", "a[", "(", "<", "$a", "/a.", "-a ", "A1", "x" * 3 + "-", "%"])
@pytest.mark.parametrize("judge", [is_not_placeholder, is_written_out, is_not_words], ids=lambda each: each.__name__)
def test_no_text_takes_long(judge: object, piece: str) -> None:
    for size in (190, 50_000):
        text = (piece * size)[:size]
        start = time.thread_time()
        judge(text)  # type: ignore[operator]
        assert time.thread_time() - start < 0.1
