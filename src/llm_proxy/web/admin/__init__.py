"""The admin API: one file per noun. Whoever gets here has shown the admin token (``web.session``)."""

from fastapi import FastAPI

from llm_proxy import __version__
from llm_proxy.web import openapi, swagger
from llm_proxy.web.admin import events, guardrails, keys, providers, refusals, usage
from llm_proxy.web.admin.services import AdminServices

__all__ = ["AdminServices", "create_admin"]


def create_admin(services: AdminServices) -> FastAPI:
    """Return the application that answers everything but the data path: the admin API, its description and its page.

    The routes stand in one flat list: what describes, walks or counts them needs no framework's internals.
    """
    nouns = (providers, keys, guardrails, events, usage)
    admin = [route for noun in nouns for route in noun.routes().routes]
    app = FastAPI(
        title="LLM Proxy",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=[*admin, *openapi.routes(admin), *swagger.routes()],
    )
    app.state.services = services
    refusals.install(app)
    return app
