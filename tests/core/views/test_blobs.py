"""Files inside of a body: text is read, everything else left alone."""

from base64 import b64encode, urlsafe_b64encode
from random import Random
from urllib.parse import quote

import pytest

from llm_proxy.core.views import blob_text

SAID = "user,password\nwendy,Vq7XrM2kTz€\n"
B64 = b64encode(SAID.encode()).decode()
PICTURE = b"\x89PNG\r\n\x1a\n" + Random(1).randbytes(500)
URL_B64 = urlsafe_b64encode(("??>>" + SAID).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (f"data:text/csv;base64,{B64}", SAID),
        (f"DATA:Text/Plain;charset=utf-8;BASE64,{B64}", SAID),
        (f"data:application/json; base64,{B64}", SAID),
        (f"data:image/svg+xml,{quote(SAID)}", SAID),
        (f"data:,{quote(SAID)}", SAID),
        (f"data:application/octet-stream;base64,{B64}", SAID),
        (f"data:text/plain;base64,{quote(B64)}", SAID),
        (f"data:text/plain;base64,{B64[:20]}\r\n{B64[20:]}", SAID),
        (f"data:text/plain;base64,{URL_B64}", "??>>" + SAID),
        (f"data:;base64,{b64encode(SAID.encode('utf-16')).decode()}", SAID),
        (f"data:;base64,{b64encode(SAID.encode('utf-16-le')).decode()}", SAID),
        (f"data:image/png;base64,{B64}", SAID),
        ("data:text/plain;base64,QUtJQQ=", "AKIA"),
        (f"data:text/plain;base64,{b64encode(b'caf' + bytes([0xE9])).decode()}", "caf\ufffd"),
        (B64, SAID),
        (f"{B64[:20]}\n{B64[20:]}\n", SAID),
    ],
)
def test_text_in_a_file_is_read(value: str, text: str) -> None:
    assert blob_text(value) == text


@pytest.mark.parametrize(
    "value",
    [
        f"data:image/png;base64,{b64encode(PICTURE).decode()}",
        f"data:application/pdf;base64,{b64encode(b'%PDF-1.7' + PICTURE).decode()}",
        b64encode(PICTURE).decode(),
        "data:image/png;base64,",
        "https://host/picture.png",
        "a plain text",
        "word",
        "",
    ],
)
def test_what_is_no_text_is_none(value: str) -> None:
    assert blob_text(value) is None
