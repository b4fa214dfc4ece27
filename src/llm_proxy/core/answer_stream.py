"""A streamed answer on its way to the client, event by event: in what order, and in which words.

An event goes on when all pieces of text in it are decided. One that nobody changed goes on as it came, to the byte; of
one that waits, the words that are decided may go on before it, in a copy. A text that ends takes its held pieces along.
"""

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import orjson

from llm_proxy.core.answers import Judge
from llm_proxy.core.channels import Event, TextChannel
from llm_proxy.core.crossing import Crossing
from llm_proxy.core.deltas import EVERYTHING, Channel, Piece, Reading, is_closing, leads_on, read, reads_on
from llm_proxy.core.gathering import Finding
from llm_proxy.core.incoming import Decided
from llm_proxy.core.sse import SseEvent
from llm_proxy.core.strict_json import LONG_NUMBER, clean
from llm_proxy.core.views import REACH, is_plain_word

_SHORT, _MOST_SEEN = 128, 512
_PADDING = "obfuscation"  # OpenAI makes all events of a length, with a random string that is nothing else
_MOST_GATED = 512  # events that wait for the next text
_MOST_COLLECTED = 16 << 10  # characters: what is sampled from, and every open stream keeps it
_LONG_NUMBER = 10 ** (LONG_NUMBER - 1)


