"""Files inside of a body: text is read, everything else left alone."""

from base64 import b64encode, urlsafe_b64encode
from random import Random
from urllib.parse import quote

import pytest

from llm_proxy.core.views import blob_text, media_text, text_file

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


MEDIA = {
    "png": b"\x89PNG\r\n\x1a\n",
    "jpeg": b"\xff\xd8\xff\xe1",
    "gif": b"GIF89a",
    "tiff": b"II*\0",
    "webp": b"RIFF\x10\x20\x30\x00WEBP",
    "wav": b"RIFF\x10\x20\x30\x00WAVE",
    "mp4": b"\0\0\0\x20ftypisom",
    "webm": b"\x1aE\xdf\xa3",
    "ogg": b"OggS",
    "flac": b"fLaC",
    "mp3": b"\xff\xfb",
}
NOISE = bytes(range(128, 256)) * 40


@pytest.mark.parametrize("kind", MEDIA)
def test_in_media_only_the_texts_are_read(kind: str) -> None:
    data = MEDIA[kind] + NOISE + b"Copyright: the author" + NOISE
    digits = b64encode(data).decode()
    assert media_text(f"data:image/{kind};base64,{digits}") == f"data:image/{kind};base64,\nCopyright: the author"
    assert media_text(digits) == "\nCopyright: the author"
    assert media_text(f"{digits[:76]}\r\n{digits[76:]}\r\n") == "\nCopyright: the author"


@pytest.mark.parametrize(
    "value",
    [
        f"data:application/pdf;base64,{b64encode(b'%PDF-1.7' + NOISE).decode()}",
        f"data:image/png;base64,{b64encode(NOISE).decode()}",
        f"data:image/png;base64,{b64encode(MEDIA['png'] + NOISE).decode()} password: hunter2!",
        f"data:image/png;base64,{b64encode(MEDIA['png'] + NOISE).decode()}====",
        f"data:image/png;base64,{b64encode(MEDIA['png'] + NOISE).decode()}=AKIA",
        f"data:image/png;base64,{b64encode(MEDIA['png'] + NOISE).decode()}\u00e9",
        f"see {b64encode(MEDIA['png'] + NOISE).decode()}",
        "https://host/picture.png",
        "",
    ],
)
def test_what_is_no_media_alone_is_read_in_full(value: str) -> None:
    assert media_text(value) is None


FILES = [
    f"data:text/csv;base64,{B64}",
    f"DATA:Text/Plain;charset=utf-8;BASE64,{B64}",
    f"data:application/octet-stream;base64,{B64}",
    f"data:text/plain;base64,{URL_B64}",
    f"data:;base64,{b64encode(SAID.encode('utf-16')).decode()}",
    f"data:;base64,{b64encode(SAID.encode('utf-16-le')).decode()}",
    f"data:text/plain;base64,{b64encode(SAID.encode('utf-8-sig')).decode()}",
    B64,
    f"{B64[:20]}\n{B64[20:]}\n",
]


@pytest.mark.parametrize("value", FILES)
def test_a_text_file_is_written_again_as_it_was(value: str) -> None:
    file = text_file(value)
    assert file is not None
    assert file.text.endswith(SAID)
    assert file.text == blob_text(value)
    again = file.with_text(f"{file.text} More.")
    assert again.startswith(value[: value.find(",") + 1])
    assert blob_text(again) == f"{file.text} More."
    if "\n" not in value:
        assert file.with_text(file.text).rstrip("=") == value.rstrip("=")


@pytest.mark.parametrize(
    "value",
    [
        f"data:image/png;base64,{b64encode(PICTURE).decode()}",
        f"data:text/plain;base64,{b64encode(b'caf' + bytes([0xE9])).decode()}",  # it would not be the same again
        f"data:text/plain,{quote(SAID)}",
        f"data:text/plain;base64,{B64} and more",
        f"{B64}\nand more",
        "data:text/plain;base64,",
        "https://host/notes.txt",
        "plain",
        "",
    ],
)
def test_what_is_no_text_file_alone_is_none(value: str) -> None:
    assert text_file(value) is None
