"""The good values are those that the vendors' documentation and the standards print."""

import base64
import zlib

import pytest

from llm_proxy.core.validators import parse_validator

GOOD = {
    "base58": ["5HueCGU8rMjxEXxiPuD5BDku4MkFqeZyd4dZ1jvhTVqvbTLvyTJ", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"],
    "basic": ["QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "QWxhZGRpbjpvcGVuIHNlc2FtZQ"],
    "bech32": ["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "A12UEL5L",
               "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"],
    "github": ["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"],
    "jwt": ["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.x"],
    "npm": ["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"],
    "pypi": ["pypi-AgEIcHlwaS5vcmcCJGIx"],
}  # fmt: skip
BAD = {
    "base58": ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "0OIl", "1"],
    "basic": ["bm9jb2xvbg==", "!", "", "AAECAzoEBQ=="],
    "bech32": ["bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "Bc1qw508d6", "1qqqq", "x"],
    "github": ["ghp_zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ0mLq18", "ghp_", "ghp_éééééééé"],
    "jwt": ["eyJ0eXAiOiJKV1QifQ.e30.x", "e30.e30.x", "é.é.é", ""],
    "npm": ["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"],
    "pypi": ["pypi-AgENdGVzdC5weXBp", "pypi-é", "pypi-"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in GOOD.items() for value in values])
def test_a_true_value_keeps_its_checksum(name: str, value: str) -> None:
    assert parse_validator(f"checksum:{name}")(value)


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in BAD.items() for value in values])
def test_a_changed_value_does_not(name: str, value: str) -> None:
    assert not parse_validator(f"checksum:{name}")(value)


def test_a_grafana_token_ends_in_the_checksum_of_what_precedes_it() -> None:
    head = "glsa_" + "q8Zt4LmV" * 4
    judge = parse_validator("checksum:grafana")
    assert judge(f"{head}_{zlib.crc32(head.encode()):08x}")
    assert not judge(f"{head}_00000000")


def test_basic_credentials_may_have_no_user() -> None:
    assert parse_validator("checksum:basic")(base64.b64encode(b":x").decode())
