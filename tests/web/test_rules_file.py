"""What a file says is in force after the start: new, changed, gone or the same; what is wrong stops it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from llm_proxy.errors import SettingsError
from llm_proxy.packs import rule_id
from llm_proxy.records import Secret
from llm_proxy.store import Store
from llm_proxy.web.rules_file import follow_file

RULES = """
[[rule]]
name = "Bird"
pattern = 'canary-[0-9]+'
mode = "replace"
replace_by = "[bird]"
severity = "high"
examples = [{ text = "canary-1" }, { text = "canary", match = false }]

[[rule]]
name = "PIN"
pattern = 'pin (\\d+)'
mode = "reject"
secret_group = 1
validators = ["has_digit"]
near = { pattern = "bank", before = 20 }
allow = { stopwords = ["0000"], values = ["4711"] }
scope = { only = { models = ["gpt-*"] } }

[packs.entropy]
mode = "reject"
directions = ["response"]
disabled_rules = ["random-hex"]

[packs.secrets]
enabled = false
"""


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(str(tmp_path / "gateway.db"), None)
    yield opened
    await opened.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rules.toml"


async def start(store: Store, file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")
    await follow_file(store, str(file))


async def test_rules_and_packs_are_what_the_file_says(store: Store, file: Path):
    own = await store.guardrails.create(pattern="a1b2", mode="reject", replace_by="", name="Bird")
    await start(store, file, RULES)
    rules = {rule.name: rule for rule in await store.guardrails.list() if rule.id != own.id}
    assert {(rule.origin, rule.created_by, rule.version) for rule in rules.values()} == {("file", "file", 1)}
    assert (rules["Bird"].replace_by, rules["Bird"].severity, len(rules["Bird"].examples)) == ("[bird]", "high", 2)
    assert rules["PIN"].allow.hashes == (store.fingerprints.of("4711"),)
    assert rules["PIN"].scope.only.models == ("gpt-*",)
    entropy, secrets = await store.packs.list()
    assert (entropy.enabled, entropy.mode, entropy.directions) == (True, "reject", ("response",))
    assert entropy.disabled_rules == (rule_id("entropy", "random-hex"),)
    assert not secrets.enabled
    assert await store.guardrails.get(own.id) == own


async def test_a_scope_may_name_a_provider(store: Store, file: Path):
    about = {"base_url": "https://a.example", "kind": "openai", "credential": Secret("x")}
    provider = await store.providers.create(name="Aviary", **about)
    text = BIRD + 'scope = { only = { providers = ["Aviary"] } }'
    await start(store, file, text)
    await start(store, file, text)
    (rule,) = await store.guardrails.list()
    assert (rule.scope.only.providers, rule.version) == ((provider.id,), 1)


async def test_an_exports_ids_are_passed_over(store: Store, file: Path):
    await start(store, file, RULES.replace("[[rule]]", '[[rule]]\nid = "00000000-0000-4000-8000-000000000000"'))
    assert {rule.name for rule in await store.guardrails.list()} == {"Bird", "PIN"}


async def test_what_is_the_same_stays_as_it_is(store: Store, file: Path):
    await start(store, file, RULES)
    before, revision = await store.guardrails.list(), await store.revision()
    await start(store, file, RULES)
    assert (await store.guardrails.list(), await store.revision()) == (before, revision)


async def test_what_is_otherwise_is_a_new_version_and_what_is_gone_is_deleted(store: Store, file: Path):
    await start(store, file, RULES)
    bird, pin = sorted(await store.guardrails.list(), key=lambda rule: rule.name)
    await start(store, file, RULES[: RULES.index('[[rule]]\nname = "PIN"')].replace("high", "low"))
    (changed,) = await store.guardrails.list()
    assert (changed.id, changed.version, changed.severity, changed.updated_by) == (bird.id, 2, "low", "file")
    assert [each.change for each in await store.guardrail_versions.list(bird.id)] == ["changed: severity", "created"]
    assert (await store.guardrail_versions.list(pin.id))[0].change == "deleted"
    assert await store.packs.list() == []


async def test_a_file_that_is_empty_takes_its_rules_away_and_none_keeps_them(store: Store, file: Path):
    await start(store, file, RULES)
    await follow_file(store, "")
    assert {(rule.origin, rule.enabled) for rule in await store.guardrails.list()} == {("api", True)}
    await start(store, file, RULES.replace("Bird", "Parrot").replace("PIN", "Code"))
    assert len(await store.guardrails.list()) == 4
    await start(store, file, "")
    assert {rule.name for rule in await store.guardrails.list()} == {"Bird", "PIN"}


BIRD = '[[rule]]\nname = "Bird"\npattern = "canary"\nmode = "reject"\n'
REFUSED = [
    (BIRD.replace("canary", "("), "the rule 'Bird' is not valid. The pattern is not valid RE2"),
    (BIRD.replace("reject", "block"), "the rule 'Bird' is not valid. mode should be 'reject'"),
    (BIRD + 'colour = "red"', "the rule 'Bird' is not valid. colour is not a member"),
    (BIRD + "near = { before = 3 }", "the rule 'Bird' is not valid. near.pattern is required"),
    (BIRD + 'examples = [{ text = "parrot" }]', "Example 0 should match"),
    (BIRD + 'scope = { only = { keys = ["00000000-0000-4000-8000-000000000000"] } }', "There is no key with the id"),
    (BIRD + BIRD, "Another rule of this file has its name"),
    (BIRD.replace('name = "Bird"\n', ""), "the rule 1 is not valid. It needs a name"),
    ("rule = 3", "[[rule]] table"),
    ("rule = [3]", "the rule 1 is not valid"),
    ("[rules]\na = 1", "holds 'rules'"),
    ("[packs.nothing]", "no pack 'nothing'. There are: secrets"),
    ('[packs.secrets]\nmode = "perhaps"', "the pack 'secrets' is not set well. mode should be"),
    ('[packs.secrets]\ndisabled_rules = ["nothing"]', "the pack 'secrets' is not set well"),
    ("packs = 1", "[packs.NAME] table"),
    ("[[rule", "is not TOML"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
async def test_what_is_wrong_stops_the_start_and_nothing_changes(store: Store, file: Path, text: str, reason: str):
    await start(store, file, RULES)
    before = await store.snapshot()
    with pytest.raises(SettingsError, match=re.escape(reason)):
        await start(store, file, text)
    after = await store.snapshot()
    assert (after.guardrails, after.packs) == (before.guardrails, before.packs)


async def test_a_file_that_cannot_be_read_stops_the_start(store: Store, file: Path):
    with pytest.raises(SettingsError, match="No such file or directory"):
        await follow_file(store, str(file))
    file.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="not UTF-8"):
        await follow_file(store, str(file))
