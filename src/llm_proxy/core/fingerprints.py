"""Name a secret without telling it: a keyed hash, the same wherever the secret is found, and a masked beginning."""

import hashlib
import hmac
from dataclasses import dataclass

from llm_proxy.records import Secret

MASK = "***"  # stands for a secret in what is stored or logged
HEX_CHARACTERS = 32  # 128 bits: two secrets of one database never share one by accident
_NO_TEXT = b"\xffclient "  # no UTF-8 begins like this
_SHOWN = 4  # of a long secret; what a vendor's prefix tells, and less than a tenth of what follows


@dataclass(frozen=True, slots=True)
class Fingerprinter:
    """Fingerprints under one database's key: they cannot be compared across databases, nor guessed without the key."""

    key: Secret

    def of(self, value: str) -> str:
        """Return the fingerprint of a secret, 32 hex digits of its HMAC-SHA256."""
        return self._named(value.encode("utf-8", "replace"))

    def of_client(self, address: str) -> str:
        """Return what tells a client's address from others, "" for none: never the fingerprint of any text."""
        return self._named(_NO_TEXT + address.encode("utf-8", "replace")) if address else ""

    def _named(self, message: bytes) -> str:
        return hmac.new(self.key.reveal().encode(), message, hashlib.sha256).hexdigest()[:HEX_CHARACTERS]


def preview(value: str, *, is_prefixed: bool) -> str:
    """Return the length of a secret, and its first four characters when they are a vendor's prefix."""
    head = value[:_SHOWN] if is_prefixed and len(value) >= 4 * _SHOWN else ""
    return f"{head}…({len(value)})"


def masked(value: str, pattern: str) -> str:
    """Return the preview of a secret that a pattern found: what the pattern itself spells out is no secret."""
    return preview(value, is_prefixed=value[:_SHOWN] in pattern)
