"""The page about the admin API has a heading for every route and a row for every error, and no others."""

import re
from pathlib import Path

import pytest
from starlette.routing import Route

from llm_proxy import errors
from llm_proxy.web.admin import AdminServices, create_admin, reports, rule_views, schemas, trials
from llm_proxy.web.admin.route import MAX_BODY_BYTES

PAGE = (Path(__file__).parent.parent / "docs/admin-api.md").read_text(encoding="utf-8")
APP = create_admin(AdminServices(None, None))  # type: ignore[arg-type]
ROUTES = {
    f"{method} {route.path}"
    for route in APP.routes
    if isinstance(route, Route) and route.path.startswith("/admin")
    for method in route.methods or ()
}


def test_every_route_has_its_heading_and_every_heading_its_route():
    assert set(re.findall(r"^### `(.+)`$", PAGE, re.MULTILINE)) == ROUTES


VIEWS = (
    schemas.Provider,
    schemas.ApiKey,
    rule_views.Guardrail,
    schemas.GuardrailEvent,
    schemas.UsageRecord,
    reports.Session,
    reports.SettingView,
    reports.About,
    reports.UsageSummary,
    reports.GroupFigures,
    reports.BucketFigures,
)
BODIES = (schemas.ProviderCreate, schemas.KeyCreate, rule_views.GuardrailCreate, trials.LoginRequest)


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_every_member_of_an_answer_stands_in_an_example(view):
    assert [name for name in view.model_fields if f'"{name}": ' not in PAGE] == []


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.__name__)
def test_every_member_of_a_body_has_its_row(body):
    assert [name for name in body.model_fields if f"| `{name}` |" not in PAGE] == []


ERRORS = (
    errors.BadRequest,
    errors.BadJson,
    errors.BadPattern,
    errors.InvalidAdminToken,
    errors.CrossSiteRequest,
    errors.NotFound,
    errors.MethodNotAllowed,
    errors.Conflict,
    errors.BodyTooLarge,
    errors.UnsupportedMediaType,
    errors.HostNotAllowed,
    errors.TooManyAttempts,
    errors.StoreUnavailable,
    errors.GuardrailUnavailable,
)


def test_the_table_of_errors_tells_each_status_and_code():
    rows = {(int(status), code) for status, code in re.findall(r"^\| (\d{3}) \| `(\w+)` \|", PAGE, re.MULTILINE)}
    assert rows == {(error.status, error.code) for error in ERRORS}


def test_the_largest_body_is_the_one_the_program_takes():
    assert set(re.findall(r"(?:of at most|larger than) (\d+) MiB", PAGE)) == {str(MAX_BODY_BYTES >> 20)}
