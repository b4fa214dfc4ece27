"""Mint, digest and display proxy keys."""

import hashlib

PREFIX = "llmp-"
HEX_DIGITS = 64
_DISPLAY_CHARACTERS = len(PREFIX) + 4


def mint(entropy: bytes) -> str:
    """Return a key made of 32 random bytes (256 bits): ``llmp-`` and 64 hex digits."""
    if len(entropy) != 32:
        raise ValueError("a key is minted from 32 bytes")
    return PREFIX + entropy.hex()


def digest(key: str) -> str:
    """Return the hex SHA-256 of the whole key: the only form that is stored, and what a call is looked up by."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def display(key: str) -> str:
    """Return the first characters, enough to tell keys apart in a list and useless to anyone else."""
    return key[:_DISPLAY_CHARACTERS]
