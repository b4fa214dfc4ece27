"""What the dashboard reads: sums by hour and day, calls that met a limit, sessions, an event's provider and model."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_ID = sa.String(36)
_HOUR_US = 3_600_000_000
_SUMS = (
    "calls",
    "errors",
    "blocked",
    "redacted",
    "limited",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "cached_tokens",
    "reasoning_tokens",
)


def upgrade() -> None:
    """Add tables, columns and triggers; every hour of what is there already awaits its sums."""
    for name in ("provider_id", "model"):
        op.add_column("guardrail_events", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_guardrail_events_call_id", "guardrail_events", ["call_id"])
    failed = sa.text("status = 'error'")
    op.create_index(
        "ix_usage_failures", "usage", ["provider_id", "created_at"], sqlite_where=failed, postgresql_where=failed
    )
    _tables()
    for table, time in (("usage", "created_at"), ("guardrail_events", "created_at"), ("limited_calls", "minute")):
        _mark_stale(table, time)


def _tables() -> None:
    op.create_table(
        "limited_calls",
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("api_key_id", _ID, nullable=False),
        sa.Column("provider_id", _ID, nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("minute", "api_key_id", "provider_id", name="pk_limited_calls"),
    )
    op.create_table(
        "rollups",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _SUMS),
        sa.Column("durations", sa.LargeBinary(), nullable=False),
        sa.Column("first_bytes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("period", "dimension", "start", "value", name="pk_rollups"),
    )
    op.create_table(
        "stale_hours",
        sa.Column("hour", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("hour", name="pk_stale_hours"),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_sessions"),
    )


def _mark_stale(table: str, time: str) -> None:
    """Note the hours that hold rows already, and those of every later change, whoever makes it."""
    missing = "NOT EXISTS (SELECT 1 FROM stale_hours WHERE hour = {row} / {hour})"
    mark = "INSERT INTO stale_hours SELECT {row} / {hour} WHERE " + missing + ";"
    op.execute(  # nothing here is given by anyone: names and a number of this file
        f"INSERT INTO stale_hours SELECT DISTINCT {time} / {_HOUR_US} FROM {table} WHERE {time} / {_HOUR_US} "  # noqa: S608
        "NOT IN (SELECT hour FROM stale_hours)"
    )
    for event, rows in (("INSERT", ("new",)), ("DELETE", ("old",)), ("UPDATE", ("old", "new"))):
        marks = " ".join(mark.format(row=f"{row}.{time}", hour=_HOUR_US) for row in rows)
        op.execute(f"CREATE TRIGGER {table}_stale_{event.lower()} AFTER {event} ON {table} BEGIN {marks} END")
