"""Rules of gitleaks: a TOML file of ``[[rules]]``, and what they have in common.

Source: https://github.com/gitleaks/gitleaks#configuration. Keys are read in any case of their letters, as there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llm_proxy.core.patterns import Pattern, compile_pattern
from llm_proxy.errors import BadPattern
from llm_proxy.importers.allowing import Allowing
from llm_proxy.importers.dialect import to_re2
from llm_proxy.importers.outcome import CannotImport, Found, Reading, Skipped

_NEAR = 500  # characters; in a file of gitleaks' a keyword may stand anywhere
_KNOWN = frozenset(
    {
        "id", "description", "regex", "secretgroup", "entropy", "keywords", "path", "tags", "allowlist", "allowlists",
        "required", "skipreport",
    }
)  # fmt: skip
_NO_REGEX = "It has no regex of its own. (Under [extend], such a rule changes one that is not in this file.)"
_ONLY_PATH = "It looks at the names of files, and a request has none."


def read(tables: Mapping[str, Any]) -> Reading:
    """Read a configuration."""
    config = _lowered(tables)
    shared = [*_tables(config.get("allowlist")), *_tables(config.get("allowlists"))]
    found: dict[str, Found] = {}
    skipped: list[Skipped] = []
    for number, rule in enumerate(_tables(config.get("rules"))):
        name = str(rule.get("id") or f"rule {number + 1}")
        if name in found:
            skipped.append(Skipped(name, "Another rule of this file has its id."))
            continue
        try:
            found[name] = _rule(name, rule, shared)
        except CannotImport as exc:
            skipped.append(Skipped(name, str(exc)))
    return Reading("gitleaks", tuple(found.values()), tuple(skipped), tuple(_notes(config, shared)))


def _notes(config: Mapping[str, Any], shared: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    extend = config.get("extend")
    extend = extend if isinstance(extend, Mapping) else {}
    if any(extend.get(key) for key in ("usedefault", "path", "url")):
        what = "gitleaks' default configuration" if extend.get("usedefault") else "another configuration"
        yield f"This file extends {what}, which is not in it: import that as well."
    if isinstance(extend.get("disabledrules"), list) and extend["disabledrules"]:
        yield f"It wants rules of that disabled: {', '.join(map(str, extend['disabledrules']))}."
    if any(each.get("paths") or each.get("commits") for each in shared):
        yield "What the file allows by paths and commits is left out: a request has none."


def _rule(name: str, rule: Mapping[str, Any], shared: Sequence[Mapping[str, Any]]) -> Found:
    source = rule.get("regex")
    if not isinstance(source, str | None):
        raise CannotImport("Its regex is no text.")
    if not source:
        raise CannotImport(_ONLY_PATH if rule.get("path") else _NO_REGEX)
    if rule.get("skipreport"):
        raise CannotImport("It reports nothing by itself (skipReport): other rules ask for it.")
    if rule.get("required"):
        raise CannotImport("It counts only when other rules match nearby (required).")
    pattern, changes = _pattern(source)
    changes += [f"{key} is left out" for key in sorted(set(rule) - _KNOWN)]
    if rule.get("path"):
        changes.append("path is left out: it looks at all texts")
    group = _secret_group(rule, pattern, changes)
    allowing = Allowing()
    for each in [*shared, *_tables(rule.get("allowlist")), *_tables(rule.get("allowlists"))]:
        targets = each.get("targetrules")
        if not targets or name in targets:
            allowing.add(each)
    fields: dict[str, object] = {
        "name": name,
        "description": str(rule.get("description") or "").strip(),
        "pattern": pattern.source,
        "severity": "high",
        "secret_group": group,
        "validators": _validators(rule.get("entropy")),
        **_near(rule.get("keywords"), pattern.source, changes),
        **allowing.result(changes),
    }
    return Found(name, fields, tuple(dict.fromkeys(changes)))


def _pattern(source: str) -> tuple[Pattern, list[str]]:
    """Take a pattern as it is, for gitleaks speaks Go's RE2; or translated, if that helps."""
    try:
        return compile_pattern(source), []
    except BadPattern as exc:
        translation = to_re2(source)
        if translation.pattern == source:
            raise CannotImport(exc.message) from exc
    try:
        return compile_pattern(translation.pattern), list(translation.changes)
    except BadPattern as exc:
        raise CannotImport(exc.message) from exc


def _secret_group(rule: Mapping[str, Any], pattern: Pattern, changes: list[str]) -> int:
    wanted = rule.get("secretgroup") or 0
    if wanted:
        if not isinstance(wanted, int) or not 0 < wanted <= pattern.groups:
            raise CannotImport(f"Its secretGroup is {wanted}, and its pattern has {pattern.groups} groups.")
        return wanted
    if pattern.groups > 1:
        changes.append("of its groups the first is the secret; where it takes no part, the whole match")
    return min(1, pattern.groups)


def _validators(entropy: object) -> list[str]:
    is_set = isinstance(entropy, int | float) and entropy > 0
    return [f"entropy>={entropy:g}"] if is_set else []


def _near(keywords: object, pattern: str, changes: list[str]) -> dict[str, object]:
    """Keywords say which texts are worth a look: most stand in the pattern, and then it asks for them by itself.

    Where a pattern has no word of its own, one of them must stand near the match.
    """
    words = [word for word in keywords if isinstance(word, str) and word] if isinstance(keywords, list) else []
    plain = re.sub(r"\\(.)", r"\1", pattern).lower()
    if not words or any(word.lower() in plain for word in words):
        return {}
    if re.search(r"[A-Za-z]{3}", re.sub(r"\[[^\]]*\]|\\.|\(\?[^:)]*[:)]", "", pattern)):
        changes.append("keywords are left out: the pattern decides by itself")
        return {}
    changes.append(f"one of its keywords must stand within {_NEAR} characters of a match")
    return {"near": {"pattern": f"(?i){'|'.join(map(re.escape, words))}", "before": _NEAR, "after": _NEAR}}


def _lowered(value: Any) -> Any:  # noqa: ANN401 (TOML)
    if isinstance(value, Mapping):
        return {str(key).lower(): _lowered(each) for key, each in value.items()}
    return [_lowered(each) for each in value] if isinstance(value, list) else value


def _tables(value: object) -> list[Mapping[str, Any]]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, Mapping)]
