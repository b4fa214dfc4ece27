"""What someone put beside the chain of events, where a walk from its first number to its last does not meet it."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, func, not_, or_, select, type_coerce

from llm_proxy.store.audit_report import MOST_FLAWS, Flaw, Report
from llm_proxy.store.chain import Link, Tombstone
from llm_proxy.store.rows import fetch, instant
from llm_proxy.store.schema import audit_tombstones as tombstones
from llm_proxy.store.schema import event_fingerprints as fingerprints
from llm_proxy.store.schema import guardrail_events as events

Buried = tuple[Tombstone, str]  # and its signature

_TIMES = (0, 253_402_300_799_999_999)  # what a datetime holds, in microseconds since 1970
_NUMBERS, _TEXTS = ("first_seq", "last_seq", "events"), ("hash_before", "hash_after", "reason", "hash")
_AT = type_coerce(tombstones.c.at, BigInteger)
# SQLite takes any value in any column. What is no tombstone is not read as one.
_IS_SOUND = and_(
    *(func.typeof(tombstones.c[name]) == "integer" for name in (*_NUMBERS, "at")),
    *(func.typeof(tombstones.c[name]) == "text" for name in _TEXTS),
    _AT.between(*_TIMES),
)


def buried(connection: Connection, start: int, end: int) -> list[Buried]:
    """Return the tombstones that stand after one number and until another, in order."""
    columns = [*(tombstones.c[name] for name in _NUMBERS), _AT, *(func.hex(tombstones.c[name]) for name in _TEXTS)]
    places = and_(_IS_SOUND, tombstones.c.last_seq > start, tombstones.c.first_seq <= end)
    found: list[Buried] = []
    for first, last, count, at, *texts in fetch(connection, select(*columns).where(places)):
        before, after, reason, signature = (bytes.fromhex(text).decode("utf-8", "replace") for text in texts)
        found.append((Tombstone(first, last, count, before, after, instant(at), reason), signature))
    return sorted(found)


def strays(connection: Connection, head: Link | None, report: Report) -> list[Flaw]:
    """Return what stands outside of the chain, which ends with ``head`` now. What ``report`` tells already is not."""
    return [*_events(connection), *_tombstones(connection, head), *_listings(connection, report)]


def _events(connection: Connection) -> list[Flaw]:
    seqs = connection.scalars(select(events.c.seq).where(events.c.seq < 1).order_by(events.c.seq).limit(MOST_FLAWS))
    note = "the event was put there by hand: numbers begin with 1"
    return [Flaw("changed", seq, seq, "", note) for seq in seqs]


def _tombstones(connection: Connection, head: Link | None) -> list[Flaw]:
    outside = [not_(_IS_SOUND), tombstones.c.first_seq < 1]
    if head is not None:
        outside.append(tombstones.c.last_seq > head.seq)
    numbers = select(_number(tombstones.c.first_seq), _number(tombstones.c.last_seq)).where(or_(*outside))
    note = "the tombstone was changed, or put there by hand"
    return [Flaw("changed", first, last, "", note) for first, last in connection.execute(numbers.limit(MOST_FLAWS))]


def _listings(connection: Connection, report: Report) -> list[Flaw]:
    is_there = select(events.c.seq).where(events.c.seq == fingerprints.c.seq).exists()
    seqs: Sequence[int] = connection.scalars(
        select(_number(fingerprints.c.seq)).where(not_(is_there)).distinct().limit(MOST_FLAWS)
    ).all()
    gone = [(flaw.seq, flaw.last_seq) for flaw in report.flaws if flaw.kind in {"missing", "head"}]
    note = "a secret is listed for an event that is not there: searches may count it"
    return [
        Flaw("unlisted", seq, seq, "", note) for seq in seqs if not any(first <= seq <= last for first, last in gone)
    ]


def _number(column: ColumnElement[int]) -> ColumnElement[int]:
    return func.iif(func.typeof(column) == "integer", column, 0)
