"""A store in a temporary folder, and the records to fill it with."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from llm_proxy.records import ApiKey, GuardrailEvent, Provider, Secret, Tokens, UsageRecord
from llm_proxy.store import Store

NOON = datetime(2026, 4, 19, 12, 0, 0, 123456, tzinfo=UTC)
OpenStore = Callable[..., Awaitable[Store]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "llm-proxy.db"


@pytest.fixture
async def open_store(path: Path) -> AsyncIterator[OpenStore]:
    opened: list[Store] = []

    async def open_(dsn: str | None = None, secret_key: Secret | None = None, **options: Any) -> Store:
        opened.append(await Store.open(dsn or str(path), secret_key, **options))
        return opened[-1]

    yield open_
    for store in opened:
        await store.close()


@pytest.fixture
async def store(open_store: OpenStore) -> Store:
    return await open_store()


@pytest.fixture
async def provider(store: Store) -> Provider:
    return await store.providers.create(
        name="Main", base_url="https://api.openai.com/v1", kind="openai", credential=Secret("sk-upstream-canary")
    )


@pytest.fixture
async def key(store: Store, provider: Provider) -> ApiKey:
    return await store.keys.create(
        name="Team", provider_id=provider.id, rate_limit_rpm=60, digest="ab" * 32, display="llmp-abab"
    )


def an_event(**changes: Any) -> GuardrailEvent:
    event = GuardrailEvent(
        id=str(uuid4()),
        guardrail_id=str(uuid4()),
        api_key_id=str(uuid4()),
        pattern="secret",
        mode="reject",
        input_text="my secret text",
        created_at=NOON,
        call_id=str(uuid4()),
        endpoint="chat/completions",
        place="messages[0].content",
        spans=((3, 9),),
    )
    return replace(event, **changes)


def a_record(**changes: Any) -> UsageRecord:
    record = UsageRecord(
        id=str(uuid4()),
        api_key_id=str(uuid4()),
        provider_id=str(uuid4()),
        endpoint="chat/completions",
        model="a-model",
        tokens=Tokens(prompt=11, completion=7, cached=3, reasoning=2, source="provider"),
        status="ok",
        http_status=200,
        is_streaming=True,
        created_at=NOON,
        duration_ms=812.5,
        first_byte_ms=90.25,
    )
    return replace(record, **changes)
