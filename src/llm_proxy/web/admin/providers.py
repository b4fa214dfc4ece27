"""``/admin/providers``: the upstream accounts. Their credentials come in and never go out."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Response

from llm_proxy import records
from llm_proxy.errors import NotFound
from llm_proxy.providers import base_url, detect_kind
from llm_proxy.records import Secret
from llm_proxy.store.schema import utc_now
from llm_proxy.web.admin import provider_test, schemas, trials
from llm_proxy.web.admin.fields import PathId
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk, Desk


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/providers", tags=["providers"], route_class=AdminRoute)
    router.post("", status_code=201, operation_id="createProvider")(create_provider)
    router.get("", operation_id="listProviders")(list_providers)
    router.post("/test", operation_id="testNewProvider")(try_new_provider)
    router.get("/{id}", operation_id="getProvider")(get_provider)
    router.put("/{id}", operation_id="updateProvider")(update_provider)
    router.patch("/{id}", operation_id="patchProvider")(update_provider)
    router.delete("/{id}", status_code=204, operation_id="deleteProvider")(delete_provider)
    router.post("/{id}/test", operation_id="testProvider")(try_provider)
    return router


async def create_provider(body: schemas.ProviderCreate, desk: AtDesk) -> schemas.Provider:
    """Add a provider. Its kind follows from the base URL."""
    url = _checked(body.base_url, desk)
    provider = await desk.store.providers.create(
        name=body.name,
        base_url=url,
        kind=detect_kind(url),
        credential=Secret(body.api_key),
        log=desk.entry("provider.create", _told(body)),
    )
    await desk.enforce()
    return schemas.Provider.model_validate(provider)


async def list_providers(desk: AtDesk) -> list[schemas.Provider]:
    """List the providers, newest first."""
    await desk.settle()
    return await _views(desk, await desk.store.providers.list())


async def get_provider(provider_id: PathId, desk: AtDesk) -> schemas.Provider:
    """Return one provider."""
    provider = await desk.store.providers.get(provider_id)
    if provider is None:
        raise NotFound("There is no provider with this id.")
    await desk.settle()
    return (await _views(desk, [provider]))[0]


async def update_provider(provider_id: PathId, body: schemas.ProviderUpdate, desk: AtDesk) -> schemas.Provider:
    """Change a provider; absent members stay as they are."""
    changes: dict[str, Any] = body.given
    if "api_key" in changes:
        changes["credential"] = Secret(changes.pop("api_key"))
    if "base_url" in changes:
        changes["base_url"] = _checked(changes["base_url"], desk)
        changes["kind"] = detect_kind(changes["base_url"])
    provider = await desk.store.providers.update(provider_id, **changes, log=desk.entry("provider.update", _told(body)))
    if provider is None:
        raise NotFound("There is no provider with this id.")
    await desk.enforce()
    return (await _views(desk, [provider]))[0]


async def delete_provider(provider_id: PathId, desk: AtDesk) -> Response:
    """Delete a provider. Its keys stay and answer 503 until they are given another; usage and audit stay."""
    if not await desk.store.providers.delete(provider_id, log=desk.entry("provider.delete")):
        raise NotFound("There is no provider with this id.")
    await desk.enforce()
    return Response(status_code=204)


async def try_provider(provider_id: PathId, desk: AtDesk) -> trials.ProviderTested:
    """Ask a provider for its models, with its credential. It counts neither as usage nor for the provider's health."""
    provider = await desk.store.providers.get(provider_id)
    if provider is None:
        raise NotFound("There is no provider with this id.")
    await desk.store.admin_log.append(desk.entry("provider.test"), provider_id)
    return await provider_test.ask(provider, desk.services.upstream)


async def try_new_provider(body: trials.ProviderTest, desk: AtDesk) -> trials.ProviderTested:
    """Ask a provider that is not stored for its models. Nothing of it is kept but that it was asked."""
    url = _checked(body.base_url, desk)
    now = utc_now()
    draft = records.Provider("", "", url, detect_kind(url), Secret(body.api_key), created_at=now, updated_at=now)
    await desk.store.admin_log.append(desk.entry("provider.test", _told(body) | {"base_url": url}))
    return await provider_test.ask(draft, desk.services.upstream)


async def _views(desk: Desk, providers: Sequence[records.Provider]) -> list[schemas.Provider]:
    health = await desk.store.provider_health.read([provider.id for provider in providers], utc_now())
    return [
        schemas.Provider.model_validate(provider).model_copy(update=asdict(health[provider.id]))
        for provider in providers
    ]


def _checked(url: str, desk: Desk) -> str:
    return base_url.check(url, private_allowed=desk.services.private_upstreams_allowed)


def _told(body: schemas.Body) -> dict[str, object]:
    """Return what goes on record: that a credential was given, not which."""
    return body.given | ({"api_key": "(given)"} if "api_key" in body.given else {})
