"""The table of ``/v1`` endpoints: which members hold the prompt, where usage stands, how the answer streams.

One row per route. A row is all there is to add: routing, inspection, accounting and the OpenAPI page follow from it.
"""

from dataclasses import dataclass
from typing import Literal

Dialect = Literal["openai", "anthropic"]
StreamForm = Literal["none", "chat", "completions", "responses", "messages", "images", "bytes"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One route below ``/v1/``.

    ``prompt``: top-level members whose strings are the model's input, in the order in which it reads them (they are
    what an estimate counts).
    ``stream``: the form of its event stream; ``bytes`` is an answer that is passed through unread (audio).
    ``asks_usage``: a stream tells its usage only when ``stream_options.include_usage`` is set.
    ``metered``: tokens are paid for, so an answer without usage gets an estimate; else its record says ``none``.
    """

    name: str
    summary: str
    prompt: tuple[str, ...] = ()
    stream: StreamForm = "none"
    method: Literal["GET", "POST"] = "POST"
    dialect: Dialect = "openai"
    asks_usage: bool = False
    metered: bool = True

    @property
    def path(self) -> str:
        """The route's path at the gateway."""
        return f"/v1/{self.name}"


_ROWS = (
    Endpoint(
        "chat/completions", "Create a chat completion", ("messages", "prediction", "tools"), "chat", asks_usage=True
    ),
    Endpoint("completions", "Create a text completion", ("prompt", "suffix"), "completions", asks_usage=True),
    Endpoint("embeddings", "Create embeddings", ("input",)),
    Endpoint("responses", "Create a model response", ("instructions", "input", "tools"), "responses"),
    Endpoint(
        "messages", "Create a message (Anthropic)", ("system", "messages", "tools"), "messages", dialect="anthropic"
    ),
    Endpoint("moderations", "Classify texts", ("input",), metered=False),
    Endpoint("images/generations", "Create images", ("prompt",), "images"),
    Endpoint("audio/speech", "Speak a text", ("input", "instructions"), "bytes"),
    Endpoint("models", "List the provider's models", method="GET", metered=False),
)

ENDPOINTS: dict[str, Endpoint] = {row.name: row for row in _ROWS}
