"""Answers that arrive in pieces: what of a secret is delivered before it is known, and how long a text waits."""

from collections.abc import Sequence
from dataclasses import replace

from bench.guardrails.encodings import sentence
from bench.guardrails.scoring import grams, percentile

from llm_proxy.core.incoming import Incoming, rewritten
from llm_proxy.core.watch import Watch, compile_rules
from llm_proxy.records import Guardrail

SIZES = (1, 2, 5, 16, 64)  # of a piece, in characters; with each, the text is cut at every phase
PROSE = (
    "The report says that the secret of a good answer is to keep it short: name the key points, give an example, and "
    "leave it there. A token of thanks costs nothing, but passing on a word too many does (see chapter 3, page 12). "
) * 8


def watched(rules: Sequence[Guardrail]) -> Watch:
    """Return the rules as they would look at answers, replacing."""
    return compile_rules([replace(rule, directions=("response",)) for rule in rules], 1).watch("response")


def leaks(watch: Watch, secrets: Sequence[str]) -> dict[str, int]:
    """Return in how many streams eight characters of a secret in a row were delivered, of how many streams."""
    streams = leaked = 0
    for secret in secrets:
        text = f"Here it is, {sentence(secret)} and no other.\n"
        pieces = grams(secret)
        for size in SIZES:
            for phase in range(size):
                delivered = arrived(watch, text, size, phase)[0]
                streams += 1
                leaked += any(piece in delivered for piece in pieces)
    return {"secrets": len(secrets), "streams": streams, "with a leak": leaked}


def delay(watch: Watch) -> dict[str, float]:
    """Return how many characters, and words, of ordinary prose wait, in pieces of four characters."""
    _, waiting = arrived(watch, PROSE, 4, 0)
    words = [len(PROSE[end - held : end].split()) for end, held in waiting]
    held = [held for _, held in waiting]
    return {
        "p50 characters": percentile(held, 0.5),
        "p99 characters": percentile(held, 0.99),
        "most characters": max(held),
        "p50 words": percentile(words, 0.5),
        "most words": max(words),
    }


def arrived(watch: Watch, text: str, size: int, phase: int) -> tuple[str, list[tuple[int, int]]]:
    """Feed a text in pieces. Return what was delivered, and what was waiting after each piece: text so far, of it."""
    incoming = Incoming(watch, "text")
    cuts, upto = [], 0
    waiting = []
    starts = [0, *range(phase or size, len(text), size)]
    for begin, end in zip(starts, [*starts[1:], len(text)], strict=True):
        incoming.feed(text[begin:end])
        decided = incoming.decide(ended=end == len(text))
        if decided is not None:
            if decided.rejected_by is not None:
                break
            cuts += [(start, end, "\0") for start, end, _ in decided.cuts]  # a replacement may be spelled like a secret
            upto = decided.upto
        waiting.append((end, end - upto))
    return rewritten(text[:upto], 0, cuts), waiting
