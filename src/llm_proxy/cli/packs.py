"""``llm-proxy packs``: the rule packs that come with the gateway, one switch each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.table import Table

from llm_proxy.cli.desk import AsJson, Config, console, print_json, refuse, with_store
from llm_proxy.errors import NotFound
from llm_proxy.packs import PACKS, load_pack, rules_as_set
from llm_proxy.records import Mode, PackState
from llm_proxy.store import Entry, Store

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
    console().print(table)


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
    console().print(table)


@packs.command("enable")
def enable(
    name: Name,
    mode: Annotated[
        str, typer.Option(help="The mode of all its rules: reject, replace, pseudonymise, monitor; or as-written.")
    ] = "",
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
    changes = {"enabled": True} | ({"mode": modes[mode]} if mode else {})
    with_store(config, _setting(name, changes))
    console().print(f"The pack {name} is on: {len(load_pack(name).rules)} rules.")


@packs.command("disable")
def disable(name: Name, config: Config = None) -> None:
    """Switch a pack off. A running gateway lets go of it within a second."""
    _known(name)
    with_store(config, _setting(name, {"enabled": False}))
    console().print(f"The pack {name} is off.")


def _known(name: str) -> None:
    try:
        load_pack(name)
    except NotFound as exc:
        refuse(exc)


def _setting(name: str, changes: Mapping[str, Any]) -> Callable[[Store], Awaitable[PackState]]:
    log = Entry("pack.update", "", "", by="command line")
    return lambda store: store.packs.set(name, changes, log=log)


async def _states(store: Store) -> dict[str, PackState]:
    return {state.name: state for state in await store.packs.list()}


def _about(name: str) -> dict[str, Any]:
    pack = load_pack(name)
    return {"name": name, "version": pack.version, "description": pack.description, "rules": len(pack.rules)}


def _set(state: PackState) -> dict[str, Any]:
    return {"enabled": state.enabled, "mode": state.mode, "disabled_rules": list(state.disabled_rules)}


def _yes(value: object) -> str:
    return "yes" if value else "no"
