"""What the data path knows: refreshed on change, and never "no rules" by accident."""

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from llm_proxy.directory import POLL_S, StoreDirectory
from llm_proxy.errors import GuardrailUnavailable, StoreUnavailable
from llm_proxy.records import Snapshot
from tests.fakes import api_key, provider, rule

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

    def directory(self) -> StoreDirectory:
        return StoreDirectory(self.read, self.revision)


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
    assert directory.rules is before
