"""A gateway with two months behind it: what the pages show in tests and on screenshots. Drawn from a fixed seed."""

import hashlib
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from llm_proxy.core import keys as proxy_keys
from llm_proxy.records import (
    Action,
    ApiKey,
    Guardrail,
    GuardrailEvent,
    Provider,
    ProviderKind,
    Secret,
    Tokens,
    UsageRecord,
    ViewName,
)
from llm_proxy.store import Store
from llm_proxy.store.admin_log import Entry

DAYS = 60  # a month, and the one before it to compare with


@dataclass(frozen=True)
class Team:
    """One key's habits: calls on a busy hour, models, how much it sends."""

    name: str
    provider: str
    rpm: int
    busy: float
    models: tuple[str, ...]
    prompt: int
    completion: int


PROVIDERS: tuple[tuple[str, str, ProviderKind], ...] = (
    ("OpenAI production", "https://api.openai.com/v1", "openai"),
    ("Anthropic", "https://api.anthropic.com", "anthropic"),
    ("Azure EU", "https://gateway-eu.openai.azure.com", "azure"),
    ("Offline sandbox", "sandbox:", "sandbox"),
)
TEAMS = (
    Team("support-assistant", "OpenAI production", 600, 34, ("gpt-5-mini", "gpt-5"), 900, 220),
    Team("code-review", "Anthropic", 300, 21, ("claude-sonnet-5", "claude-haiku-5"), 4200, 700),
    Team("document-search", "Azure EU", 1200, 28, ("text-embedding-3-large",), 600, 0),
    Team("data-platform", "OpenAI production", 0, 9, ("gpt-5",), 2600, 900),
    Team("mobile-app", "Azure EU", 240, 16, ("gpt-5-nano",), 350, 120),
    Team("playground", "Offline sandbox", 60, 2, ("sandbox-echo",), 60, 30),
)
RULES = (
    ("AWS access key id", "high", "AKIA[0-9A-Z]{16}", "reject", ""),
    ("Private key", "critical", r"-----BEGIN [A-Z ]*PRIVATE KEY-----", "reject", ""),
    ("", "medium", r"[\w.+-]+@[\w-]+\.[\w.]+", "replace", "[EMAIL]"),
    ("Card number", "high", r"\b(?:\d[ -]?){13,16}\b", "pseudonymise", ""),
    ("Project names", "low", r"(?i)\bproject\s+nightingale\b", "monitor", ""),
)
ACTIONS: dict[str, Action] = {
    "reject": "rejected",
    "replace": "replaced",
    "pseudonymise": "pseudonymised",
    "monitor": "monitored",
}
VIEWS: tuple[ViewName, ...] = ("raw", "folded", "decoded")
FOUND = (
    (0, "Why does this fail? aws_access_key_id = AKIAIOSFODNN7EXAMPLE, region eu-central-1", "AKIAIOSFODNN7EXAMPLE"),
    (2, "Summarise the complaint that someone@example.com sent us on Monday.", "someone@example.com"),
    (2, "Reply to billing@example.org and copy support@example.org, please.", "billing@example.org"),
    (3, "The customer paid with 4111 1111 1111 1111 and wants a refund.", "4111 1111 1111 1111"),
    (4, "What do we know about Project Nightingale?", "Project Nightingale"),
)


def uuids(seed: int) -> Iterator[str]:
    """Return ids that are the same on every run."""
    chance = random.Random(seed)
    while True:
        yield str(UUID(int=chance.getrandbits(128), version=4))


async def fill(path: Path, *, now: datetime, minted: str = "llmp-" + "5eed" * 16) -> None:
    """Make the database at ``path``; its sandbox key is ``minted``. ``now`` is the last instant of the month."""
    store = await Store.open(str(path), None)
    ids = uuids(1)
    providers = {
        name: Provider(next(ids), name, url, kind, Secret("sk-seeded"), now - timedelta(days=DAYS + 3), now)
        for name, url, kind in PROVIDERS
    }
    keys = {team.name: _key(team, providers, next(ids), minted, now) for team in TEAMS}
    made = now - timedelta(days=DAYS)
    rules = [
        Guardrail(
            next(ids),
            pattern,
            mode,  # type: ignore[arg-type]
            by,
            made + timedelta(minutes=index),
            made,
            name=name,
            severity=severity,  # type: ignore[arg-type]
        )
        for index, (name, severity, pattern, mode, by) in enumerate(RULES)
    ]

    def configure(connection: object) -> None:
        for provider in providers.values():
            store.providers.add(connection, provider)  # type: ignore[arg-type]
        for key in keys.values():
            store.keys.add(connection, key)  # type: ignore[arg-type]
        for rule in rules:
            store.guardrails.add(connection, rule)  # type: ignore[arg-type]

    await store.database.write(configure)
    await store.packs.set("secrets", {"enabled": True}, log=Entry("pack.update", '{"enabled":true}', "192.0.2.7"))
    chance = random.Random(2)
    records = [record for team in TEAMS for record in _calls(team, keys[team.name], chance, ids, now)]
    for start in range(0, len(records), 5000):
        await store.usage.append(records[start : start + 5000])
    await store.events.append(_events(rules, list(keys.values()), chance, ids, now))
    await store.close()


