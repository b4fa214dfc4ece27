"""Rules with all their words and immutable versions, packs, rule meters; events that tell their rule, in a chain."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_HOUR_US = 3_600_000_000
_ID = sa.String(36)
_HEX = sa.String(64)

_OF_EVENTS = (
    ("rule_name", sa.Text(), ""),
    ("rule_version", sa.Integer(), "1"),
    ("severity", sa.Text(), "medium"),
    ("direction", sa.Text(), "request"),
    ("field_class", sa.Text(), "A"),
    ("view", sa.Text(), "raw"),
    ("fingerprints", sa.JSON(), "[]"),
    ("previews", sa.JSON(), "[]"),
    ("key_name", sa.Text(), ""),
    ("provider_name", sa.Text(), ""),
    ("prev_hash", _HEX, ""),
    ("hash", _HEX, ""),
)
_OF_RULES = (
    ("name", sa.Text(), ""),
    ("severity", sa.Text(), "medium"),
    ("version", sa.Integer(), "1"),
    ("origin", sa.Text(), "api"),
    ("pack", sa.Text(), ""),
    ("created_by", sa.Text(), ""),
    ("updated_by", sa.Text(), ""),
    ("details", sa.JSON(), "{}"),
)


def upgrade() -> None:
    """Add columns and tables. The store chains the events that are there: the key is not known here."""
    for table, columns in (("guardrail_events", _OF_EVENTS), ("guardrails", _OF_RULES)):
        for name, kind, default in columns:
            op.add_column(table, sa.Column(name, kind, nullable=False, server_default=default))
    _rules()
    _audit()
    _mark_stale_what_is_summed()


def _rules() -> None:
    op.create_table(
        "guardrail_versions",
        sa.Column("guardrail_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("guardrail_id", "version", name="pk_guardrail_versions"),
    )
    for event in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER guardrail_versions_keep_{event.lower()} BEFORE {event} ON guardrail_versions "
            "BEGIN SELECT RAISE(ABORT, 'versions of guard rails are never changed'); END"
        )
    op.create_table(
        "packs",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("mode", sa.Text()),
        sa.Column("directions", sa.JSON()),
        sa.Column("disabled_rules", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_packs"),
    )
    op.create_table(
        "rule_meters",
        sa.Column("guardrail_id", sa.Text(), nullable=False),
        sa.Column("calls", sa.BigInteger(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("time_us", sa.BigInteger(), nullable=False),
        sa.Column("last_hit_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("guardrail_id", name="pk_rule_meters"),
    )


def _audit() -> None:
    op.create_table(
        "event_fingerprints",
        sa.Column("fingerprint", sa.String(32), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", "seq", name="pk_event_fingerprints"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_event_fingerprints_seq", "event_fingerprints", ["seq"])
    op.create_table(
        "audit_tombstones",
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("hash_before", _HEX, nullable=False),
        sa.Column("hash_after", _HEX, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hash", _HEX, nullable=False),
        sa.PrimaryKeyConstraint("first_seq", name="pk_audit_tombstones"),
    )


def _mark_stale_what_is_summed() -> None:
    """Chaining the events that are there changes nothing of what is summed."""
    hour = "{row}.created_at - ({row}.created_at % {hour} + {hour}) % {hour}"
    mark = "INSERT INTO stale_periods VALUES ('hour', {at}, random()) ON CONFLICT (period, start) "
    mark += "DO UPDATE SET mark = excluded.mark;"
    marks = " ".join(mark.format(at=hour.format(row=row, hour=_HOUR_US)) for row in ("old", "new"))
    summed = "api_key_id, provider_id, model, call_id, action, created_at"
    op.execute("DROP TRIGGER guardrail_events_stale_update")
    op.execute(
        f"CREATE TRIGGER guardrail_events_stale_update AFTER UPDATE OF {summed} ON guardrail_events BEGIN {marks} END"
    )
