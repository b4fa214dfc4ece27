"""Scan files and folders from the first to the last, whatever happens to one of them."""

import sys
import time
from collections.abc import Iterable, Iterator, Sequence
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


class Scan:
    """One run over some paths. ``form`` says how files are read; ``auto`` looks at each file's name and beginning."""

    def __init__(self, scanner: Scanner, form: Form = "auto") -> None:
        self._scanner = scanner
        self._form = form
        self._findings: list[Found] = []
        self._skipped: list[Skipped] = []
        self._files = 0
        self._characters = 0

    def run(self, paths: Sequence[str], excluded: Sequence[str], key: str) -> Scanned:
        """Read everything that the paths name. Raises GuardrailUnavailable when the engine fails."""
        started = time.perf_counter()
        for path in find_files(paths, excluded):
            if isinstance(path, Skipped):
                self._skipped.append(path)
            else:
                self._open(path)
        taken_s = time.perf_counter() - started
        return Scanned(self._findings, self._skipped, self._files, self._characters, taken_s, key)

    def _open(self, path: str) -> None:
        try:
            if path == STDIN:
                self._read("<stdin>", sys.stdin.buffer)
                return
            with Path(path).open("rb") as stream:
                self._read(path, stream)
        except OSError as exc:
            reason = exc.strerror or exc.__class__.__name__
            self._skipped.append(Skipped(path, reason, is_fault=True))

    def _read(self, path: str, stream: BinaryIO) -> None:
        parts = read_text(stream)
        if parts is None:
            self._skipped.append(Skipped(path, _BINARY))
            return
        self._files += 1
        self._findings += self._found(path, self._counted(parts))

    def _counted(self, parts: Iterable[str]) -> Iterator[str]:
        for part in parts:
            self._characters += len(part)
            yield part

    def _found(self, path: str, parts: Iterator[str]) -> Iterator[Found]:
        if self._form == "text":
            return self._scanner.text(path, parts)
        if self._form == "jsonl" or path.endswith(SUFFIXES):
            return self._scanner.transcript(path, lines(parts))
        if path != "<stdin>" and not path.endswith(".json"):
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
        if path == "<stdin>" and is_transcript(whole):
            return self._scanner.transcript(path, lines([whole]))
        return self._scanner.text(path, [whole])