def _key(team: Team, providers: dict[str, Provider], key_id: str, minted: str, now: datetime) -> ApiKey:
    key = minted if team.name == "playground" else f"llmp-{key_id.replace('-', '')}{'0' * 32}"
    made = now - timedelta(days=DAYS + 2)
    digest, display = proxy_keys.digest(key), proxy_keys.display(key)
    return ApiKey(key_id, team.name, digest, providers[team.provider].id, team.rpm, made, display=display)


def _calls(team: Team, key: ApiKey, chance: random.Random, ids: Iterator[str], now: datetime) -> Iterator[UsageRecord]:
    for hour in range(DAYS * 24):
        began = now - timedelta(hours=hour + 1)
        awake = 0.08 + max(0.0, math.sin((began.hour - 6) / 24 * 2 * math.pi)) * (0.25 if began.weekday() > 4 else 1)
        for _ in range(round(chance.gauss(team.busy * awake, team.busy * awake / 5))):
            yield _call(team, key, chance, next(ids), began + timedelta(seconds=chance.random() * 3600))


def _call(team: Team, key: ApiKey, chance: random.Random, call_id: str, at: datetime) -> UsageRecord:
    fails = chance.random() < (0.05 if team.provider == "Azure EU" else 0.006)
    prompt = max(3, round(chance.lognormvariate(0, 0.6) * team.prompt))
    completion = round(chance.lognormvariate(0, 0.5) * team.completion)
    first = chance.lognormvariate(5.9, 0.45)
    return UsageRecord(
        id=call_id,
        api_key_id=key.id,
        provider_id=key.provider_id,
        endpoint="chat/completions" if team.completion else "embeddings",
        model=chance.choices(team.models, weights=range(len(team.models), 0, -1))[0],
        tokens=Tokens() if fails else Tokens(prompt, completion, cached=prompt // 3, source="provider"),
        status="error" if fails else "cancelled" if chance.random() < 0.01 else "ok",
        http_status=503 if fails else 200,
        is_streaming=bool(team.completion),
        created_at=at,
        duration_ms=first if not completion else first + completion * chance.uniform(6, 11),
        first_byte_ms=None if fails else first,
    )


def _events(
    rules: list[Guardrail], keys: list[ApiKey], chance: random.Random, ids: Iterator[str], now: datetime
) -> list[GuardrailEvent]:
    found = []
    for _ in range(420):
        index, text, secret = chance.choices(FOUND, weights=(2, 9, 5, 3, 1))[0]
        key = chance.choices(keys, weights=(9, 4, 3, 2, 3, 1))[0]
        start = text.index(secret)
        found.append(
            GuardrailEvent(
                id=next(ids),
                guardrail_id=rules[index].id,
                api_key_id=key.id,
                pattern=rules[index].pattern,
                mode=rules[index].mode,
                input_text=text,
                created_at=now - timedelta(hours=chance.random() ** 2 * DAYS * 24),
                call_id=next(ids),
                endpoint="chat/completions",
                place=f"messages[{chance.choice((0, 1, 2, 4))}].content",
                spans=((start, start + len(secret)),),
                action=ACTIONS[rules[index].mode],
                provider_id=key.provider_id,
                model=next(team.models[0] for team in TEAMS if team.name == key.name),
                rule_name=rules[index].name,
                severity=rules[index].severity,
                direction="response" if index == 2 and len(found) % 7 == 0 else "request",
                view=VIEWS[len(found) % 3] if index == 0 else "raw",
                fingerprints=(hashlib.sha256(secret.encode()).hexdigest()[:32],),
                previews=(f"{secret[:4]}…({len(secret)})",),
            )
        )
    return sorted(found, key=lambda event: event.created_at)
