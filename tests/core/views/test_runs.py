"""Text behind base64 and hexadecimal digits."""

from base64 import b64encode
from hashlib import sha256
from random import Random

import pytest

from llm_proxy.core.views.runs import runs
from llm_proxy.core.views.view import edited

SAID = "Meet me at the old mill."
B64 = b64encode(SAID.encode()).decode()
UNEVEN = b64encode(f"{SAID}!".encode()).decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (B64, SAID),
        ("KDQxNSkgNTU1LTAxMzI=", "(415) 555-0132"),
        (f"<{UNEVEN}>", f"<{SAID}!>"),
        (UNEVEN.rstrip("=") + ".", f"{SAID}!."),
        (f"a/path/{B64}", f"a/path/{SAID}"),
        (f"key={B64};", f"key={SAID};"),
        (f"key:\\n{UNEVEN}\\n", f"key:\\n{SAID}!\\n"),
        (f"{UNEVEN}\n{B64}", f"{SAID}!\n{SAID}"),
        (f"{B64[:16]}\r\n{B64[16:]}".replace(B64[:16], B64[:20]).replace(B64[16:], B64[20:]), SAID),
        (SAID.encode().hex(), SAID),
        (f"sha-{SAID.encode().hex().upper()}", f"sha-{SAID}"),
        (f"0x{SAID.encode().hex()}", SAID),
        (SAID.encode().hex(":"), SAID),
        (f"key:\\n{SAID.encode().hex(':')}\\n", f"key:\\n{SAID}\\n"),
        (SAID.encode().hex(" "), SAID),
        (f"{SAID.encode().hex(' ')} 12 apples", f"{SAID} 12 apples"),
        (f"{SAID.encode().hex(':')}, 50% off", f"{SAID}, 50% off"),
        (", ".join(f"0x{byte:02X}" for byte in SAID.encode()), SAID),
        (b64encode(SAID.encode("utf-16-le")).decode(), SAID),
        (f"{B64}\n{b64encode(SAID.encode('utf-16-le')).decode()}", f"{SAID}\n{SAID}"),
        (b64encode("Größe: fünf Äpfel".encode()).decode(), "Größe: fünf Äpfel"),
    ],
)
def test_what_decodes_to_text_is_decoded(text: str, said: str) -> None:
    assert edited("decoded", text, runs(text)).text == said


@pytest.mark.parametrize(
    "text",
    [
        "test_what_decodes_to_text_is_decoded_in_place",
        "/usr/lib/python3/dist-packages/some/module",
        "AbstractSingletonProxyFactoryBeanDefinition",
        "123e4567-e89b-12d3-a456-426614174000",
        "4539148803436467 00000000000000000000000",
        "----------------------------------------",
        "2024-01-02 10:11:12 13:14:15 16:17:18 19-20-21",
        sha256(SAID.encode()).hexdigest(),
        b64encode(sha256(SAID.encode()).digest()).decode(),
    ],
)
def test_names_paths_numbers_and_digests_are_left_alone(text: str) -> None:
    assert not runs(text)


def test_a_picture_is_left_alone_and_a_text_in_it_is_not() -> None:
    noise = Random(1).randbytes(60_000)
    assert not runs(b64encode(noise).decode())
    (edit,) = runs(b64encode(noise[:30_000] + b"\x00" + SAID.encode() + b"\x00" + noise[30_000:]).decode())
    assert edit[2] == SAID


LONG = "Meet me at the old mill, and bring the seven lanterns with you, but not the dog. " * 2
WRAPPED = b64encode(LONG.encode()).decode()


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (f"{B64}\n{UNEVEN}", [B64, UNEVEN]),
        (f"{B64}\n{B64[:28]}\nplease", [B64, B64[:28]]),
        (f"{WRAPPED[:76]}\nfine", [WRAPPED[:76], "fine"]),
        (f"{SAID.encode().hex()}\n{b'Not so the dog.'.hex()}\n", [SAID.encode().hex(), b"Not so the dog.".hex()]),
        (f"{WRAPPED[:76]}\n{WRAPPED[76:152]}\n{WRAPPED[152:]}", [WRAPPED]),
        (f"{WRAPPED[:64]}\n  {WRAPPED[64:108]}\nthen", [WRAPPED[:108]]),
    ],
    ids=["lines", "a word", "a word after a long line", "hexadecimal", "wrapped", "indented"],
)
def test_a_line_is_a_token_of_its_own_unless_it_looks_wrapped(text: str, tokens: list[str]) -> None:
    edits = [text[start:end] for start, end, said in runs(text) if said]
    assert ["".join(each.split()) for each in edits] == tokens
