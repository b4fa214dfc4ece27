"""Which doors stand open: routes that ask for neither a key nor the admin token are named, and there are no others."""

import pytest

from llm_proxy.web.admin import AdminServices, create_admin
from llm_proxy.web.app import OPEN_PATHS
from llm_proxy.web.session import is_admin

ROUTES = [route.path for route in create_admin(AdminServices(None, None)).routes]  # type: ignore[arg-type,attr-defined]


@pytest.mark.parametrize("path", ROUTES)
def test_every_route_is_behind_the_wall_or_named_open(path: str) -> None:
    assert is_admin(path) != path.startswith(OPEN_PATHS)


def test_what_is_open_exists() -> None:
    probes = {"/livez", "/readyz"}
    assert [
        path for path in OPEN_PATHS if path not in probes and not any(each.startswith(path) for each in ROUTES)
    ] == []
