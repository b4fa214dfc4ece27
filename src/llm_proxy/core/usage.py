"""Token counts out of answers and stream chunks, and the estimate when none came.

Sources: OpenAI's ``usage`` object (chat, completions, embeddings: ``prompt_tokens``…; responses, images:
``input_tokens``…) and Anthropic's (``input_tokens`` without the cached ones, which stand beside it).
"""

from dataclasses import dataclass
from typing import Any

from llm_proxy.core.endpoints import Endpoint, StreamForm
from llm_proxy.records import Tokens

CHARACTERS_A_TOKEN = 4

Json = dict[str, Any]

_RESPONSES_END = {"response.completed", "response.incomplete", "response.failed"}
_OTHER_END = {"message_stop", "image_generation.completed", "image_edit.completed", "speech.audio.done"}


def estimate(characters: int) -> int:
    """Return the estimated tokens of a text: a token for each 4 characters begun."""
    return -(-characters // CHARACTERS_A_TOKEN)


def _count(usage: Json, *names: str) -> int | None:
    for name in names:
        value = usage.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None


def _detail(usage: Json, name: str, *parents: str) -> int:
    for parent in parents:
        details = usage.get(parent)
        if isinstance(details, dict) and (value := _count(details, name)) is not None:
            return value
    return 0


@dataclass(slots=True)
class Counts:
    """What a provider has told so far. A later number replaces an earlier one: providers repeat running totals."""

    prompt: int | None = None
    completion: int | None = None
    total: int | None = None
    cached: int = 0
    reasoning: int = 0

    @property
    def known(self) -> bool:
        """Whether the provider told anything."""
        return self.prompt is not None or self.completion is not None

    def read(self, usage: object) -> bool:
        """Take the numbers of one usage object; tell whether there were any."""
        if not isinstance(usage, dict):
            return False
        prompt = _count(usage, "prompt_tokens", "input_tokens")
        completion = _count(usage, "completion_tokens", "output_tokens")
        cached = _detail(usage, "cached_tokens", "prompt_tokens_details", "input_tokens_details")
        read, written = _count(usage, "cache_read_input_tokens"), _count(usage, "cache_creation_input_tokens")
        if prompt is not None and (read or written):
            # Anthropic counts cached tokens beside input_tokens; here, as with OpenAI, the prompt includes them.
            prompt += (read or 0) + (written or 0)
            cached = read or 0
        self.prompt = self.prompt if prompt is None else prompt
        self.completion = self.completion if completion is None else completion
        self.total = _count(usage, "total_tokens") if "total_tokens" in usage else self.total
        self.cached = cached or self.cached
        reasoning = _detail(usage, "reasoning_tokens", "completion_tokens_details", "output_tokens_details")
        self.reasoning = reasoning or self.reasoning
        return prompt is not None or completion is not None


class Meter:
    """Reads what one call's answer says of its cost.

    ``prompt_characters`` is what the client sent, for the estimate.
    """

    def __init__(self, endpoint: Endpoint, prompt_characters: int) -> None:
        self._endpoint = endpoint
        self._prompt_characters = prompt_characters
        self._characters = 0
        self._open: set[int] = set()  # choices that began and have no finish_reason yet
        self._closed: set[int] = set()
        self.counts = Counts()
        self.model = ""
        self.finished = False  # the protocol's own end: a finish_reason, a terminal event
        self.failed = False  # the provider told of an error inside a good answer

    def read_answer(self, answer: object) -> None:
        """Read a whole JSON answer."""
        self.finished = True
        if not isinstance(answer, dict):
            return
        self._read_model(answer)
        self.counts.read(answer.get("usage"))
        if not self.counts.known:
            self._characters = _answer_characters(answer)

    def read_chunk(self, chunk: object) -> None:
        """Read one event's JSON of a stream."""
        if not isinstance(chunk, dict):
            return
        self._read_model(chunk)
        self.counts.read(chunk.get("usage"))
        if chunk.get("error"):
            self.failed = True
        _READERS[self._endpoint.stream](self, chunk)

    def is_usage_only(self, chunk: object) -> bool:
        """Whether this chunk exists only because usage was asked for: OpenAI's last one, with empty ``choices``."""
        return isinstance(chunk, dict) and chunk.get("choices") == [] and isinstance(chunk.get("usage"), dict)

    def tokens(self, *, complete: bool) -> Tokens:
        """Return the counts and where they come from.

        ``provider``, ``partial`` (it told only some), ``estimated`` or ``none``.
        """
        counts = self.counts
        guess = estimate(self._characters)
        if counts.known and complete:
            return Tokens(
                counts.prompt or 0, counts.completion or 0, counts.cached, counts.reasoning, "provider", counts.total
            )
        if counts.known:
            prompt = estimate(self._prompt_characters) if counts.prompt is None else counts.prompt
            completion = max(counts.completion or 0, guess)
            return Tokens(prompt, completion, counts.cached, counts.reasoning, "partial")
        if not self._endpoint.metered:
            return Tokens()
        return Tokens(estimate(self._prompt_characters), guess, source="estimated")

    def _read_model(self, answer: Json) -> None:
        if not self.model and isinstance(model := answer.get("model"), str):
            self.model = model

    def read_chat(self, chunk: Json) -> None:
        """Chat and text completions: deltas in ``choices``, the end in ``finish_reason``."""
        for choice in _dicts(chunk.get("choices")):
            self._characters += _characters(choice.get("delta")) + _length(choice.get("text"))
            self._note_choice(choice)
        self.finished = bool(self._closed) and not self._open

    def _note_choice(self, choice: Json) -> None:
        index = choice.get("index")
        number = index if isinstance(index, int) else 0
        if choice.get("finish_reason"):
            self._closed.add(number)
            self._open.discard(number)
        elif number not in self._closed:
            self._open.add(number)

    def read_responses(self, chunk: Json) -> None:
        """Responses: a ``delta`` text, and terminal events that hold the whole response with its usage."""
        kind = chunk.get("type")
        self._characters += _length(chunk.get("delta"))
        response = chunk.get("response")
        if isinstance(response, dict):
            self._read_model(response)
            self.counts.read(response.get("usage"))
        if kind in _RESPONSES_END:
            self.finished = True
        if kind in {"error", "response.failed"}:
            self.failed = True

    def read_messages(self, chunk: Json) -> None:
        """Anthropic: usage in ``message_start`` and ``message_delta``, the end in ``message_stop``."""
        message = chunk.get("message")
        if isinstance(message, dict):
            self._read_model(message)
            self.counts.read(message.get("usage"))
        self._characters += _characters(chunk.get("delta"))
        self.read_other(chunk)

    def read_other(self, chunk: Json) -> None:
        """Images and speech: terminal events."""
        kind = chunk.get("type")
        if kind in _OTHER_END:
            self.finished = True
        if kind == "error":
            self.failed = True


_READERS: dict[StreamForm, Any] = {
    "chat": Meter.read_chat,
    "completions": Meter.read_chat,
    "responses": Meter.read_responses,
    "messages": Meter.read_messages,
    "images": Meter.read_other,
    "bytes": Meter.read_other,
    "none": Meter.read_other,
}


def _dicts(value: object) -> list[Json]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _length(value: object) -> int:
    return len(value) if isinstance(value, str) else 0


_LABELS = {"role", "id", "type", "finish_reason", "stop_reason", "signature", "object", "model", "status"}


def _characters(value: object) -> int:
    """Characters of all strings below a value, labels left out: what a model wrote."""
    total, waiting = 0, [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            total += len(each)
        elif isinstance(each, dict):
            waiting += [inner for name, inner in each.items() if name not in _LABELS]
        elif isinstance(each, list):
            waiting += each
    return total


def _answer_characters(answer: Json) -> int:
    """Characters a model wrote in a whole answer.

    ``choices`` (chat, completions), ``output`` (responses), ``content`` (Anthropic).
    """
    return sum(_characters(answer.get(name)) for name in ("choices", "output", "content"))
