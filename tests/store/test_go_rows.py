import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from llm_proxy.records import Tokens
from llm_proxy.store import go_rows
from tests.store.go_database import KEY, digest, uuid

TIME = datetime(2026, 4, 19, 10, tzinfo=UTC)
SQL_TIME = "2026-04-19 10:00:00"


def row(**values: Any) -> sqlite3.Row:
    connection = sqlite3.connect(":memory:")
    connection.row_factory = sqlite3.Row
    columns = ", ".join(f"? AS {name}" for name in values)
    try:
        return connection.execute(f"SELECT {columns}", tuple(values.values())).fetchone()
    finally:
        connection.close()


PROVIDER = {"id": uuid(1), "name": "P", "base_url": "https://a", "api_key": "sk", "created_at": SQL_TIME}
API_KEY = {"id": uuid(2), "name": "K", "key_hash": digest(KEY), "provider_id": uuid(1), "rate_limit_rpm": 60}
RULE = {"id": uuid(3), "pattern": "a", "mode": "reject", "replace_by": "$1", "created_at": SQL_TIME}
EVENT = {"id": uuid(4), "guardrail_id": uuid(3), "api_key_id": uuid(2), "pattern": "a", "input_text": "text"}
USAGE = {"id": uuid(5), "api_key_id": uuid(2), "provider_id": uuid(1), "model": "m", "created_at": SQL_TIME}


@pytest.mark.parametrize(
    ("base_url", "kind"),
    [
        ("https://api.openai.com/v1", "openai"),
        ("http://127.0.0.1:11434", "openai"),
        ("https://api.anthropic.com", "anthropic"),
        ("https://x.openai.azure.com/openai", "azure"),
    ],
)
def test_a_providers_dialect_is_told_by_its_url(base_url: str, kind: str) -> None:
    provider = go_rows.read_provider(row(**PROVIDER | {"base_url": base_url, "updated_at": None}))
    assert (provider.base_url, provider.kind, provider.updated_at) == (base_url, kind, TIME)


def test_a_credential_kept_as_bytes_is_a_text() -> None:
    provider = go_rows.read_provider(row(**PROVIDER | {"api_key": b"sk-bytes", "updated_at": ""}))
    assert provider.credential.reveal() == "sk-bytes"


@pytest.mark.parametrize(
    ("rpm", "limit"), [(60, 60), (0, 0), (None, 0), (-1, -1), (10**12, 10**9), ("90", 90)], ids=str
)
def test_a_limit_stays_as_it_was_up_to_the_largest(rpm: object, limit: int) -> None:
    values = API_KEY | {"rate_limit_rpm": rpm, "created_at": SQL_TIME, "revoked_at": ""}
    assert go_rows.read_key(row(**values)).rate_limit_rpm == limit


def test_a_hash_in_capitals_is_the_same_digest() -> None:
    values = API_KEY | {"key_hash": digest(KEY).upper(), "created_at": SQL_TIME, "revoked_at": SQL_TIME}
    key = go_rows.read_key(row(**values))
    assert (key.digest, key.revoked_at, key.display) == (digest(KEY), TIME, "")


@pytest.mark.parametrize(("mode", "action"), [("reject", "rejected"), ("replace", "replaced")])
def test_an_events_action_follows_its_mode(mode: str, action: str) -> None:
    event = go_rows.read_event(row(**EVENT | {"mode": mode, "created_at": SQL_TIME}))
    assert (event.mode, event.action, event.input_text, event.spans) == (mode, action, "text", ())


@pytest.mark.parametrize(
    ("counts", "tokens"),
    [
        ((11, 7, 18), Tokens(11, 7, source="provider", reported_total=18)),
        ((11, 7, 40), Tokens(11, 7, source="provider", reported_total=40)),
        ((None, None, None), Tokens(source="provider")),
        ((-1, 7, 0), Tokens(0, 7, source="provider")),
    ],
)
def test_tokens_and_their_total_are_as_the_provider_said(counts: tuple, tokens: Tokens) -> None:
    names = ("prompt_tokens", "completion_tokens", "total_tokens")
    record = go_rows.read_usage(row(**USAGE | dict(zip(names, counts, strict=True))))
    assert record.tokens == tokens
    assert (record.status, record.http_status, record.endpoint) == ("ok", 200, "chat/completions")


@pytest.mark.parametrize(
    ("read", "values", "reason"),
    [
        (go_rows.read_provider, PROVIDER | {"updated_at": "soon"}, "unreadable time 'soon'"),
        (go_rows.read_provider, PROVIDER | {"base_url": "http://[", "updated_at": ""}, "Invalid IPv6"),
        (go_rows.read_key, API_KEY | {"key_hash": "plain"}, "not a SHA-256"),
        (go_rows.read_key, API_KEY | {"key_hash": "g" * 64}, "not a SHA-256"),
        (go_rows.read_key, API_KEY | {"rate_limit_rpm": "many"}, "invalid literal"),
        (go_rows.read_rule, RULE | {"mode": "monitor"}, "unknown mode 'monitor'"),
        (go_rows.read_event, EVENT | {"mode": None}, "unknown mode None"),
        (go_rows.read_usage, USAGE | {"prompt_tokens": "x", "completion_tokens": 1, "total_tokens": 1}, "invalid"),
    ],
)
def test_a_row_that_cannot_be_used_says_why(read: Callable, values: dict, reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("(", r"\(")):
        read(row(**values))
