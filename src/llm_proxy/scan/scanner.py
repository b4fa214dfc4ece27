"""Ask the rules about files: the same rules, views and engine that judge calls."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from llm_proxy.core.fingerprints import Fingerprinter, masked
from llm_proxy.core.strict_json import clean
from llm_proxy.core.watch import compile_rules
from llm_proxy.errors import BadJson
from llm_proxy.records import Guardrail, Scope, Secret, ViewName
from llm_proxy.scan.findings import Found
from llm_proxy.scan.transcripts import Line, Spot, body_of, spots
from llm_proxy.scan.windows import Region, Window, windows

ALLOW = "llm-proxy:allow"


class Scanner:
    """Looks for what a set of rules finds; its methods raise GuardrailUnavailable when the engine fails."""

    def __init__(self, rules: Iterable[Guardrail], fingerprinter: Fingerprinter) -> None:
        """Compile the enabled rules for files, which are nobody's call in neither direction. Raises BadPattern."""
        self._rules = {rule.id: rule for rule in rules}
        looking = [replace(rule, scope=Scope(), directions=("request",)) for rule in self._rules.values()]
        self._watch = compile_rules(looking, 0, fingerprinter).watch("request")
        self._fingerprinter = fingerprinter

    def text(self, path: str, parts: Iterable[str]) -> Iterator[Found]:
        """Yield what is found in a text, which comes in parts, in its order."""
        for window in windows(parts):
            found = list(self._in_window(path, window))
            yield from sorted(found, key=lambda each: (each.region.offset, each.rule.id))

    def _in_window(self, path: str, window: Window) -> Iterator[Found]:
        for sighting in self._watch.find([window.text]):
            rule, view = sighting.detector.rule, sighting.view
            for span, value in zip(sighting.spans, sighting.values, strict=True):
                if window.owns(span):
                    found = self._found(path, window.region(span), rule, view, value)
                    yield replace(found, is_allowed=ALLOW in window.lines(span))

    def transcript(self, path: str, lines: Iterable[Line]) -> Iterator[Found]:
        """Yield what is found in a transcript, line by line; one that is no JSON is read as text."""
        for line in lines:
            yield from self._line(path, line)

    def _line(self, path: str, line: Line) -> Iterator[Found]:
        text = clean(line.text)
        window = Window(text, (0, len(text)), line.offset, line.number)
        told = self._spots(text)
        if told is not None:
            yield from (self._told(path, window, spot) for spot in told)
            return
        for each in self.text(path, [text]):
            region = each.region
            end_line = line.number + region.end_line - 1
            offset = line.offset + region.offset
            moved = region._replace(line=line.number + region.line - 1, end_line=end_line, offset=offset)
            yield replace(each, region=moved)

    def _spots(self, text: str) -> list[Spot] | None:
        body = body_of(text)
        if body is None:
            return None
        try:
            return list(spots(body, self._watch))
        except BadJson:  # the JSON in its strings is too large
            return None

    def _told(self, path: str, window: Window, spot: Spot) -> Found:
        finding = spot.finding
        region = window.region(spot.span)
        found = self._found(path, region, finding.rule, finding.view, finding.values[spot.number])
        return replace(found, place=spot.place)

    def _found(self, path: str, region: Region, rule: Guardrail, view: ViewName, value: str) -> Found:
        return Found(
            path=path,
            region=region,
            rule=self._rules[rule.id],
            view=view,
            secret=Secret(value),
            preview=masked(value, rule.pattern),
            fingerprint=self._fingerprinter.of(value),
        )
