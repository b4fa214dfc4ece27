import re

import pytest

from llm_proxy.core.validators import VALIDATORS, parse_validator
from llm_proxy.errors import BadPattern

CASES = [
    ("luhn", ["4111 1111 1111 1111", "378282246310005", "79927398713"], ["4111 1111 1111 1112", "0000", "x", ""]),
    (
        "iban",
        ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
        ["DE89370400440532013001", "DE8937040044", "XX00"],
    ),
    ("has_digit", ["a1"], ["a", "", "²"]),
    ("has_letter", ["1a"], ["1", ""]),
    ("not_placeholder", ["q8Zt4LmV"], ["changeme"]),
    ("written_out", ["changeme"], ["${X}"]),
    ("not_words", ["q8Zt4LmV"], ["changeme"]),
    ("ip_public", ["93.184.216.34", "2a00:1450:4001:81b::200e"], ["10.0.0.1", "192.168.1.1", "::1", "300.1.1.1", "x"]),
    ("entropy>=3.5", ["q8Zt4LmVb1Ns7RwY"], ["aaaaaaaaaaaaaaab", ""]),
    (" entropy >= 1 ", ["ab"], ["aa"]),
    ("min_len>=3", ["abc"], ["ab"]),
    ("max_len<=3", ["abc"], ["abcd"]),
    ("digits>=2", ["a1b2"], ["a1", "²³", ""]),
    ("uppercase>=2", ["aBC"], ["aB", "ÄÖ"]),
    ("lowercase>=2", ["aBcd"], ["aB", "äö"]),
    ("special>=2", ["a-b_", "[^"], ["a-b", "a b c"]),
]


@pytest.mark.parametrize(("name", "good", "bad"), CASES, ids=[case[0] for case in CASES])
def test_a_validator_tells_good_from_bad(name: str, good: list[str], bad: list[str]) -> None:
    judge = parse_validator(name)
    assert [text for text in good if not judge(text)] == []
    assert [text for text in bad if judge(text)] == []


@pytest.mark.parametrize("name", VALIDATORS)
def test_every_validator_that_is_told_of_is_there_and_judges_anything(name: str) -> None:
    judge = parse_validator(re.sub("[XN]$", "3", name))
    for text in ("", "x", "1" * 40, "é" * 3, "²³", "a-b c/d.", "0" * 9, "\x00", "\uff19" * 11, "1" * 10_000):
        assert judge(text) in {True, False}
    assert VALIDATORS[name]


@pytest.mark.parametrize(
    "text",
    ["", "luhn2", "entropy", "entropy<=3", "entropy>=x", "min_len>=-1", "luhn>=3", "checksum", "checksum:no", "luhn; x",
     "min_len>=99999999"],
)  # fmt: skip
def test_another_name_is_refused_with_those_there_are(text: str) -> None:
    with pytest.raises(BadPattern, match=r"entropy>=X.*checksum:github"):
        parse_validator(text)
