"""The texts of a streamed answer, each with the events that hold pieces of it and wait for what becomes of them."""

from collections import deque
from dataclasses import replace

import orjson

from llm_proxy.core.deltas import Chunk, Piece, leave_pieces, unclosed
from llm_proxy.core.incoming import Cut, Decided, Incoming
from llm_proxy.core.incoming_json import IncomingJson
from llm_proxy.core.placeholders import Restorer
from llm_proxy.core.restoring import Restoring
from llm_proxy.core.sse import SseEvent, rewritten
from llm_proxy.core.views import is_plain_word
from llm_proxy.core.watch import Watch
from llm_proxy.core.words import last_word
from llm_proxy.errors import UpstreamBadResponse

_MOST_RESTED = 8  # pieces of other texts behind which a word has probably ended, whatever it reads like
_MOST_LOOSE = 512  # characters of a member that nobody knows that may wait
_MOST_SAID = 512  # characters of a name or an id that may be told again


class Event:
    """One event that waits, or has just come."""

    __slots__ = ("chunk", "event", "is_behind", "is_changed", "parts")

    def __init__(self, event: SseEvent, chunk: Chunk, *, is_changed: bool) -> None:
        self.event = replace(event, data=None)  # raw has it
        self.chunk = chunk
        self.is_changed = is_changed
        self.parts: list[_Part] = []
        self.is_behind = False  # it waits for all events before it

    @property
    def is_decided(self) -> bool:
        """Whether all its pieces are."""
        return all(part.is_decided for part in self.parts)

    def whole(self) -> bytes:
        """Return the event as it goes on: as it came, or with what its pieces became."""
        if not self.is_changed and not any(part.is_cut or part.is_begun for part in self.parts):
            return self.event.raw
        return self._written(is_changed=any(part.is_cut for part in self.parts))

    @property
    def may_begin(self) -> bool:
        """Whether a part of it may go on before: clients take each beginning of a block for a block of its own."""
        labels = [part for part in self.parts if part.piece.is_label]
        texts = (part for part in self.parts if not part.piece.is_label)
        is_named = self.chunk.get("type") != "content_block_start" and all(part.is_decided for part in labels)
        return is_named and any(part.out.strip() for part in texts)

    def begun(self) -> bytes:
        """Return a copy with what is decided of its pieces; only the rest is left in the event, and no label."""
        with unclosed(self.chunk):
            out = self._written(is_changed=True)
        for part in self.parts:
            part.out, part.is_begun = "", True
        leave_pieces(self.chunk, [part.piece for part in self.parts if not part.piece.is_label])
        return out

    def _written(self, *, is_changed: bool) -> bytes:
        """Write the event with what its pieces became. What spells them out is left out of one that is changed."""
        spellers = [part.piece.speller for part in self.parts if part.piece.speller is not None]
        spelled = [speller.get("logprobs") for speller in spellers]
        for part in self.parts:
            if part.out or not (part.is_begun and part.piece.is_label):
                part.piece.holder[part.piece.name] = part.out
        for speller in spellers if is_changed else ():
            if speller.get("logprobs"):
                speller["logprobs"] = [] if isinstance(speller["logprobs"], list) else None
        out = rewritten(self.event, orjson.dumps(self.chunk))
        for speller, said in zip(spellers, spelled, strict=True):
            if said:
                speller["logprobs"] = said
        return out


class _Part:
    """A piece of an event in its channel, undecided from ``position`` on; ``out`` is what became of the rest."""

    __slots__ = (
        "channel",
        "end",
        "is_begun",
        "is_cut",
        "is_decided",
        "out",
        "piece",
        "position",
        "start",
        "text",
    )

    def __init__(self, piece: Piece, channel: "TextChannel", start: int) -> None:
        self.piece = piece
        self.channel = channel
        self.text = piece.text
        self.start = self.position = start
        self.end = start + len(self.text)
        self.out = ""
        self.is_cut = False  # what became of it is not what it was
        self.is_begun = False  # a copy of the event went on before
        self.is_decided = False


