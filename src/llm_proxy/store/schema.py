"""The tables, as queries see them. ``migrations/`` makes them; a test holds the two against each other.

Times are whole microseconds since 1970 UTC: ranges are exact and sort alike in every dialect. Usage and events have no
foreign keys: they outlive what they speak of.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


class Instant(TypeDecorator[datetime]):
    """An aware datetime, stored as microseconds since 1970 UTC. A naive one is a fault of ours and raises TypeError."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Python to database."""
        return None if value is None else (value - EPOCH) // MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy's signature)
        """Database to Python."""
        return None if value is None else EPOCH + value * MICROSECOND


def utc_now() -> datetime:
    """Return the wall clock, aware and in UTC."""
    return datetime.now(UTC)


def storable(text: str) -> str:
    """Return ``text`` as every database takes it: lone surrogates and NUL become ``?``, one for one."""
    return text.encode("utf-8", "replace").decode().replace("\0", "?")


metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

_ID = String(36)

# What is summed for an hour or a day.
ROLLED_UP = (
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


def _column(
    name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], *, primary_key: bool = False, unique: bool = False
) -> Column[Any]:
    return Column(name, kind, primary_key=primary_key, unique=unique, nullable=False)


def _added(name: str, kind: TypeEngine[Any] | type[TypeEngine[Any]], default: str) -> Column[Any]:
    """One that came later: rows of before have the default."""
    return Column(name, kind, nullable=False, server_default=default)


meta = Table("meta", metadata, _column("name", Text, primary_key=True), _column("value", Text))

providers = Table(
    "providers",
    metadata,
    _column("id", _ID, primary_key=True),
    _column("name", Text),
    _column("base_url", Text),
    _column("kind", Text),
    _column("credential_sealed", LargeBinary),
    _column("created_at", Instant),
    _column("updated_at", Instant),
    Column("deleted_at", Instant),
)
Index(
    "uq_providers_living_name",
    providers.c.name,
    unique=True,
    sqlite_where=providers.c.deleted_at.is_(None),
    postgresql_where=providers.c.deleted_at.is_(None),
)

keys = Table(
    "keys",
    metadata,
    _column("id", _ID, primary_key=True),
    _column("name", Text),
    _column("digest", String(64), unique=True),
    _column("display", Text),
    Column("provider_id", _ID, ForeignKey("providers.id", ondelete="RESTRICT"), nullable=False, index=True),
    _column("rate_limit_rpm", BigInteger),
    _column("created_at", Instant),
    Column("revoked_at", Instant),
)

guardrails = Table(
    "guardrails",
    metadata,
    _column("id", _ID, primary_key=True),
    _column("pattern", Text),
    _column("mode", Text),
    _column("replace_by", Text),
    _column("enabled", Boolean),
    _column("created_at", Instant),
    _column("updated_at", Instant),
    Column("deleted_at", Instant),
    _added("name", Text, ""),
    _added("severity", Text, "medium"),
    _added("version", Integer, "1"),
    _added("origin", Text, "api"),
    _added("pack", Text, ""),
    _added("created_by", Text, ""),
    _added("updated_by", Text, ""),
    _added("details", JSON, "{}"),  # the rest of records.Guardrail, for which hardly a query asks
)

