"""``llm-proxy audit``: was the trail of guard-rail events changed, where did a secret go, and what is too old."""

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar, get_args

import orjson
import typer

from llm_proxy.cli.desk import AsJson, Config, console, errors, offline_settings, print_json
from llm_proxy.errors import ProxyError, StartupError, StoreError
from llm_proxy.records import Action, Severity
from llm_proxy.settings import Settings, retention
from llm_proxy.store import Entry, Store
from llm_proxy.store.audit_report import EXPECTED_HEAD, Report
from llm_proxy.store.event_search import EventBrief, EventQuery
from llm_proxy.store.schema import utc_now
from llm_proxy.store.sqlite import locate

BROKEN, UNREADABLE = 1, 2
_FINGERPRINT = re.compile(r"[0-9a-f]{32}")
_MOST = 1000

T = TypeVar("T")

audit = typer.Typer(no_args_is_help=True, help="Verify, search and prune the trail of guard-rail events.")


@audit.command()
def verify(
    *,
    expect_head: Annotated[
        str, typer.Option(help="A hash that the chain must still hold, or NUMBER:HASH, as it was printed or logged.")
    ] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Walk the chain of events and name each that was changed, is missing, or was moved.

    Ends with 0 when the trail is whole, 1 when it is not, 2 when it cannot be read. Note the head that is printed in
    another place: with it, --expect-head finds a trail that was put back to an older state as a whole.
    """
    if expect_head and not EXPECTED_HEAD.fullmatch(expect_head):
        _refuse("--expect-head must be a hash of 64 hexadecimal digits, or NUMBER:HASH.")
    report = _with_trail(config, lambda store, _: store.audit.verify(expect_head))
    if as_json:
        print_json(report.told())
    else:
        _tell(report)
    raise typer.Exit(0 if report.is_whole else BROKEN)


@audit.command()
def purge(
    *,
    days: Annotated[
        str, typer.Option(help="Days to keep events, 0 for ever, as AUDIT_RETENTION_DAYS; by default what that says.")
    ] = "",
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Remove the events that are older than they are to be kept; tombstones keep the chain whole."""
    try:
        given = retention(days) if days else None
    except ValueError as exc:
        _refuse(f"--days {exc}.")

    async def job(store: Store, chosen: Settings) -> int:
        kept = chosen.audit_retention if given is None else given
        removed = await store.retention.purge(kept, utc_now())
        detail = orjson.dumps({"days": dict(kept), "count": removed}).decode()
        await store.admin_log.append(Entry("audit.purge", detail, "command line"))
        return removed

    removed = _with_trail(config, job)
    if as_json:
        print_json({"removed": removed})
    else:
        console().print(f"{removed} events removed")


@audit.command()
def search(
    *,
    fingerprint: Annotated[
        str, typer.Option(help="A secret's fingerprint; - to read the secret itself from the standard input.")
    ] = "",
    severity: Annotated[str, typer.Option(help="low, medium, high or critical.")] = "",
    action: Annotated[str, typer.Option(help="rejected, replaced, pseudonymised or monitored.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="Most events to print.")] = 50,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Print the newest events that match, without their texts: where did this secret go?"""
    secret = _secret() if fingerprint == "-" else ""
    if not secret and fingerprint and not _FINGERPRINT.fullmatch(fingerprint):
        _refuse("--fingerprint must be the 32 hexadecimal digits of a fingerprint, or -.")
    for option, value, known in (("severity", severity, get_args(Severity)), ("action", action, get_args(Action))):
        if value and value not in known:
            _refuse(f"--{option} must be one of {', '.join(known)}.")

    async def job(store: Store, _: Settings) -> list[EventBrief]:
        wanted = store.fingerprints.of(secret) if secret else fingerprint
        given: dict[str, Any] = {"fingerprint": wanted, "severity": severity, "action": action}
        return await _found(store, EventQuery(**{name: value for name, value in given.items() if value}), limit)

    found = _with_trail(config, job)
    if as_json:
        print_json([asdict(event) for event in found])
    for event in [] if as_json else found:
        rule = event.rule_name or event.guardrail_id
        secrets = " ".join(map(" ".join, zip(event.fingerprints, event.previews, strict=False)))
        line = f"{event.created_at:%Y-%m-%d %H:%M:%S} {event.severity} {event.action} {rule} {event.direction} "
        line += f"{event.endpoint} {event.place} {event.model} key {event.api_key_id} event {event.id} {secrets}"
        console().print(line.rstrip(), markup=False)


@audit.command()
def fingerprint(config: Config = None) -> None:
    """Read a secret from the standard input and print its fingerprint: to search for it, or to allow it in a rule."""
    secret = _secret()

    async def job(store: Store, _: Settings) -> str:
        return store.fingerprints.of(secret)

    typer.echo(_with_trail(config, job))


async def _found(store: Store, query: EventQuery, limit: int) -> list[EventBrief]:
    found: list[EventBrief] = []
    after = None
    while True:
        page = await store.event_search.page(query, after=after, limit=limit - len(found))
        found += page.records
        after = page.next
        if after is None or len(found) >= limit:
            return found


def _secret() -> str:
    """Read a secret where no list of processes and no shell's history shows it."""
    secret = sys.stdin.buffer.read().decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
    if not secret:
        _refuse("The standard input holds no secret.")
    return secret


def _with_trail(config: Path | None, job: Callable[[Store, Settings], Awaitable[T]]) -> T:
    async def run(chosen: Settings) -> T:
        path = locate(chosen.dsn)
        if not path.exists():  # a mistyped name must neither leave a new database behind nor pass for a whole trail
            raise StoreError(f"There is no database {path}: DSN names the gateway's.")
        store = await Store.open(chosen.dsn, chosen.sealing_secret, audit_text=chosen.audit_text)
        try:
            return await job(store, chosen)
        finally:
            await store.close()

    try:
        return asyncio.run(run(offline_settings(config)))
    except (StartupError, ProxyError) as exc:
        _refuse(exc)


def _tell(report: Report) -> None:
    out = console()
    for flaw in report.flaws:
        where = f"event {flaw.seq}" if flaw.seq == flaw.last_seq else f"events {flaw.seq} to {flaw.last_seq}"
        named = f" ({flaw.event_id})" if flaw.event_id else ""
        out.print(f"{flaw.kind}: {where}{named}: {flaw.note}", markup=False)
    if report.flaw_count > len(report.flaws):
        out.print(f"and {report.flaw_count - len(report.flaws)} more")
    state = "whole" if report.is_whole else f"BROKEN in {_many(report.flaw_count, 'place')}"
    out.print(f"The trail is {state}: {_many(report.events, 'event')}, {report.removed} removed with tombstones.")
    if report.head is not None:
        out.print(f"head {report.head.seq}:{report.head.hash}")


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _refuse(reason: Any) -> NoReturn:  # noqa: ANN401 (whatever says why)
    errors.print(f"llm-proxy: {reason}", style="bold red", markup=False)
    raise typer.Exit(UNREADABLE)
