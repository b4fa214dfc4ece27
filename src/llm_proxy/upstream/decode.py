"""Undo a compression nobody asked for, in bounded memory."""

import zlib
from collections.abc import AsyncIterator

from llm_proxy.errors import UpstreamBadResponse

ENCODINGS = {"gzip", "x-gzip", "deflate"}
_PART_BYTES = 1 << 20


async def decoded(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield the plain bytes of a body in one of ENCODINGS; raises UpstreamBadResponse for a damaged or a cut one."""
    inflate = zlib.decompressobj(zlib.MAX_WBITS | 32)  # 32: read either header, gzip's or zlib's
    async for part in body:
        try:
            plain = inflate.decompress(part, _PART_BYTES)
            while plain:
                yield plain
                plain = inflate.decompress(inflate.unconsumed_tail, _PART_BYTES)
        except zlib.error as exc:
            raise UpstreamBadResponse("The provider's compressed answer is damaged.") from exc
    if not inflate.eof:
        raise UpstreamBadResponse("The provider's compressed answer was cut.")
