"""Logs: one line per event; JSON for programs, plain for a terminal. Secrets and numbers stay out."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

Event = MutableMapping[str, Any]
SECRET = ("password", "secret", "token", "authorization", "cookie")


def set_up(as_json: bool | None = None, least: int = logging.INFO) -> None:
    """Where nobody says otherwise: JSON unless a person looks at a terminal, and nothing below `least`."""
    is_json = not sys.stderr.isatty() if as_json is None else as_json
    show: Any = structlog.processors.JSONRenderer() if is_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_secrets,
            structlog.processors.format_exc_info if is_json else _as_it_is,
            show,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)


def _without_secrets(_logger: Any, _method: str, event: Event) -> Event:
    for key in list(event):
        if any(word in key.lower() for word in SECRET):
            event[key] = "(left out)"
    return event


def _as_it_is(_logger: Any, _method: str, event: Event) -> Event:
    return event
