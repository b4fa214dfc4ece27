"""The gateway's own secrets: its keys, the credentials of its providers, its tokens. No call carries one, in or out.

Nobody has to write a rule for them. A key is known by its SHA-256 alone; what is known in clear is looked for as it is,
and in the views in which texts are decoded. A part of a secret is not recognised.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from llm_proxy.core import keys
from llm_proxy.core.detectors import Detector
from llm_proxy.core.patterns import Pattern, quoted
from llm_proxy.core.templates import literal_template
from llm_proxy.records import DIRECTIONS, Guardrail, Secret

_KEY = rf"(?i){keys.PREFIX}[0-9a-f]{{{keys.HEX_DIGITS}}}"
_KEYS = re.compile(_KEY)
_RELEASED = datetime(2026, 1, 1, tzinfo=UTC)

_SHORTEST = 8
_LONG = 16
_FEWEST_DIFFERENT = 5
_KEY_LIKE = "sk-"  # how keys begin wherever OpenAI's protocol is spoken
# What stands where no credential is needed, and in examples: these words and nothing else are nobody's secret.
_FOR_NO_KEY = """
abc abcdef any anything api apikey change changeme cpp default demo dummy empty example fake false for free here ignored
insert is key keys litellm llama lm local localhost mock my na necessary need needed no none not null ollama openai
optional password placeholder replace required sample sk some studio test token true undefined unused vllm whatever x xx
xxx xxxx your
"""
_WORDS = frozenset(_FOR_NO_KEY.split())


def _built_in(number: int, name: str, pattern: str, description: str) -> Guardrail:
    """``pattern`` is copied into events, so it tells no secret."""
    return Guardrail(
        id=f"5e1fdefe-0000-4000-8000-{number:012d}",
        pattern=pattern,
        mode="reject",
        replace_by="",
        created_at=_RELEASED,
        updated_at=_RELEASED,
        name=name,
        severity="critical",
        directions=DIRECTIONS,
        description=description,
        origin="built-in",
    )


GATEWAY_KEY = _built_in(
    1, "Key of this gateway", _KEY, "A live key of this gateway, recognised by its SHA-256. SELF_DEFENCE=off ends it."
)
PROVIDER_CREDENTIAL = _built_in(
    2,
    "Credential of a provider",
    "(the credential of a provider)",
    "The credential of a provider of this gateway, exactly as it is stored. SELF_DEFENCE=off ends it.",
)
OWN_SECRET = _built_in(
    3,
    "Secret of this gateway",
    "(ADMIN_TOKEN or SECRET_KEY)",
    "The admin token or the sealing key of this gateway. SELF_DEFENCE=off ends it.",
)
BUILT_IN = frozenset(rule.id for rule in (GATEWAY_KEY, PROVIDER_CREDENTIAL, OWN_SECRET))


@dataclass(frozen=True, slots=True)
class Defence:
    """Detectors of the gateway's own secrets. Two are equal when they were made for the same secrets."""

    mark: bytes
    detectors: tuple[Detector, ...] = field(compare=False)


NO_DEFENCE = Defence(b"", ())


def defend(
    digests: Collection[str],
    credentials: Sequence[Secret],
    own: Sequence[Secret] = (),
    before: Defence = NO_DEFENCE,
) -> Defence:
    """Return the detectors for keys by their digests, providers' credentials, and the gateway's own secrets.

    What is no secret (see ``is_secret``) is left out. ``before`` itself is returned when nothing has changed.
    """
    known, provided, owned = frozenset(digests), _secrets(credentials), _secrets(own)
    mark = _mark(sorted(known), provided, owned)
    if mark == before.mark:
        return before
    detectors = [Detector(GATEWAY_KEY, Pattern(_KEY), literal_template(""), validators=(_is_one_of(known),))]
    detectors += [_literal(PROVIDER_CREDENTIAL, text) for text in provided]
    detectors += [_literal(OWN_SECRET, text) for text in owned if text not in provided]
    return Defence(mark, tuple(detectors))


def is_secret(text: str) -> bool:
    """Say whether a credential is one: local models are given words such as ``not-needed``, which prompts hold too.

    It is when it has 16 characters, or 8 with a digit among them or ``sk-`` in front; but not when it repeats a few
    characters, nor when it consists of the words that stand for no key, with no digits or few characters.
    """
    if len(text) < _SHORTEST or len(set(text)) < _FEWEST_DIFFERENT:
        return False
    has_digit = any(char.isdigit() for char in text)
    if _WORDS.issuperset(re.findall(r"[^\W\d_]+", text.lower())) and not (has_digit and len(text) >= _LONG):
        return False
    return len(text) >= _LONG or has_digit or text.startswith(_KEY_LIKE)


def _secrets(given: Sequence[Secret]) -> list[str]:
    return sorted({text for secret in given if is_secret(text := secret.reveal().strip())})


def _mark(*groups: Iterable[str]) -> bytes:
    digest = hashlib.sha256()
    for group in groups:
        for text in group:
            data = text.encode("utf-8", "surrogatepass")
            digest.update(b"%d:" % len(data))
            digest.update(data)
        digest.update(b";")
    return digest.digest()


def _is_one_of(digests: frozenset[str]) -> Callable[[str], bool]:
    """Say whether there is a key among those with these digests in a match: one of very many takes all that follows."""
    return lambda value: any(keys.digest(key.lower()) in digests for key in _KEYS.findall(value))


def _literal(rule: Guardrail, text: str) -> Detector:
    return Detector(rule, Pattern(quoted(text)), literal_template(""))
