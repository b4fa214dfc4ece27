"""Ordinary texts, in which a rule had better find nothing: prompts, code, mathematics, logs, ids that are no secret."""

import json
from functools import cache
from importlib.resources import files


@cache
def texts() -> tuple[str, ...]:
    """Return them. They are read when they are first asked for."""
    lines = files("llm_proxy.admission").joinpath("benign.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)
