"""``llm-proxy guardrails backtest``, ``shadow`` and ``meters``: rules on what calls say, before and after."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from llm_proxy.cli.desk import AsJson, Config, at_desk, console, print_json, print_table, refuse
from llm_proxy.cli.gateway import Gateway, Url
from llm_proxy.cli.guardrails import chosen, found
from llm_proxy.cli.rule_options import RuleOptions, given, parsed
from llm_proxy.errors import ProxyError
from llm_proxy.web.admin import backtest as admin
from llm_proxy.web.admin.meters import RuleMeterView, list_meters
from llm_proxy.web.admin.rehearsals import BacktestAsked, Backtested, ShadowAsked, ShadowView
from llm_proxy.web.admin.rule_fields import MEMBERS
from llm_proxy.web.admin.rule_views import Guardrail
from llm_proxy.web.admin.services import Desk

shadow = typer.Typer(
    no_args_is_help=True, help="Drafts that look at a running gateway's live calls, and change nothing."
)

Run = Annotated[str, typer.Argument(help="The run's id.", show_default=False)]


@dataclass(kw_only=True)
class DraftOptions(RuleOptions):
    """A draft: a new rule, or a stored one with what is given in the place of what it says."""

    rule: Annotated[
        str,
        typer.Argument(help="A stored rule: its id, the beginning of it, or its name. Without it, the draft is new."),
    ] = ""


@dataclass(kw_only=True)
class BacktestOptions(DraftOptions):
    """A draft, and which events it is run over."""

    days: Annotated[int, typer.Option(help="How far back.")] = 30
    limit: Annotated[int, typer.Option(help="Most events that are read.")] = 1000
    samples: Annotated[int, typer.Option(help="Most samples that are told.")] = 20
    reveal: Annotated[bool, typer.Option("--reveal", help="The samples' texts in clear. That is put on record.")] = (
        False
    )


@dataclass(kw_only=True)
class ShadowOptions(DraftOptions):
    """A draft, and how long it looks."""

    minutes: Annotated[float, typer.Option(help="When it ends by itself.")] = 15
    max_calls: Annotated[int, typer.Option(help="After how many calls it ends.")] = 10_000
    url: Url = ""


def backtest(options: BacktestOptions) -> None:
    """Run a draft, or a stored rule, over the texts of recorded events, and tell what would change and what it costs.

    Nothing changes but the admin log, which keeps that the texts were looked at.
    """
    wanted = {name: getattr(options, name) for name in ("days", "limit", "samples", "reveal")}

    async def run(desk: Desk) -> Backtested:
        stored = await found(desk, options.rule) if options.rule else None
        return await admin.backtest(parsed(BacktestAsked, {"draft": _draft(options, stored), **wanted}), desk)

    tested = at_desk(options.config, run)
    if options.as_json:
        print_json(tested.model_dump(mode="json"))
        return
    _tell_backtest(tested, of_stored=bool(options.rule))


def start(options: ShadowOptions) -> None:
    """Let a draft look at the live calls of a running gateway from now on. No call waits for it or is changed by it."""
    gateway = Gateway(options.url, options.config)
    stored = None
    if options.rule:
        stored = _chosen(gateway.ask("GET", "/guardrails?with_packs=true"), options.rule)
    asked = {"draft": _draft(options, stored), "minutes": options.minutes, "max_calls": options.max_calls}
    parsed(ShadowAsked, asked)
    run = gateway.ask("POST", "/guardrails/shadow", asked)
    _print_runs([run], as_json=options.as_json, alone=True)


@shadow.command("show")
def show(
    run: Annotated[str, typer.Argument(help="The run's id; without it, all of them.")] = "",
    url: Url = "",
    config: Config = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what a run has seen so far, or all runs of the gateway's process, ended ones too."""
    gateway = Gateway(url, config)
    runs = [gateway.ask("GET", f"/guardrails/shadow/{_id(run)}")] if run else gateway.ask("GET", "/guardrails/shadow")
    _print_runs(runs, as_json=as_json, alone=bool(run))


@shadow.command("stop")
def stop(run: Run, url: Url = "", config: Config = None) -> None:
    """End a run, and forget it: show it first."""
    Gateway(url, config).ask("DELETE", f"/guardrails/shadow/{_id(run)}")
    console().print(f"Ended {run}.", markup=False)


def meters(config: Config = None, *, as_json: AsJson = False) -> None:
    """List what each rule takes of the time and what it finds, on real traffic, the most expensive first.

    A running gateway writes it down every few seconds.
    """
    told = at_desk(config, list_meters)
    if as_json:
        print_json([each.model_dump(mode="json") for each in told])
        return
    table = Table("id", "name", "in force", "calls", "µs a call", "share", "hits", "last hit")
    for each in told:
        table.add_row(*map(_plain, _metered(each)))
    print_table(table)


