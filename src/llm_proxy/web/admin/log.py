"""``/admin/log``: who changed or looked at what."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from llm_proxy.web.admin import cursor, reports
from llm_proxy.web.admin.fields import Cursor, Limit, OptionalText
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk


class Wanted(BaseModel):
    """Which acts. An ``action`` that ends in a dot stands for all that begin with it."""

    action: OptionalText = None
    subject: OptionalText = None
    limit: Limit = 100
    cursor: Cursor = None


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/log", tags=["admin log"], route_class=AdminRoute)
    router.get("", operation_id="listAdminLog")(list_acts)
    return router


async def list_acts(desk: AtDesk, wanted: Annotated[Wanted, Query()]) -> reports.AdminActPage:
    """Return a page of acts, newest first. There is no route that changes the log."""
    acts, more = await desk.store.admin_log.search(
        action=wanted.action, subject=wanted.subject, before=cursor.number(wanted.cursor), limit=wanted.limit
    )
    return reports.AdminActPage(
        records=[reports.AdminAct.model_validate(act) for act in acts], next_cursor=str(acts[-1].id) if more else None
    )
