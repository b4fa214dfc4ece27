"""An event as a row, and back: what of a call may stand there in clear, and what is sealed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row, select, union_all

from llm_proxy.core.fingerprints import MASK
from llm_proxy.records import GuardrailEvent
from llm_proxy.store.excerpt import MOST_SPANS, AuditText, Span, kept
from llm_proxy.store.rows import among, as_list
from llm_proxy.store.schema import guardrail_events as table
from llm_proxy.store.schema import keys, providers, storable
from llm_proxy.store.seal import Sealer

# Made by this program, or by whoever manages it.
_COPIED = (
    "id",
    "guardrail_id",
    "api_key_id",
    "pattern",
    "mode",
    "action",
    "call_id",
    "endpoint",
    "provider_id",
    "rule_version",
    "severity",
    "direction",
    "field_class",
    "view",
    "created_at",
    "ruleset_version",
    "latency_us",
    "body_bytes",
    "client_hash",
    "is_forwarded",
)
_STORED_ONLY = frozenset({"seq", "text_sealed", "key_name", "provider_name", "prev_hash", "hash"})
_KNOWN = select(table.c.id).where(table.c.id.in_(among("ids")))
_NAMES = union_all(*(select(each.c.id, each.c.name).where(each.c.id.in_(among("ids"))) for each in (keys, providers)))
_MOST_REPEATED = 10_000
_SHORTEST = 8  # what is shorter tells too little of a secret, and stands in ordinary words


class Found:
    """What rules found in the texts of some calls. What one found, no event of that call tells in clear."""

    def __init__(self, events: Iterable[GuardrailEvent]) -> None:
        self._spans: defaultdict[tuple[str, str], set[Span]] = defaultdict(set)
        self._words: defaultdict[str, set[str]] = defaultdict(set)
        for event in events:
            self._spans[_call(event), event.input_text].update(event.spans)
            said = (event.input_text[start:end] for start, end in event.spans)
            self._words[_call(event)].update(word for word in said if len(word) >= _SHORTEST)

    def words(self, event: GuardrailEvent) -> Sequence[str]:
        """Return the secrets of the event's call, the longest first."""
        return sorted(self._words[_call(event)], key=len, reverse=True)

    def spans(self, event: GuardrailEvent) -> set[Span]:
        """Return where they stand in the event's text: where any rule found them, and wherever else they are."""
        text = event.input_text
        repeated = (span for word in self.words(event)[:MOST_SPANS] for span in _occurrences(word, text))
        return self._spans[_call(event), text].union(islice(repeated, _MOST_REPEATED))


def columns(event: GuardrailEvent, found: Found, audit_text: AuditText, sealer: Sealer) -> dict[str, Any]:
    """Return an event's columns, but for names and for what the chain adds."""
    order = sorted(range(len(event.spans)), key=event.spans.__getitem__)
    hidden = found.spans(event) if audit_text == "masked" else ()
    text, spans = kept(event.input_text, [event.spans[at] for at in order], hidden, audit_text)
    said = found.words(event)
    previews = _ordered(event.previews, order)
    return {name: getattr(event, name) for name in _COPIED} | {
        "place": _without(said, event.place),
        "model": _without(said, event.model),
        "request_id": _without(said, event.request_id),
        "rule_name": storable(event.rule_name),
        "spans": [list(span) for span in spans],
        "fingerprints": _ordered(event.fingerprints, order),
        "previews": [_bare(each) for each in previews] if audit_text == "none" else previews,
        "text_sealed": sealer.seal(text, place(event.id)),
    }


def record(row: Row[Any], text: str) -> GuardrailEvent:
    """Return the event of a row and its text."""
    values = {name: value for name, value in row._asdict().items() if name not in _STORED_ONLY}
    lists = {name: tuple(values[name]) for name in ("fingerprints", "previews")}
    spans = tuple((start, end) for start, end in row.spans)
    return GuardrailEvent(**values | lists | {"input_text": text, "spans": spans})


def place(event_id: str) -> str:
    """Return what an event's text is sealed for."""
    return f"guardrail_events.text:{event_id}"


def known(connection: Connection, events: Iterable[GuardrailEvent]) -> set[str]:
    """Return the ids of those events that are stored already."""
    return set(connection.scalars(_KNOWN, {"ids": as_list(event.id for event in events)}))


def names(connection: Connection, events: Collection[GuardrailEvent]) -> dict[str, str]:
    """Return what the events' keys and providers are called now, by id."""
    owners = {event.api_key_id for event in events} | {event.provider_id for event in events}
    return {row.id: row.name for row in connection.execute(_NAMES, {"ids": as_list(owners)})}


def named(row: Mapping[str, Any], called: Mapping[str, str]) -> dict[str, Any]:
    """Return a row with the names of its key and its provider."""
    given = {"key_name": called.get(row["api_key_id"], ""), "provider_name": called.get(row["provider_id"], "")}
    return {**row, **given}


def _ordered(told: tuple[str, ...], order: list[int]) -> list[str]:
    """Return what is told of each span in the order of the spans; no more of it than there are kept of those."""
    sorted_ = [told[at] for at in order] if len(told) == len(order) else told
    return [storable(each) for each in sorted_[:MOST_SPANS]]


def _bare(preview: str) -> str:
    """Return a preview without the beginning of the secret."""
    return "…" + preview.rpartition("…")[2]


def _call(event: GuardrailEvent) -> str:
    return event.call_id or event.id


def _occurrences(word: str, text: str) -> Iterator[Span]:
    at = text.find(word)
    while at >= 0:
        yield at, at + len(word)
        at = text.find(word, at + len(word))


def _without(secrets: Iterable[str], label: str) -> str:
    for secret in secrets:
        label = label.replace(secret, MASK)
    return storable(label)
