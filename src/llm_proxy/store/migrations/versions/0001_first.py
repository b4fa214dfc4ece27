"""The first schema: providers, keys, guard rails and their events, usage, the admin log."""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

revision = "0001"
down_revision = None

_ID = sa.String(36)
_INSTANT = sa.BigInteger()  # microseconds since 1970 UTC
_NUMBERED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _column(name: str, kind: TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _config() -> None:
    op.create_table(
        "meta",
        _column("name", sa.Text()),
        _column("value", sa.Text()),
        sa.PrimaryKeyConstraint("name", name="pk_meta"),
    )
    op.create_table(
        "providers",
        _column("id", _ID),
        _column("name", sa.Text()),
        _column("base_url", sa.Text()),
        _column("kind", sa.Text()),
        _column("credential_sealed", sa.LargeBinary()),
        _column("created_at", _INSTANT),
        _column("updated_at", _INSTANT),
        sa.Column("deleted_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_providers"),
    )
    living = sa.text("deleted_at IS NULL")
    op.create_index(
        "uq_providers_living_name", "providers", ["name"], unique=True, sqlite_where=living, postgresql_where=living
    )
    op.create_table(
        "keys",
        _column("id", _ID),
        _column("name", sa.Text()),
        _column("digest", sa.String(64)),
        _column("display", sa.Text()),
        _column("provider_id", _ID),
        _column("rate_limit_rpm", sa.BigInteger()),
        _column("created_at", _INSTANT),
        sa.Column("revoked_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_keys"),
        sa.UniqueConstraint("digest", name="uq_keys_digest"),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"], name="fk_keys_provider_id", ondelete="RESTRICT"),
    )
    op.create_index("ix_keys_provider_id", "keys", ["provider_id"])
    op.create_table(
        "guardrails",
        _column("id", _ID),
        _column("pattern", sa.Text()),
        _column("mode", sa.Text()),
        _column("replace_by", sa.Text()),
        _column("enabled", sa.Boolean()),
        _column("created_at", _INSTANT),
        _column("updated_at", _INSTANT),
        sa.Column("deleted_at", _INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_guardrails"),
    )


def _history() -> None:
    op.create_table(
        "guardrail_events",
        sa.Column("seq", _NUMBERED, nullable=False, autoincrement=True),
        _column("id", _ID),
        _column("guardrail_id", _ID),
        _column("api_key_id", _ID),
        _column("pattern", sa.Text()),
        _column("mode", sa.Text()),
        _column("action", sa.Text()),
        _column("call_id", sa.Text()),
        _column("endpoint", sa.Text()),
        _column("place", sa.Text()),
        _column("spans", sa.JSON()),
        _column("text_sealed", sa.LargeBinary()),
        _column("created_at", _INSTANT),
        sa.PrimaryKeyConstraint("seq", name="pk_guardrail_events"),
        sa.UniqueConstraint("id", name="uq_guardrail_events_id"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "usage",
        _column("id", _ID),
        _column("api_key_id", _ID),
        _column("provider_id", _ID),
        _column("endpoint", sa.Text()),
        _column("model", sa.Text()),
        _column("prompt_tokens", sa.BigInteger()),
        _column("completion_tokens", sa.BigInteger()),
        _column("total_tokens", sa.BigInteger()),
        _column("cached_tokens", sa.BigInteger()),
        _column("reasoning_tokens", sa.BigInteger()),
        _column("source", sa.Text()),
        _column("status", sa.Text()),
        _column("http_status", sa.Integer()),
        _column("is_streaming", sa.Boolean()),
        _column("is_final", sa.Boolean()),
        _column("created_at", _INSTANT),
        _column("duration_ms", sa.Double()),
        sa.Column("first_byte_ms", sa.Double()),
        sa.PrimaryKeyConstraint("id", name="pk_usage"),
    )


def _admin_log() -> None:
    op.create_table(
        "admin_log",
        sa.Column("id", _NUMBERED, nullable=False, autoincrement=True),
        _column("at", _INSTANT),
        _column("action", sa.Text()),
        _column("subject", sa.Text()),
        _column("detail", sa.Text()),
        _column("remote", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_admin_log"),
        sqlite_autoincrement=True,
    )


def upgrade() -> None:
    """Make every table and index."""
    _config()
    _history()
    _admin_log()
    for table, *columns in (
        ("guardrail_events", "created_at", "seq"),
        ("guardrail_events", "guardrail_id", "created_at"),
        ("guardrail_events", "api_key_id", "created_at"),
        ("usage", "created_at", "id"),
        ("usage", "api_key_id", "created_at"),
        ("usage", "provider_id", "created_at"),
    ):
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
