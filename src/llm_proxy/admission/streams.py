"""How long would a rule make a streamed answer wait?"""

from dataclasses import replace
from functools import lru_cache

from llm_proxy.admission import benign
from llm_proxy.core.detectors import compile_rule
from llm_proxy.core.holdback import Holdback
from llm_proxy.errors import BadPattern
from llm_proxy.records import Guardrail

MOST_HELD = 1024  # characters of ordinary text: more is an answer that comes in gusts

_TEXTS = 60  # of the bundled ones, one after the other
_CHARACTERS = 6000


@lru_cache(maxsize=4096)
def holds_up(rule: Guardrail) -> bool:
    """Say whether a rule takes so much ordinary text for the beginning of a match that answers would stand still."""
    try:
        detector = compile_rule(replace(rule, mode="reject"))
    except BadPattern:
        return False
    text = " ".join(benign.texts()[:_TEXTS])[:_CHARACTERS]
    return len(text) - Holdback([detector]).open_from(text).start > MOST_HELD
