"""``llm-proxy packs``: the rule packs that come with the gateway, one switch each."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from llm_proxy.cli.desk import AsJson, Config, at_desk, console, print_json, print_table, refuse, with_store
from llm_proxy.errors import NotFound
from llm_proxy.packs import PACKS, ids_of, load_pack, rules_as_set
from llm_proxy.records import DIRECTIONS, Mode, PackState
from llm_proxy.store import Entry, Store
from llm_proxy.web.admin.packs import copy_rule

packs = typer.Typer(no_args_is_help=True, help="The rule packs that come with the gateway.")

Name = Annotated[str, typer.Argument(help=f"The pack: {', '.join(PACKS)}.")]


@packs.command("list")
def list_packs(config: Config = None, *, as_json: AsJson = False) -> None:
    """List the packs, and how each is set."""
    states = with_store(config, _states)
    rows = [{**_about(name), **_set(states.get(name, PackState(name)))} for name in PACKS]
    if as_json:
        print_json(rows)
        return
    table = Table("pack", "version", "rules", "enabled", "mode", "left out")
    for row in rows:
        left_out = str(len(row["disabled_rules"]))
        mode = row["mode"] or "as written"
        table.add_row(row["name"], row["version"], str(row["rules"]), _yes(row["enabled"]), mode, left_out)
    print_table(table)


@packs.command("show")
def show(name: Name, config: Config = None, *, as_json: AsJson = False) -> None:
    """Show the rules of a pack, as they are set."""
    _known(name)
    states = with_store(config, _states)
    rules = rules_as_set(states.get(name, PackState(name)))
    if as_json:
        print_json([asdict(rule) for rule in rules])
        return
    table = Table("id", "name", "severity", "mode", "in use")
    for rule in rules:
        table.add_row(rule.id, rule.name, rule.severity, rule.mode, _yes(rule.enabled))
    print_table(table)


@packs.command("enable")
def enable(
    name: Name,
    mode: Annotated[
        str, typer.Option(help="The mode of all its rules: reject, replace, pseudonymise, monitor; or as-written.")
    ] = "",
    direction: Annotated[list[str] | None, typer.Option(help="request or response; both by giving it twice.")] = None,
    without: Annotated[
        list[str] | None, typer.Option(help="A rule to leave out, by id or short name; - leaves none out.")
    ] = None,
    config: Config = None,
) -> None:
    """Switch a pack on. A running gateway applies it within a second."""
    _known(name)
    modes: dict[str, Mode | None] = {
        "reject": "reject",
        "replace": "replace",
        "pseudonymise": "pseudonymise",
        "monitor": "monitor",
        "as-written": None,
    }
    if mode and mode not in modes:
        refuse(f"There is no mode {mode!r}: choose reject, replace, pseudonymise, monitor or as-written.")
    changes: dict[str, Any] = {"enabled": True} | ({"mode": modes[mode]} if mode else {})
    changes |= {} if direction is None else {"directions": _directions(direction)}
    changes |= {} if without is None else {"disabled_rules": _ids(name, without)}
    state = with_store(config, _setting(name, changes))
    console().print(f"The pack {name} is on: {sum(rule.enabled for rule in rules_as_set(state))} rules.")


@packs.command("disable")
def disable(name: Name, config: Config = None) -> None:
    """Switch a pack off. A running gateway lets go of it within a second."""
    _known(name)
    with_store(config, _setting(name, {"enabled": False}))
    console().print(f"The pack {name} is off.")


@packs.command("copy")
def copy(
    name: Name,
    rule: Annotated[str, typer.Argument(help="The rule's id or short name.", show_default=False)],
    config: Config = None,
) -> None:
    """Make a rule of your own out of a pack's, to change at will. The pack's goes off: the copy takes its place."""
    _known(name)
    (rule_id,) = _ids(name, [rule])
    made = at_desk(config, lambda desk: copy_rule(name, rule_id, desk))
    console().print(f"Added {made.name} ({made.id}).", markup=False)


def _directions(wanted: Sequence[str]) -> tuple[str, ...]:
    if set(wanted) - {*DIRECTIONS}:
        refuse(f"Choose from the directions {', '.join(DIRECTIONS)}.")
    return tuple(dict.fromkeys(wanted))


def _ids(name: str, wanted: Sequence[str]) -> tuple[str, ...]:
    try:
        return ids_of(name, [each for each in wanted if each != "-"])
    except NotFound as exc:
        refuse(exc)


def _known(name: str) -> None:
    try:
        load_pack(name)
    except NotFound as exc:
        refuse(exc)


def _setting(name: str, changes: Mapping[str, Any]) -> Callable[[Store], Awaitable[PackState]]:
    log = Entry("pack.update", json.dumps(changes), "command line", by="command line")
    return lambda store: store.packs.set(name, changes, log=log)


async def _states(store: Store) -> dict[str, PackState]:
    return {state.name: state for state in await store.packs.list()}


def _about(name: str) -> dict[str, Any]:
    pack = load_pack(name)
    about = {each: getattr(pack, each) for each in ("version", "description", "licence", "source")}
    return {"name": name, **about, "rules": len(pack.rules)}


def _set(state: PackState) -> dict[str, Any]:
    directions = None if state.directions is None else list(state.directions)
    left_out = list(state.disabled_rules)
    return {"enabled": state.enabled, "mode": state.mode, "directions": directions, "disabled_rules": left_out}


def _yes(value: object) -> str:
    return "yes" if value else "no"
