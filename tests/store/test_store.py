import asyncio
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from llm_proxy.errors import StoreError
from llm_proxy.records import ApiKey, Provider, Secret
from llm_proxy.store import Entry, Store, UsageQuery
from tests.store.conftest import OpenStore, a_record, an_event

KEY = Secret("a sealing key of enough characters")


async def test_a_store_comes_back_as_it_was_left(open_store: OpenStore, path: Path) -> None:
    store = await open_store()
    made = await store.providers.create(name="a", base_url="https://a", kind="openai", credential=Secret("c-1"))
    await store.close()
    (found,) = await (await open_store(f"sqlite:///{path}")).providers.list()
    assert (found.id, found.credential.reveal()) == (made.id, "c-1")


async def test_derived_keys_and_fingerprints_outlive_the_process(open_store: OpenStore) -> None:
    first, second = await open_store(), await open_store()
    assert first.fingerprints.of("secret") == second.fingerprints.of("secret")
    assert first.derived("placeholders").reveal() == second.derived("placeholders").reveal()
    assert first.derived("placeholders").reveal() != first.derived("audit chain").reveal()


async def test_a_snapshot_holds_what_the_data_path_needs_and_no_more(
    store: Store, provider: Provider, key: ApiKey
) -> None:
    gone = await store.providers.create(name="Old", base_url="https://a", kind="openai", credential=Secret("c"))
    await store.providers.delete(gone.id)
    revoked = await store.keys.create(name="r", provider_id=provider.id, rate_limit_rpm=0, digest="cd" * 32, display="")
    await store.keys.revoke(revoked.id)
    rules = [await store.guardrails.create(pattern=p, mode="reject", replace_by="", enabled=p != "b") for p in "abc"]
    await store.guardrails.delete(rules[2].id)
    snapshot = await store.snapshot()
    assert snapshot.revision == await store.revision() == 10
    assert [(found.id, found.credential.reveal()) for found in snapshot.providers] == [
        (provider.id, "sk-upstream-canary")
    ]
    assert snapshot.keys == (key,)
    assert snapshot.guardrails == (rules[0], rules[1])


CHANGES = {
    "providers.create": lambda s, p, k, g: s.providers.create(
        name="n", base_url="https://a", kind="openai", credential=Secret("c")
    ),
    "providers.update": lambda s, p, k, g: s.providers.update(p.id, name="n"),
    "providers.delete": lambda s, p, k, g: s.providers.delete(p.id),
    "keys.create": lambda s, p, k, g: s.keys.create(
        name="n", provider_id=p.id, rate_limit_rpm=0, digest="cd" * 32, display=""
    ),
    "keys.update": lambda s, p, k, g: s.keys.update(k.id, rate_limit_rpm=5),
    "keys.revoke": lambda s, p, k, g: s.keys.revoke(k.id),
    "guardrails.create": lambda s, p, k, g: s.guardrails.create(pattern="x", mode="reject", replace_by=""),
    "guardrails.update": lambda s, p, k, g: s.guardrails.update(g.id, enabled=False),
    "guardrails.delete": lambda s, p, k, g: s.guardrails.delete(g.id),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_another_process_sees_every_change_and_its_revision(
    store: Store, provider: Provider, key: ApiKey, open_store: OpenStore, change: str
) -> None:
    rule = await store.guardrails.create(pattern="a", mode="reject", replace_by="")
    other = await open_store()
    before = await other.snapshot()
    await CHANGES[change](store, provider, key, rule)
    assert await other.revision() == before.revision + 1
    after = await other.snapshot()
    assert after.revision == before.revision + 1
    assert [after.keys, after.guardrails, [(p.id, p.name) for p in after.providers]] != [
        before.keys,
        before.guardrails,
        [(p.id, p.name) for p in before.providers],
    ]


async def test_history_does_not_move_the_revision(store: Store) -> None:
    await store.events.append([an_event()])
    await store.usage.append([a_record()])
    await store.admin_log.append(Entry("a", "c", "d"), "b")
    await store.ping()
    assert await store.revision() == 0


async def test_D16_two_stores_write_to_one_file(store: Store, open_store: OpenStore) -> None:
    other = await open_store()
    await asyncio.gather(*(s.usage.append([a_record()]) for s in (store, other) for _ in range(50)))
    await asyncio.gather(
        *(s.guardrails.create(pattern="x", mode="reject", replace_by="") for s in (store, other) for _ in range(20))
    )
    assert (await store.usage.page(UsageQuery())).total == 100
    assert await other.revision() == 40


async def test_a_key_is_minted_once_beside_the_database(open_store: OpenStore, path: Path) -> None:
    await (await open_store()).close()
    key_file = path.with_name("llm-proxy.db.key")
    minted = key_file.read_text()
    assert re.fullmatch(r"[\w-]{43}\n", minted)
    await (await open_store()).close()
    assert key_file.read_text() == minted
    await open_store(secret_key=Secret(minted))


async def test_a_given_key_is_not_written_down(open_store: OpenStore, path: Path) -> None:
    store = await open_store(secret_key=KEY)
    await store.providers.create(name="a", base_url="https://a", kind="openai", credential=Secret("c"))
    assert not path.with_name("llm-proxy.db.key").exists()
    assert all(KEY.reveal().encode() not in entry.read_bytes() for entry in path.parent.iterdir())


async def test_D25_a_missing_key_refuses_the_start(open_store: OpenStore, path: Path) -> None:
    await (await open_store()).close()
    path.with_name("llm-proxy.db.key").unlink()
    with pytest.raises(StoreError, match=r"key file .*llm-proxy\.db\.key is missing"):
        await open_store()
    assert not path.with_name("llm-proxy.db.key").exists()


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (b"another key of enough characters", "not the key"),
        (b"", "empty"),
        (b"\n", "empty"),
        (b"\xff\xfe", "cannot be read"),
    ],
)
async def test_D25_a_wrong_key_file_refuses_the_start(
    open_store: OpenStore, path: Path, contents: bytes, reason: str
) -> None:
    await (await open_store()).close()
    path.with_name("llm-proxy.db.key").write_bytes(contents)
    with pytest.raises(StoreError, match=reason) as caught:
        await open_store()
    assert "another" not in str(caught.value)


