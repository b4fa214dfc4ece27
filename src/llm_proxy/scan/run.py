"""Scan files and folders from the first to the last, whatever happens to one of them."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Literal

from llm_proxy.scan.findings import Found
from llm_proxy.scan.report import Scanned
from llm_proxy.scan.scanner import Scanner
from llm_proxy.scan.sources import STDIN, Skipped, find_files, read_text
from llm_proxy.scan.transcripts import SUFFIXES, Line, is_chat, is_transcript, lines

Form = Literal["auto", "text", "jsonl"]

_BINARY = "it is binary"
_STDIN_NAME = "<stdin>"
_MOST_THREADS = 8  # the engine works without the interpreter's lock, what is around it does not


@dataclass(frozen=True, slots=True)
class _File:
    """What was found in one file, and how long it is; or why it was not read."""

    findings: Sequence[Found] = ()
    characters: int = 0
    skipped: Skipped | None = None


class Scan:
    """One run over some paths. ``form`` says how files are read; ``auto`` looks at each file's name and beginning."""

    def __init__(self, scanner: Scanner, form: Form = "auto") -> None:
        self._scanner = scanner
        self._form = form

    def run(self, paths: Sequence[str], excluded: Sequence[str], key: str) -> Scanned:
        """Read everything that the paths name, several files at a time. Raises GuardrailUnavailable."""
        started = time.perf_counter()
        with ThreadPoolExecutor(min(_MOST_THREADS, os.cpu_count() or 1)) as threads:
            files = list(threads.map(self._open, find_files(paths, excluded)))
        read = [file for file in files if file.skipped is None]
        return Scanned(
            findings=[found for file in read for found in file.findings],
            skipped=[file.skipped for file in files if file.skipped is not None],
            files=len(read),
            characters=sum(file.characters for file in read),
            seconds=time.perf_counter() - started,
            key=key,
        )

    def _open(self, path: str | Skipped) -> _File:
        if isinstance(path, Skipped):
            return _File(skipped=path)
        try:
            if path == STDIN:
                return self._read(_STDIN_NAME, sys.stdin.buffer)
            with Path(path).open("rb") as stream:
                return self._read(path, stream)
        except OSError as exc:
            return _File(skipped=Skipped(path, exc.strerror or exc.__class__.__name__, is_fault=True))

    def _read(self, path: str, stream: BinaryIO) -> _File:
        parts = read_text(stream)
        if parts is None:
            return _File(skipped=Skipped(path, _BINARY))
        sizes: list[int] = []

        def counted() -> Iterator[str]:
            for part in parts:
                sizes.append(len(part))
                yield part

        return _File(list(self._found(path, counted())), sum(sizes))

    def _found(self, path: str, parts: Iterator[str]) -> Iterator[Found]:
        if self._form == "text":
            return self._scanner.text(path, parts)
        if self._form == "jsonl" or path.endswith(SUFFIXES):
            return self._scanner.transcript(path, lines(parts))
        if path != _STDIN_NAME and not path.endswith(".json"):
            return self._scanner.text(path, parts)
        return self._sniffed(path, parts)

    def _sniffed(self, path: str, parts: Iterator[str]) -> Iterator[Found]:
        """Read JSON, or what comes through a pipe, as what it seems to be."""
        first = next(parts, "")
        if not first.lstrip().startswith(("{", "[")):
            return self._scanner.text(path, chain([first], parts))
        whole = "".join((first, *parts))
        if is_chat(whole):
            return self._scanner.transcript(path, [Line(whole, 1, 0)])
        if path == _STDIN_NAME and is_transcript(whole):
            return self._scanner.transcript(path, lines([whole]))
        return self._scanner.text(path, [whole])
