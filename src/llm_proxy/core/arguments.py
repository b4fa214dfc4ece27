r"""JSON in a string, as in the arguments of a tool call: what it says once decoded, and how to change it.

A text may hide behind the inner escapes (``"{\"key\": \"\\u0041…\"}"``), and a replacement made on the raw string could
break the inner JSON. So the inner texts are inspected decoded, and rewritten literal by literal. So is free text that
is JSON, as a tool's result often is.
"""

import re
from collections.abc import Callable

from llm_proxy.core.strict_json import check_size, clean, find_literals, is_key, parse, replace_literals
from llm_proxy.core.texts import Strings, flatten
from llm_proxy.errors import BadJson

MAX_NESTING = 4

_JSON_START = re.compile(r'[ \t\r\n]*+[\[{"]')
_DOCUMENT = ("{", "[")
_ESCAPES = re.compile(r'((?:\\u[0-9A-Fa-f]{4})++)|\\(["\\/bfnrt])')
_PLAIN = dict(zip('"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True))


def is_json(value: str) -> bool:
    """Say whether a string is a JSON object, array or string, read strictly. Raises as ``views``."""
    return _read(value) is not None


def is_document(value: str) -> bool:
    """Say whether free text is a JSON object or array, as a tool's result often is; of one too large it is not said."""
    if not value.startswith(_DOCUMENT):
        return False
    try:
        return is_json(value)
    except BadJson:
        return False


def hidden(value: str) -> list[str]:
    """Return what free text says besides itself when it is a JSON object or array: without a backslash, nothing."""
    if not value.startswith(_DOCUMENT) or "\\" not in value:
        return []
    try:
        return views(value) if is_json(value) else []
    except BadJson:
        return []


def views(value: str, nesting: int = MAX_NESTING) -> list[str]:
    """Return what the string says besides itself: the keys, strings and long numbers in it, and in strings in it.

    A string that is not strict JSON is shown with its escapes resolved, as often as ``nesting``. Raises BadJson when
    the JSON is too large to be read.
    """
    strings = _read(value)
    if strings is None:
        return _unescaped(value, nesting)
    found = [*strings.literals, *strings.numbers]
    for text in strings.literals if nesting > 1 else ():
        if _JSON_START.match(text):
            found += views(text, nesting - 1)
    return found


def rewrite(
    value: str,
    change: Callable[[str, str], str],
    rename: Callable[[str], str] = str,
    nesting: int = MAX_NESTING,
    key: str = "",
) -> str:
    """Apply ``change`` to each string value in the JSON, or to the whole when it is no JSON; the rest stays.

    ``change`` is told the string, and the key that it follows ("" within a list); ``rename`` is told the keys, and
    lets them be unless what reads them is told, too. Raises as ``views``.
    """
    strings = _read(value)
    if strings is None or not nesting:
        return change(value, key)
    spans = find_literals(value)
    changes = {}
    name = ""
    for index, (text, span) in enumerate(zip(strings.literals, spans, strict=True)):
        if is_key(value, span):
            name, changed = text, rename(text)
        else:
            changed, name = rewrite(text, change, rename, nesting - 1, name), ""
        if changed != text:
            changes[index] = changed
    return replace_literals(value, changes, spans=spans)


def _read(value: str) -> Strings | None:
    """Return the texts of a JSON object, array or string; None when it is none or not strict. Raises as ``views``."""
    if not _JSON_START.match(value):
        return None
    check_size(value)
    try:
        strings = flatten(parse(value))
    except BadJson:
        return None
    return strings._replace(literals=[clean(text) for text in strings.literals])


def _unescaped(value: str, times: int) -> list[str]:
    found = []
    for _ in range(times):
        resolved = _ESCAPES.sub(_resolve, value)
        if resolved == value:
            break
        found.append(resolved)
        value = resolved
    return found


def _resolve(match: re.Match[str]) -> str:
    if match[2]:
        return _PLAIN[match[2]]
    return bytes.fromhex(match[1].replace("\\u", "")).decode("utf-16-be", errors="replace")