def _metered(each: RuleMeterView) -> Sequence[object]:
    time = "" if each.time_us_per_call is None else each.time_us_per_call
    last = each.last_hit_at.isoformat(timespec="seconds") if each.last_hit_at else ""
    in_force = "yes" if each.in_force else "no"
    return (each.guardrail_id, each.name or "", in_force, each.calls, time, f"{each.share:.1%}", each.hits, last)


def _draft(options: RuleOptions, stored: Guardrail | None) -> dict[str, Any]:
    """Return the members of a draft, with the id of the rule in whose place it stands."""
    members = given(options)
    if stored is not None:
        said = stored.model_dump(mode="json", include=set(MEMBERS))
        return said | members | {"id": stored.id}
    if "pattern" not in members:
        refuse("Name a stored rule, or give the --pattern of a draft.")
    return {"mode": "reject"} | members


def _chosen(rules: Sequence[object], wanted: str) -> Guardrail:
    try:
        return chosen([Guardrail.model_validate(rule) for rule in rules], wanted)
    except ProxyError as exc:
        refuse(exc)


def _id(run: str) -> str:
    """Return an id as a part of a path; one that cannot be any is no run's."""
    if not run.replace("-", "").isalnum():
        refuse("There is no shadow run with this id.")
    return run


def _tell_backtest(tested: Backtested, *, of_stored: bool) -> None:
    out = console()
    searched = f", back to {tested.searched_to:%Y-%m-%d %H:%M}" if tested.searched_to else ""
    rest = "" if tested.complete else " There are more: raise --limit."
    out.print(f"Read: {tested.events} events of {tested.calls} calls{searched}.{rest}")
    if tested.without_text:
        out.print(f"{tested.without_text} of them have no text to judge (AUDIT_TEXT).")
    gone = f", in {tested.no_longer_matched} no longer all that the stored rule finds" if of_stored else ""
    out.print(
        f"It finds something in {tested.would_match} of {tested.texts} texts, in {tested.newly_matched} new{gone}."
    )
    out.print(f"Calls: {tested.newly_rejected} would be newly refused, {tested.no_longer_rejected} no longer.")
    cost = tested.cost_us_per_kb
    told = "too little text to tell" if cost is None else f"{cost} µs for 1 KB of these texts"
    out.print(f"Cost: {told}.")
    _print_samples([each.model_dump(mode="json") for each in tested.samples])


def _print_samples(samples: Sequence[dict[str, Any]]) -> None:
    """Print samples of a backtest, each with its matches."""
    if not samples:
        return
    table = Table("event", "key", "model", "place", "matches")
    for each in samples:
        matches = ", ".join(f"{match['change']} {match['preview']}" for match in each["matches"])
        key = each["api_key_name"] or each["api_key_id"]
        table.add_row(*map(_plain, (each["event_id"], key, each["model"], each["place"], matches)))
    print_table(table)
    for each in samples:
        if each["text"] is not None:
            console().print(f"{each['event_id']}: {each['text']}", markup=False)


def _print_runs(runs: Sequence[dict[str, Any]], *, as_json: bool, alone: bool) -> None:
    if as_json:
        print_json(runs[0] if alone else list(runs))
        return
    out = console()
    if not runs:
        out.print("There are no shadow runs: llm-proxy guardrails shadow start")
    for run in map(ShadowView.model_validate, runs):
        name = run.name or run.pattern
        until = f"until {run.ends_at:%H:%M:%S} UTC" if run.live else "ended"
        out.print(f"{run.id}  {name} ({run.mode}), {until}", markup=False)
        out.print(f"  {run.calls} calls judged: {run.would_match} match, {run.newly_matched} newly,", end=" ")
        out.print(f"{run.no_longer_matched} no longer all; {run.newly_rejected} would be newly refused.")
        out.print(f"  {run.out_of_scope} out of scope, {run.dropped} dropped, {run.failed} failed.")
        if run.added_us_per_call is not None:
            out.print(f"  It takes {run.added_us_per_call} µs a call, {run.longest_us} µs at most.")
        for each in run.samples if alone else []:
            key = each.api_key_name or each.api_key_id
            out.print(f"  {each.change} {each.preview} in {each.place} of {key} ({each.model})", markup=False)


def _plain(value: object) -> str:
    """Return a value as text in which nothing is taken for markup."""
    return escape(str(value))
