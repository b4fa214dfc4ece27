from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from llm_proxy.records import GuardrailEvent, Provider
from llm_proxy.store import Store
from llm_proxy.store.events import UNREADABLE
from tests.store.conftest import NOON, OpenStore, a_record, an_event


async def test_an_event_comes_back_as_it_was_stored(store: Store) -> None:
    event = an_event(input_text="é 🙂\0 secret", spans=((5, 11), (0, 2)), mode="replace", action="replaced")
    await store.events.append([event])
    stored = await store.events.get(event.id)
    assert (stored.input_text, stored.spans) == (event.input_text, ((0, 2), (5, 11)))
    assert await store.events.page() == ([stored], 1)


async def test_an_event_is_written_once(store: Store) -> None:
    event = an_event()
    await store.events.append([event, event])
    await store.events.append([an_event(id=event.id, input_text="another")])
    assert await store.events.page() == ([event], 1)


async def test_appending_nothing_is_nothing(store: Store) -> None:
    await store.events.append([])
    assert await store.events.page() == ([], 0)


async def test_the_newest_comes_first_and_equal_times_in_reverse_order_of_writing(store: Store) -> None:
    later = an_event(created_at=NOON + timedelta(microseconds=1))
    events = [later, *(an_event() for _ in range(5))]
    await store.events.append(events)
    assert [event.id for event in (await store.events.page())[0]] == [later.id, *(e.id for e in events[:0:-1])]


async def test_pages_and_filters_count_everything_that_matches(store: Store) -> None:
    one, other = an_event(), an_event()
    events = [an_event(guardrail_id=one.guardrail_id, api_key_id=other.api_key_id) for _ in range(3)]
    await store.events.append([one, other, *events])
    found, total = await store.events.page(guardrail_id=one.guardrail_id, limit=2, offset=1)
    assert ([event.id for event in found], total) == ([events[1].id, events[0].id], 4)
    assert (await store.events.page(guardrail_id=one.guardrail_id, api_key_id=other.api_key_id))[1] == 3
    assert (await store.events.page(guardrail_id=other.guardrail_id, api_key_id=one.api_key_id))[1] == 0
    assert await store.events.page(offset=5) == ([], 5)


async def test_an_event_can_be_deleted(store: Store) -> None:
    event, other = an_event(), an_event()
    await store.events.append([event, other])
    assert await store.events.delete(event.id)
    assert not await store.events.delete(event.id)
    assert await store.events.get(event.id) is None
    assert await store.events.page() == ([other], 1)


async def test_G27_events_and_usage_outlive_what_they_speak_of(store: Store, provider: Provider, key) -> None:
    rule = await store.guardrails.create(pattern="secret", mode="reject", replace_by="")
    event = an_event(guardrail_id=rule.id, api_key_id=key.id)
    record = a_record(api_key_id=key.id, provider_id=provider.id)
    await store.events.append([event])
    await store.usage.append([record])
    assert await store.guardrails.delete(rule.id)
    assert await store.keys.revoke(key.id)
    assert await store.providers.delete(provider.id)
    assert await store.events.page(guardrail_id=rule.id, api_key_id=key.id) == ([event], 1)
    assert (await store.keys.names())[event.api_key_id] == "Team"
    assert (await store.providers.names())[record.provider_id] == "Main"


async def test_G21_masked_keeps_the_surroundings_and_masks_what_any_rule_found(open_store: OpenStore) -> None:
    store = await open_store(audit_text="masked")
    text_ = "x" * 100 + " first SECRET1 then SECRET2 end"
    first, second = text_.index("SECRET1"), text_.index("SECRET2")
    same = {"call_id": "one call", "input_text": text_}
    events = [an_event(**same, spans=((at, at + 7),)) for at in (first, second)]
    await store.events.append(events)
    for event in (await store.events.page())[0]:
        assert "SECRET" not in event.input_text
        assert event.input_text.endswith(" first *** then *** end")
        assert [event.input_text[start:end] for start, end in event.spans] == ["***"]


async def test_G21_none_keeps_no_text(open_store: OpenStore) -> None:
    store = await open_store(audit_text="none")
    event = an_event()
    await store.events.append([event])
    stored = await store.events.get(event.id)
    assert (stored.input_text, stored.spans, stored.pattern) == ("", (), event.pattern)


async def test_D22_a_text_of_10_mb_with_nul_is_cut_and_says_so(store: Store) -> None:
    event = an_event(input_text="a\0b" * 3_500_000)
    await store.events.append([event])
    stored = (await store.events.get(event.id)).input_text
    assert stored.startswith("a\0ba\0b")
    assert stored.endswith(f"[… {10_500_000 - (1 << 20)} characters left out …]")


async def test_odd_text_of_a_client_can_be_recorded(store: Store) -> None:
    await store.events.append([event := an_event(input_text="\ud800 secret", place="messages[0].\udfffa\0b")])
    stored = await store.events.get(event.id)
    assert (stored.input_text, stored.place) == ("? secret", "messages[0].?a?b")


