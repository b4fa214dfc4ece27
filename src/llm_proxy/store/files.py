"""Files that appear whole or not at all, and once: what a killed start leaves is never taken for a database."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def drafted(target: Path) -> Iterator[Path]:
    """Yield an empty 0600 file beside ``target``, which gets that name, durably, when the block ends well.

    If the name is taken by then, the file that has it stays. Raises OSError when the folder cannot be written.
    """
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent)
    os.close(handle)
    draft = Path(name)
    try:
        yield draft
        _publish(draft, target)
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            Path(name + suffix).unlink(missing_ok=True)


def _publish(draft: Path, target: Path) -> None:
    _sync(draft)
    try:
        target.hardlink_to(draft)
    except FileExistsError:
        return  # another process was first: its file stays
    except OSError:  # a file system without hard links
        draft.rename(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
