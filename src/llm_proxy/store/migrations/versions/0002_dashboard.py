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
        sqlite_with_rowid=False,
    )
    op.create_table(
        "stale_periods",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("period", "start", name="pk_stale_periods"),
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
    hour = "{row} - ({row} % {hour} + {hour}) % {hour}"  # before 1970 too
    drawn_anew = "ON CONFLICT (period, start) DO UPDATE SET mark = excluded.mark"
    mark = "INSERT INTO stale_periods VALUES ('hour', {at}, random()) {drawn_anew};"
    hours = hour.format(row=time, hour=_HOUR_US)
    op.execute(  # nothing here is given by anyone: names and a number of this file
        f"INSERT INTO stale_periods SELECT 'hour', start, random() FROM (SELECT DISTINCT {hours} AS start "  # noqa: S608
        f"FROM {table}) WHERE true ON CONFLICT (period, start) DO NOTHING"
    )
    for event, rows in (("INSERT", ("new",)), ("DELETE", ("old",)), ("UPDATE", ("old", "new"))):
        hours_of = [hour.format(row=f"{row}.{time}", hour=_HOUR_US) for row in rows]
        marks = " ".join(mark.format(at=at, drawn_anew=drawn_anew) for at in hours_of)
        op.execute(f"CREATE TRIGGER {table}_stale_{event.lower()} AFTER {event} ON {table} BEGIN {marks} END")
