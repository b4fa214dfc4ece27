"""The command line: ``llm-proxy serve``, ``guardrails``, ``scan``, … One file a noun; here they get their names."""

from typing import Annotated

import typer

from llm_proxy import __version__
from llm_proxy.cli.audit import audit
from llm_proxy.cli.go_file import import_file
from llm_proxy.cli.guardrail_files import ImportOptions, TrialOptions, check, export, import_rules_file, try_text
from llm_proxy.cli.guardrails import SetOptions, add, change, guardrails
from llm_proxy.cli.options import taking
from llm_proxy.cli.packs import packs
from llm_proxy.cli.rehearsals import BacktestOptions, ShadowOptions, backtest, meters, shadow, start
from llm_proxy.cli.rule_options import RuleOptions
from llm_proxy.cli.scan import Options, scan
from llm_proxy.cli.serve import demo, serve

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="LLM Proxy: keys, limits, guard rails and exact usage in front of any LLM provider.",
)
app.command()(serve)
app.command()(demo)
app.command("import")(import_file)
guardrails.command("add", no_args_is_help=True)(taking(RuleOptions, add))
guardrails.command("set", no_args_is_help=True)(taking(SetOptions, change))
guardrails.command("check", no_args_is_help=True)(taking(RuleOptions, check))
guardrails.command("test", no_args_is_help=True)(taking(TrialOptions, try_text))
guardrails.command("import", no_args_is_help=True)(taking(ImportOptions, import_rules_file))
guardrails.command("export")(export)
guardrails.command("backtest", no_args_is_help=True)(taking(BacktestOptions, backtest))
guardrails.command("meters")(meters)
shadow.command("start", no_args_is_help=True)(taking(ShadowOptions, start))
guardrails.add_typer(shadow, name="shadow")
app.add_typer(guardrails, name="guardrails")
app.add_typer(packs, name="packs")
app.command("scan", no_args_is_help=True)(taking(Options, scan))
app.add_typer(audit, name="audit")


def _version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"llm-proxy {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """LLM Proxy: keys, limits, guard rails and exact usage in front of any LLM provider."""


def main() -> None:
    """Run the command line."""
    app()
