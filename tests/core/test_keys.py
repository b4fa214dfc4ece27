"""Proxy keys: 256 bits, known by their digest only."""

import hashlib

import pytest

from llm_proxy.core import keys


def test_a_key_is_the_prefix_and_64_hex_digits() -> None:
    assert keys.mint(bytes(range(32))) == "llmp-" + bytes(range(32)).hex()


def test_a_key_is_never_minted_from_less_than_256_bits() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        keys.mint(b"short")


def test_the_digest_is_the_sha_256_of_the_whole_key() -> None:
    assert keys.digest("llmp-abc") == hashlib.sha256(b"llmp-abc").hexdigest()


def test_the_display_form_tells_nothing_of_the_rest() -> None:
    assert keys.display(keys.mint(b"\xab" * 32)) == "llmp-abab"


def test_A02_one_other_letter_is_another_digest() -> None:
    key = keys.mint(b"\x01" * 32)
    assert len({keys.digest(each) for each in (key, key.upper(), key + "0", key[:-1], "x" + key)}) == 5
