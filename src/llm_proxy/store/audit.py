"""Was the audit trail changed by anyone but us? Walks the chain of events and names what does not fit.

The trail is read in short transactions, so the gateway goes on writing and removing meanwhile: what is checked is all
that was there at the start.
"""

import hmac
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, func, select, union
from sqlalchemy.exc import SQLAlchemyError

from llm_proxy.store.audit_report import Break, Flaw, Report, displaced
from llm_proxy.store.audit_strays import Buried, buried, strays
from llm_proxy.store.chain import ORIGIN, Chain, Link, Tombstone
from llm_proxy.store.database import Database
from llm_proxy.store.rows import fetch, listed
from llm_proxy.store.schema import audit_tombstones as tombstones
from llm_proxy.store.schema import event_fingerprints as fingerprints
from llm_proxy.store.schema import guardrail_events as table

_CHUNK = 500
_UNREADABLE = (SQLAlchemyError, ValueError, TypeError, OverflowError)  # what a driver makes of a value put in by hand

_Event = dict[str, Any]  # the columns by name; of one that cannot be read only ``seq``


class Audit:
    """Verifies the chain."""

    def __init__(self, database: Database, chain: Chain) -> None:
        self._database = database
        self._chain = chain

    async def head(self) -> Link | None:
        """Return the chain's last place; None when it is not there, or not signed by us."""
        return await self._database.read(self._chain.head)

    async def verify(self, expected: str = "") -> Report:
        """Check every event that is there now. ``expected`` is a hash noted earlier, or ``number:hash``.

        The chain must still hold it. Raises StoreUnavailable.
        """
        head, newest = await self._database.read(self._ends)
        walk = _Walk(self._chain, Report(head=head), expected)
        until = max(newest, head.seq if head else 0)
        while await self._database.read(lambda connection: _step(connection, walk, until)):
            pass
        wanted = {each.wanted for each in walk.breaks if each.wanted}
        places = await self._database.read(lambda connection: _places(connection, wanted)) if wanted else {}
        for flaw in displaced(walk.breaks, places, walk.at.seq):
            walk.report.note(flaw)
        walk.end(head)
        for flaw in await self._database.read(lambda connection: self._strays(connection, walk.report)):
            walk.report.note(flaw)
        walk.report.flaws.sort(key=lambda flaw: flaw.seq)
        return walk.report

    def _ends(self, connection: Connection) -> tuple[Link | None, int]:
        return self._chain.head(connection), connection.scalar(select(func.max(table.c.seq))) or 0

    def _strays(self, connection: Connection, report: Report) -> list[Flaw]:
        return strays(connection, self._chain.head(connection), report)


class _Walk:
    """Where the walk is, and what it has met."""

    def __init__(self, chain: Chain, report: Report, expected: str) -> None:
        self._chain = chain
        self.report = report
        self.at = Link(0, ORIGIN)
        self._last_given = report.head.seq if report.head else sys.maxsize  # no number beyond it can be missing
        self.breaks: list[Break] = []
        seq, _, self._expected = expected.rpartition(":")
        self._expected_seq = int(seq) if seq else 0
        self._is_found = not expected
        self._is_buried = False  # what was before is a tombstone
        self._is_excused = False  # what was before has a hash of its own making, so nothing can follow on it

    def bury(self, tombstone: Tombstone, signature: str) -> None:
        """Go on over a tombstone. One may have grown over what was read before."""
        if tombstone.last_seq <= self.at.seq:
            return
        is_ours = _is_same(self._chain.hash_of_tombstone(tombstone), signature)
        if not is_ours:
            note = "the tombstone was changed, or put there by hand"
            self.report.note(Flaw("changed", tombstone.first_seq, tombstone.last_seq, "", note))
        self._follow(tombstone.first_seq, "", tombstone.hash_before)
        self.report.tombstones += 1
        self.report.removed += tombstone.events
        covers = tombstone.first_seq <= self._expected_seq <= tombstone.last_seq
        self._is_found |= is_ours and (covers or self._expected in (tombstone.hash_before, tombstone.hash_after))
        self.at, self._is_buried, self._is_excused = Link(tombstone.last_seq, tombstone.hash_after), True, not is_ours

    def check(self, event: _Event, listed_as: set[str]) -> None:
        """Go on to an event."""
        self.report.events += 1
        seq, event_id = event["seq"], str(event.get("id", ""))
        if seq <= self.at.seq:
            self.report.note(Flaw("put back", seq, seq, event_id, "the event stands where a tombstone tells of none"))
            return
        is_ours = self._is_ours(event)
        if not is_ours:
            self.report.note(Flaw("changed", seq, seq, event_id, "the event was changed, or put there by hand"))
        elif set(event["fingerprints"]) != listed_as:
            note = "the list that fingerprints are looked up in was changed: searches may pass over this event"
            self.report.note(Flaw("unlisted", seq, seq, event_id, note))
        self._follow(seq, event_id, str(event.get("prev_hash", "")), is_ours=is_ours)
        hash_ = str(event.get("hash", ""))
        self._is_found |= is_ours and hash_ == self._expected
        self.at, self._is_buried, self._is_excused = Link(seq, hash_), False, not is_ours

    def end(self, head: Link | None) -> None:
        """Compare where the walk ended with where the chain does."""
        if head is None:
            self.report.note(Flaw("head", self.at.seq, self.at.seq, "", "the signed end of the chain is not there"))
        elif self.at.seq < head.seq and (self.at.hash != head.hash or self.report.is_whole):
            self.report.missing(self.at.seq + 1, head.seq)
        elif self.at.seq == head.seq and self.at.hash != head.hash and self.report.is_whole:
            self.report.note(Flaw("head", head.seq, head.seq, "", "the last event is not the one signed as the last"))
        elif self.at.seq > head.seq and not self._is_buried:
            note = "events follow on the one signed as the last"
            self.report.note(Flaw("head", head.seq + 1, self.at.seq, "", note))
        if not self._is_found:
            note = "the expected hash is nowhere in the chain: its end was cut off, or it was made anew"
            self.report.note(Flaw("head", self._expected_seq or self.at.seq, self.at.seq, "", note))

    def _is_ours(self, event: _Event) -> bool:
        try:
            return _is_same(self._chain.hash_of(event, event["prev_hash"]), event["hash"])
        except (KeyError, TypeError, ValueError, OverflowError):  # of another type than we write
            return False

    def _follow(self, seq: int, event_id: str, prev_hash: str, *, is_ours: bool = True) -> None:
        last_missing = min(seq - 1, self._last_given)
        if is_gap := last_missing > self.at.seq:
            self.report.missing(self.at.seq + 1, last_missing)
        elif seq <= self.at.seq or prev_hash == self.at.hash:
            return
        is_told = is_gap or self._is_excused or not is_ours
        self.breaks.append(Break(seq, event_id, "" if is_told else prev_hash, self.at.seq))


