"""Drafts over recorded and over live traffic: the bodies of their requests and answers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from llm_proxy.core.comparing import Change
from llm_proxy.records import Direction, Mode, ViewName
from llm_proxy.web.admin.schemas import Body, View
from llm_proxy.web.admin.trials import DraftRule

MOST_EVENTS = 10_000


class BacktestAsked(Body):
    """A draft, and over which events it is to run: the newest of some days."""

    draft: DraftRule
    days: Annotated[int, Field(ge=1, le=3650)] = 30
    limit: Annotated[int, Field(ge=1, le=MOST_EVENTS, description="Most events that are read.")] = 1000
    samples: Annotated[int, Field(ge=0, le=100, description="Most samples that are told.")] = 20
    reveal: Annotated[bool, Field(description="Tell the samples' texts in clear. That is put on record.")] = False


class RuleMatch(View):
    """One secret, masked. ``change``: it is found already (``same``), would be (``new``), or no more (``gone``).

    ``span``: offsets into the text, in code points.
    """

    change: Change
    view: ViewName
    span: tuple[int, int]
    preview: str
    fingerprint: str


class BacktestSample(View):
    """A text in which something would change, or not. ``text`` is null unless it was asked for."""

    event_id: str
    call_id: str
    api_key_id: str
    api_key_name: str | None
    model: str
    endpoint: str
    direction: Direction
    place: str
    created_at: datetime
    matches: list[RuleMatch]
    text: str | None


class BacktestGroup(View):
    """Sums over texts. ``would_match``: those in which the draft finds something.

    ``newly_matched``: something that was not found before; ``no_longer_matched``: not all that the stored rule finds.
    """

    texts: int
    would_match: int
    newly_matched: int
    no_longer_matched: int


class KeyGroup(BacktestGroup):
    """The same for one key."""

    api_key_id: str
    api_key_name: str | None


class ModelGroup(BacktestGroup):
    """The same for one model."""

    model: str


class Backtested(BacktestGroup):
    """What a draft would have found in recorded texts, and what would have become of their calls.

    ``events`` were read, of ``calls``; several may be about one text. ``without_text`` of them could not be judged.
    ``complete`` is false where more events were asked for than were read; ``searched_to`` is the time of the oldest
    one read. ``newly_rejected`` and ``no_longer_rejected`` count calls. ``cost_us_per_kb`` and
    ``time_us_per_text`` are the draft's own time for the texts that it looks at, of so many ``characters``: null where
    that is too little to tell. Nearly all of them hold a secret, and a match takes longer than a text without one.
    """

    events: int
    calls: int
    without_text: int
    complete: bool
    searched_to: datetime | None
    newly_rejected: int
    no_longer_rejected: int
    cost_us_per_kb: float | None
    time_us_per_text: float | None
    characters: int
    by_key: list[KeyGroup]
    by_model: list[ModelGroup]
    samples: list[BacktestSample]


class ShadowAsked(Body):
    """A draft, and how long it looks at live calls: until either is used up."""

    draft: DraftRule
    minutes: Annotated[float, Field(gt=0, le=1440)] = 15
    max_calls: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000


class ShadowSampleView(View):
    """One secret that the draft finds in a live call, or no longer finds: masked. ``outcome`` is the call's."""

    call_id: str
    at: datetime
    api_key_id: str
    api_key_name: str | None
    provider_id: str
    model: str
    endpoint: str
    direction: Direction
    place: str
    view: ViewName
    change: Change
    outcome: Literal["pass", "replaced", "rejected"]
    preview: str
    fingerprint: str


class ShadowKey(View):
    """How many of a key's calls the draft matches."""

    api_key_id: str
    api_key_name: str | None
    would_match: int


class ShadowModel(View):
    """How many calls of a model the draft matches."""

    model: str
    would_match: int


class ShadowView(View):
    """A draft in the shadow of this process's live calls. Nothing but sums and masked samples is kept, in memory.

    ``calls`` were judged, requests and answers alike; ``dropped`` were not, for want of time; ``failed`` could not be;
    ``out_of_scope`` are not for the rule. ``newly_rejected`` are those that the draft would refuse and that were not.
    ``added_us_per_call`` is the draft's own time, alone, as the rules' meter measures it.
    """

    id: str
    live: bool
    draft_id: str | None
    name: str
    pattern: str
    mode: Mode
    started_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    max_calls: int
    calls: int
    would_match: int
    newly_matched: int
    no_longer_matched: int
    newly_rejected: int
    out_of_scope: int
    dropped: int
    failed: int
    added_us_per_call: float | None
    longest_us: float | None
    by_key: list[ShadowKey]
    by_model: list[ShadowModel]
    samples: list[ShadowSampleView]