class TextChannel:
    """One text of the answer and the pieces of it that wait."""

    def __init__(self, piece: Piece, watch: Watch, restorer: Restorer) -> None:
        is_json = piece.kind == "B"
        self.first = piece
        self._incoming = IncomingJson(watch, piece.place) if is_json else Incoming(watch, piece.place, piece.kind)
        self._restoring = Restoring(restorer, is_json=is_json) if restorer and piece.kind != "H" else None
        self._parts: deque[_Part] = deque()
        self._cuts: deque[Cut] = deque()
        self._said = ""  # what a name or an id is so far
        self._pieces: set[str] = set()  # the first two of a member that nobody knows
        self._is_told = False  # and whether it has ended
        self._rested = 0  # pieces of other texts that came since it went on

    def add(self, event: Event, piece: Piece) -> Decided | None:
        """Take a piece; return what was decided because of it."""
        if self._is_told and piece.text == self._said:  # some providers tell the whole of it with every event
            return None
        if piece.is_label and len(self._said) < _MOST_SAID:
            self._said += piece.text
        part = _Part(piece, self, self._incoming.end)
        event.parts.append(part)
        self._parts.append(part)
        self._incoming.feed(part.text)
        self._rested = 0 if part.text else self._rested
        ended = piece.is_loose and self._waits_in_vain(piece.text)
        return self._apply(self._incoming.decide(ended=ended), ended=ended)

    def _waits_in_vain(self, text: str) -> bool:
        """Say whether a member that nobody knows is told whole with every event, or is no text of words."""
        is_again = bool(text) and self._pieces == {text}
        if text and len(self._pieces) < 2:
            self._pieces.add(text)
        return is_again or sum(part.end - part.position for part in self._parts) > _MOST_LOOSE

    @property
    def is_label(self) -> bool:
        """Whether it is a name or an id."""
        return self.first.is_label

    @property
    def incoming(self) -> Incoming | None:
        """What judges it; None where it is JSON."""
        return self._incoming if isinstance(self._incoming, Incoming) else None

    def rest(self) -> Decided | None:
        """Decide what waits when another text goes on, but what may be more than a plain word waits for some more."""
        self._rested += 1
        if not self._parts or self.is_label or not self._seems_over:
            return None
        return self._apply(self._incoming.decide(ended=True), ended=True)

    @property
    def _seems_over(self) -> bool:
        if not isinstance(self._incoming, Incoming):
            return self._incoming.is_whole
        held = self._incoming.held
        return is_plain_word(held) or (self._rested >= _MOST_RESTED and not last_word(held))

    def may_go_on(self) -> bool:
        """Say whether more of it may come when it has ended. Behind whole JSON another call's begins.

        Raises UpstreamBadResponse when JSON goes on whose end was told in the middle of it.
        """
        if isinstance(self._incoming, Incoming) or not self._incoming.is_json:
            return True
        if not self._incoming.is_whole:
            raise UpstreamBadResponse("The provider went on with the arguments of a call behind their end.")
        return False

    def end(self) -> Decided | None:
        """Decide what is left. More may come of a name or an id: it is judged with what stands before it."""
        self._is_told = bool(self._said)
        return self._apply(self._incoming.decide(ended=True), ended=True)

    def _apply(self, decided: Decided | None, *, ended: bool) -> Decided | None:
        if decided is not None and decided.rejected_by is not None:
            return decided
        if decided is not None:
            self._cuts += decided.cuts
        upto = self._incoming.end if ended else decided.upto if decided is not None else None
        while self._parts and self._release(self._parts[0], upto, ended=ended):
            self._parts.popleft().is_decided = True
        return decided

    def _release(self, part: _Part, upto: int | None, *, ended: bool) -> bool:
        """Let a part have what is decided of it; say whether that is all."""
        stop = part.position if upto is None else max(part.position, min(part.end, upto))
        original = part.text[part.position - part.start : stop - part.start]
        text = self._cut(original, part.position, stop)
        part.position = stop
        if self._restoring is not None:
            text = self._restoring.feed(text)
            if len(self._parts) == 1 and ended:
                text += self._restoring.finish()
        part.is_cut = part.is_cut or text != original
        part.out += text
        is_last = len(self._parts) == 1
        return stop == part.end and not (is_last and self._restoring is not None and self._restoring.is_holding)

    def _cut(self, text: str, start: int, stop: int) -> str:
        """Return a part of the channel's text as it was cut; what replaces a cut stands where the cut begins."""
        if not self._cuts or self._cuts[0][0] >= stop:
            return text
        pieces = []
        position = start
        while self._cuts and self._cuts[0][0] < stop:
            first, last, replacement = self._cuts[0]
            if first >= start:
                pieces += [text[position - start : first - start], replacement]
            position = min(last, stop)
            if last > stop:
                break
            self._cuts.popleft()
        return "".join((*pieces, text[position - start :]))
