"""The chain of the audit trail: a hash covers its event as stored and the hash before it, under a key not kept here.

An event that is removed leaves a tombstone, signed alike, over which the chain goes on. The head, the last number and
hash given out, is signed too: an end cut off is noticed. Numbers are given here, without gaps.
"""

import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects.sqlite import insert

from llm_proxy.records import Secret
from llm_proxy.store import meta
from llm_proxy.store.rows import microseconds
from llm_proxy.store.schema import audit_tombstones, utc_now
from llm_proxy.store.schema import guardrail_events as table
from llm_proxy.store.schema import meta as values

ORIGIN = "0" * 64  # what stands before the first event
BEFORE_THE_CHAIN = "removed before the chain began"

_HEAD = "audit_head"
# All that an event says. Its number is told by the links.
COVERED = tuple(column.name for column in table.c if column.name not in {"seq", "prev_hash", "hash"})
# What came later, and what stands there for an event of before. Such an event has the hash that it was given then.
_LATER = {
    "request_id": "",
    "ruleset_version": None,
    "latency_us": None,
    "body_bytes": None,
    "client_hash": "",
    "is_forwarded": None,
}
_EVER = tuple(name for name in COVERED if name not in _LATER)
_CHUNK = 1000
# Made once: appending an event must not cost more than writing it.
_ENDS = select(
    select(values.c.value).where(values.c.name == _HEAD).with_for_update().scalar_subquery(),
    select(func.max(table.c.seq)).scalar_subquery(),
)
_MOVE = update(values).where(values.c.name == _HEAD).values(value=bindparam("text"))
_LAY = insert(audit_tombstones).on_conflict_do_nothing(index_elements=["first_seq"])


class Link(NamedTuple):
    """A place in the chain: the number and the hash of an event."""

    seq: int
    hash: str


class Tombstone(NamedTuple):
    """What stands for events from one number to another: how many they were, and the hashes at both ends."""

    first_seq: int
    last_seq: int
    events: int
    hash_before: str
    hash_after: str
    at: datetime
    reason: str


class Chain:
    """Signs events, tombstones and the head. Writing is the caller's transaction, which no other writer shares."""

    def __init__(self, key: Secret) -> None:
        self._key = key.reveal().encode()

    def hash_of(self, row: Mapping[str, Any], prev_hash: str) -> str:
        """Return the hash of an event, given by its columns, that follows on another."""
        told = [row[name] for name in _EVER]
        told[_TIME] = microseconds(told[_TIME])
        told[_TEXT] = sha256(told[_TEXT]).hexdigest()
        later = [row[name] for name in _LATER]
        if later != [*_LATER.values()]:
            told += later
        return self._signed("event", told, prev_hash)

    def hash_of_tombstone(self, tombstone: Tombstone) -> str:
        """Return the hash of a tombstone."""
        return self._signed("tombstone", [*tombstone[:5], microseconds(tombstone.at), tombstone.reason])

    def head(self, connection: Connection) -> Link | None:
        """Return the last place given out; None when it is not there, or not signed under this key."""
        return self._read_head(meta.get(connection, _HEAD))

    def extend(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> Link:
        """Give rows that are about to be inserted their numbers and hashes; return the last place.

        Without a head, or with rows beyond it, someone else wrote here: events go on, and verifying will tell.
        """
        head, last = connection.execute(_ENDS).one()
        seq, prev_hash = self._read_head(head) or Link(0, ORIGIN)
        seq = max(seq, last or 0)
        for row in rows:
            seq += 1
            row |= {"seq": seq, "prev_hash": prev_hash, "hash": self.hash_of(row, prev_hash)}
            prev_hash = row["hash"]
        self._put_head(connection, Link(seq, prev_hash))
        return Link(seq, prev_hash)

    def begin(self, connection: Connection) -> None:
        """Chain the events that are there, in the order of their numbers. Whoever calls this knows that none was."""
        link = Link(0, ORIGIN)
        chaining = update(table).where(table.c.seq == bindparam("its_seq"))
        while rows := connection.execute(
            select(table).where(table.c.seq > link.seq).order_by(table.c.seq).limit(_CHUNK)
        ).all():
            given = []
            for row in rows:
                if row.seq > link.seq + 1:
                    self._mark_gap(connection, link, row.seq - 1)
                given.append(
                    {"its_seq": row.seq, "prev_hash": link.hash, "hash": self.hash_of(row._asdict(), link.hash)}
                )
                link = Link(row.seq, given[-1]["hash"])
            connection.execute(chaining, given)
        self._put_head(connection, link)

    def _mark_gap(self, connection: Connection, link: Link, last_seq: int) -> None:
        gap = Tombstone(link.seq + 1, last_seq, last_seq - link.seq, link.hash, link.hash, utc_now(), BEFORE_THE_CHAIN)
        self.lay(connection, gap)

    def lay(self, connection: Connection, tombstone: Tombstone) -> None:
        """Store a tombstone. Where one stands already, someone put an event back: the first one says more."""
        signed = tombstone._asdict() | {"hash": self.hash_of_tombstone(tombstone)}
        connection.execute(_LAY.values(signed))

    def _put_head(self, connection: Connection, link: Link) -> None:
        text = f"{link.seq} {link.hash} {self._signed('head', list(link))}"
        if not connection.execute(_MOVE, {"text": text}).rowcount:
            meta.put(connection, _HEAD, text)

    def _read_head(self, text: str | None) -> Link | None:
        seq, hash_, signature = parts if len(parts := str(text).split(" ")) == 3 else ("", "", "")
        if not (seq.isascii() and seq.isdecimal() and len(seq) < 19):
            return None
        link = Link(int(seq), hash_)
        return link if hmac.compare_digest(self._signed("head", list(link)), signature) else None

    def _signed(self, kind: str, told: Sequence[object], prev_hash: str = "") -> str:
        return hmac.digest(self._key, orjson.dumps([kind, told, prev_hash]), "sha256").hex()


_TIME, _TEXT = _EVER.index("created_at"), _EVER.index("text_sealed")
