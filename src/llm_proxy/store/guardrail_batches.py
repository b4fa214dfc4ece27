"""Many rules at once, in one transaction: an import, or what a configuration file says."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from llm_proxy.records import Guardrail, PackState
from llm_proxy.store import guardrail_rows as rows
from llm_proxy.store import meta, packs
from llm_proxy.store.admin_log import Entry, record
from llm_proxy.store.database import Database
from llm_proxy.store.guardrails import stamped


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of many rules, by their names."""

    created: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()

    @property
    def is_change(self) -> bool:
        """Whether anything is otherwise than before."""
        return bool(self.created or self.changed or self.deleted)


class GuardrailBatches:
    """Writes them. Whether each rule may be admitted is decided before it comes here."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def preview(
        self, drafts: Sequence[Guardrail], *, merge: Callable[[Guardrail, Guardrail], Guardrail]
    ) -> Batch:
        """Return what ``bring`` would do."""

        def query(connection: Connection) -> Batch:
            living = _living(connection, drafts)
            found = [(draft, living.get(draft.name)) for draft in drafts]
            same = [d.name for d, old in found if old and rows.definition(merge(old, d)) == rows.definition(old)]
            return Batch(
                created=tuple(draft.name for draft, old in found if old is None),
                changed=tuple(draft.name for draft, old in found if old and draft.name not in same),
                unchanged=tuple(same),
            )

        return await self._database.read(query)

    async def bring(
        self, drafts: Sequence[Guardrail], *, log: Entry, merge: Callable[[Guardrail, Guardrail], Guardrail]
    ) -> Batch:
        """Store imported rules: one that has the id, or the pack and the name, of a living one is its next version.

        ``merge(old, draft)`` says what the next version is. Raises Conflict when there would be too many.
        """

        def job(connection: Connection) -> Batch:
            batch = _put(connection, drafts, _living(connection, drafts), log.by, merge)
            if batch.is_change:
                meta.bump_revision(connection)
                record(connection, log, "")
            return batch

        return await self._database.write(job)

    async def follow(self, drafts: Sequence[Guardrail], states: Sequence[PackState]) -> Batch:
        """Make the rules and packs of the configuration file what it says: what it no longer names is deleted."""

        def job(connection: Connection) -> Batch:
            living = {rule.name: rule for rule in rows.living(connection) if rule.origin == "file"}
            batch = _put(connection, drafts, living, packs.FILE, lambda _, draft: draft)
            wanted = {draft.name for draft in drafts}
            gone = [rule for name, rule in living.items() if name not in wanted]
            for rule in gone:
                rows.bury(connection, rule, by=packs.FILE)
            batch = replace(batch, deleted=tuple(rule.name for rule in gone))
            if _follow_packs(connection, states) or batch.is_change:
                meta.bump_revision(connection)
            return batch

        return await self._database.write(job)

    async def release(self) -> Batch:
        """Make the file's rules and packs the administrator's own: the file is gone, and they stay in force."""

        def job(connection: Connection) -> Batch:
            freed = [rule for rule in rows.living(connection) if rule.origin == "file"]
            for rule in freed:
                own = replace(rule, origin="api")
                rows.put_changed(connection, rule, own, by=packs.FILE, change="kept: GUARDRAILS_FILE is no longer set")
            for state in _of_file(connection):
                packs.put(connection, state, "")
            if freed:
                meta.bump_revision(connection)
            return Batch(changed=tuple(rule.name for rule in freed))

        return await self._database.write(job)


def _living(connection: Connection, drafts: Sequence[Guardrail]) -> dict[str, Guardrail | None]:
    """Return for each draft, by its name, the rule whose next version it is."""
    living = rows.living(connection)
    by_id = {rule.id: rule for rule in living}
    named = {(rule.pack, rule.name): rule for rule in living if rule.origin == "api"}
    return {draft.name: by_id.get(draft.id) or named.get((draft.pack, draft.name)) for draft in drafts}


def _put(
    connection: Connection,
    drafts: Sequence[Guardrail],
    living: Mapping[str, Guardrail | None],
    by: str,
    merge: Callable[[Guardrail, Guardrail], Guardrail],
) -> Batch:
    created, changed, unchanged = [], [], []
    for draft in drafts:
        old = living.get(draft.name)
        if old is None:
            rows.put_new(connection, stamped(draft, by), "imported" if draft.pack else "created")
            created.append(draft.name)
        elif rows.put_changed(connection, old, merge(old, draft), by=by) is old:
            unchanged.append(draft.name)
        else:
            changed.append(draft.name)
    return Batch(tuple(created), tuple(changed), tuple(unchanged))


def _of_file(connection: Connection) -> list[PackState]:
    return [state for state in packs.states(connection) if state.updated_by == packs.FILE]


def _follow_packs(connection: Connection, wanted: Sequence[PackState]) -> bool:
    """Set what the file sets and forget what it set before; return whether anything changed."""
    changed = False
    for state in wanted:
        old = packs.find(connection, state.name)
        if old != replace(state, updated_at=old.updated_at, updated_by=packs.FILE):
            packs.put(connection, state, packs.FILE)
            changed = True
    for old in _of_file(connection):
        if old.name not in {state.name for state in wanted}:
            packs.forget(connection, old.name)
            changed = True
    return changed
