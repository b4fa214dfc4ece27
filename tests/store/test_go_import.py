import sqlite3
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from llm_proxy.core import keys as core_keys
from llm_proxy.errors import StoreError
from llm_proxy.records import Secret, Tokens
from llm_proxy.store import Store, UsageQuery
from llm_proxy.store.go_file import opened
from llm_proxy.store.go_import import ImportReport, import_go
from tests.store.conftest import OpenStore
from tests.store.go_database import KEY, GoDatabase, crashed, digest, uuid

TIME = datetime(2026, 4, 19, 10, 0, 0, 123456, tzinfo=UTC)
TABLES = ("providers", "api_keys", "guardrails", "guardrail_events", "usage")


async def bring(path: Path, store: Store, *, private_allowed: bool = True) -> ImportReport:
    with opened(path) as source:
        return await import_go(source, store, private_allowed=private_allowed)


def counts(report: ImportReport) -> dict[str, tuple[int, int, int, int]]:
    return {n: (t.read, t.imported, t.already_there, t.skipped) for n, t in report.tables.items()}


@pytest.fixture
def database(tmp_path: Path) -> GoDatabase:
    (tmp_path / "go").mkdir()
    return GoDatabase(tmp_path / "go" / "llm-proxy.db")


async def test_D13_everything_comes_over_as_it_was(store: Store, database: GoDatabase) -> None:
    database.one_of_each()
    report = await bring(database.path, store)
    assert counts(report) == dict.fromkeys(TABLES, (1, 1, 0, 0))
    (provider,) = await store.providers.list()
    assert (provider.id, provider.name, provider.base_url) == (uuid(1), "Provider 1", "https://api.openai.com/v1")
    assert (provider.kind, provider.credential.reveal()) == ("openai", "sk-CANARY-1")
    assert provider.created_at == provider.updated_at == TIME
    (key,) = await store.keys.list()
    assert (key.id, key.provider_id, key.rate_limit_rpm, key.revoked_at) == (uuid(2), uuid(1), 60, None)
    assert key.digest == core_keys.digest(f"{KEY}2"), "the client's key keeps working"
    (rule,) = await store.guardrails.list()
    assert (rule.id, rule.pattern, rule.mode, rule.replace_by) == (uuid(3), r"key-(\d+)", "replace", "key-$1")
    assert rule.enabled
    ((event,), _) = await store.events.page()
    assert (event.id, event.guardrail_id, event.api_key_id) == (uuid(4), uuid(3), uuid(2))
    assert (event.input_text, event.created_at) == ("CANARY text key-1", TIME)
    (record,) = (await store.usage.page(UsageQuery())).records
    assert (record.id, record.api_key_id, record.provider_id, record.model) == (uuid(5), uuid(2), uuid(1), "a-model")
    assert (record.tokens, record.status) == (Tokens(11, 7, source="provider"), "ok")
    assert record.created_at == TIME


@pytest.mark.parametrize("state", ["running", "crashed", "closed"])
async def test_D13_the_source_is_left_as_it_is(store: Store, database: GoDatabase, tmp_path: Path, state: str) -> None:
    database.one_of_each()
    source = database if state != "crashed" else GoDatabaseFiles(crashed(database, tmp_path / "crashed"))
    if state == "closed":
        database.close()
    before = source.files()
    assert counts(await bring(source.path, store)) == dict.fromkeys(TABLES, (1, 1, 0, 0))
    assert source.files() == before
    assert ("llm-proxy.db-wal" in before) is (state != "closed")


class GoDatabaseFiles(GoDatabase):
    """The files alone, without a connection to them."""

    def __init__(self, path: Path) -> None:
        self.path = path


async def test_a_second_run_imports_nothing_twice(store: Store, database: GoDatabase) -> None:
    database.one_of_each()
    await bring(database.path, store)
    revision = await store.revision()
    assert counts(await bring(database.path, store)) == dict.fromkeys(TABLES, (1, 0, 1, 0))
    assert await store.revision() == revision
    database.usage(50)
    database.provider(60)
    expected = dict.fromkeys(TABLES, (1, 0, 1, 0)) | dict.fromkeys(("usage", "providers"), (2, 1, 1, 0))
    assert counts(await bring(database.path, store)) == expected


async def test_a_second_run_brings_nothing_back_that_was_changed_or_deleted(store: Store, database: GoDatabase) -> None:
    database.one_of_each()
    await bring(database.path, store)
    await store.providers.update(uuid(1), name="Renamed")
    await store.keys.revoke(uuid(2))
    await store.guardrails.delete(uuid(3))
    await bring(database.path, store)
    assert [provider.name for provider in await store.providers.list()] == ["Renamed"]
    assert (await store.keys.get(uuid(2))).revoked_at is not None
    assert await store.guardrails.list() == []


