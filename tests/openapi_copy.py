"""The dashboard's copy of the gateway's OpenAPI document, from which its types are made. Write it: ``make api``."""

import json
from pathlib import Path
from typing import Any

from starlette.routing import Route

from llm_proxy.web import openapi
from llm_proxy.web.admin import AdminServices, create_admin

COPY = Path(__file__).parent.parent / "dashboard/openapi.json"


def document() -> dict[str, Any]:
    """Return the document as the gateway serves it."""
    app = create_admin(AdminServices(None, None))  # type: ignore[arg-type]
    routes = [route for route in app.routes if isinstance(route, Route) and route.path.startswith("/admin")]
    return openapi.describe(routes)


def text() -> str:
    """Return the copy's text."""
    return json.dumps(document(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    COPY.write_text(text(), encoding="utf-8")