# What a rule was at each version. Triggers refuse to change or delete a row.
guardrail_versions = Table(
    "guardrail_versions",
    metadata,
    Column("guardrail_id", _ID, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _column("definition", JSON),
    _column("at", Instant),
    _column("by", Text),
    _column("change", Text),
)

# How an administrator has set a pack; one without a row is as its file says.
packs = Table(
    "packs",
    metadata,
    _column("name", Text, primary_key=True),
    _column("enabled", Boolean),
    Column("mode", Text),
    Column("directions", JSON(none_as_null=True)),
    _column("disabled_rules", JSON),
    _column("updated_at", Instant),
    _column("updated_by", Text),
)

# What rules cost and find, summed over all processes.
rule_meters = Table(
    "rule_meters",
    metadata,
    _column("guardrail_id", Text, primary_key=True),  # of packs' rules, too
    _column("calls", BigInteger),
    _column("hits", BigInteger),
    _column("time_us", BigInteger),
    Column("last_hit_at", Instant),
)

guardrail_events = Table(
    "guardrail_events",
    metadata,
    # The order of writing. SQLite numbers rows by itself only in a plain INTEGER PRIMARY KEY.
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    _column("id", _ID, unique=True),
    _column("guardrail_id", _ID),
    _column("api_key_id", _ID),
    _column("pattern", Text),
    _column("mode", Text),
    _column("action", Text),
    _column("call_id", Text),
    _column("endpoint", Text),
    _column("place", Text),
    _column("spans", JSON),
    _column("text_sealed", LargeBinary),
    _column("created_at", Instant),
    _added("provider_id", Text, ""),
    _added("model", Text, ""),
    _added("rule_name", Text, ""),
    _added("rule_version", Integer, "1"),
    _added("severity", Text, "medium"),
    _added("direction", Text, "request"),
    _added("field_class", Text, "A"),
    _added("view", Text, "raw"),
    _added("fingerprints", JSON, "[]"),
    _added("previews", JSON, "[]"),
    _added("key_name", Text, ""),  # names as they were
    _added("provider_name", Text, ""),
    _added("prev_hash", String(64), ""),
    _added("hash", String(64), ""),
    # Null, or "", for what came before them.
    _added("request_id", Text, ""),
    Column("ruleset_version", BigInteger),
    Column("latency_us", BigInteger),
    Column("body_bytes", BigInteger),
    _added("client_hash", Text, ""),
    Column("is_forwarded", Boolean),
    Index(None, "call_id"),
    Index(None, "created_at", "seq"),
    Index(None, "guardrail_id", "created_at"),
    Index(None, "api_key_id", "created_at"),
    sqlite_autoincrement=True,  # a deleted event's number is never given again
)

# Where each secret was found: the events' fingerprints, to look them up by.
event_fingerprints = Table(
    "event_fingerprints",
    metadata,
    Column("fingerprint", String(32), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False, index=True),
    sqlite_with_rowid=False,
)

# What stands in the chain of events for those that were removed.
audit_tombstones = Table(
    "audit_tombstones",
    metadata,
    Column("first_seq", BigInteger, primary_key=True, autoincrement=False),
    _column("last_seq", BigInteger),
    _column("events", BigInteger),
    _column("hash_before", String(64)),
    _column("hash_after", String(64)),
    _column("at", Instant),
    _column("reason", Text),
    _column("hash", String(64)),
)

usage = Table(
    "usage",
    metadata,
    _column("id", _ID, primary_key=True),
    _column("api_key_id", _ID),
    _column("provider_id", _ID),
    _column("endpoint", Text),
    _column("model", Text),
    _column("prompt_tokens", BigInteger),
    _column("completion_tokens", BigInteger),
    _column("total_tokens", BigInteger),
    _column("cached_tokens", BigInteger),
    _column("reasoning_tokens", BigInteger),
    _column("source", Text),
    _column("status", Text),
    _column("http_status", Integer),
    _column("is_streaming", Boolean),
    _column("is_final", Boolean),
    _column("created_at", Instant),
    _column("duration_ms", Double),
    Column("first_byte_ms", Double),
    Index(None, "created_at", "id"),
    Index(None, "api_key_id", "created_at"),
    Index(None, "provider_id", "created_at"),
)
# Few calls fail: what a provider's last failure was is found at once, at no cost to the others.
Index(
    "ix_usage_failures",
    usage.c.provider_id,
    usage.c.created_at,
    sqlite_where=usage.c.status == "error",
    postgresql_where=usage.c.status == "error",
)

# Calls that no provider saw because a key had used up its limit, counted by the minute.
limited_calls = Table(
    "limited_calls",
    metadata,
    Column("minute", Instant, primary_key=True),
    Column("api_key_id", _ID, primary_key=True),
    Column("provider_id", _ID, primary_key=True),
    _column("calls", BigInteger),
)

# Sums of whole hours and days, by one dimension at a time: what a month cost is read from a few thousand rows.
rollups = Table(
    "rollups",
    metadata,
    Column("period", Text, primary_key=True),  # hour · day, in UTC
    Column("dimension", Text, primary_key=True),  # key · provider · model · status · all (its value is "")
    Column("start", Instant, primary_key=True),
    Column("value", Text, primary_key=True),
    *(_column(name, BigInteger) for name in ROLLED_UP),
    _column("durations", LargeBinary),
    _column("first_bytes", LargeBinary),
    sqlite_with_rowid=False,  # rows lie in the order of the key: a range is read page after page
)

# Hours and days whose sums are not in ``rollups`` or no longer true. Triggers on what is summed mark hours; rolling an
# hour up marks its day. A mark is drawn anew at each change: who rolls up takes away the mark that it read, no other.
stale_periods = Table(
    "stale_periods",
    metadata,
    Column("period", Text, primary_key=True),
    Column("start", Instant, primary_key=True),
    _column("mark", BigInteger),
)

# Dashboard sessions: an HMAC of the cookie's value under the admin token, so another token knows none of them.
sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),
    _column("created_at", Instant),
    _column("seen_at", Instant),
)

admin_log = Table(
    "admin_log",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    _column("at", Instant),
    _column("action", Text),
    _column("subject", Text),
    _column("detail", Text),
    _column("remote", Text),
    sqlite_autoincrement=True,
)
