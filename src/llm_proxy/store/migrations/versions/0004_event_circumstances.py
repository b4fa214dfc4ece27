"""Events tell under which rules, at what cost, from where and in which request something was found."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add columns that are null, or empty, for the events that are there: their hashes stay what they are."""
    for name in ("request_id", "client_hash"):
        op.add_column("guardrail_events", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    for name in ("ruleset_version", "latency_us", "body_bytes"):
        op.add_column("guardrail_events", sa.Column(name, sa.BigInteger()))
    op.add_column("guardrail_events", sa.Column("is_forwarded", sa.Boolean()))
