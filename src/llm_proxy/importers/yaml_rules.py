"""Rules of Nosey Parker and of Kingfisher: YAML documents with a list ``rules``. The second grew out of the first.

Sources: https://github.com/praetorian-inc/noseyparker, https://github.com/mongodb/kingfisher (docs/RULES.md).
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llm_proxy.core.patterns import Pattern, compile_pattern
from llm_proxy.core.regex_syntax import Capture, Choice, Node, Repeat, Row, UnknownSyntax, parse
from llm_proxy.errors import BadPattern
from llm_proxy.importers.dialect import to_re2
from llm_proxy.importers.outcome import CannotImport, Format, Found, Reading, Skipped

_KINGFISHERS = frozenset(
    {"min_entropy", "confidence", "visible", "pattern_requirements", "validation", "depends_on_rule", "revocation"}
)
_KNOWN = frozenset(
    {"name", "id", "pattern", "description", "references", "categories", "examples", "negative_examples"}
) | {"min_entropy", "confidence", "visible", "pattern_requirements", "syntax_validation"}
# What they say of a secret that was found.
_AFTERWARDS = {
    "validation": "validation is left out: nobody is asked whether a secret is alive",
    "depends_on_rule": "depends_on_rule is left out: it serves validation",
    "revocation": "revocation is left out: nothing is revoked from here",
}
# What must be in a secret, and the validator that says so.
_COUNTED = {
    "min_digits": "digits",
    "min_uppercase": "uppercase",
    "min_lowercase": "lowercase",
    "min_special_chars": "special",
}
_SEVERITIES = {"low": "low", "medium": "medium", "high": "high"}
_MOST_EXAMPLES = 20
_LONGEST_EXAMPLE = 8192
_NAMES = ("TOKEN", "token", "secret", "SECRET", "password", "key")  # of groups that are the secret


def rules_of(documents: Sequence[object]) -> list[Mapping[str, Any]]:
    """Return the rules of all documents of a file."""
    found: list[Mapping[str, Any]] = []
    for document in documents:
        rules = document.get("rules") if isinstance(document, Mapping) else document
        found += [each for each in rules if isinstance(each, Mapping)] if isinstance(rules, list) else []
    return found


def format_of(rules: Sequence[Mapping[str, Any]]) -> Format:
    """Say whose rules these are."""
    is_kingfisher = any(_KINGFISHERS & set(rule) or str(rule.get("id", "")).startswith("kingfisher.") for rule in rules)
    return "kingfisher" if is_kingfisher else "noseyparker"


def read(documents: Sequence[object], form: Format) -> Reading:
    """Read the documents of a file."""
    found: dict[str, Found] = {}
    skipped: list[Skipped] = []
    for number, rule in enumerate(rules_of(documents)):
        name = _name(rule, number)
        if name in found:
            skipped.append(Skipped(name, "Another rule of this file has its name and id."))
            continue
        try:
            found[name] = _rule(name, rule)
        except CannotImport as exc:
            skipped.append(Skipped(name, str(exc)))
    return Reading(form, tuple(found.values()), tuple(skipped))


def _name(rule: Mapping[str, Any], number: int) -> str:
    """Return a name that only one rule of the file has: several are called "Generic Password"."""
    name, identifier = str(rule.get("name") or "").strip(), str(rule.get("id") or "").strip()
    if name and identifier:
        return f"{name} ({identifier})"
    return name or identifier or f"rule {number + 1}"


def _rule(name: str, rule: Mapping[str, Any]) -> Found:
    source = rule.get("pattern")
    if not isinstance(source, str) or not source.strip():
        raise CannotImport("It has no pattern.")
    translation = to_re2(source.strip("\n"))
    try:
        pattern = compile_pattern(translation.pattern)
    except BadPattern as exc:
        raise CannotImport(exc.message) from exc
    changes = [*translation.changes, *_left_out(rule)]
    is_helper = rule.get("visible") is False
    if is_helper:
        changes.append("it is disabled: a rule that helps others and is not shown (visible: false)")
    fields: dict[str, object] = {
        "name": name,
        "description": " ".join(str(rule.get("description") or "").split()),
        "pattern": pattern.source,
        "severity": _severity(rule),
        "enabled": not is_helper,
        "secret_group": _secret_group(pattern, changes),
        "examples": list(_examples(rule)),
        **_requirements(rule, changes),
    }
    return Found(name, fields, tuple(dict.fromkeys(changes)))


def _left_out(rule: Mapping[str, Any]) -> Iterator[str]:
    yield from (told for key, told in _AFTERWARDS.items() if rule.get(key))
    for key in sorted(set(rule) - _KNOWN - set(_AFTERWARDS)):
        yield f"{key} is left out"


def _severity(rule: Mapping[str, Any]) -> str:
    categories = rule.get("categories")
    words = categories if isinstance(categories, list) else []
    if "identifier" in words and "secret" not in words:
        return "low"
    return _SEVERITIES.get(str(rule.get("confidence", "")).lower(), "medium" if "fuzzy" in words else "high")


def _secret_group(pattern: Pattern, changes: list[str]) -> int | str:
    named = next((name for name in _NAMES if name in pattern.group_names), None)
    if named is not None:
        return named
    if pattern.groups < 2:
        return pattern.groups
    if _at_once(pattern) > 1:  # a user and a password, say: each is worth hiding
        changes.append("several groups take part in a match: all of it is the secret")
        return 0
    changes.append("of its groups the first is the secret; where it takes no part, the whole match")
    return 1


def _at_once(pattern: Pattern) -> int:
    """Return how many groups that are not in each other can take part in one match."""
    try:
        return _captures(parse(pattern.source))
    except UnknownSyntax:
        return pattern.groups


def _captures(node: Node) -> int:
    match node:
        case Capture():
            return 1
        case Row():
            return sum(map(_captures, node.parts))
        case Choice():
            return max(map(_captures, node.branches), default=0)
        case Repeat():
            return _captures(node.body)
        case _:
            return 0


def _examples(rule: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    for key, match in (("examples", True), ("negative_examples", False)):
        texts = rule.get(key)
        good = [text for text in texts if isinstance(text, str)] if isinstance(texts, list) else []
        short = [text for text in good if 0 < len(text) <= _LONGEST_EXAMPLE]
        yield from ({"text": text, "match": match} for text in short[:_MOST_EXAMPLES])


def _requirements(rule: Mapping[str, Any], changes: list[str]) -> dict[str, object]:
    """Return the validators and the stop words that a rule of Kingfisher's asks for."""
    entropy = rule.get("min_entropy")
    validators = [f"entropy>={entropy:g}"] if isinstance(entropy, int | float) and entropy > 0 else []
    wanted = rule.get("pattern_requirements")
    wanted = wanted if isinstance(wanted, Mapping) else {}
    counted = {name: wanted.get(key) for key, name in _COUNTED.items()}
    validators += [f"{name}>={least}" for name, least in counted.items() if isinstance(least, int) and least > 0]
    changes += [f"{key} is left out" for key in sorted(set(wanted) - {*_COUNTED, "ignore_if_contains"})]
    stopwords = wanted.get("ignore_if_contains")
    words = [word for word in stopwords if isinstance(word, str) and word] if isinstance(stopwords, list) else []
    return {"validators": validators} | ({"allow": {"stopwords": words}} if words else {})
