"""``/admin/keys``: the keys that clients present. The key itself is shown once, when it is made."""

import os
from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter, Response

from llm_proxy import records
from llm_proxy.core import keys
from llm_proxy.errors import NotFound
from llm_proxy.web.admin import schemas
from llm_proxy.web.admin.fields import PathId
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/keys", tags=["keys"], route_class=AdminRoute)
    router.post("", status_code=201, operation_id="createKey")(create_key)
    router.get("", operation_id="listKeys", response_model_exclude_none=True)(list_keys)
    router.get("/{id}", operation_id="getKey", response_model_exclude_none=True)(get_key)
    router.patch("/{id}", operation_id="updateKey", response_model_exclude_none=True)(update_key)
    router.delete("/{id}", status_code=204, operation_id="revokeKey")(revoke_key)
    return router


async def create_key(body: schemas.KeyCreate, desk: AtDesk) -> schemas.MintedKey:
    """Make a key. ``key`` is in this answer and never again."""
    minted = keys.mint(os.urandom(32))
    key = await desk.store.keys.create(
        **body.model_dump(),
        digest=keys.digest(minted),
        display=keys.display(minted),
        log=desk.entry("key.create", body.model_dump()),
    )
    await desk.enforce()
    view = schemas.ApiKey.model_validate(key)
    return schemas.MintedKey(key=minted, **view.model_dump(exclude={"revoked_at", "last_used_at"}))


async def list_keys(desk: AtDesk) -> list[schemas.ApiKey]:
    """List the keys, revoked ones too, newest first."""
    await desk.settle()
    found = await desk.store.keys.list()
    used = await desk.store.keys.last_used()
    return [_view(key, used) for key in found]


async def get_key(key_id: PathId, desk: AtDesk) -> schemas.ApiKey:
    """Return one key, revoked or not."""
    key = await desk.store.keys.get(key_id)
    if key is None:
        raise NotFound("There is no key with this id.")
    await desk.settle()
    return _view(key, await desk.store.keys.last_used(key_id))


async def update_key(key_id: PathId, body: schemas.KeyUpdate, desk: AtDesk) -> schemas.ApiKey:
    """Change a key that is not revoked; absent members stay as they are. A new limit counts from the next call on."""
    key = await desk.store.keys.update(key_id, **body.given, log=desk.entry("key.update", body.given))
    if key is None:
        raise NotFound("There is no key with this id, or it is revoked.")
    await desk.enforce()
    return _view(key, await desk.store.keys.last_used(key_id))


async def revoke_key(key_id: PathId, desk: AtDesk) -> Response:
    """Revoke a key for good, at once."""
    if not await desk.store.keys.revoke(key_id, log=desk.entry("key.revoke")):
        raise NotFound("There is no key with this id, or it is revoked already.")
    await desk.enforce()
    return Response(status_code=204)


def _view(key: records.ApiKey, used: Mapping[str, datetime]) -> schemas.ApiKey:
    return schemas.ApiKey.model_validate(key).model_copy(update={"last_used_at": used.get(key.id)})
