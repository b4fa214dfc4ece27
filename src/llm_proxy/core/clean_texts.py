"""Which texts were inspected before, and nothing was found in them?"""

import secrets
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from llm_proxy.core.patterns import SEPARATOR
from llm_proxy.core.text_rows import TextRow

# A text whose length is a multiple of sixteen is the last of its lot, unless it is as short as most keys.
_LOT_MASK = 15
_LONG = 2048  # characters: so is one that is as long
_SEPARATOR = SEPARATOR.encode()
_MOST_REMEMBERED = 1 << 16
_NONCE = bytes(12)


class Lot(NamedTuple):
    """Neighbouring texts, from ``start`` to before ``end``, joined; the digest is None where it would be ambiguous."""

    start: int
    end: int
    joined: bytes
    digest: bytes | None


class CleanTexts:
    """Texts in which nothing was found, by keyed hash: a chat resends its history with every turn.

    It belongs to one rule set, so it never outlives a change of rules. It holds no text and no offset. To hash a short
    text costs what inspecting it costs, so neighbours are hashed together. Where a lot of them ends is said by its last
    text alone: what is added before or behind leaves the other lots as they were.

    The hash is the tag of AES-GCM over what is only authenticated, ten times as fast as BLAKE2b. Nothing is encrypted,
    and no tag leaves this object, so the nonce may be always the same: two texts share a tag by chance alone, of about
    one in 2**100, whoever chose them.
    """

    def __init__(self, most: int = _MOST_REMEMBERED) -> None:
        self._hash = AESGCM(secrets.token_bytes(32))
        self._most = most
        self._seen: dict[bytes, None] = {}

    def unknown(self, texts: Sequence[str]) -> list[Lot]:
        """Return the texts that must be inspected, in lots."""
        lots = []
        start = 0
        ends = [
            index
            for index, length in enumerate(map(len, texts), 1)
            if length > _LOT_MASK and (not length & _LOT_MASK or length >= _LONG)
        ]
        for end in ends if ends and ends[-1] == len(texts) else [*ends, len(texts)]:
            lot = self._lot(texts, start, end)
            if lot.digest not in self._seen:
                lots.append(lot)
            start = end
        return lots

    def add(self, lots: Iterable[Lot]) -> None:
        """Remember texts in which no rule finds anything, in any view; the oldest are forgotten."""
        for lot in lots:
            if lot.digest is not None:
                self._seen.pop(lot.digest, None)
                self._seen[lot.digest] = None
        while len(self._seen) > self._most:
            self._seen.pop(next(iter(self._seen)), None)

    def _lot(self, texts: Sequence[str], start: int, end: int) -> Lot:
        joined = SEPARATOR.join(texts[start:end]).encode()
        is_clear = joined.count(0) == end - start - 1  # no text holds what may be a separator
        digest = self._hash.encrypt(_NONCE, b"", joined) if is_clear else None
        return Lot(start, end, joined, digest)


def gathered(texts: Sequence[str], lots: Sequence[Lot]) -> TextRow:
    """Return the texts of lots in a row."""
    row = [text for lot in lots for text in texts[lot.start : lot.end]]
    return TextRow(row, _SEPARATOR.join(lot.joined for lot in lots))
