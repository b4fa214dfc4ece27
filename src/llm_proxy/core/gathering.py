"""What is asked about a body, and what was found in it, put to the texts that it was found in."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from llm_proxy.core.arguments import hidden, views
from llm_proxy.core.endpoints import Endpoint
from llm_proxy.core.fields import REWRITABLE, Path, is_tool_input
from llm_proxy.core.members import MemberView, member_view
from llm_proxy.core.patterns import Span
from llm_proxy.core.rewriting import Act, Setting, act
from llm_proxy.core.strict_json import MAX_STRINGS, Document, JsonObject
from llm_proxy.core.texts import Strings, Text, flatten, render, walk
from llm_proxy.core.views import Joined, TextFile, blob_text, joined_views, media_text, text_file
from llm_proxy.core.watch import Sighting, Watch
from llm_proxy.errors import BadJson
from llm_proxy.records import Action, FieldClass, Guardrail, ViewName

_OPENING = frozenset("{[dD")  # how a text begins that may be JSON, or a data URI
_SHORTEST = 6  # characters: of a list of one string with an escape in it
_LARGE = 4096  # characters: digits of so large a file would be taken for anything by chance
_OWN, _FILE, _BORDER = range(3)  # what of a literal: itself, the text in it, or its border


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule's matches in one text.

    ``spans`` are code-point offsets into ``text``, the text as it was inspected; ``values`` are the secrets as the view
    shows them, decoded. ``action`` is what became of the text because of it.
    """

    rule: Guardrail
    place: str
    text: str
    spans: tuple[Span, ...]
    kind: FieldClass = "A"
    view: ViewName = "raw"
    values: tuple[str, ...] = ()
    action: Action = "rejected"


class Subject(NamedTuple):
    """A text in which something was found, and what may be done about it."""

    literal: int  # its index; no matter when it is fixed
    value: str
    form: Literal["text", "json", "key", "file", "fixed"]
    setting: Setting
    findings: list[Finding]

    def act(self, finding: Finding) -> Act:
        """Say what a finding asks for here."""
        wanted = act(finding.rule, is_past=self.setting.is_past)
        is_fixed = self.form == "fixed" or (self.form == "key" and finding.rule.mode != "pseudonymise")
        return "reject" if wanted == "rewrite" and is_fixed else wanted


class Asked(NamedTuple):
    """What the rules are asked about: the literals and numbers of a document, and what else these say.

    ``inner`` are strings inside of JSON in a string, ``members`` values with their keys, ``blobs`` decoded texts: each
    with the literal that it is of, ``files`` those of them that are text files. ``joined`` are the borders of
    neighbouring texts. Of pictures, sounds and videos there is only what can be read in them.
    """

    literals: list[str]
    numbers: list[str]
    inner: list[tuple[int, str]]
    members: list[tuple[int, MemberView]]
    blobs: list[tuple[int, str]]
    files: Collection[int]
    joined: list[Joined]

    @property
    def texts(self) -> list[str]:
        """All of them, in this order."""
        return [
            *self.literals,
            *self.numbers,
            *(text for _, text in self.inner),
            *(view.text for _, view in self.members),
            *(text for _, text in self.blobs),
            *(each.text for each in self.joined),
        ]