async def test_a_revoked_key_stays_revoked(store: Store, database: GoDatabase) -> None:
    database.provider()
    database.key(2, revoked_at="2026-04-20 08:30:00 +0000 UTC m=+7.25")
    database.key(3, revoked_at="2026-04-20 08:30:00")
    database.key(4)
    await bring(database.path, store)
    revoked = {key.id: key.revoked_at for key in await store.keys.list()}
    assert revoked == {uuid(2): (at := datetime(2026, 4, 20, 8, 30, tzinfo=UTC)), uuid(3): at, uuid(4): None}
    assert [key.id for key in (await store.snapshot()).keys] == [uuid(4)]


async def test_a_pattern_that_is_refused_comes_over_disabled_with_the_reason(
    store: Store, database: GoDatabase
) -> None:
    database.rule(3, pattern="(?=x)")
    database.rule(4, replace_by="[hidden]")
    report = await bring(database.path, store)
    assert {rule.id: rule.enabled for rule in await store.guardrails.list()} == {uuid(3): False, uuid(4): True}
    (note,) = report.tables["guardrails"].notes
    assert note.startswith(f"{uuid(3)}: imported disabled: ")
    assert "(?=" in note
    assert report.tables["guardrails"].imported == 2


@pytest.mark.parametrize(
    ("rule", "note"),
    [
        (
            {"pattern": "secret", "replace_by": "[secret]"},
            "every match will be refused, because the replacement matches",
        ),
        ({"pattern": r"key-(\d+)", "replace_by": "key-$1"}, "a match will be refused if what replace_by makes of it"),
        ({"pattern": "secret", "replace_by": "[hidden]"}, None),
        ({"pattern": "secret", "replace_by": "[secret]", "mode": "reject"}, None),
    ],
)
async def test_a_replacement_that_may_match_again_stays_in_force_with_a_note(
    store: Store, database: GoDatabase, rule: dict[str, str], note: str | None
) -> None:
    database.rule(3, **rule)
    notes = (await bring(database.path, store)).tables["guardrails"].notes
    assert [rule.enabled for rule in await store.guardrails.list()] == [True]
    assert len(notes) == (note is not None)
    assert all(told.startswith(f"{uuid(3)}: {note}") for told in notes)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"base_url": "http://169.254.169.254/v1"}, "base_url"),
        ({"base_url": "ftp://files.example.org"}, "base_url"),
        ({"base_url": "http://127.0.0.1:11434"}, "base_url"),
        ({"api_key": ""}, "api_key"),
        ({"api_key": "sk-CANARY\n"}, "api_key"),
    ],
)
async def test_a_provider_that_cannot_be_called_comes_over_with_a_note(
    store: Store, database: GoDatabase, changes: dict[str, str], reason: str
) -> None:
    database.provider(1, **changes)
    report = await bring(database.path, store, private_allowed=False)
    assert [provider.id for provider in await store.providers.list()] == [uuid(1)]
    (note,) = report.tables["providers"].notes
    assert note.startswith(f"{uuid(1)}: imported, but calls will fail until it is changed: {reason}")
    assert "CANARY" not in note


async def test_a_private_address_is_not_worth_a_note_where_it_is_allowed(store: Store, database: GoDatabase) -> None:
    database.provider(1, base_url="http://127.0.0.1:11434")
    assert (await bring(database.path, store)).tables["providers"].notes == []


async def test_a_limit_below_zero_is_none_with_a_note(store: Store, database: GoDatabase) -> None:
    database.provider()
    database.key(2, rate_limit_rpm=-5)
    report = await bring(database.path, store)
    assert [key.rate_limit_rpm for key in await store.keys.list()] == [0]
    assert report.tables["api_keys"].notes == [f"{uuid(2)}: imported without a limit: rate_limit_rpm was -5"]


async def test_a_name_that_is_taken_gets_a_suffix(store: Store, database: GoDatabase) -> None:
    for name in ("Provider 1", "Provider 1 (imported)", "L" * 200):
        await store.providers.create(name=name, base_url="https://a", kind="openai", credential=Secret("c"))
    database.provider(1)
    database.provider(2, name="L" * 200)
    report = await bring(database.path, store)
    names = await store.providers.names()
    assert names[uuid(1)] == "Provider 1 (imported 2)"
    assert names[uuid(2)] == "L" * 189 + " (imported)"
    assert report.tables["providers"].notes[0].endswith("imported as 'Provider 1 (imported 2)': its name was taken")


