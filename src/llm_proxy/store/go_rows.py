"""One row of each of the Go program's tables, as our record. A row that cannot be used raises ValueError."""

import sqlite3

from llm_proxy.providers import detect_kind
from llm_proxy.records import ApiKey, Guardrail, GuardrailEvent, Mode, Provider, Secret, Tokens, UsageRecord
from llm_proxy.store.go_file import parse_id, parse_time

_MOST_RPM = 10**9
_ENDPOINT = "chat/completions"  # the only one the Go program metered


def read_provider(row: sqlite3.Row) -> Provider:
    """A row of ``providers``. Its dialect is told by its URL."""
    created_at = parse_time(row["created_at"])
    return Provider(
        id=parse_id(row["id"]),
        name=_text(row["name"]),
        base_url=_text(row["base_url"]),
        kind=detect_kind(_text(row["base_url"])),
        credential=Secret(_text(row["api_key"])),
        created_at=created_at,
        updated_at=parse_time(row["updated_at"]) if row["updated_at"] else created_at,
    )


def read_key(row: sqlite3.Row) -> ApiKey:
    """A row of ``api_keys``. ``key_hash`` is the hex SHA-256 we keep too. A limit below 0 is left to the caller."""
    digest = _text(row["key_hash"]).lower()
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise ValueError("key_hash is not a SHA-256 in hex")
    return ApiKey(
        id=parse_id(row["id"]),
        name=_text(row["name"]),
        digest=digest,
        provider_id=parse_id(row["provider_id"]),
        rate_limit_rpm=min(_number(row["rate_limit_rpm"]), _MOST_RPM),
        created_at=parse_time(row["created_at"]),
        revoked_at=parse_time(row["revoked_at"]) if row["revoked_at"] else None,
    )


def read_rule(row: sqlite3.Row) -> Guardrail:
    """A row of ``guardrails``. Enabled; ``replace_by`` is the same template."""
    created_at = parse_time(row["created_at"])
    return Guardrail(
        id=parse_id(row["id"]),
        pattern=_text(row["pattern"]),
        mode=_mode(row["mode"]),
        replace_by=_text(row["replace_by"]),
        created_at=created_at,
        updated_at=parse_time(row["updated_at"]) if row["updated_at"] else created_at,
    )


def read_event(row: sqlite3.Row) -> GuardrailEvent:
    """A row of ``guardrail_events``. It never said where the text stood."""
    mode = _mode(row["mode"])
    return GuardrailEvent(
        id=parse_id(row["id"]),
        guardrail_id=parse_id(row["guardrail_id"]),
        api_key_id=parse_id(row["api_key_id"]),
        pattern=_text(row["pattern"]),
        mode=mode,
        input_text=_text(row["input_text"]),
        created_at=parse_time(row["created_at"]),
        endpoint=_ENDPOINT,
        action="rejected" if mode == "reject" else "replaced",
    )


def read_usage(row: sqlite3.Row) -> UsageRecord:
    """A row of ``usage``. Its numbers came from the provider."""
    prompt, completion, total = (_count(row[f"{name}_tokens"]) for name in ("prompt", "completion", "total"))
    return UsageRecord(
        id=parse_id(row["id"]),
        api_key_id=parse_id(row["api_key_id"]),
        provider_id=parse_id(row["provider_id"]),
        endpoint=_ENDPOINT,
        model=_text(row["model"]),
        tokens=Tokens(prompt, completion, source="provider", reported_total=total or None),
        status="ok",
        http_status=200,
        is_streaming=False,
        created_at=parse_time(row["created_at"]),
    )


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


def _count(value: object) -> int:
    return max(0, _number(value))


def _number(value: object) -> int:
    return int(_text(value) or 0)


def _mode(value: object) -> Mode:
    if value not in {"reject", "replace"}:
        raise ValueError(f"unknown mode {value!r}")
    return value
