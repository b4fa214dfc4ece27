"""Labelled texts: JSON lines with ``source``, ``license``, ``rule``, ``text``, ``label``, ``secret_span``, ``literal``.

``label`` is ``secret``, ``pii``, ``benign``, ``placeholder`` or ``ambiguous`` (not scored); ``secret_span`` is a list
of code-point spans, or null where a case says no more than that something is there.
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

Span: TypeAlias = tuple[int, int]
Label: TypeAlias = Literal["secret", "pii", "benign", "placeholder", "ambiguous"]

VARIABLE = "LLM_PROXY_CORPUS"
BESIDE = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"  # where one is laid beside the checkout


@dataclass(frozen=True, slots=True)
class Case:
    """One labelled text. ``spans`` is empty where the case names none."""

    source: str
    rule: str
    text: str
    label: Label
    spans: tuple[Span, ...] = ()

    @property
    def is_positive(self) -> bool:
        """Whether something must be found in it."""
        return self.label in {"secret", "pii"}


def load(paths: Sequence[Path]) -> tuple[list[Case], list[str]]:
    """Read files, and the JSON lines files of directories. Return the cases and the names of the files.

    What cannot be read ends the program with a sentence that says where it stands.
    """
    files = [file for path in paths for file in (sorted(path.glob("*.jsonl")) if path.is_dir() else [path])]
    if not files:
        raise SystemExit(f"no .jsonl file in {', '.join(map(str, paths))}")
    cases: list[Case] = []
    for file in files:
        try:
            cases += read(file.read_text(encoding="utf-8").split("\n"))
        except OSError as exc:
            raise SystemExit(f"there is no corpus at {file}: {exc.strerror}") from exc
        except ValueError as exc:
            raise SystemExit(f"{file}: {exc}") from exc
    return cases, [file.name for file in files]


def read(lines: Iterable[str]) -> list[Case]:
    """Read cases, one a line. Raises ValueError with the number of a line that is none."""
    cases: list[Case] = []
    for number, line in enumerate(lines, 1):
        try:
            if line.strip():
                cases.append(_case(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise ValueError(f"line {number} is no labelled text: {exc!r}") from exc
    return cases


def default_paths() -> list[Path]:
    """Return where the corpus is, if nobody says: where the environment says, or beside the checkout."""
    if named := os.environ.get(VARIABLE):
        return [Path(named)]
    return [BESIDE] if BESIDE.is_dir() else []


def _case(row: dict) -> Case:
    spans = tuple((start, end) for start, end in row.get("secret_span") or ())
    return Case(row["source"].split("@")[0], row["rule"], row["text"], row["label"], spans)
