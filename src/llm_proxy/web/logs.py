"""Logging: structlog everywhere, one JSON object a line on stderr, foreign loggers included."""

import logging
import sys
from typing import Any

import orjson
import structlog

# What uvicorn says of an answer that broke and of a refused start: our own line has said why.
_NOISE = {"ASGI callable returned without completing response.", "Application startup failed. Exiting.", ""}


def _dumps(event: Any, **_: Any) -> str:  # noqa: ANN401 (structlog's serializer signature)
    return orjson.dumps(event, default=str).decode()


def configure(level: str, form: str) -> None:
    """Set up structlog and the standard library's loggers. ``level`` debug…error, ``form`` json or console."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
    ]
    renderer = (
        structlog.processors.JSONRenderer(_dumps) if form == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    number = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    handler.addFilter(lambda record: record.getMessage() not in _NOISE)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(number, logging.WARNING))
