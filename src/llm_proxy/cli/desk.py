"""What the commands share: the settings option, the opened store, and how a command says no."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import orjson
import typer
from rich.console import Console
from rich.table import Table

from llm_proxy import settings
from llm_proxy.directory import StoreDirectory
from llm_proxy.errors import ProxyError, StartupError
from llm_proxy.settings import Settings
from llm_proxy.store import Store
from llm_proxy.web.admin.services import AdminServices, Desk

T = TypeVar("T")

_WIDE = 200

Config = Annotated[
    Path | None,
    typer.Option("--config", help="A TOML file of settings; the environment wins over it.", envvar="CONFIG_FILE"),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text for people.")]

errors = Console(stderr=True, highlight=False, soft_wrap=True)


def console() -> Console:
    """Return where a command prints what people read: without colours of its own, and nothing broken into lines."""
    return Console(highlight=False, soft_wrap=True)


def print_table(table: Table) -> None:
    """Print a table as wide as the terminal; where there is none, as wide as it is read best by another program."""
    out = console()
    if not out.is_terminal:
        out.width = _WIDE
    out.print(table)


def print_json(value: object) -> None:
    """Print one JSON value, indented, with a final newline."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS).decode())


def refuse(reason: object) -> NoReturn:
    """Say why a command does not do what it was asked to, and end with 1."""
    errors.print(f"llm-proxy: {reason}", style="bold red", markup=False)
    raise typer.Exit(1)


def offline_settings(config: Path | None) -> Settings:
    """Return the settings of a command that serves nothing: it needs no admin token."""
    return settings.load(config, admin_token=secrets.token_hex(32))


def with_store(config: Path | None, job: Callable[[Store], Awaitable[T]]) -> T:
    """Open the store that the settings name, run a job on it and close it; what goes wrong is told and ends with 1.

    A gateway that runs on the same database sees within a second what the job changed.
    """
    try:
        return asyncio.run(_with_store(offline_settings(config), job))
    except (StartupError, ProxyError) as exc:
        refuse(exc)


def at_desk(config: Path | None, job: Callable[[Desk], Awaitable[T]]) -> T:
    """Run what the admin API would do, in this process: a command and a route of the same name are one function."""

    async def run(store: Store) -> T:
        directory = StoreDirectory(store.snapshot, store.revision, store.fingerprints)
        await directory.refresh()
        return await job(Desk(AdminServices(store, directory), "", "command line"))

    return with_store(config, run)


async def _with_store(chosen: Settings, job: Callable[[Store], Awaitable[T]]) -> T:
    store = await Store.open(chosen.dsn, chosen.sealing_secret, audit_text=chosen.audit_text)
    try:
        return await job(store)
    finally:
        await store.close()