async def test_D25_a_wrong_or_forgotten_secret_key_refuses_the_start(open_store: OpenStore) -> None:
    await (await open_store(secret_key=KEY)).close()
    with pytest.raises(StoreError, match="SECRET_KEY is not the key"):
        await open_store(secret_key=Secret("another key of enough characters"))
    with pytest.raises(StoreError, match="SECRET_KEY is not set"):
        await open_store()
    await open_store(secret_key=KEY)


async def test_D25_a_database_without_its_key_check_refuses_the_start(open_store: OpenStore) -> None:
    store = await open_store(secret_key=KEY)
    remove = "DELETE FROM meta WHERE name = 'key_check'"
    await store.database.write(lambda connection: connection.exec_driver_sql(remove) and None)
    await store.close()
    with pytest.raises(StoreError, match="check value"):
        await open_store(secret_key=KEY)


async def test_A17_no_secret_can_be_read_in_any_file(store: Store, path: Path, tmp_path: Path) -> None:
    canaries = ("CANARY-credential-1", "CANARY-credential-2", "CANARY-prompt-text")
    made = await store.providers.create(name="a", base_url="https://a", kind="openai", credential=Secret(canaries[0]))
    await store.providers.update(made.id, credential=Secret(canaries[1]))
    await store.events.append([an_event(input_text=f"{canaries[2]} {'padding ' * 2000}") for _ in range(20)])
    live = tmp_path / "live"
    live.mkdir()
    for entry in path.parent.glob("llm-proxy.db*"):
        shutil.copy(entry, live)
    await store.close()
    written = b"".join(entry.read_bytes() for entry in (*live.iterdir(), *path.parent.glob("llm-proxy.db*")))
    assert b"CREATE TABLE providers" in written, "the scan sees what is in the files"
    assert b"messages[0].content" in written
    assert b"CANARY" not in written
    assert b"padding" not in written


DIE_WHILE_WRITING = """
import asyncio, os, sys
from llm_proxy.records import Secret
from llm_proxy.store import Store
from tests.store.conftest import a_record, an_event

async def main():
    store = await Store.open(sys.argv[1], None)
    while True:
        event, record = an_event(), a_record()
        await asyncio.gather(store.events.append([event]), store.usage.append([record]))
        os.write(1, f"{event.id} {record.id}\\n".encode())

asyncio.run(main())
"""


async def test_D01_what_was_acknowledged_survives_kill_9(open_store: OpenStore, path: Path) -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", DIE_WHILE_WRITING, path]
    writer = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root)
    lines = [writer.stdout.readline() for _ in range(30)]
    writer.send_signal(signal.SIGKILL)
    lines += writer.stdout.read().splitlines()
    writer.stdout.close()
    assert writer.wait() == -signal.SIGKILL
    promised = [line.split() for line in lines if line.strip()]
    store = await open_store()
    events, _ = await store.events.page(limit=100_000)
    page = await store.usage.page(UsageQuery(), limit=100_000)
    assert len(promised) >= 30
    assert {event for event, _ in promised} <= {event.id for event in events}
    assert {record for _, record in promised} <= {record.id for record in page.records}
    assert {event.input_text for event in events} == {"my secret text"}