async def test_history_of_what_is_gone_comes_over_all_the_same(store: Store, database: GoDatabase) -> None:
    database.usage(5, api_key_id=uuid(77), provider_id=uuid(78))
    database.event(4, api_key_id=uuid(77), guardrail_id=uuid(79), mode="replace")
    database.key(2)
    report = await bring(database.path, store)
    assert (await store.usage.page(UsageQuery(api_key_id=uuid(77), provider_id=uuid(78)))).total_tokens == 18
    assert (await store.events.page(guardrail_id=uuid(79)))[0][0].action == "replaced"
    assert report.tables["api_keys"].notes == [f"{uuid(2)}: skipped: its provider does not exist"]


async def test_ids_that_are_no_uuids_still_belong_together(store: Store, database: GoDatabase) -> None:
    database.provider(1, id="main")
    database.key(2, id="team", provider_id="main")
    database.usage(5, id="call-1", api_key_id="team", provider_id="main")
    for _ in range(2):
        await bring(database.path, store)
    (provider,) = await store.providers.list()
    (key,) = await store.keys.list()
    page = await store.usage.page(UsageQuery(api_key_id=key.id, provider_id=provider.id))
    assert (key.provider_id, page.total) == (provider.id, 1)


async def test_a_row_that_cannot_be_used_is_skipped_with_the_reason_and_no_other(
    store: Store, database: GoDatabase
) -> None:
    database.one_of_each()
    database.key(20, key_hash="in clear")
    database.usage(50, created_at="some day")
    database.rule(30, mode="watch")
    await store.providers.create(name="Mine", base_url="https://a", kind="openai", credential=Secret("c"))
    report = await bring(database.path, store)
    assert counts(report) == dict.fromkeys(TABLES, (1, 1, 0, 0)) | dict.fromkeys(
        ("api_keys", "usage", "guardrails"), (2, 1, 0, 1)
    )
    assert report.tables["api_keys"].notes == [f"{uuid(20)}: skipped: key_hash is not a SHA-256 in hex"]
    assert "in clear" not in str(asdict(report))


async def test_a_key_that_exists_under_another_id_is_not_doubled(store: Store, database: GoDatabase) -> None:
    mine = await store.providers.create(name="Mine", base_url="https://a", kind="openai", credential=Secret("c"))
    await store.keys.create(
        name="same", provider_id=mine.id, rate_limit_rpm=1, digest=digest(f"{KEY}2"), display="llmp-5e5e"
    )
    database.provider()
    database.key(2)
    report = await bring(database.path, store)
    assert counts(report)["api_keys"] == (1, 0, 0, 1)
    assert [key.name for key in await store.keys.list()] == ["same"]


async def test_many_rows_come_over_and_their_sums_are_the_same(store: Store, database: GoDatabase) -> None:
    for number in range(1, 1201):
        database.usage(number, prompt_tokens=number, completion_tokens=1, total_tokens=number + 1)
    assert counts(await bring(database.path, store))["usage"] == (1200, 1200, 0, 0)
    page = await store.usage.page(UsageQuery())
    assert (page.total, page.prompt_tokens, page.total_tokens) == (1200, 720_600, 721_800)


async def test_A17_credentials_and_texts_are_sealed_on_arrival(open_store: OpenStore, path: Path, database) -> None:
    store = await open_store()
    database.one_of_each()
    await bring(database.path, store)
    files = [entry.read_bytes() for entry in path.parent.glob("llm-proxy.db*")]
    assert any(b"CANARY" in contents for contents in [(path.parent / "go" / "llm-proxy.db-wal").read_bytes()])
    assert not any(b"CANARY" in contents for contents in files)


async def test_a_change_is_told_to_other_processes(store: Store, database: GoDatabase) -> None:
    database.rule()
    await bring(database.path, store)
    assert await store.revision() > 0


@pytest.mark.parametrize("file", ["missing.db", "folder", "text.db", "other.db"])
async def test_what_is_not_the_programs_file_is_refused_and_changes_nothing(
    store: Store, tmp_path: Path, file: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text.db").write_text("a text" * 200)
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE providers (id TEXT)")
    other.close()
    with pytest.raises(StoreError, match=file):
        await bring(tmp_path / file, store)
    assert await store.revision() == 0


async def test_our_own_database_is_not_imported_into_itself(store: Store, path: Path) -> None:
    with pytest.raises(StoreError, match="not a database of the Go program"):
        await bring(path, store)


async def test_imported_events_are_in_the_chain(store: Store, database: GoDatabase) -> None:
    for number in range(1, 6):
        database.event(number)
    await bring(database.path, store)
    await bring(database.path, store)
    report = await store.audit.verify()
    assert (report.is_whole, report.events, report.head.seq) == (True, 5, 5)