def _step(connection: Connection, walk: _Walk, until: int) -> bool:
    """Walk over some events and the tombstones among them, in one state of the database; False at the end."""
    start = walk.at.seq
    events = _read(connection, start, until)
    end = events[-1]["seq"] if len(events) == _CHUNK else until
    listed_as: defaultdict[int, set[str]] = defaultdict(set)
    for seq, fingerprint in _listed(connection, start, end):
        listed_as[seq].add(fingerprint)
    for place in _in_order(events, buried(connection, start, end)):
        if isinstance(place, dict):
            walk.check(place, listed_as[place["seq"]])
        else:
            walk.bury(*place)
    return end < until


def _read(connection: Connection, start: int, until: int) -> list[_Event]:
    query = select(table).where(table.c.seq > start, table.c.seq <= until).order_by(table.c.seq).limit(_CHUNK)
    try:
        return [row._asdict() for row in connection.execute(query)]
    except _UNREADABLE:
        seqs = connection.scalars(query.with_only_columns(table.c.seq)).all()
        return [_one(connection, seq) for seq in seqs]


def _one(connection: Connection, seq: int) -> _Event:
    try:
        return connection.execute(select(table).where(table.c.seq == seq)).one()._asdict()
    except _UNREADABLE:
        return {"seq": seq}


def _listed(connection: Connection, start: int, end: int) -> Iterator[tuple[int, str]]:
    """Yield the numbers of some events and the fingerprints under which a search finds them."""
    found = select(fingerprints.c.seq, func.hex(fingerprints.c.fingerprint)).where(
        fingerprints.c.seq > start, fingerprints.c.seq <= end, func.typeof(fingerprints.c.fingerprint) == "text"
    )
    for seq, text in fetch(connection, found):
        yield seq, bytes.fromhex(text).decode("utf-8", "replace")


def _in_order(events: Sequence[_Event], tombs: Sequence[Buried]) -> Iterator[_Event | Buried]:
    """Yield both by their first number, a tombstone before an event."""
    waiting = list(reversed(tombs))
    for event in events:
        while waiting and waiting[-1][0].first_seq <= event["seq"]:
            yield waiting.pop()
        yield event
    yield from reversed(waiting)


def _places(connection: Connection, hashes: set[str]) -> dict[str, int]:
    """Return the numbers under which hashes stand. Every event is looked at, so only when something is wrong."""
    wanted = listed(hashes - {ORIGIN})
    of_events = select(table.c.hash, table.c.seq).where(table.c.hash.in_(wanted))
    of_tombstones = select(tombstones.c.hash_after, tombstones.c.last_seq).where(tombstones.c.hash_after.in_(wanted))
    return dict(fetch(connection, union(of_events, of_tombstones))) | {ORIGIN: 0}


def _is_same(one: str, other: object) -> bool:
    return hmac.compare_digest(one.encode(), str(other).encode("utf-8", "replace"))
