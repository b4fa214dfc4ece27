"""What lenient readers take for JSON becomes JSON, if it can be read in one way only."""

import json
import math

import pytest

from llm_proxy.core.mending import mended


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ('{"a": NaN}', {"a": None}),
        ('{"a":[-Infinity,Infinity , 1.5]}', {"a": [None, None, 1.5]}),
        ('{"a": NaN, "NaN": "NaN, \\"Infinity\\": NaN"}', {"a": None, "NaN": 'NaN, "Infinity": NaN'}),
        ('{"a": "\\ud83d", "b": NaN}', {"a": "\ufffd", "b": None}),
        ('{"a": "\\ud83d\\ude00 \\ude00"}', {"a": "\U0001f600 \ufffd"}),
    ],
)
def test_what_is_no_number_is_null_and_half_a_character_is_a_sign(data: str, expected: object) -> None:
    strict = mended(data.encode())
    assert strict is not None
    assert json.loads(strict, parse_constant=lambda _: math.pi) == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"word",
        b"[NaN]",
        b'"\\ud83d"',
        b'{"a": 1,}',
        b"{'a': 1}",
        b'{"a": 1e999}',
        b'{"a": NaN, "a": 1}',
        b'{"a": "\xff"}',
        b'{"a": "NaN',
        b'\xef\xbb\xbf{"a": NaN}',
        b'{"a": NaNo}',
        b'{"a": ' + b"[" * 2000 + b"NaN" + b"]" * 2000 + b"}",
    ],
)
def test_all_else_is_nothing(data: bytes) -> None:
    assert mended(data) is None
