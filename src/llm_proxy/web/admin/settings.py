"""``/admin/settings``: every setting as it is in force, and where it came from. Secrets stay where they are."""

from fastapi import APIRouter

from llm_proxy import settings
from llm_proxy.web.admin.reports import SettingList, SettingView
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/settings", tags=["system"], route_class=AdminRoute)
    router.get("", operation_id="listSettings")(list_settings)
    return router


async def list_settings(desk: AtDesk) -> SettingList:
    """List all settings, in the order of the documentation. A secret's value is never there."""
    effective = settings.effective(desk.services.process.settings)
    return SettingList(records=[SettingView.model_validate(each) for each in effective])
