"""A file's rules made rules of ours: those that may be stored, and those that may not, with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pydantic import ValidationError

from llm_proxy import admission, importers
from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.core.rewriting import REDACTED
from llm_proxy.core.strict_json import clean
from llm_proxy.errors import BadPattern, BadRequest
from llm_proxy.importers import CannotImport, Format, Found, Skipped
from llm_proxy.records import Guardrail, Mode
from llm_proxy.web.admin.admitting import draft_of
from llm_proxy.web.admin.pack_tables import states_of
from llm_proxy.web.admin.refusals import told
from llm_proxy.web.admin.rule_fields import RuleFields, members

# Until somebody has seen what they find, rules of others only watch.
DEFAULT_MODE: Mode = "monitor"
OURS: tuple[Format, ...] = ("toml", "csv", "json")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be imported. Without ``mode`` our own files say it, and others' rules monitor.

    ``name`` tells these rules from others: importing them again makes new versions. Without one, our own files hold
    rules of one's own, and others' rules go by ``file`` or by their format.
    """

    content: str
    name: str = ""
    file: str = ""
    form: Format | None = None
    mode: Mode | None = None
    is_trial: bool = False

    def pack(self, form: Format) -> str:
        """Return the pack that these rules are of."""
        name = self.name or ("" if form in OURS else self.file or form)
        return f"import:{name.removeprefix('import:')}" if name else ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule that may be stored, and what is otherwise in it than in the file.

    ``has_hashes``: the file permits values by their fingerprints, which are under the key of one database.
    """

    rule: Guardrail
    changes: tuple[str, ...]
    has_hashes: bool = False


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file's rules."""

    format: Format
    pack: str
    drafts: tuple[Draft, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]


def prepare(order: Order, fingerprinter: Fingerprinter) -> Prepared:
    """Read a file and admit its rules. Takes seconds for hundreds of them: to be called in a thread.

    Raises BadRequest when the file cannot be read.
    """
    reading = importers.read(order.content, order.form)
    _check_packs(reading.packs)
    drafts: dict[str, Draft] = {}
    skipped = list(reading.skipped)
    for found in reading.rules:
        try:
            draft = _admitted(found, order, fingerprinter, reading.format)
        except (CannotImport, BadPattern, BadRequest) as exc:
            skipped.append(Skipped(found.name, str(exc)))
            continue
        if draft.rule.name in drafts:
            skipped.append(Skipped(found.name, "Another rule of this file has its name."))
            continue
        is_known = bool(found.id) and not order.name and found.id not in {each.rule.id for each in drafts.values()}
        drafts[draft.rule.name] = replace(draft, rule=replace(draft.rule, id=found.id)) if is_known else draft
    pack = order.pack(reading.format)
    return Prepared(reading.format, pack, tuple(drafts.values()), tuple(skipped), reading.notes)


def _check_packs(tables: object) -> None:
    """Packs are not imported; a file that no gateway could start with is refused all the same. Raises BadRequest."""
    try:
        states_of(tables)
    except BadRequest as exc:
        raise BadRequest(f"In this file, {exc.message}", param="content") from exc


def _admitted(found: Found, order: Order, fingerprinter: Fingerprinter, form: Format) -> Draft:
    """Make one rule; raises CannotImport, BadPattern and BadRequest with the reason why it cannot be stored."""
    is_ours = form in OURS
    fields = dict(found.fields)
    if order.mode is not None or not is_ours:
        fields["mode"] = order.mode or DEFAULT_MODE
    if fields.get("mode") == "replace" and not is_ours:
        fields.setdefault("replace_by", REDACTED)
    if not is_ours:
        fields = _cut(fields)
    try:
        body = RuleFields.model_validate(fields)
    except ValidationError as exc:
        raise CannotImport(told(dict(exc.errors()[0]), depth=0).message) from exc
    rule = replace(draft_of(members(body, fingerprinter)), pack=order.pack(form))
    changes = found.changes
    if not is_ours:
        rule, dropped = _without_wrong_examples(rule, fingerprinter)
        if dropped:
            changes += (f"{dropped} of its examples behave otherwise here and are left out",)
    admission.judge(rule, fingerprinter)
    return Draft(rule, changes, bool(body.allow.hashes))


def _cut(fields: Mapping[str, object]) -> dict[str, object]:
    """Cut what others write at greater length than it may have here."""
    longest = {"name": 200, "description": 4000}
    return {
        name: value[: longest[name]] if name in longest and isinstance(value, str) else value
        for name, value in fields.items()
    }


def _without_wrong_examples(rule: Guardrail, fingerprinter: Fingerprinter) -> tuple[Guardrail, int]:
    """Leave out the examples that do not behave: what they were written for sees names of files, or asks providers."""
    if not rule.examples:
        return rule, 0
    watch = admission.check(replace(rule, examples=()), fingerprinter)
    good = tuple(each for each in rule.examples if bool(watch.find([clean(each.text)])) == each.match)
    return replace(rule, examples=good), len(rule.examples) - len(good)
