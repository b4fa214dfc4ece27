"""Uninvited compression is undone in bounded memory, or refused."""

import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from llm_proxy.errors import UpstreamBadResponse
from llm_proxy.upstream.decode import decoded

TEXT = b"data: hello\n\n" * 500


async def cut(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


@pytest.mark.parametrize("compress", [gzip.compress, zlib.compress])
@pytest.mark.parametrize("size", [1, 7, 100_000])
async def test_H08_gzip_and_deflate_are_undone_however_they_are_cut(compress, size: int) -> None:  # type: ignore[no-untyped-def]
    assert b"".join([part async for part in decoded(cut(compress(TEXT), size))]) == TEXT


async def test_U14_a_bomb_comes_out_in_small_parts() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    sizes = [len(part) async for part in decoded(cut(bomb, 1 << 20))]
    assert sum(sizes) == 64 << 20
    assert max(sizes) <= 1 << 20


@pytest.mark.parametrize("body", [b"not gzip at all", gzip.compress(TEXT)[:-9], b""])
async def test_a_damaged_body_is_an_error(body: bytes) -> None:
    with pytest.raises(UpstreamBadResponse):
        _ = [part async for part in decoded(cut(body, 10))]