def ask(document: Document, endpoint: Endpoint) -> Asked:
    """Collect what the rules are asked about; raises BadJson when the JSON in strings is too large."""
    strings = flatten(document.tree)
    literals = strings.literals
    files: dict[int, TextFile] = {}
    for index in strings.files:
        if (file := text_file(literals[index])) is not None:
            files[index], literals[index] = file, file.begin
        elif len(literals[index]) >= _LARGE and (said := media_text(literals[index])) is not None:
            literals[index] = said
    inner: list[tuple[int, str]] = []
    for index in strings.json:
        inner += [(index, text) for text in views(literals[index])]
        if len(inner) > MAX_STRINGS:
            raise BadJson(f"The request body holds more than {MAX_STRINGS} strings in JSON in strings.")
    opening = [
        index
        for index, text in enumerate(literals)
        if len(text) >= _SHORTEST and text[:1] in _OPENING and (text[4] == ":" or text[0] not in "dD")
    ]
    inner += _in_free_text(opening, strings)
    named = [(index, member_view(literals[index - 1], literals[index])) for index in strings.named]
    members = [(index, view) for index, view in named if view is not None]
    decoded = ((index, blob_text(literals[index])) for index in opening if literals[index][:5].lower() == "data:")
    blobs = [(index, text) for index, text in decoded if text]
    blobs += ((index, file.text) for index, file in files.items())
    borders = joined_views(document.tree, endpoint)
    return Asked(literals, strings.numbers, inner, members, blobs, frozenset(strings.files), borders)


def _in_free_text(opening: Sequence[int], strings: Strings) -> Iterator[tuple[int, str]]:
    """Yield the strings inside of free texts that are JSON, as far as they say more than those texts do."""
    known = frozenset(strings.json)
    count = 0
    for index in opening:
        if index not in known and count <= MAX_STRINGS:
            inner = hidden(strings.literals[index])
            count += len(inner)
            yield from ((index, said) for said in inner)


class Gathering:
    """Puts what was found to the texts that it was found in, in document order."""

    def __init__(self, tree: JsonObject, endpoint: Endpoint, asked: Asked) -> None:
        self._asked = asked
        self._texts = walk(tree, endpoint)
        self._literals = [position for position, text in enumerate(self._texts) if text.literal is not None]
        self._numbers = [position for position, text in enumerate(self._texts) if text.literal is None]
        self._past = _Past(tree)
        self._subjects: dict[tuple[int, int], Subject] = {}
        self._seen: set[tuple[int, int, int, str]] = set()  # text, part, rule, secret
        self._found_keys: set[str] = set()

    def take(self, sighting: Sighting) -> None:
        """Put one sighting to its text, unless it repeats what is known, or the rule is not for such texts."""
        asked, index = self._asked, sighting.text
        for group, owners in ((asked.literals, self._literals), (asked.numbers, self._numbers)):
            if index < len(group):
                return self._note(owners[index], sighting, group[index])
            index -= len(group)
        if index < len(asked.inner):
            literal, text = asked.inner[index]
            return self._note(self._literals[literal], sighting, text)
        index -= len(asked.inner)
        if index < len(asked.members):
            literal, view = asked.members[index]
            if all(view.start <= start and end <= view.end for start, end in sighting.spans):
                within = view.within(sighting, literal)
                self._note(self._literals[literal], within, asked.literals[literal])
            return None
        index -= len(asked.members)
        if index < len(asked.blobs):
            literal, text = asked.blobs[index]
            part = _FILE if literal in asked.files else _OWN
            return self._note(self._literals[literal], sighting._replace(view="decoded"), text, part)
        self._note_joined(asked.joined[index - len(asked.blobs)], sighting)
        return None

    def subjects(self) -> list[Subject]:
        """Return the texts in which something was found. What is a finding itself is not told in a place."""
        ordered = sorted(self._subjects.items())
        for (owner, _), subject in ordered:
            place = _place(self._texts[owner], self._found_keys)
            subject.findings[:] = [replace(finding, place=place) for finding in subject.findings]
        return [subject for _, subject in ordered]

    def _note(self, owner: int, sighting: Sighting, shown: str, part: int = _OWN) -> None:
        text = self._texts[owner]
        kind = "A" if part == _FILE and text.kind == "F" else text.kind
        if kind not in sighting.detector.rule.field_classes:
            return
        fresh = {(owner, part, sighting.number, value) for value in sighting.values} - self._seen
        if not fresh:
            return
        self._seen |= fresh
        if text.is_key:
            self._found_keys.add(text.value)
        subject = self._subjects.setdefault((owner, part), self._subject(text, kind, part))
        found = Finding(sighting.detector.rule, "", shown, sighting.spans, kind, sighting.view, sighting.values)
        subject.findings.append(found)

    def _note_joined(self, joined: Joined, sighting: Sighting) -> None:
        """Only a secret that no text holds alone is a finding of their border, and no single text can be rewritten."""
        if "joined" not in sighting.detector.rule.views:
            return
        crossing = [
            number
            for number, span in enumerate(sighting.spans)
            if joined.crosses(*span) and not any(self._is_known(*part, sighting) for part in joined.parts(*span))
        ]
        if crossing:
            spans = tuple(sighting.spans[number] for number in crossing)
            matches = tuple(sighting.matches[number] for number in crossing)
            literal = joined.parts(*spans[0])[0][0]
            whole = sighting._replace(view="joined", matches=matches, spans=spans)
            self._note(self._literals[literal], whole, joined.text, _BORDER)

    def _is_known(self, literal: int, span: Span, sighting: Sighting) -> bool:
        """Say whether a rule has found something in a stretch of a literal: then more of it is no news."""
        subject = self._subjects.get((self._literals[literal], _OWN))
        found = subject.findings if subject else ()
        same = (finding.spans for finding in found if finding.rule is sighting.detector.rule)
        return any(span[0] < end and start < span[1] for spans in same for start, end in spans)

    def _subject(self, text: Text, kind: FieldClass, part: int) -> Subject:
        setting = Setting(self._past.holds(text.path), self._key(text))
        if text.literal is not None and text.is_key and part == _OWN and is_tool_input(text.path):
            return Subject(text.literal, text.value, "key", setting, [])
        if part == _BORDER or text.literal is None or text.is_key or kind not in REWRITABLE:
            return Subject(-1, text.value, "fixed", setting, [])
        if part == _FILE:
            is_whole = text_file(text.value) is not None
            return Subject(text.literal if is_whole else -1, text.value, "file" if is_whole else "fixed", setting, [])
        return Subject(text.literal, text.value, "json" if kind == "B" else "text", setting, [])

    def _key(self, text: Text) -> str:
        return text.path[-1] if isinstance(text.path[-1], str) and not text.is_key else ""


