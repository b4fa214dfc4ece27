"""Stable placeholders: what a provider sees in the place of a value, and what each of them stands for.

``<EMAIL_ADDRESS_tkzqmvwhgyprjxsn>``: a word for the model, then 64 bits of the value's HMAC, which nobody guesses and
which need no memory: a value has the same placeholder in every turn, process and replica, and another one under another
key. The shape was chosen to come back whole and to be nobody's finding:

* Sixteen consonants that are no hex digits: no number, no word, nothing that a rule for digits, hex or base64 takes for
  a secret, and one case, for models keep letters better than their case.
* ``<`` begins one and nothing else in it, so a stream waits only after a ``<``; the fixed length and ``>`` end it, so
  none is the beginning of another.
* JSON writes it as it is (Go, .NET and others as ``\\u003c…\\u003e``: read back too). Markdown does not take it for a
  tag, whose name has no underscore, nor an underscore within a word for emphasis. Escaped for HTML (``&lt;``) it is
  altered, and an altered one is left alone.

A token of this shape in a client's own text is left as it is. If it is one that was issued in the same call, the answer
shows the value that the same caller sent with it; it cannot be one of another key's, or of a value it does not hold.
"""

import hashlib
import hmac
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Mapping

from llm_proxy.records import Secret

_MOST_KIND_CHARACTERS = 32
_DIGEST_HEX = 16  # 64 bits
_LETTERS = str.maketrans("0123456789abcdef", "ghjkmnpqrstvwxyz")
_NO_KIND = "SECRET"

SHAPE = re.compile(r"<[A-Z][A-Z_]{0,31}_[ghjkmnpqrstvwxyz]{16}>")


class Placeholders:
    """Issues placeholders for one call under one proxy key, and remembers them until the call's answer is done."""

    def __init__(self, secret: Secret, key_id: str) -> None:
        key = hmac.digest(secret.reveal().encode(), key_id.encode(), hashlib.sha256)
        self._keyed = hmac.new(key, digestmod=hashlib.sha256)
        self._issued: dict[str, str] = {}

    @property
    def issued(self) -> Mapping[str, str]:
        """The values by their placeholders."""
        return self._issued

    def issue(self, kind: str, value: str) -> str:
        """Return the placeholder of a value; ``kind`` is what the rule calls it.

        Placeholders in the value stand for what they stand for, so that one look-up always brings back the whole.
        """
        value = replaced(value, self._issued)
        word = kind_word(kind)
        keyed = self._keyed.copy()
        keyed.update(f"{word}\0{value}".encode("utf-8", "replace"))
        placeholder = f"<{word}_{keyed.hexdigest()[:_DIGEST_HEX].translate(_LETTERS)}>"
        self._issued[placeholder] = value
        return placeholder


class Restorer:
    """Puts values back in the place of known placeholders. False when it knows none: then nothing has to be read."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = dict(values)
        self._sorted = sorted(values)

    def __bool__(self) -> bool:
        return bool(self.values)

    def restore(self, text: str) -> str:
        """Return a text with its values. What is unknown, altered or incomplete stays as it is: nothing is guessed."""
        return replaced(text, self.values)

    def held(self, text: str) -> int:
        """Return where the beginning of a known placeholder stands at the text's end; its length when none does."""
        start = text.rfind("<")
        return start if start >= 0 and self.begins(text[start:]) else len(text)

    def begins(self, part: str) -> bool:
        """Say whether a known placeholder begins with this part and is longer."""
        at = bisect_left(self._sorted, part)
        return at < len(self._sorted) and self._sorted[at] != part and self._sorted[at].startswith(part)


def replaced(text: str, values: Mapping[str, str]) -> str:
    """Return a text with known placeholders replaced by their values, in one pass: values are not looked into."""
    if not values or "<" not in text:
        return text
    return SHAPE.sub(lambda match: values.get(match[0], match[0]), text)


def kind_word(kind: str) -> str:
    """Return what a rule calls its finding as a word of a placeholder: ``E-mail address`` is ``E_MAIL_ADDRESS``.

    Letters only: a rule that looks for digits must not find them here.
    """
    plain = unicodedata.normalize("NFKD", kind).encode("ascii", "ignore").decode().upper()
    words = re.findall("[A-Z]+", plain)
    return "_".join(words)[:_MOST_KIND_CHARACTERS].strip("_") or _NO_KIND
