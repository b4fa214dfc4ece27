"""What a stream begins with before a model says anything: it may wait a little for the first words.

An answer that is refused because of them can then be told by its status, as long as the client has none.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

_PATIENCE_S = 1.0


class Opening:
    """The beginning of one stream. ``is_held``: there are rules because of which it is worth waiting."""

    def __init__(self, *, is_held: bool) -> None:
        self._is_held = is_held
        self._held = b""
        self._pull: asyncio.Task[bytes | None] | None = None
        self._until_s = 0.0

    def passed(self, out: bytes, *, is_over: bool) -> bytes:
        """Return what goes to the client now of all that was given here; ``is_over``: there is no reason to wait."""
        self._is_held = self._is_held and not is_over
        out = self._held + out
        self._held = out if self._is_held else b""
        return b"" if self._is_held else out

    async def next(self, pull: Callable[[], Coroutine[Any, Any, bytes | None]]) -> bytes | None:
        """Return what ``pull`` brings, nothing when something was held for long enough before that came."""
        if self._pull is None and not self._held:
            return await pull()
        loop = asyncio.get_running_loop()
        if self._held and not self._until_s:
            self._until_s = loop.time() + _PATIENCE_S
        self._pull = self._pull or loop.create_task(pull())
        if self._held:
            await asyncio.wait({self._pull}, timeout=max(0.0, self._until_s - loop.time()))
            if not self._pull.done():
                self._is_held = False
                return b""
        came, self._pull = self._pull, None
        return await came

    def close(self) -> None:
        """Let go of what was being pulled."""
        if self._pull is not None:
            self._pull.cancel()