class AnswerStream:
    """The events of one answer. Take them one by one; then read ``findings`` and ``rejected_by``."""

    def __init__(self, judge: Judge) -> None:
        self._form = judge.endpoint.stream
        self._judge = judge
        self._splits = bool(judge.restorer) or not judge.watch.holdback.is_light
        self._channels: dict[Channel, TextChannel] = {}
        self._ended: dict[Channel, TextChannel] = {}  # if they go on, what was said is known
        self._waiting: list[Event] = []
        self._gate: Event | None = None  # it and all behind it wait for what follows a text that has ended
        self._crossing: Crossing | None = None
        self._borders = judge.watch.for_view("joined")
        self._seen: set[str] = set()  # short strings in which nothing is found: most events repeat the same ones
        self._said: dict[Channel, list[str]] = {}
        self._collected = 0
        self._known: set[tuple[str, tuple[str, ...]]] = set()
        self.findings: list[Finding] = []  # since they were last taken away
        self.rejected_by: Finding | None = None
        self.is_silent = True  # nothing that the model says was let go on yet

    def take(self, event: SseEvent, chunk: Any) -> bytes:  # noqa: ANN401 (any JSON)
        """Take one event and its JSON; return what goes on because of it. After a refusal nothing does."""
        if self.rejected_by is not None:
            return b""
        reading = read(self._form, chunk)
        if not event.raw.startswith(b"data:"):
            self._judge_text(b"\n".join(line for line in event.raw.splitlines() if not line.startswith(b"data:")))
        is_changed = False
        if suspicious := self._suspicious(chunk, reading.pieces):
            chunk, reading, is_changed = self._judged(chunk, reading, suspicious)
        taken = Event(event, chunk, is_changed=is_changed)
        if self._gate is not None and (len(self._waiting) > _MOST_GATED or not leads_on(chunk)):
            self._open_gate()
        for piece in reading.pieces:
            self._collect(piece)
            self._begin_crossing(taken, piece)
            self._rest(piece)
            self._note(self._channel(piece).add(taken, piece))
            self._cross(piece)
        taken.is_behind = self._is_behind(taken)
        self._waiting.append(taken)
        for ended in reading.ended:
            self._end(ended)
        return self._going()

    def take_text(self, event: SseEvent) -> bytes:
        """Take an event that holds no JSON: a comment, or what only its receiver understands."""
        self._judge_text(event.raw)
        self._waiting.append(Event(event, {}, is_changed=False))
        return self._going()

    def finish(self) -> bytes:
        """End every text; return what was held."""
        self._end(EVERYTHING)
        return self._going()

    def _suspicious(self, chunk: Any, pieces: Sequence[Piece]) -> list[str]:  # noqa: ANN401 (any JSON)
        """Return what stands besides the pieces, when a rule may find something in it, or there is a placeholder."""
        texts = fresh_strings(chunk, {id(piece.holder[piece.name]) for piece in pieces}, self._seen)
        if not texts:
            return texts
        if len(texts) == 1 and isinstance(chunk, dict) and texts[0] is chunk.get(_PADDING):
            return texts if self._judge.watch.may_find(texts) else []
        self._remember(texts)
        if self._judge.restorer and any("<" in text or "003" in text for text in texts):
            return texts
        said = [piece.text for piece in pieces]
        for piece in pieces:
            piece.holder[piece.name] = ""
        is_suspicious = self._judge.may_find(chunk)
        for piece, text in zip(pieces, said, strict=True):
            piece.holder[piece.name] = text
        return texts if is_suspicious else []

    def _judge_text(self, raw: bytes) -> None:
        """Judge bytes in which nothing can be cut."""
        text = clean(raw.decode(errors="replace"))
        if text not in self._seen:
            self._remember([text])
            judged = self._judge.judge_text(text, place="stream")
            self._note(Decided(0, (), judged.findings, judged.rejected_by))

    def _remember(self, texts: Sequence[str]) -> None:
        """Remember short strings as seen."""
        if len(self._seen) < _MOST_SEEN:
            self._seen.update(text for text in texts if len(text) <= _SHORT)

    def _judged(
        self,
        chunk: Any,  # noqa: ANN401 (any JSON)
        reading: Reading,
        suspicious: Sequence[str],
    ) -> tuple[Any, Reading, bool]:
        """Judge an event as a whole answer, but for its pieces."""
        texts = [piece.text for piece in reading.pieces]
        for piece in reading.pieces:
            piece.holder[piece.name] = ""
        body = orjson.dumps(chunk)
        judged = self._judge.judge(body)
        self._note(Decided(0, (), judged.findings, judged.rejected_by))
        if judged.findings or judged.body != body:
            self._seen.difference_update(suspicious)
        if judged.rejected_by is None and judged.body != body:
            chunk = orjson.loads(judged.body)
            reading = read(self._form, chunk)
        for piece, text in zip(reading.pieces, texts, strict=True):
            piece.holder[piece.name] = text
        return chunk, reading, judged.body != body

    @property
    def texts(self) -> list[str]:
        """The beginnings of the answer's texts, as the provider wrote them."""
        return ["".join(pieces) for pieces in self._said.values()]

    def _collect(self, piece: Piece) -> None:
        self._collected += len(piece.text)
        if self._collected <= _MOST_COLLECTED:
            self._said.setdefault(piece.channel, []).append(piece.text)

    def _channel(self, piece: Piece) -> TextChannel:
        channel = self._channels.get(piece.channel)
        ended = self._ended.get(piece.channel)
        if channel is None and ended is not None:
            if not piece.text:
                return ended
            channel = ended if ended.may_go_on() else None
            del self._ended[piece.channel]
        if channel is None:
            if piece.is_label:
                self._end_labels_before(piece.channel)
            channel = TextChannel(piece, self._judge.watch, self._judge.restorer)
        self._channels[piece.channel] = channel
        return channel

    def _rest(self, piece: Piece) -> None:
        """Let the last words of other texts go that have probably ended: nothing tells so within a choice."""
        within = 1 if self._form in {"chat", "completions"} else 0
        for name, channel in self._channels.items() if piece.text else ():
            if name != piece.channel and name[:within] == piece.channel[:within]:
                self._note(channel.rest())

    def _end_labels_before(self, begun: Channel) -> None:
        """End the names and ids of the calls before one that begins: not all have arguments."""
        labels = [name for name, channel in self._channels.items() if channel.is_label]
        for name in labels:
            if name[:-3] == begun[:-3] and name[:-2] != begun[:-2]:
                self._end(name)

    @staticmethod
    def _is_behind(taken: Event) -> bool:
        """Say whether an event waits for all before it: what is no text does, but for what keeps a connection open."""
        is_ping = isinstance(taken.chunk, dict) and taken.chunk.get("type") == "ping"
        return is_closing(taken.chunk) or not (taken.parts or is_ping)

    def _end(self, beginning: Channel) -> None:
        for name in [name for name in self._channels if name[: len(beginning)] == beginning]:
            channel = self._channels.pop(name)
            if not channel.first.is_repeat:
                self._ended[name] = channel
            if beginning:
                self._hold(channel)
            self._note(channel.end())
        if not beginning:
            self._open_gate()
            self._crossing = None

    def _hold(self, channel: TextChannel) -> None:
        """Let the end of a text wait for the beginning of the next one, if that could make a match of it."""
        ended, incoming = channel.first, channel.incoming
        message = reads_on(ended, self._form)
        if message is None or incoming is None:
            return
        if self._crossing is not None:
            self._crossing.end(ended.channel)
        elif incoming.held and self._borders.active:
            self._crossing = Crossing(self._borders, ended, message, incoming.tail(REACH))
        if self._gate is None and self._crossing is not None and not is_plain_word(incoming.held):
            held = (event for event in self._waiting for part in event.parts if part.channel is channel)
            self._gate = next(held, None)

    def _begin_crossing(self, taken: Event, piece: Piece) -> None:
        if self._crossing is None or piece.channel in self._channels:
            return
        message = reads_on(piece, self._form)
        if message is not None and self._crossing.begin(piece.channel, message):
            self._gate = self._gate or taken

    def _cross(self, piece: Piece) -> None:
        """Judge a piece together with the text before it."""
        if self._crossing is None:
            return
        for decided in self._crossing.take(piece):
            self._note(decided)
        if self._crossing.is_over:
            self._crossing = None
            self._open_gate()

    def _open_gate(self) -> None:
        """Let go on what waits for the next text, unless something is found by now."""
        self.is_silent = self.is_silent and self._gate is None
        self._gate = None
        for decided in () if self._crossing is None else self._crossing.look():
            self._note(decided)

    def _note(self, decided: Decided | None) -> None:
        """Note what was found. Protocols repeat whole texts at their ends: what is known is not told again."""
        if decided is None or self.rejected_by is not None:
            return
        self.is_silent = self.is_silent and (not decided.upto or self._gate is not None)
        for finding in decided.findings:
            key = finding.rule.id, finding.values
            if key not in self._known or finding is decided.rejected_by:
                self._known.add(key)
                self.findings.append(finding)
        self.rejected_by = decided.rejected_by

    def _going(self) -> bytes:
        """Return the events, and the beginnings of events, that go on now: the others in each channel in order."""
        if self.rejected_by is not None:
            return b""
        out: list[bytes] = []
        left: list[Event] = []
        blocked: set[TextChannel] = set()
        gated = len(self._waiting) if self._gate is None else self._waiting.index(self._gate)
        for event in self._waiting[:gated]:
            is_first = not (left and event.is_behind) and not any(part.channel in blocked for part in event.parts)
            if is_first and event.is_decided:
                out.append(event.whole())
                continue
            if is_first and self._splits and event.may_begin:
                out.append(event.begun())
            left.append(event)
            blocked.update(part.channel for part in event.parts)
        self._waiting = left + self._waiting[gated:]
        return b"".join(out)


def fresh_strings(tree: object, but: Collection[int], seen: AbstractSet[str]) -> list[str]:
    """Return the keys, strings and long numbers of a tree that were not seen, without objects of these identities."""
    fresh: list[str] = []
    waiting = [tree]
    for value in waiting:  # it grows
        if type(value) is str:
            if value not in seen and id(value) not in but:
                fresh.append(value)
        elif type(value) is dict:
            if not value.keys() <= seen:
                fresh += value.keys() - seen
            waiting += value.values()
        elif type(value) is list:
            waiting += value
        elif type(value) is int and not -_LONG_NUMBER < value < _LONG_NUMBER:
            fresh.append(str(value))
    return fresh