def look(document: Document, endpoint: Endpoint, watch: Watch, most: int) -> list[Finding]:
    """Return what the rules find in a body, in document order, whatever they would do about it; of ``most`` sightings.

    Raises BadJson and GuardrailUnavailable.
    """
    asked = ask(document, endpoint)
    return told(document, endpoint, asked, watch.find(asked.texts, most))


def told(document: Document, endpoint: Endpoint, asked: Asked, sightings: Sequence[Sighting]) -> list[Finding]:
    """Return the findings that sightings in a body's texts are, in document order."""
    if not sightings:
        return []
    gathering = Gathering(document.tree, endpoint, asked)
    for sighting in sightings:
        gathering.take(sighting)
    return [finding for subject in gathering.subjects() for finding in subject.findings]


class _Past:
    """Which texts stand in an earlier turn of a chat: in a message before the last one of the user."""

    def __init__(self, tree: JsonObject) -> None:
        self._turns = {}
        for name in ("messages", "input"):
            items = tree.get(name)
            if isinstance(items, list):
                said = [
                    number for number, item in enumerate(items) if isinstance(item, dict) and item.get("role") == "user"
                ]
                self._turns[name] = said[-1] if said else 0

    def holds(self, path: Path) -> bool:
        """Say whether the text at a path is in the past."""
        if len(path) < 2 or not isinstance(path[1], int):
            return False
        return path[1] < self._turns.get(str(path[0]), 0)


def _place(text: Text, found_keys: set[str]) -> str:
    """Render a place without the keys that are findings themselves: places are told to clients and logged."""
    path = (*text.path[:-1], "*") if text.is_key else text.path
    return render(tuple("*" if step in found_keys else step for step in path))
