"""``llm-proxy import``: the original Go program's database."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from llm_proxy.cli.desk import Config, console, offline_settings, refuse
from llm_proxy.errors import ProxyError, StartupError
from llm_proxy.settings import Settings
from llm_proxy.store import Store
from llm_proxy.store.go_file import opened
from llm_proxy.store.go_import import ImportReport, import_go


def import_file(
    file: Annotated[Path, typer.Argument(help="The SQLite file of the original Go program; it is only read.")],
    config: Config = None,
) -> None:
    """Import the original Go program's database: providers, keys, rules, usage and events.

    Running it again adds nothing twice. Needs the settings DSN, SECRET_KEY and AUDIT_TEXT, and no admin token.
    """
    try:
        report = asyncio.run(_import(file, offline_settings(config)))
    except (StartupError, ProxyError) as exc:
        refuse(exc)
    out = console()
    for table, counts in report.tables.items():
        done = f"{counts.imported} imported, {counts.already_there} already there, {counts.skipped} skipped"
        out.print(f"{table}: {counts.read} read, {done}")
        for note in counts.notes:
            out.print(f"  {note}", markup=False)


async def _import(file: Path, chosen: Settings) -> ImportReport:
    with opened(file) as source:  # before the store: a mistyped name must not leave a new database behind
        store = await Store.open(chosen.dsn, chosen.sealing_secret, audit_text=chosen.audit_text)
        try:
            return await import_go(source, store, private_allowed=chosen.private_upstreams == "allow")
        finally:
            await store.close()
