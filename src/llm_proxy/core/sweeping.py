"""Hide a value wherever else it stands in a call, once a rule has found it in one place.

``password: hunter2-prod`` is found by its label. The answer may tell it without one, and the client sends that answer
again with the next turn: the provider must not learn from it what it was not told before, and its own words must come
back to it as it wrote them. What becomes of a text depends on what stands before it, never behind it, so what was sent
in one turn is sent again in the next, byte for byte.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from llm_proxy.core.arguments import rewrite, views
from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.fields import REWRITABLE, is_tool_input
from llm_proxy.core.gathering import Finding
from llm_proxy.core.guardrails import Verdict
from llm_proxy.core.patterns import Pattern, Span, quoted
from llm_proxy.core.placeholders import SHAPE
from llm_proxy.core.rewriting import Rewriter
from llm_proxy.core.strict_json import Document
from llm_proxy.core.texts import Text, render, walk
from llm_proxy.core.watch import Watch
from llm_proxy.errors import BadJson
from llm_proxy.records import Guardrail

SHORTEST = 6  # characters; a shorter value is a word or a number of ordinary text
_MOST_CHARACTERS = 64 << 10  # of values, the shortest first; the others are hidden where they are found, and only there
_WORD = re.compile(r"\w")
_ESCAPED_JSON = re.compile(r"\s*[\[{][^\\]*\\")


def sweep(verdict: Verdict, document: Document, endpoint: Endpoint, watch: Watch, issued: Mapping[str, str]) -> Verdict:
    """Return the verdict with the values of ``issued`` placeholders hidden in all texts that may be rewritten.

    Raises GuardrailUnavailable when the engine fails.
    """
    if verdict.outcome != "replaced" or not issued:
        return verdict
    broom = _Broom(verdict, watch, issued)
    changes = dict(verdict.changes)
    for text in walk(document.tree, endpoint):
        if text.literal is None or text.kind not in REWRITABLE or (text.is_key and not is_tool_input(text.path)):
            continue
        if text.literal in verdict.changes:
            broom.learn(changes[text.literal])
        if (swept := broom.swept(text, changes.get(text.literal, text.value))) is not None:
            changes[text.literal] = swept
    return replace(verdict, changes=changes, findings=(*verdict.findings, *broom.findings))


class _Broom:
    """The values known so far, in the order of the texts, and what was found by them."""

    def __init__(self, verdict: Verdict, watch: Watch, issued: Mapping[str, str]) -> None:
        self.findings: list[Finding] = []
        found = [each for each in verdict.findings if each.action == "pseudonymised"]
        self._rules = {value: each.rule for each in found for value in each.values}
        self._seen = {(each.place, value) for each in found for value in each.values}
        self._watch = watch
        self._issued = issued
        self._known: dict[str, tuple[str, Guardrail]] = {}  # the placeholder of a value, and the rule that found it
        self._any = _any_of(issued.values())

    def learn(self, text: str) -> None:
        """Know from now on what the placeholders in a rewritten text stand for."""
        for placeholder in SHAPE.findall(text):
            value = self._issued.get(placeholder, "")
            rule = None if value in self._known else self._rule(value)
            if rule is not None:
                self._known[value] = placeholder, rule

    def swept(self, text: Text, current: str) -> str | None:
        """Return a text without the known values; None when it has none of them, or a rule would find the result."""
        if not self._known or self._any is None:
            return None
        hidden: dict[tuple[str, str], list[Span]] = {}
        try:
            changed = self._changed(text, current, self._any, hidden)
            if not hidden or self._is_found(changed, text):
                return None
        except BadJson:  # too large to be read
            return None
        self._note(text, hidden)
        return changed

    def _changed(self, text: Text, current: str, any_value: Pattern, hidden: dict[tuple[str, str], list[Span]]) -> str:
        """Return the text with the known values hidden; each is added to ``hidden``, with the part it stands in."""
        kind = text.kind

        def hide(part: str, _key: str = "") -> str:
            if self._watch.spend is not None:
                self._watch.spend()
            if not any_value.matches(part):  # linear, whatever the number of values
                return part
            present = [each for each in self._known if each in part and kind in self._known[each][1].field_classes]
            return _exactly(present).sub(put, part)

        def put(match: re.Match[str]) -> str:
            if match[0] not in self._known:  # a placeholder
                return match[0]
            hidden.setdefault((match[0], match.string), []).append(match.span())
            return self._known[match[0]][0]

        if kind == "B":
            return rewrite(current, hide, hide)
        changed = hide(current)  # where it is JSON all the same, a value may stand there escaped
        return rewrite(changed, hide, hide) if _ESCAPED_JSON.match(changed) else changed

    def _is_found(self, changed: str, text: Text) -> bool:
        """Say whether a rule enforces anything in the result: then the text stays, in which none does."""
        shown = [changed, *(views(changed) if text.kind == "B" or _ESCAPED_JSON.match(changed) else ())]
        watch = self._watch.for_kind(text.kind)
        return bool(Rewriter(watch, put=set(self._issued)).enforced(watch.find(shown)))

    def _note(self, text: Text, hidden: Mapping[tuple[str, str], Sequence[Span]]) -> None:
        """Put on record what was hidden, besides what a rule had found in the text itself."""
        place = self._place(text)
        for (value, part), found in sorted(hidden.items()):
            if (place, value) in self._seen:
                continue
            shown, spans = part, tuple(found)
            outer = tuple(match.span() for match in re.finditer(_whole(value), text.value))
            if text.kind != "B" and outer:  # as it came: other values may be hidden in the part
                shown, spans = text.value, outer
            values = (value,) * len(spans)
            rule = self._known[value][1]
            self.findings.append(Finding(rule, place, shown, spans, text.kind, "raw", values, "pseudonymised"))

    def _place(self, text: Text) -> str:
        """Render a place without the values: places are told to clients and logged."""
        path = (*text.path[:-1], "*") if text.is_key else text.path
        return render(tuple("*" if isinstance(step, str) and self._holds(step) else step for step in path))

    def _holds(self, step: str) -> bool:
        return any(value in step for value in self._known if len(value) >= SHORTEST)

    def _rule(self, value: str) -> Guardrail | None:
        """Return the rule that found a value, or a part of it."""
        parts = (rule for part, rule in self._rules.items() if part in value)
        return self._rules.get(value) or next(parts, None)


def _any_of(values: Iterable[str]) -> Pattern | None:
    """Return what tells quickly that a text holds none of the values; None when no text could hold one."""
    sources, size = [], 0
    for value in sorted({each for each in values if len(each) >= SHORTEST}, key=len):
        size += len(value)
        if size > _MOST_CHARACTERS:
            break
        sources.append(quoted(value))
    return Pattern("|".join(sources)) if sources else None


def _exactly(values: Iterable[str]) -> re.Pattern[str]:
    """Find the values as whole words, the longest first; a placeholder is passed over whole."""
    ordered = sorted((each for each in values if len(each) >= SHORTEST), key=len, reverse=True)
    return re.compile("|".join((SHAPE.pattern, *(_whole(value) for value in ordered))))


def _whole(value: str) -> str:
    before = r"(?<!\w)" if _WORD.match(value) else ""
    after = r"(?!\w)" if _WORD.match(value[-1]) else ""
    return f"{before}{re.escape(value)}{after}"
