"""With which rules ``llm-proxy scan`` looks, and under which key it fingerprints what they find."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from llm_proxy.cli.desk import offline_settings
from llm_proxy.cli.scan_files import FileRules, read_rules
from llm_proxy.core.fingerprints import Fingerprinter
from llm_proxy.errors import StartupError, StoreError
from llm_proxy.packs import load_pack, rules_in_force
from llm_proxy.records import Guardrail, Secret
from llm_proxy.settings import Settings
from llm_proxy.store import Store
from llm_proxy.store.sqlite import locate

DEFAULT_PACK = "secrets"

# Whoever has a baseline may try guesses against fingerprints under a key that everybody knows, but they are the same
# on every machine without a secret of its own. Those of --gateway are under the database's key.
_PUBLIC_KEY = Secret("llm-proxy scan")


@dataclass(frozen=True, slots=True)
class ChosenRules:
    """The rules of a scan, those of a file that could not be taken over, and the key of its fingerprints."""

    rules: tuple[Guardrail, ...]
    fingerprinter: Fingerprinter
    key: str
    left_out: tuple[str, ...] = ()


class NoRules(StartupError):
    """A scan without rules would find nothing, whatever there is: that must not look like success."""


def choose_rules(packs: str, file: Path | None, config: Path | None, *, gateway: bool) -> ChosenRules:
    """Return the rules of all sources that were named, of the default pack when none was.

    Raises StartupError, ProxyError and OSError.
    """
    rules: list[Guardrail] = []
    fingerprinter, key = Fingerprinter(_PUBLIC_KEY), "public"
    if gateway:
        rules, fingerprinter = asyncio.run(_gateways(offline_settings(config)))
        key = f"database {fingerprinter.of('llm-proxy')[:8]}"  # the same on every machine that uses this database
    elif not packs and file is None:
        packs = DEFAULT_PACK
    for name in filter(None, map(str.strip, packs.split(","))):
        rules += load_pack(name).rules
    read = FileRules((), ()) if file is None else read_rules(file, fingerprinter)
    rules += read.rules
    if not any(rule.enabled for rule in rules):
        raise NoRules("There are no rules to look with.")
    return ChosenRules(_together(rules), fingerprinter, key, read.left_out)


def _together(rules: Iterable[Guardrail]) -> tuple[Guardrail, ...]:
    """Return each rule once: where several sources have it, as the one that asks for most."""
    weights = {rule.id: rule for rule in sorted(rules, key=lambda rule: (rule.enabled, rule.mode != "monitor"))}
    return tuple(weights.values())


async def _gateways(chosen: Settings) -> tuple[list[Guardrail], Fingerprinter]:
    path = locate(chosen.dsn)
    if not path.exists():  # a mistyped name must not leave a new database behind
        raise StoreError(f"There is no database {path}: DSN names the gateway's.")
    store = await Store.open(chosen.dsn, chosen.sealing_secret, audit_text=chosen.audit_text)
    try:
        snapshot = await store.snapshot()
        return [*snapshot.guardrails, *rules_in_force(snapshot.packs)], store.fingerprints
    finally:
        await store.close()
