"""``/admin/guardrails/backtest``: a draft over the texts of recorded events. That it looked is put on record."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import APIRouter

from llm_proxy.core.backtest import Backtest, Changed, Group, inspected_texts
from llm_proxy.core.fingerprints import Fingerprinter, masked
from llm_proxy.records import GuardrailEvent
from llm_proxy.store.event_search import EventQuery, Place
from llm_proxy.store.events import UNREADABLE
from llm_proxy.store.schema import utc_now
from llm_proxy.web.admin import rehearsals as views
from llm_proxy.web.admin.drafts import draft_id, prepared
from llm_proxy.web.admin.rehearsals import BacktestAsked, Backtested
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk, Desk

_PAGE = 200  # events
_MOST_BYTES = 64 << 20  # of sealed texts, in all
_PAGE_BYTES = 8 << 20
_MOST_MATCHES = 20  # told of a sample
_MOST_GROUPS = 100
_LEAST_TIMED = 16 << 10  # characters


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/guardrails", tags=["guardrails"], route_class=AdminRoute)
    router.post("/backtest", operation_id="backtestGuardrail")(backtest)
    return router


async def backtest(body: BacktestAsked, desk: AtDesk) -> Backtested:
    """Run a draft over recorded texts, and say what would change. Nothing changes but the record of having looked."""
    draft = await prepared(desk, body.draft)
    await desk.settle()
    run = Backtest(draft.rules, draft.before, time.thread_time)
    read = _Read()
    samples = _Samples(body.samples)
    async for events in _pages(desk, body, read):
        for changed in await asyncio.to_thread(_judged, run, events):
            samples.take(changed)
    told = samples.chosen()
    names = await desk.store.keys.names()
    await _record(desk, body, read, told, draft_id(draft))
    matches = _Masking(draft.rule.pattern, desk.store.fingerprints, names, reveal=body.reveal)
    return _answer(run, read, [matches.sample(each) for each in told], names)


@dataclass(slots=True)
class _Read:
    """What was read of the events, and whether it was all."""

    ids: list[str] = field(default_factory=list)
    without_text: int = 0
    complete: bool = False
    searched_to: datetime | None = None


async def _pages(desk: Desk, asked: BacktestAsked, read: _Read) -> AsyncIterator[list[GuardrailEvent]]:
    """Yield the events that have a text, newest first, and note what was read."""
    query = EventQuery(start=utc_now() - timedelta(days=asked.days))
    place: Place | None = None
    left = _MOST_BYTES
    while left > 0 and len(read.ids) < asked.limit:
        page = await desk.store.event_search.page(query, after=place, limit=min(_PAGE, asked.limit - len(read.ids)))
        ids = [event.id for event in page.records]
        while ids and left > 0:
            found = await desk.store.events.read(ids, most_bytes=min(_PAGE_BYTES, left))
            left -= sum(len(event.input_text) for event in found)
            ids = ids[1 + ids.index(found[-1].id) :] if found else ids[1:]
            readable = [event for event in found if event.input_text not in {"", UNREADABLE}]
            read.ids += [event.id for event in found]
            read.without_text += len(found) - len(readable)
            read.searched_to = found[-1].created_at if found else read.searched_to
            yield readable
        if page.next is None:
            read.complete = not ids
            return
        place = page.next


def _judged(run: Backtest, events: Sequence[GuardrailEvent]) -> list[Changed]:
    texts = inspected_texts(events)
    run.measure(texts)
    return [run.judge(inspected) for inspected in texts]


class _Samples:
    """The newest texts of each kind of change: what is new or gone is worth more than what stays."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._changing: list[Changed] = []
        self._same: list[Changed] = []

    def take(self, changed: Changed) -> None:
        """Consider a text, older than those before."""
        kept = self._changing if changed.kinds & {"new", "gone"} else self._same
        if changed.changes and len(kept) < self._most:
            kept.append(changed)

    def chosen(self) -> list[Changed]:
        """Return the samples."""
        return (self._changing + self._same)[: self._most]


async def _record(desk: Desk, asked: BacktestAsked, read: _Read, told: Sequence[Changed], rule_id: str | None) -> None:
    """Put on record that texts were looked at, and which ones were shown."""
    span = {"newest": read.ids[0], "oldest": read.ids[-1]} if read.ids else {}
    detail = {"days": asked.days, "limit": asked.limit, "events": len(read.ids), "reveal": asked.reveal, **span}
    await desk.store.admin_log.append(desk.entry("guardrail.backtest", detail), rule_id or "")
    if asked.reveal and told:
        shown = {"count": len(told), "events": [each.inspected.event.id for each in told]}
        await desk.store.admin_log.append(desk.entry("event.reveal", shown))


class _Masking:
    """Tells samples; their texts only where that was asked for."""

    def __init__(self, pattern: str, fingerprinter: Fingerprinter, names: Mapping[str, str], *, reveal: bool) -> None:
        self._pattern = pattern
        self._fingerprinter = fingerprinter
        self._names = names
        self._reveal = reveal

    def sample(self, changed: Changed) -> views.BacktestSample:
        """Tell one text."""
        event = changed.inspected.event
        return views.BacktestSample(
            event_id=event.id,
            call_id=event.call_id,
            api_key_id=event.api_key_id,
            api_key_name=self._names.get(event.api_key_id),
            model=event.model,
            endpoint=event.endpoint,
            direction=event.direction,
            place=event.place,
            created_at=event.created_at,
            matches=[
                views.RuleMatch(
                    change=change,
                    view=spot.view,
                    span=spot.span,
                    preview=masked(spot.value, self._pattern),
                    fingerprint=self._fingerprinter.of(spot.value),
                )
                for change, spot in changed.changes[:_MOST_MATCHES]
            ],
            text=changed.inspected.text if self._reveal else None,
        )


def _answer(run: Backtest, read: _Read, samples: list[views.BacktestSample], names: Mapping[str, str]) -> Backtested:
    return Backtested(
        **_sums(run.total),
        events=len(read.ids),
        calls=run.calls,
        without_text=read.without_text,
        complete=read.complete,
        searched_to=read.searched_to,
        newly_rejected=run.newly_rejected,
        no_longer_rejected=run.no_longer_rejected,
        cost_us_per_kb=_cost(run),
        time_us_per_text=round(run.seconds * 1e6 / run.measured, 1) if run.measured else None,
        characters=run.characters,
        by_key=[
            views.KeyGroup(api_key_id=key, api_key_name=names.get(key), **_sums(group))
            for key, group in _largest(run.by_key)
        ],
        by_model=[views.ModelGroup(model=model, **_sums(group)) for model, group in _largest(run.by_model)],
        samples=samples,
    )


def _cost(run: Backtest) -> float | None:
    """Return the microseconds for 1 KB; None of a few short texts, which tell what asking costs."""
    if run.characters < _LEAST_TIMED:
        return None
    return round(run.seconds * 1e6 / (run.characters / 1024), 3)


def _largest(groups: Mapping[str, Group]) -> list[tuple[str, Group]]:
    return sorted(groups.items(), key=lambda each: (-each[1].matched, -each[1].texts, each[0]))[:_MOST_GROUPS]


def _sums(group: Group) -> dict[str, int]:
    return {
        "texts": group.texts,
        "would_match": group.matched,
        "newly_matched": group.newly_matched,
        "no_longer_matched": group.no_longer_matched,
    }
