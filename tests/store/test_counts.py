from llm_proxy.records import ApiKey, Provider, Secret
from llm_proxy.store import Store
from llm_proxy.store.counts import Counts, counts


async def test_what_was_deleted_or_revoked_is_not_counted(store: Store, provider: Provider, key: ApiKey) -> None:
    other = await store.providers.create(name="o", base_url="https://x.test", kind="openai", credential=Secret("sk-o"))
    rule = await store.guardrails.create(pattern="a", mode="reject", replace_by="", enabled=False)
    assert await store.database.read(counts) == Counts(providers=2, keys=1, guardrails=1)
    await store.keys.revoke(key.id)
    await store.providers.delete(other.id)
    assert await store.database.read(counts) == Counts(providers=1, keys=0, guardrails=1)
    await store.guardrails.delete(rule.id)
    assert (await store.database.read(counts)).guardrails == 0
