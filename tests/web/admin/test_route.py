import pytest

from llm_proxy.web.admin.route import MAX_BODY_BYTES
from tests.web.admin.conftest import Admin

GOOD = b'{"name": "main", "base_url": "https://api.example.org/v1", "api_key": "sk"}'


@pytest.mark.parametrize(
    "content_type",
    [None, "application/json", "application/json; charset=utf-8", "text/plain", "application/x-www-form-urlencoded"],
)
async def test_a_body_is_read_as_json_whatever_its_content_type_says(admin: Admin, content_type):
    headers = {"content-type": content_type} if content_type else {}
    answer = await admin.call("POST", "/providers", content=GOOD, headers=headers)
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"content-type": "application/json; charset=utf-16"},
        {"content-type": "multipart/form-data; boundary=x"},
        {"content-encoding": "gzip"},
    ],
)
async def test_a_body_that_would_be_read_otherwise_is_refused(admin: Admin, headers):
    answer = await admin.call("POST", "/providers", content=GOOD, headers=headers)
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        b"name=main",
        b"\xef\xbb\xbf" + GOOD,
        GOOD.replace(b'"main"', b'"\xff"'),
        GOOD[:-1] + b', "name": "second"}',
        GOOD.replace(b'"main"', b"NaN"),
        GOOD + b"x",
        b"[" * 100_000,
        GOOD.replace(b'"main"', b"1" * 10_000),
    ],
)
async def test_A20_a_body_without_one_strict_reading_is_refused(admin: Admin, content):
    answer = await admin.call("POST", "/providers", content=content)
    assert answer.status_code == 400
    assert (await admin.call("GET", "/providers")).json() == []


async def test_a_body_of_more_than_a_mebibyte_is_413(admin: Admin):
    padded = GOOD + b" " * (MAX_BODY_BYTES - len(GOOD))
    assert (await admin.call("POST", "/providers", content=padded)).status_code == 201
    answer = await admin.call("POST", "/providers", content=padded + b" ")
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "request_too_large")


async def test_a_body_without_an_announced_length_is_413_as_soon_as_it_is_too_long(admin: Admin):
    sent = 0

    async def endless():
        nonlocal sent
        while True:
            sent += 65_536
            yield b" " * 65_536

    answer = await admin.call("POST", "/providers", content=endless())
    assert answer.status_code == 413
    assert sent <= 2 * MAX_BODY_BYTES


async def test_a_route_without_a_body_does_not_read_one(admin: Admin):
    answer = await admin.call("POST", "/usage", content=b"not json")
    assert answer.status_code == 405
