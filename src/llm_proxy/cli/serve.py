"""``llm-proxy serve`` and ``llm-proxy demo``: the commands that serve."""

from typing import Annotated

import structlog
import typer

from llm_proxy import __version__, settings
from llm_proxy.cli.desk import Config, refuse
from llm_proxy.demo import run_demo
from llm_proxy.errors import StartupError
from llm_proxy.settings import Settings
from llm_proxy.web import logs
from llm_proxy.web.app import create_app
from llm_proxy.web.server import Hooks, run
from llm_proxy.web.server.http_rules import ServerLimits
from llm_proxy.web.server.listen import parse_addr


def serve(config: Config = None) -> None:
    """Serve until SIGTERM or Ctrl-C. Settings come from the environment and an optional file.

    See docs/configuration.md.
    """
    try:
        chosen = settings.load(config)
        raise typer.Exit(serve_settings(chosen))
    except StartupError as exc:
        refuse(exc)


def serve_settings(chosen: Settings) -> int:
    """Serve with these settings and return the exit code."""
    logs.configure(chosen.log_level, chosen.log_format)
    application = create_app(chosen)
    limits = ServerLimits(
        request_line_bytes=chosen.max_request_line_bytes,
        header_bytes=chosen.max_header_bytes,
        header_count=chosen.max_header_count,
        header_timeout_s=chosen.header_timeout_s,
        body_grace_s=chosen.body_grace_s,
        body_min_bytes_per_s=chosen.body_min_bytes_per_s,
        write_stall_s=chosen.write_stall_s,
        keep_alive_s=chosen.keep_alive_s,
        drain_s=chosen.drain_s,
    )
    log = structlog.get_logger()
    hooks = Hooks(
        on_ready=lambda port: log.info("serve.ready", addr=chosen.addr, port=port, version=__version__),
        on_drain=application.drain,
        on_deadline=application.end_calls,
    )
    return run(application, address=parse_addr(chosen.addr), limits=limits, hooks=hooks)


def demo(
    *,
    once: Annotated[bool, typer.Option("--once", help="Exit after the four calls instead of serving on.")] = False,
    addr: Annotated[
        str, typer.Option(help="Where the demo listens; by default 127.0.0.1, on 8080 or a free port.")
    ] = "",
) -> None:
    """Show the gateway at work.

    Four real calls of the official client, on a throw-away database with an offline model.
    """
    try:
        raise typer.Exit(run_demo(once=once, addr=addr))
    except StartupError as exc:
        refuse(exc)
