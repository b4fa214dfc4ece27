"""The admin API: one file per noun. Whoever gets here has passed the wall (``web.wall``)."""

from fastapi import FastAPI

from llm_proxy import __version__
from llm_proxy.web import dashboard, openapi, swagger
from llm_proxy.web.admin import (
    about,
    attention,
    audit,
    backtest,
    events,
    fingerprints,
    guardrail_import,
    guardrail_trials,
    guardrail_versions,
    guardrails,
    keys,
    log,
    meters,
    packs,
    playground,
    providers,
    refusals,
    session,
    settings,
    shadow,
    summary,
    usage,
)
from llm_proxy.web.admin.services import AdminServices

__all__ = ["AdminServices", "create_admin"]


def create_admin(services: AdminServices) -> FastAPI:
    """Return the application that answers everything but the data path: the admin API, its description, the pages.

    The routes stand in one flat list: what describes, walks or counts them needs no framework's internals.
    """
    nouns = (
        providers,
        keys,
        guardrail_trials,
        backtest,
        shadow,
        meters,
        guardrail_import,
        guardrails,
        guardrail_versions,
        packs,
        events,
        fingerprints,
        audit,
        playground,
        summary,
        attention,
        usage,
        log,
        session,
        settings,
        about,
    )
    admin = [route for noun in nouns for route in noun.routes().routes]
    app = FastAPI(
        title="LLM Proxy",
        version=__version__,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        routes=[*admin, *openapi.routes(admin), *swagger.routes(), *dashboard.routes()],
    )
    app.state.services = services
    refusals.install(app)
    return app
