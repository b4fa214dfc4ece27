"""Removing events so that their chain still leads past them: a tombstone tells how many were here, when and why not."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, or_, select

from llm_proxy.store.chain import Chain, Tombstone
from llm_proxy.store.rows import listed
from llm_proxy.store.schema import audit_tombstones as tombstones
from llm_proxy.store.schema import event_fingerprints as fingerprints
from llm_proxy.store.schema import guardrail_events as events
from llm_proxy.store.schema import utc_now

DELETED = "deleted"
RETENTION = "retention"

_COLUMNS = [tombstones.c[name] for name in Tombstone._fields]


class _Place(NamedTuple):
    """An event's place in the chain."""

    seq: int
    prev_hash: str
    hash: str


def bury(connection: Connection, chain: Chain, seqs: Sequence[int], reason: str) -> int:
    """Remove the events with these numbers, as many as are there; return how many.

    What retention removed side by side becomes one tombstone. A break in the chain is never buried with them.
    """
    wanted = events.c.seq.in_(listed(seqs))
    links = select(events.c.seq, events.c.prev_hash, events.c.hash).where(wanted).order_by(events.c.seq)
    found = [_Place(*row) for row in connection.execute(links)]
    for run in _runs(found):
        tombstone = Tombstone(run[0].seq, run[-1].seq, len(run), run[0].prev_hash, run[-1].hash, utc_now(), reason)
        chain.lay(connection, _merged(connection, chain, tombstone) if reason == RETENTION else tombstone)
    connection.execute(delete(fingerprints).where(fingerprints.c.seq.in_(listed(seqs))))
    connection.execute(delete(events).where(wanted))
    return len(found)


def _runs(places: Iterable[_Place]) -> Iterator[list[_Place]]:
    """Part the events where one does not follow on the one before it."""
    run: list[_Place] = []
    for place in places:
        if run and (place.seq != run[-1].seq + 1 or place.prev_hash != run[-1].hash):
            yield run
            run = []
        run.append(place)
    if run:
        yield run


def _merged(connection: Connection, chain: Chain, tombstone: Tombstone) -> Tombstone:
    """Take in the tombstones of retention that stand beside this one; one that is not ours stays as it is."""
    first = tombstones.c.first_seq
    last_before = select(first).where(first < tombstone.first_seq).order_by(first.desc()).limit(1).scalar_subquery()
    beside = select(*_COLUMNS, tombstones.c.hash).where(
        tombstones.c.reason == RETENTION, or_(first == last_before, first == tombstone.last_seq + 1)
    )
    for *columns, signature in connection.execute(beside).all():
        other = Tombstone(*columns)
        before, after = sorted((other, tombstone))
        if chain.hash_of_tombstone(other) != signature or not _meet(before, after):
            continue
        connection.execute(delete(tombstones).where(first == other.first_seq))
        tombstone = tombstone._replace(
            first_seq=before.first_seq,
            last_seq=after.last_seq,
            events=before.events + after.events,
            hash_before=before.hash_before,
            hash_after=after.hash_after,
        )
    return tombstone


def _meet(before: Tombstone, after: Tombstone) -> bool:
    return before.last_seq + 1 == after.first_seq and before.hash_after == after.hash_before
