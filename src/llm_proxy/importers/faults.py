"""Why a file of rules cannot be read: where it breaks off, in the language that it seems to be written in."""

import json
import re
import tomllib
from typing import Literal

import yaml

from llm_proxy.importers.outcome import Format

_Language = Literal["TOML", "YAML", "JSON"]

_LANGUAGES: dict[Format, _Language] = {
    "gitleaks": "TOML",
    "toml": "TOML",
    "noseyparker": "YAML",
    "kingfisher": "YAML",
    "json": "JSON",
}
_LOOKS: tuple[tuple[_Language, re.Pattern[str]], ...] = (
    ("TOML", re.compile(r"^[ \t]*(?:\[\[?[\w.\"-]+\]|[\w.-]+[ \t]*=)", re.MULTILINE)),
    ("JSON", re.compile(r"\A\s*[\[{]")),
    ("YAML", re.compile(r"^(?:---|[ \t]*-[ \t]|[\w.-]+[ \t]*:)", re.MULTILINE)),
)


def fault(content: str, form: Format | None) -> str:
    """Return a sentence that says what is wrong with a file that could not be read, or nothing."""
    if not content.strip():
        return "It is empty."
    language = _LANGUAGES.get(form) if form else next((name for name, looks in _LOOKS if looks.search(content)), None)
    if language is None:
        return ""
    try:
        _parse(content, language)
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark
        where = f" (at line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        return f"It is not valid YAML: {exc.problem}{where}."
    except RecursionError:
        return f"Its {language} is nested too deeply."
    except (ValueError, yaml.YAMLError) as exc:
        return f"It is not valid {language}: {exc}."
    return f"As {language} it can be read, and holds no rules."


def _parse(content: str, language: _Language) -> None:
    if language == "TOML":
        tomllib.loads(content)
    elif language == "JSON":
        json.loads(content)
    else:
        for _ in yaml.parse(content):
            pass
