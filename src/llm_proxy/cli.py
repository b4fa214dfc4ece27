"""The command line: ``llm-proxy serve``, ``demo`` and ``import``."""

import asyncio
import secrets
from pathlib import Path
from typing import Annotated

import structlog
import typer
from rich.console import Console

from llm_proxy import __version__, settings
from llm_proxy.demo import run_demo
from llm_proxy.errors import ProxyError, StartupError
from llm_proxy.settings import Settings
from llm_proxy.store import Store
from llm_proxy.store.go_file import opened
from llm_proxy.store.go_import import ImportReport, import_go
from llm_proxy.web import logs
from llm_proxy.web.app import create_app
from llm_proxy.web.server import Hooks, run
from llm_proxy.web.server.http_rules import ServerLimits
from llm_proxy.web.server.listen import parse_addr

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="LLM Proxy: keys, limits, guard rails and exact usage in front of any LLM provider.",
)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

Config = Annotated[
    Path | None,
    typer.Option("--config", help="A TOML file of settings; the environment wins over it.", envvar="CONFIG_FILE"),
]


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


@app.command()
def serve(config: Config = None) -> None:
    """Serve until SIGTERM or Ctrl-C. Settings come from the environment and an optional file.

    See docs/configuration.md.
    """
    try:
        chosen = settings.load(config)
        raise typer.Exit(serve_settings(chosen))
    except StartupError as exc:
        _refuse(exc)


def serve_settings(chosen: Settings) -> int:
    """Serve with these settings and return the exit code."""
    logs.configure(chosen.log_level, chosen.log_format)
    application = create_app(chosen)
    limits = ServerLimits(
        request_line_bytes=chosen.max_request_line_bytes,
        header_bytes=chosen.max_header_bytes,
        header_count=chosen.max_header_count,
        header_timeout_s=chosen.header_timeout_s,
        body_grace_s=chosen.body_grace_s,
        body_min_bytes_per_s=chosen.body_min_bytes_per_s,
        write_stall_s=chosen.write_stall_s,
        keep_alive_s=chosen.keep_alive_s,
        drain_s=chosen.drain_s,
    )
    log = structlog.get_logger()
    hooks = Hooks(
        on_ready=lambda port: log.info("serve.ready", addr=chosen.addr, port=port, version=__version__),
        on_drain=application.drain,
        on_deadline=application.end_calls,
    )
    return run(application, address=parse_addr(chosen.addr), limits=limits, hooks=hooks)


@app.command()
def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Exit after the four calls instead of serving on.")] = False,
    addr: Annotated[
        str, typer.Option(help="Where the demo listens; by default 127.0.0.1, on 8080 or a free port.")
    ] = "",
) -> None:
    """Show the gateway at work.

    Four real calls of the official client, on a throw-away database with an offline model.
    """
    try:
        raise typer.Exit(run_demo(once=once, addr=addr))
    except StartupError as exc:
        _refuse(exc)


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="The SQLite file of the original Go program; it is only read.")],
    config: Config = None,
) -> None:
    """Import the original Go program's database: providers, keys, rules, usage and events.

    Running it again adds nothing twice. Needs the settings DSN, SECRET_KEY and AUDIT_TEXT, and no admin token.
    """
    try:
        nobodys = secrets.token_hex(32)  # the settings want a token, and nothing here is served
        report = asyncio.run(_import(file, settings.load(config, admin_token=nobodys)))
    except (StartupError, ProxyError) as exc:
        _refuse(exc)
        return
    console = Console(highlight=False, soft_wrap=True)
    for table, counts in report.tables.items():
        done = f"{counts.imported} imported, {counts.already_there} already there, {counts.skipped} skipped"
        console.print(f"{table}: {counts.read} read, {done}")
        for note in counts.notes:
            console.print(f"  {note}", markup=False)


async def _import(file: Path, chosen: Settings) -> ImportReport:
    with opened(file) as source:  # before the store: a mistyped name must not leave a new database behind
        store = await Store.open(chosen.dsn, chosen.sealing_secret, audit_text=chosen.audit_text)
        try:
            return await import_go(source, store, private_allowed=chosen.private_upstreams == "allow")
        finally:
            await store.close()


def _refuse(exc: Exception) -> None:
    errors.print(f"llm-proxy: {exc}", style="bold red")
    raise typer.Exit(1)


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
