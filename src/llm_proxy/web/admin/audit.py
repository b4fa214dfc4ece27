"""``/admin/audit``: was the trail of guard-rail events changed by anyone but the gateway?"""

from typing import Annotated

from fastapi import APIRouter, Query

from llm_proxy.errors import BadRequest
from llm_proxy.store.audit_report import EXPECTED_HEAD
from llm_proxy.web.admin.audit_views import AuditReport
from llm_proxy.web.admin.fields import OptionalText
from llm_proxy.web.admin.route import AdminRoute
from llm_proxy.web.admin.services import AtDesk

ExpectedHead = Annotated[
    OptionalText, Query(description="A hash that the chain must still hold, or `number:hash`, as it was noted earlier.")
]


def routes() -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/admin/audit", tags=["guard-rail events"], route_class=AdminRoute)
    router.get("/verify", operation_id="verifyAuditTrail")(verify_trail)
    return router


async def verify_trail(desk: AtDesk, expect_head: ExpectedHead = None) -> AuditReport:
    """Walk the chain of events and name each that was changed, is missing, or was moved. Every event is read once."""
    if expect_head is not None and not EXPECTED_HEAD.fullmatch(expect_head):
        raise BadRequest("expect_head must be a hash of 64 hexadecimal digits, or number:hash.", param="expect_head")
    report = await desk.store.audit.verify(expect_head or "")
    return AuditReport.model_validate(report.told())