@pytest.mark.parametrize("statement", ["text_sealed = x'00'", "text_sealed = zeroblob(60)", "id = 'moved'"])
async def test_D27_an_event_changed_by_hand_says_so_and_hides_no_other(store: Store, statement: str) -> None:
    event, other = an_event(), an_event()
    await store.events.append([other, event])
    change = text(f"UPDATE guardrail_events SET {statement} WHERE id = :id").bindparams(id=event.id)
    await store.database.write(lambda connection: connection.execute(change) and None)
    assert [stored.input_text for stored in (await store.events.page())[0]] == [UNREADABLE, other.input_text]


@pytest.mark.parametrize(("most_bytes", "count"), [(0, 1), (1, 1), (300, 2), (10**6, 5)])
async def test_texts_are_read_as_far_as_they_fit_and_one_at_least(store: Store, most_bytes: int, count: int) -> None:
    events = [an_event(input_text=f"{number}" * 90) for number in range(5)]
    await store.events.append(events)
    texts = await store.events.texts([event.id for event in events], most_bytes=most_bytes)
    assert texts == [event.input_text for event in events[:count]]


async def test_the_text_of_an_event_that_is_gone_or_cannot_be_unsealed_hides_no_other(store: Store) -> None:
    event, changed = an_event(), an_event()
    await store.events.append([event, changed])
    change = text("UPDATE guardrail_events SET text_sealed = x'00' WHERE id = :id").bindparams(id=changed.id)
    await store.database.write(lambda connection: connection.execute(change) and None)
    texts = await store.events.texts(["gone", changed.id, event.id], most_bytes=10**6)
    assert texts == [None, UNREADABLE, event.input_text]


def told(event: GuardrailEvent) -> list[tuple[tuple[int, int], str, str]]:
    return list(zip(event.spans, event.fingerprints, event.previews, strict=True))


async def test_fingerprints_and_previews_stay_with_their_spans(store: Store) -> None:
    spans, prints, previews = ((5, 11), (0, 2), (3, 4)), ("a", "b", "c"), ("1…(6)", "…(2)", "…(1)")
    await store.events.append([event := an_event(spans=spans, fingerprints=prints, previews=previews)])
    stored = await store.events.get(event.id)
    assert told(stored) == sorted(zip(spans, prints, previews, strict=True))


async def test_an_event_keeps_what_its_rule_was(store: Store) -> None:
    words = {"rule_name": "AWS key", "rule_version": 3, "severity": "critical", "direction": "response"}
    event = an_event(**words, field_class="B", view="decoded", action="pseudonymised", mode="pseudonymise")
    await store.events.append([event])
    assert await store.events.get(event.id) == event


async def test_an_event_keeps_the_names_that_its_key_and_provider_had(store: Store, provider: Provider, key) -> None:
    await store.events.append([event := an_event(api_key_id=key.id, provider_id=provider.id), an_event()])
    await store.keys.update(key.id, name="Renamed")
    names = text("SELECT key_name, provider_name FROM guardrail_events ORDER BY seq")
    stored = await store.database.read(lambda connection: [tuple(row) for row in connection.execute(names)])
    assert stored == [("Team", "Main"), ("", "")]
    assert (await store.audit.verify()).is_whole
    assert await store.events.get(event.id) == event


LONG = "AKIAQ7ZP4M2XT5WB9DKE"


@pytest.mark.parametrize("audit_text", ["sealed", "masked", "none"])
async def test_G21_what_was_found_stands_nowhere_in_clear(open_store: OpenStore, path: Path, audit_text: str) -> None:
    store = await open_store(audit_text=audit_text)
    found = an_event(input_text=f"x {LONG}", spans=((2, 22),), previews=("AKIA…(20)",), model=f"m-{LONG}")
    beside = replace(found, id="beside", input_text="other words", spans=((0, 5),), place=f"metadata.{LONG}")
    await store.events.append([found, beside])
    grams = [LONG[at : at + 8].encode() for at in range(13)]
    files = path.read_bytes() + Path(f"{path}-wal").read_bytes()
    assert not [gram for gram in grams if gram in files]
    stored = await store.events.get("beside")
    assert (stored.place, stored.model) == ("metadata.***", "m-***")
    assert (await store.events.get(found.id)).previews == (("…(20)",) if audit_text == "none" else ("AKIA…(20)",))


async def test_G21_masked_hides_a_secret_of_the_call_wherever_it_stands(open_store: OpenStore) -> None:
    store = await open_store(audit_text="masked")
    first = an_event(input_text=f"key = {LONG}, again {LONG}", spans=((6, 26),))
    other = an_event(call_id=first.call_id, input_text=f"word and {LONG}", spans=((0, 4),))
    await store.events.append([first, other])
    texts = [event.input_text for event in (await store.events.page())[0]]
    assert texts == ["*** and ***", "key = ***, again ***"]
