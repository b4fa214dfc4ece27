"""``llm-proxy scan``: look for secrets in files with the gateway's rules, before they are committed or sent."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NoReturn

import orjson
import typer

from llm_proxy import __version__
from llm_proxy.cli.desk import Config, errors
from llm_proxy.cli.scan_rules import ChosenRules, choose_rules
from llm_proxy.errors import ProxyError, StartupError
from llm_proxy.scan import sarif
from llm_proxy.scan.baseline import marked, read_baseline
from llm_proxy.scan.findings import Policy, counts, merged
from llm_proxy.scan.report import Scanned, as_json, as_text, summary
from llm_proxy.scan.run import Scan
from llm_proxy.scan.scanner import Scanner

FOUND, FAULT = 1, 2


class Format(StrEnum):
    """How findings are told."""

    text = "text"
    json = "json"
    sarif = "sarif"


class Form(StrEnum):
    """How files are read."""

    auto = "auto"
    text = "text"
    jsonl = "jsonl"


class Least(StrEnum):
    """Severities."""

    low = "low"
    medium = "medium"
    high = "high"
    critical = "critical"


@dataclass(frozen=True)
class Options:
    """What a scan can be told."""

    paths: Annotated[
        list[str],
        typer.Argument(help="Files; folders, with all below them; - for the standard input.", metavar="PATH..."),
    ]
    packs: Annotated[str, typer.Option(help="Bundled packs of rules, with commas. Alone and by default: secrets.")] = ""
    rules: Annotated[
        Path | None,
        typer.Option(help="A file of rules: as GUARDRAILS_FILE names one, or of gitleaks, Nosey Parker or Kingfisher."),
    ] = None
    gateway: Annotated[
        bool, typer.Option("--gateway", help="The rules and packs of the gateway whose database DSN names.")
    ] = False
    config: Config = None
    form: Annotated[
        Form, typer.Option("--input", help="Read files as text, as JSON lines (transcripts), or as they look.")
    ] = Form.auto
    exclude: Annotated[list[str] | None, typer.Option(metavar="GLOB", help="Paths or names to pass over.")] = None
    baseline: Annotated[Path | None, typer.Option(help="The JSON of an earlier scan: what it knows does not fail.")] = (
        None
    )
    format: Annotated[Format, typer.Option("--format", help="How findings are told.")] = Format.text
    output: Annotated[Path | None, typer.Option(help="Write there instead of to the standard output.")] = None
    fail_on: Annotated[Least, typer.Option(help="The least severity that fails.")] = Least.low
    fail_on_monitor: Annotated[bool, typer.Option("--fail-on-monitor", help="Findings of monitor rules fail, too.")] = (
        False
    )
    show_secrets: Annotated[
        bool, typer.Option("--show-secrets", help="Print secrets; else they are masked. Never in SARIF.")
    ] = False


def scan(options: Options) -> None:
    """Look for secrets in files, with the gateway's rules, views and engine.

    Exits with 0 when nothing is found, 1 when something is, 2 when something could not be read. Needs no settings, no
    database and no network, but for --gateway. A line with "llm-proxy:allow" in it is passed over.
    """
    try:
        chosen = choose_rules(options.packs, options.rules, options.config, gateway=options.gateway)
        known = read_baseline(options.baseline.read_bytes(), chosen.key) if options.baseline else frozenset[str]()
        found = _scanned(options, chosen)
    except (StartupError, ProxyError) as exc:
        _refuse(exc)
    except OSError as exc:
        _refuse(f"{exc.filename} cannot be read: {exc.strerror}.")
    policy = Policy(options.fail_on.value, options.fail_on_monitor)
    found = found.with_findings(merged(marked(found.findings, known), policy))
    for reason in chosen.left_out:
        errors.print(f"{options.rules}: left out: {reason}", markup=False)
    _write(options, found, policy)
    for skipped in found.skipped:
        if skipped.is_fault or skipped.path in options.paths:
            errors.print(f"{skipped.path}: not read: {skipped.reason}", markup=False)
    errors.print(summary(found, policy), markup=False, end="")
    if any(skipped.is_fault for skipped in found.skipped):
        raise typer.Exit(FAULT)
    raise typer.Exit(FOUND if counts(found.findings, policy).failing else 0)


def _scanned(options: Options, chosen: ChosenRules) -> Scanned:
    scanner = Scanner(chosen.rules, chosen.fingerprinter)
    return Scan(scanner, options.form.value).run(options.paths, options.exclude or (), chosen.key)


def _write(options: Options, found: Scanned, policy: Policy) -> None:
    if options.format is Format.text:
        told = as_text(found, policy, show_secrets=options.show_secrets)
    else:
        value = (
            sarif.render(found.findings, found.skipped, policy, __version__)
            if options.format is Format.sarif
            else as_json(found, policy, __version__, show_secrets=options.show_secrets)
        )
        told = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n"
    if options.output is None:
        typer.echo(told, nl=False)
        return
    try:
        options.output.write_text(told, encoding="utf-8")
    except OSError as exc:
        _refuse(f"{options.output} cannot be written: {exc.strerror}.")


def _refuse(reason: object) -> NoReturn:
    errors.print(f"llm-proxy: {reason}", style="bold red", markup=False)
    raise typer.Exit(FAULT)
