import time

import pytest

from llm_proxy.core.stand_ins import (
    is_jumbled,
    is_not_a_word,
    is_not_filler,
    is_not_placeholder,
    is_not_words,
    is_phrase,
    is_written_out,
)

REFERENCES = (
    (
        "$TOKEN ${TOKEN} $env:TOKEN $(pass show x) %TOKEN% {{ token }} {token} <token> [token] :token %s "
        "process.env.TOKEN settings.SECRET_KEY os.getenv( "
        "ENV['TOKEN'] params[:token] getPass(user) self.token user->password "
        "hashlib.sha256 ed25519.Ed25519PublicKey errors.e404 +token2 "
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
    "sommer.regen2024",
    "+Yo4u0npQ8rM9",
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
    "text",
    [
        "different",
        "SSHPrivateKeyTypes",
        "accessTokenSecret",
        "abc123",
        "sha256",
        "HMAC-SHA1",
        "refresh_token_expires_in",
        "123456",
    ],
)
def test_words_with_a_number_are_words(text: str) -> None:
    assert not is_not_words(text)


@pytest.mark.parametrize(
    "text", ["wpasusbnlxnz", "jzkd", "fda422", "SZbZtGaQq", "9f3c1a7e5b2d80", "UVNBQTBNJOALLA", "a1b2c3d4"]
)
def test_random_letters_and_digits_are_no_words(text: str) -> None:
    assert is_not_words(text)


@pytest.mark.parametrize("text", ["q{9(x}v[w", "p)a(s$s{w", "a!b?c*d+", "load(a[0]{b)}"])
def test_brackets_that_do_not_pair_and_many_signs_are_a_jumble(text: str) -> None:
    assert is_jumbled(text)
    assert is_not_words(text)


@pytest.mark.parametrize(
    "text", ["load(a[0])", "^[a-z]{3,}$", "{{name}}", "user[:password]}})", "https://a/?b=c&d=e#f!g", "a-b_c.d", "x(y"]
)
def test_code_patterns_and_urls_are_no_jumble(text: str) -> None:
    assert not is_jumbled(text)


@pytest.mark.parametrize("text", ["plugh nothing happens twice", "rgr? cnx zx"])
def test_a_row_of_small_words_is_a_phrase(text: str) -> None:
    assert is_phrase(text)


@pytest.mark.parametrize(
    "text", ["Enter the words", "your old words", "is not long enough", "a new secret", "+ value +", "` + pw + `"]
)
def test_a_sentence_for_people_is_no_phrase(text: str) -> None:
    assert not is_phrase(text)


@pytest.mark.parametrize(
    "text", ["xoxb-xxxxxxxx-xxxxxxxx", "glsa_XXXXXXXXXXXXXXXX", "k-0000000000", "ghp_****", "a....b"]
)
def test_what_is_filled_up_is_filler(text: str) -> None:
    assert not is_not_filler(text)


@pytest.mark.parametrize(
    "text", ["AAAAq8Zt4LmVb1", "1234567890abcdef", "xoxb-0000-q8Zt4LmVb1", "tskey-AAAAAAAA-BBBBBBBB"]
)
def test_the_rest_is_no_filler(text: str) -> None:
    assert is_not_filler(text)


@pytest.mark.parametrize("text", ["sommer2024", "kocka!1", "p@ss#word", "jzkd"])
def test_a_digit_or_a_sign_makes_more_of_a_word(text: str) -> None:
    assert is_not_a_word(text)


@pytest.mark.parametrize("text", ["required", "Password!", "something", "user_name"])
def test_a_word_is_a_word(text: str) -> None:
    assert not is_not_a_word(text)


@pytest.mark.parametrize("text", ["+pwd+", "+ user.name +", "&token", '+data.form+", b="+c', ");run(a);"])
def test_what_stands_between_two_texts_in_code_is_not_written_out(text: str) -> None:
    assert not is_written_out(text)


@pytest.mark.parametrize(
    "text", ["AES/CBC/PKCS5Padding", "aes-256-gcm", "HmacSHA256", "scram-sha-256", "3des", "RS256"]
)
def test_the_name_of_an_algorithm_is_no_secret(text: str) -> None:
    assert not is_not_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        "!isShown",
        "^[A-Z]{8}$",
        "[a-z0-9]+x",
        "%s\\n",
        "required,min=8",
        "#f8f8f2",
        "1.2.840.113549",
        "ed25519.Ed25519PublicKey",
    ],
)
def test_a_condition_a_pattern_or_a_format_is_no_secret(text: str) -> None:
    assert not is_not_placeholder(text)


@pytest.mark.parametrize("text", ["2b:77:1b:63:e2:92:6b:29", "2024-01-15T10:00:00", "10:00:00"])
def test_a_fingerprint_or_a_time_is_a_placeholder(text: str) -> None:
    assert not is_not_placeholder(text)


@pytest.mark.parametrize(
    "piece", ["a", "a.", "a_", "a[", "(", "<", "$a", "/a.", "-a ", "A1", "aes3des", "[a-z", "x" * 3 + "-", "%"]
)
@pytest.mark.parametrize(
    "judge",
    [is_not_placeholder, is_written_out, is_not_words, is_not_a_word, is_not_filler, is_jumbled, is_phrase],
    ids=lambda each: each.__name__,
)
def test_no_text_takes_long(judge: object, piece: str) -> None:
    for size in (190, 50_000):
        text = (piece * size)[:size]
        start = time.thread_time()
        judge(text)  # type: ignore[operator]
        assert time.thread_time() - start < 0.5
