"""``llm-proxy guardrails``: the rules, on the database itself. Each command does what the admin API does."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Column, Table

from llm_proxy.cli.desk import AsJson, Config, at_desk, console, print_json, print_table
from llm_proxy.cli.rule_options import RuleOptions, given, parsed
from llm_proxy.errors import BadRequest, NotFound
from llm_proxy.web.admin import guardrail_versions, rule_views
from llm_proxy.web.admin import guardrails as admin
from llm_proxy.web.admin.services import Desk

guardrails = typer.Typer(no_args_is_help=True, help="The guard rails: list, change, test, import and export them.")

Wanted = Annotated[str, typer.Argument(help="The rule: its id, the beginning of it, or its name.", show_default=False)]
_SHORTEST_ID = 6


@dataclass(kw_only=True)
class SetOptions(RuleOptions):
    """A change of a rule."""

    rule: Wanted


@guardrails.command("list")
def list_rules(
    *,
    with_packs: Annotated[bool, typer.Option("--packs", help="The rules of packs that are on, too.")] = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """List the rules, newest first."""
    rules = at_desk(config, lambda desk: admin.list_guardrails(desk, with_packs=with_packs))
    if as_json:
        print_json([rule.model_dump(mode="json") for rule in rules])
        return
    if not rules:
        console().print("There are no rules yet. Add one, or switch a pack on: llm-proxy packs list")
        return
    identifier, pattern = Column("id", no_wrap=True, min_width=36), Column("pattern", no_wrap=True, max_width=60)
    table = Table(identifier, "on", "mode", "severity", "name", "from", pattern)
    for rule in rules:
        cells = (rule.id, _yes(rule.enabled), rule.mode, rule.severity, rule.name, rule.pack or rule.origin)
        table.add_row(*map(_plain, cells), _plain(rule.pattern))
    print_table(table)


@guardrails.command("show")
def show(rule: Wanted, config: Config = None, *, as_json: AsJson = False) -> None:
    """Show all that a rule says."""
    told = at_desk(config, lambda desk: found(desk, rule))
    _print(told, as_json=as_json)


def add(options: RuleOptions) -> None:
    """Add a rule."""
    body = parsed(rule_views.GuardrailCreate, given(options))
    rule = at_desk(options.config, lambda desk: admin.create_guardrail(body, desk))
    _say("Added", rule, as_json=options.as_json)


def change(options: SetOptions) -> None:
    """Change a rule; what is not given stays as it is."""
    body = parsed(rule_views.GuardrailUpdate, given(options))

    async def run(desk: Desk) -> rule_views.Guardrail:
        return await admin.update_guardrail((await found(desk, options.rule)).id, body, desk)

    _say("Changed", at_desk(options.config, run), as_json=options.as_json)


@guardrails.command("enable")
def enable(rule: Wanted, config: Config = None, *, as_json: AsJson = False) -> None:
    """Put a rule in force."""
    change(SetOptions(rule=rule, enabled=True, config=config, as_json=as_json))


@guardrails.command("disable")
def disable(rule: Wanted, config: Config = None, *, as_json: AsJson = False) -> None:
    """Take a rule out of force, and keep it."""
    change(SetOptions(rule=rule, enabled=False, config=config, as_json=as_json))


@guardrails.command("delete")
def delete(rule: Wanted, config: Config = None) -> None:
    """Delete a rule. Its versions and its events stay, and so does its way back: restore."""

    async def remove(desk: Desk) -> rule_views.Guardrail:
        gone = await found(desk, rule)
        await admin.delete_guardrail(gone.id, desk)
        return gone

    gone = at_desk(config, remove)
    console().print(f"Deleted {gone.id}.")
    if gone.copy_of:
        console().print(f"The pack's rule that it was a copy of, {gone.copy_of}, stays left out of its pack.")


@guardrails.command("versions")
def versions(rule: Wanted, config: Config = None, *, as_json: AsJson = False) -> None:
    """List what a rule was, who made it so and when. A deleted rule is named by its whole id."""

    async def read(desk: Desk) -> Sequence[rule_views.GuardrailVersion]:
        return await guardrail_versions.list_versions(await _any_id(desk, rule), desk)

    told = at_desk(config, read)
    if as_json:
        print_json([each.model_dump(mode="json") for each in told])
        return
    table = Table("version", "at", "by", "change")
    for each in told:
        table.add_row(str(each.version), each.at.isoformat(timespec="seconds"), _plain(each.by), _plain(each.change))
    print_table(table)


@guardrails.command("restore")
def restore(
    rule: Wanted,
    version: Annotated[int, typer.Argument(help="The version that it is to be again.")],
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Make a rule what it was: that is a new version. A deleted rule is there again."""

    async def bring_back(desk: Desk) -> rule_views.Guardrail:
        return await guardrail_versions.restore_version(await _any_id(desk, rule), version, desk)

    _say("Restored", at_desk(config, bring_back), as_json=as_json)


async def found(desk: Desk, wanted: str) -> rule_views.Guardrail:
    """Return the one rule of an id, of its beginning or of a name; raises NotFound and BadRequest."""
    return chosen(await admin.list_guardrails(desk, with_packs=True), wanted)


def chosen(rules: Sequence[rule_views.Guardrail], wanted: str) -> rule_views.Guardrail:
    """Return the one of rules that is wanted, as ``found``."""
    exact = [rule for rule in rules if wanted in {rule.id, rule.name}]
    begun = [rule for rule in rules if len(wanted) >= _SHORTEST_ID and rule.id.startswith(wanted.lower())]
    matching = exact or begun
    if not matching:
        raise NotFound(f"There is no guard rail {wanted!r}.")
    if len(matching) > 1:
        raise BadRequest(f"{len(matching)} guard rails are called {wanted!r}. Name one by its id.")
    return matching[0]


async def _any_id(desk: Desk, wanted: str) -> str:
    """Return a rule's id; one that is no living rule's name or id as it stands."""
    try:
        return (await found(desk, wanted)).id
    except NotFound:
        return wanted


def _say(done: str, rule: rule_views.Guardrail, *, as_json: bool) -> None:
    if as_json:
        print_json(rule.model_dump(mode="json"))
        return
    out = console()
    out.print(f"{done} {rule.name or rule.id} ({rule.id}), version {rule.version}.", markup=False)
    for warning in rule.warnings:
        out.print(f"  {warning}", markup=False)


def _print(rule: rule_views.Guardrail, *, as_json: bool) -> None:
    told: dict[str, Any] = rule.model_dump(mode="json")
    if as_json:
        print_json(told)
        return
    table = Table(show_header=False)
    for name, value in told.items():
        table.add_row(name, _plain(value))
    print_table(table)


def _plain(value: object) -> str:
    """Return a value as text in which nothing is taken for markup."""
    return escape(str(value))


def _yes(value: object) -> str:
    return "yes" if value else "no"
