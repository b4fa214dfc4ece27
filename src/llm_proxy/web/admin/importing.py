"""Rules of a file, on their way into the store: all are written at once, or none."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from llm_proxy.admission import benign
from llm_proxy.admission.dry_run import together
from llm_proxy.errors import BadRequest
from llm_proxy.importers import Format, Skipped, own
from llm_proxy.records import Guardrail
from llm_proxy.store import Entry, Store
from llm_proxy.store.guardrail_batches import Batch
from llm_proxy.web.admin.admitting import scoped
from llm_proxy.web.admin.import_drafts import Draft, Order, prepare
from llm_proxy.web.admin.rule_fields import MEMBERS

Fate = Literal["created", "changed", "unchanged"]
MakeEntry = Callable[[dict[str, object]], Entry]


@dataclass(frozen=True, slots=True)
class Imported:
    """A rule that was taken over. ``flagged`` counts the ordinary texts in which it finds something."""

    name: str
    fate: Fate
    changes: tuple[str, ...]
    flagged: int


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file's rules. ``flagged`` counts the ordinary texts, of ``texts``, that any of them flags."""

    format: Format
    pack: str
    dry_run: bool
    imported: tuple[Imported, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    texts: int
    flagged: int


async def import_rules(store: Store, order: Order, entry: MakeEntry) -> ImportReport:
    """Import, or only say what would be imported. ``entry`` makes the row of the admin log of its details.

    Raises BadRequest when the file cannot be read, and Conflict when there would be too many rules.
    """
    prepared = await asyncio.to_thread(prepare, order, store.fingerprints)
    drafts, skipped = await _in_scope(store, prepared.drafts)
    drafts, of_file = _parted(drafts, [rule for rule in await store.guardrails.list() if rule.origin == "file"])
    rules = [draft.rule for draft in drafts]
    flagged, counts = await asyncio.to_thread(together, rules, store.fingerprints)
    batch = await _put(store, order, rules, lambda: entry({"pack": prepared.pack, "rules": len(rules)}))
    lists: dict[Fate, tuple[str, ...]] = {
        "created": batch.created,
        "changed": batch.changed,
        "unchanged": batch.unchanged,
    }
    fates = {name: fate for fate, names in lists.items() for name in names}
    return ImportReport(
        format=prepared.format,
        pack=prepared.pack,
        dry_run=order.is_trial,
        imported=tuple(
            Imported(draft.rule.name, fates[draft.rule.name], draft.changes, count)
            for draft, count in zip(drafts, counts, strict=True)
        ),
        skipped=(*prepared.skipped, *skipped, *of_file),
        notes=(*prepared.notes, *_about_hashes([draft for draft in drafts if fates[draft.rule.name] != "unchanged"])),
        texts=len(benign.texts()),
        flagged=flagged,
    )


async def _in_scope(store: Store, drafts: tuple[Draft, ...]) -> tuple[list[Draft], list[Skipped]]:
    """Part those whose scope names a key or a provider that there is not."""
    good, skipped = [], []
    for draft in drafts:
        try:
            good.append(replace(draft, rule=await scoped(store, draft.rule)))
        except BadRequest as exc:
            skipped.append(Skipped(draft.rule.name, exc.message))
    return good, skipped


def _parted(drafts: list[Draft], of_file: list[Guardrail]) -> tuple[list[Draft], list[Skipped]]:
    """Part those that would change a rule of the configuration file."""
    stored = {rule.id: rule for rule in of_file}
    good, skipped = [], []
    for draft in drafts:
        old = stored.get(draft.rule.id)
        if old is None or _next(old, draft.rule) == old:
            good.append(draft)
        else:
            skipped.append(Skipped(draft.rule.name, "It comes from the file of GUARDRAILS_FILE. Change it there."))
    return good, skipped


def _about_hashes(drafts: list[Draft]) -> tuple[str, ...]:
    named = [draft.rule.name for draft in drafts if draft.has_hashes]
    if not named:
        return ()
    reason = "allow.hashes are fingerprints under the key of the database that they come from, and permit nothing in "
    return (f"{reason}another one; give allow.values there. They are in: {', '.join(named)}.",)


def _next(old: Guardrail, new: Guardrail, kept: tuple[str, ...] = ()) -> Guardrail:
    """Return what a rule becomes by a draft. A name that a file gave it for want of one is not its own."""
    if own.is_stand_in(new.name, old.name, old.id):
        kept = (*kept, "name")
    return replace(old, **{name: getattr(new, name) for name in MEMBERS if name not in kept})


async def _put(store: Store, order: Order, rules: list[Guardrail], entry: Callable[[], Entry]) -> Batch:
    def merge(old: Guardrail, new: Guardrail) -> Guardrail:
        """Keep what was decided since: whether a pack's rule is in force and, unless it is said now, its mode."""
        kept: tuple[str, ...] = ("enabled",) if new.pack else ()
        if new.pack and order.mode is None:
            kept = ("enabled", "mode", "replace_by")
        return _next(old, new, kept)

    batches = store.guardrail_batches
    if order.is_trial:
        return await batches.preview(rules, merge=merge)
    return await batches.bring(rules, log=entry(), merge=merge)
