"""Which files are read, and as what: text in a known encoding, or not at all, with the reason."""

import codecs
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import BinaryIO

STDIN = "-"

# What a project did not write, and what no one reviews.
PASSED_OVER = frozenset({".git", ".hg", ".svn", "node_modules", "__pycache__", ".venv", ".tox"})

_SNIFFED_BYTES = 8192
_PART_BYTES = 1 << 18
_ASCII = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that was not read, and why. ``is_fault``: it should have been."""

    path: str
    reason: str
    is_fault: bool = False


def find_files(paths: Sequence[str], excluded: Sequence[str] = ()) -> Iterator[str | Skipped]:
    """Yield the files that paths name, folders with all below them, each once; links to folders are not followed.

    ``excluded`` are globs of paths or of any part of one (``*.lock``, ``docs/*``, ``fixtures``).
    """
    seen: set[str] = set()
    for path in chain.from_iterable(_below(path) for path in paths):
        name = path.path if isinstance(path, Skipped) else path
        if name not in seen and not _is_excluded(name, excluded):
            seen.add(name)
            yield path


def _below(path: str) -> Iterator[str | Skipped]:
    if path == STDIN or not Path(path).is_dir():
        yield path
        return
    faults: list[Skipped] = []

    def unreadable(exc: OSError) -> None:
        faults.append(Skipped(_shown(str(exc.filename)), exc.strerror or exc.__class__.__name__, is_fault=True))

    for folder, folders, files in os.walk(path, onerror=unreadable):
        folders[:] = sorted(name for name in folders if name not in PASSED_OVER)
        for name in sorted(files):
            file = Path(folder, name)
            if file.is_file():  # neither a pipe nor a link that leads nowhere
                yield _shown(str(file))
    yield from faults


def _shown(path: str) -> str:
    return Path(path).as_posix()


def _is_excluded(path: str, globs: Sequence[str]) -> bool:
    parts = PurePosixPath(path).parts
    cuts = ["/".join(parts[start:end]) for start in range(len(parts)) for end in range(start + 1, len(parts) + 1)]
    return any(fnmatchcase(each, glob.rstrip("/")) for glob in globs for each in (path, *cuts))


def read_text(stream: BinaryIO) -> Iterator[str] | None:
    """Return a stream's text in parts, None when it is binary. What its encoding does not know becomes U+FFFD."""
    head = stream.read(_SNIFFED_BYTES)
    encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in head:
        return None
    return _decoded(head, stream, "utf-8" if encoding == "utf-16" and _is_ascii(head) else encoding)


def _is_ascii(head: bytes) -> bool:
    """Say whether what has the mark of UTF-16 is ASCII all the same: then two bytes are broken, not all the file."""
    return b"\0" not in head and len(head.translate(None, _ASCII)) * 4 < len(head)


def _decoded(head: bytes, stream: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)("replace")
    part = head
    while part:
        yield decoder.decode(part)
        part = stream.read(_PART_BYTES)
    yield decoder.decode(b"", final=True)
