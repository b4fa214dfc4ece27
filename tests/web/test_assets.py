import gzip
from pathlib import Path

import pytest

from llm_proxy.web.assets import read, takes_gzip


@pytest.mark.parametrize(
    ("accept_encoding", "takes"),
    [
        ("gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP;q=0.8", True),
        ("gzip ; q=0.5", True),
        ("gzip;q=0.001", True),
        ("gzip;q=0", False),
        ("gzip; q = 0.000", False),
        ("", False),
        ("identity", False),
        ("br", False),
        ("xgzip", False),
        ("*", False),  # allowed, not asked for
    ],
)
def test_gzip_is_sent_to_whoever_asks_for_it(accept_encoding, takes):
    assert takes_gzip(accept_encoding) is takes


@pytest.mark.parametrize(
    ("size", "media_type", "is_packed"),
    [(4096, "text/css", True), (100, "text/css", False), (4096, "image/png", False), (4096, "font/woff2", False)],
)
def test_a_file_is_packed_where_that_saves_something(tmp_path: Path, size, media_type, is_packed):
    file = tmp_path / "file"
    file.write_bytes(b"a" * size)
    content = read(file, media_type)
    assert content.body == b"a" * size
    assert (content.packed is not None) is is_packed
    if content.packed is not None:
        assert gzip.decompress(content.packed) == content.body
        assert len(content.packed) < size


def test_the_tag_names_the_content(tmp_path: Path):
    (tmp_path / "a").write_bytes(b"one")
    (tmp_path / "b").write_bytes(b"two")
    (tmp_path / "c").write_bytes(b"one")
    a, b, c = (read(tmp_path / name, "text/css") for name in "abc")
    assert a.tag == c.tag != b.tag
