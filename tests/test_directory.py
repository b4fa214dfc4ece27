"""What the data path knows: refreshed on change, and never "no rules" by accident."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from llm_proxy.core import keys
from llm_proxy.core.guardrails import inspect_text
from llm_proxy.directory import POLL_S, StoreDirectory
from llm_proxy.errors import GuardrailUnavailable, StoreUnavailable
from llm_proxy.records import Secret, Snapshot
from tests.fakes import KEY, api_key, provider, rule

NEW_KEY = keys.mint(b"\x6e" * 32)
KNOWN = Snapshot(1, (provider(),), (api_key(),), (rule("AKIA"),))


@dataclass
class FakeStore:
    snapshot: Snapshot = field(default_factory=lambda: KNOWN)
    is_down: bool = False

    async def read(self) -> Snapshot:
        if self.is_down:
            raise StoreUnavailable
        return self.snapshot

    async def revision(self) -> int:
        return (await self.read()).revision

    def directory(self, own: Sequence[Secret] | None = ()) -> StoreDirectory:
        return StoreDirectory(self.read, self.revision, own=own)


async def test_keys_are_found_by_digest_and_providers_by_id() -> None:
    directory = FakeStore().directory()
    await directory.refresh()
    assert directory.find_key(api_key().digest) == api_key()
    assert directory.find_key("0" * 64) is None
    assert directory.find_provider("provider-1") is not None
    assert directory.find_provider("other") is None


async def test_a_key_can_be_named_by_its_id_while_it_is_live() -> None:
    store = FakeStore()
    directory = store.directory()
    await directory.refresh()
    assert directory.find_key_by_id("key-1") == api_key()
    assert directory.find_key_by_id(api_key().digest) is None
    store.snapshot = replace(KNOWN, revision=2, keys=())
    await directory.refresh()
    assert directory.find_key_by_id("key-1") is None


async def test_a_change_by_another_process_is_seen_within_a_second() -> None:
    store = FakeStore()
    directory = store.directory()
    await directory.start()
    store.snapshot = replace(KNOWN, revision=2, keys=())
    await asyncio.sleep(2 * POLL_S)
    assert directory.find_key(api_key().digest) is None
    await directory.stop()


async def test_G19_a_rule_set_that_does_not_load_leaves_the_last_good_one_in_force() -> None:
    store = FakeStore()
    directory = store.directory()
    await directory.refresh()
    good = directory.rules
    store.snapshot = replace(KNOWN, revision=2, guardrails=(rule("(unclosed"),))
    await directory.refresh()
    assert directory.rules is good
    assert directory.rules_error is not None
    store.snapshot = replace(KNOWN, revision=3)
    await directory.refresh()
    assert directory.rules_error is None


async def test_G19_without_any_good_rule_set_there_is_none_not_an_empty_one() -> None:
    directory = FakeStore(replace(KNOWN, guardrails=(rule("(unclosed"),))).directory()
    await directory.refresh()
    with pytest.raises(GuardrailUnavailable):
        _ = directory.rules


async def test_a_store_that_is_down_leaves_what_is_known_and_is_told() -> None:
    store = FakeStore()
    directory = store.directory()
    await directory.start()
    store.is_down = True
    await asyncio.sleep(2 * POLL_S)
    assert directory.find_key(api_key().digest) is not None
    assert directory.store_error is not None
    store.is_down = False
    await asyncio.sleep(2 * POLL_S)
    assert directory.store_error is None
    await directory.stop()


async def test_rules_that_did_not_change_are_not_compiled_again() -> None:
    store = FakeStore()
    directory = store.directory()
    await directory.refresh()
    before = directory.rules
    store.snapshot = replace(KNOWN, revision=2, keys=())
    await directory.refresh()
    assert directory.rules.patterns is before.patterns


def found(directory: StoreDirectory, text: str) -> list[str]:
    return [each.rule.name for each in inspect_text(text, directory.rules.watch()).findings]


async def test_the_gateways_own_secrets_are_found_as_soon_as_it_has_them() -> None:
    store = FakeStore()
    directory = store.directory(own=[Secret("an-admin-token-0123456789")])
    await directory.refresh()
    text = f"{KEY} {NEW_KEY} sk-old-credential-1 sk-new-credential-1 an-admin-token-0123456789"
    gone = replace(provider(), credential=Secret("sk-old-credential-1"))
    for living, providers, expected in (
        ((api_key(),), (), ["Key of this gateway", "Secret of this gateway"]),
        ((), (gone,), ["Credential of a provider", "Secret of this gateway"]),
        ((api_key(),), (replace(gone, credential=Secret("none")),), ["Key of this gateway", "Secret of this gateway"]),
    ):
        store.snapshot = replace(KNOWN, revision=store.snapshot.revision + 1, keys=living, providers=providers)
        await directory.refresh()
        assert found(directory, text) == expected


async def test_a_new_key_does_not_compile_the_rules_again_and_a_text_seen_before_is_read_again() -> None:
    store = FakeStore()
    directory = store.directory()
    await directory.refresh()
    before = directory.rules
    text = f"{NEW_KEY} and so on" + "." * 1000
    assert found(directory, text) == []
    store.snapshot = replace(
        KNOWN, revision=2, keys=(api_key(), replace(api_key(), id="key-2", digest=keys.digest(NEW_KEY)))
    )
    await directory.refresh()
    assert directory.rules.patterns is before.patterns
    assert found(directory, text) == ["Key of this gateway"]


async def test_the_own_secrets_are_found_although_a_rule_does_not_load() -> None:
    store = FakeStore()
    directory = store.directory()
    await directory.refresh()
    store.snapshot = replace(
        KNOWN,
        revision=2,
        guardrails=(rule("(unclosed"),),
        providers=(replace(provider(), credential=Secret("sk-new-credential-1")),),
    )
    await directory.refresh()
    assert directory.rules_error
    assert found(directory, "sk-new-credential-1") == ["Credential of a provider"]


async def test_self_defence_can_be_switched_off() -> None:
    directory = FakeStore().directory(own=None)
    await directory.refresh()
    assert found(directory, KEY) == []
