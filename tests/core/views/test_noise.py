"""Long runs of digits that hide no text are not decoded, and nothing is lost by that."""

import sys
from base64 import b64encode
from collections.abc import Callable
from random import Random

import pytest

from llm_proxy.core.views.noise import is_hex_noise, is_noise, is_wordless
from llm_proxy.core.views.runs import runs

PLAIN = "".join(map(chr, range(0x20, 0x7F))) + "\t\n\r"
WIDE = "".join(map(chr, range(0xFF01, 0xFF5F)))
SHORTEST: dict[str, Callable[[Random], bytes]] = {
    "ASCII": lambda chance: "".join(chance.choices(PLAIN, k=18)).encode(),
    "UTF-16": lambda chance: "".join(chance.choices(PLAIN, k=8)).encode("utf-16-le"),
    "fullwidth": lambda chance: "".join(chance.choices(WIDE, k=4)).encode(),
}

WORDS: dict[str, Callable[[Random], bytes]] = {
    "ASCII": lambda chance: "".join(chance.choices(PLAIN, k=8)).encode(),
    "two bytes": lambda chance: "".join(chr(chance.randrange(0x80, 0x800)) for _ in range(4)).encode(),
    "three bytes": lambda chance: "".join(chr(chance.randrange(0x800, 0xD800)) for _ in range(3)).encode(),
    "UTF-16": SHORTEST["UTF-16"],
}


def noise(chance: Random, most: int) -> bytes:
    return bytes(chance.choices((*range(0x80, 0xC0), 0xFF), k=chance.randrange(most)))


@pytest.mark.parametrize("kind", SHORTEST)
def test_the_shortest_text_is_told_from_noise_wherever_it_begins(kind: str) -> None:
    for seed in range(300):
        chance = Random(seed)
        data = noise(chance, 7) + SHORTEST[kind](chance) + noise(chance, 7)
        digits = b64encode(data).rstrip(b"=")
        assert not is_noise(b"////"[: chance.randrange(4)] + digits + b"/" * chance.randrange(4)), data
        hexadecimal = data.hex().encode()
        assert not is_hex_noise(b"f"[: chance.randrange(2)] + chance.choice((hexadecimal, hexadecimal.upper()))), data


@pytest.mark.parametrize("kind", WORDS)
def test_the_shortest_word_is_told_from_none_wherever_it_begins(kind: str) -> None:
    for seed in range(300):
        chance = Random(seed)
        data = noise(chance, 7) + WORDS[kind](chance) + noise(chance, 7)
        digits = b64encode(data).rstrip(b"=")
        assert not is_wordless(b"////"[: chance.randrange(4)] + digits + b"/" * chance.randrange(4)), data


@pytest.mark.parametrize("name", ["this_is_the_name_of_a_function", "usr/local/share/applications", "Wiederaufnahme"])
def test_names_hide_no_word(name: str) -> None:
    assert is_wordless(name.replace("_", "/").encode())


def test_random_bytes_are_noise() -> None:
    data = Random(1).randbytes(100_000)
    assert is_noise(b64encode(data))
    assert is_hex_noise(data.hex().encode())


TOLD = (
    "Meet me at the old mill.",
    "AKIAQYLPMN5HXQ3ZT7RB",
    "0123456789abcdef",
    "short",
    "Größte Menge: fünf Äpfel",
    "Пароль: синий попугай",
    "ＡＫＩＡＱＹＬＰ",  # noqa: RUF001 (fullwidth)
    "ｱｲｳｴｵｶｷｸｹｺ",
)


def mixed(chance: Random) -> str:
    """Return long digits with some texts behind some of them, perhaps wrapped."""
    data = b""
    for _ in range(chance.randrange(1, 5)):
        text = chance.choice(TOLD)
        said = chance.choice((b"", text.encode(), text.encode("utf-16-le"), text.encode() * 3))
        data += (
            chance.randbytes(chance.randrange(chance.choice((30, 9_000))))
            + b"\xff"
            + said
            + b"\xff" * chance.randrange(4)
        )
    digits = chance.choice((b64encode(data).decode(), data.hex(), data.hex().upper()))
    width = chance.choice((64, 76, len(digits)))
    lines = [digits[start : start + width] for start in range(0, len(digits), width)]
    return chance.choice(("", "x", "key=", "a/b/")) + chance.choice(("\n", "\r\n  ")).join(lines) + " and so on"


def test_what_is_decoded_is_the_same_without_the_test_for_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [mixed(Random(seed)) for seed in range(150)]
    found = [runs(text) for text in texts]
    decoding = sys.modules[runs.__module__]  # its name in the package is the function's
    monkeypatch.setattr(decoding, "is_noise", lambda _: False)
    monkeypatch.setattr(decoding, "is_wordless", lambda _: False)
    monkeypatch.setattr(decoding, "is_hex_noise", lambda _: False)
    assert found == [runs(text) for text in texts]
    assert 20 < sum(not edits for edits in found) < 130
