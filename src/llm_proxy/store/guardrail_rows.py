"""A rule as a row, and as the definition that its versions keep; every change of one leaves a version."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from llm_proxy.errors import Conflict
from llm_proxy.records import Allow, Audience, Example, Guardrail, Near, Scope
from llm_proxy.store.schema import guardrail_versions, guardrails, utc_now

MAX_RULES = 2000
LIVING = guardrails.c.deleted_at.is_(None)

# What belongs to a row and not to what the rule says.
_ROW_ONLY = ("id", "created_at", "updated_at", "version", "created_by", "updated_by")


def record(row: Row[Any]) -> Guardrail:
    """Return the rule of a row."""
    values = row._asdict()
    del values["deleted_at"]
    return Guardrail(**values | members(values.pop("details")))


def definition(rule: Guardrail) -> dict[str, Any]:
    """Return what a rule says, without its id, its times and who wrote it: what a version keeps."""
    return {name: value for name, value in asdict(rule).items() if name not in _ROW_ONLY}


def members(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return members of a record as JSON gave them back; what an older release stored has fewer."""
    details = {name: _tuples(value) for name, value in stored.items()}
    if details.get("near"):
        details["near"] = Near(**details["near"])
    if "allow" in details:
        details["allow"] = Allow(**details["allow"])
    if "scope" in details:
        details["scope"] = Scope(**{name: Audience(**each) for name, each in details["scope"].items()})
    if "examples" in details:
        details["examples"] = tuple(Example(**each) for each in details["examples"])
    return details


def living(connection: Connection) -> list[Guardrail]:
    """Return the living ones, disabled ones too, newest first."""
    query = select(guardrails).where(LIVING).order_by(guardrails.c.created_at.desc(), guardrails.c.id)
    return [record(row) for row in connection.execute(query)]


def find(connection: Connection, guardrail_id: str) -> Guardrail | None:
    """Return a living one, or None."""
    row = connection.execute(select(guardrails).where(guardrails.c.id == guardrail_id, LIVING)).one_or_none()
    return None if row is None else record(row)


def lost_copies(connection: Connection) -> frozenset[str]:
    """Return of what deleted rules were copies that no living one is a copy of."""
    original = guardrails.c.details["copy_of"].as_string()
    query = select(original, guardrails.c.deleted_at).where(original != "")
    found = connection.execute(query).all()
    return frozenset(each for each, deleted_at in found if deleted_at) - {each for each, gone in found if not gone}


def put_new(connection: Connection, rule: Guardrail, change: str) -> None:
    """Insert a rule as it is, and its version; raises Conflict when there are too many."""
    count = connection.scalar(select(func.count()).select_from(guardrails).where(LIVING)) or 0
    if count >= MAX_RULES:
        raise Conflict(f"There are {MAX_RULES} guard rails already, which is the most there may be. Delete some first.")
    connection.execute(insert(guardrails).values(_row(rule)))
    _keep(connection, rule, change)


def put_changed(
    connection: Connection, before: Guardrail, after: Guardrail, *, by: str, change: str = "", is_buried: bool = False
) -> Guardrail:
    """Store a rule's next version, unless it lives and nothing differs; return it.

    ``change`` says what was done to it; without one the members that differ are named.
    """
    old, new = definition(before), definition(after)
    differing = [name for name in new if new[name] != old[name]]
    if not differing and not is_buried:
        return before
    _keep_first(connection, before)
    last = max(before.version, last_version(connection, before.id))
    changed = replace(after, id=before.id, version=last + 1, updated_at=utc_now(), updated_by=by)
    connection.execute(update(guardrails).where(guardrails.c.id == before.id).values(deleted_at=None, **_row(changed)))
    _keep(connection, changed, change or f"changed: {', '.join(differing)}")
    return changed


def bury(connection: Connection, rule: Guardrail, *, by: str) -> None:
    """Leave a tombstone, and the version that says so."""
    _keep_first(connection, rule)
    buried = replace(rule, version=rule.version + 1, updated_at=utc_now(), updated_by=by)
    values = {"deleted_at": buried.updated_at, "version": buried.version, "updated_by": by}
    connection.execute(update(guardrails).where(guardrails.c.id == rule.id).values(values))
    _keep(connection, buried, "deleted")


def refuse_file(rule: Guardrail) -> None:
    """Raise Conflict for a rule that is changed elsewhere."""
    if rule.origin == "file":
        raise Conflict(f"The guard rail {rule.label!r} comes from the file of GUARDRAILS_FILE. Change it there.")


def last_version(connection: Connection, guardrail_id: str) -> int:
    """Return the number of a rule's last version, 0 when none was kept."""
    kept = select(func.max(guardrail_versions.c.version)).where(guardrail_versions.c.guardrail_id == guardrail_id)
    return connection.scalar(kept) or 0


def _keep_first(connection: Connection, rule: Guardrail) -> None:
    """Keep what a rule was before versions were kept, so that its first change can be undone."""
    if not last_version(connection, rule.id):
        _keep(connection, rule, "created")


def _keep(connection: Connection, rule: Guardrail, change: str) -> None:
    connection.execute(
        insert(guardrail_versions).values(
            guardrail_id=rule.id,
            version=rule.version,
            definition=definition(rule),
            at=rule.updated_at,
            by=rule.updated_by,
            change=change,
        )
    )


def _row(rule: Guardrail) -> dict[str, Any]:
    values = asdict(rule)
    details = {name: values.pop(name) for name in list(values) if name not in guardrails.c}
    return values | {"details": details}


def _tuples(value: Any) -> Any:  # noqa: ANN401 (JSON)
    if isinstance(value, dict):
        return {name: _tuples(each) for name, each in value.items()}
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
