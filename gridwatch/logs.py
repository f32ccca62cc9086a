"""Configure logging to standard error: text on a terminal, one JSON object a line elsewhere."""

import logging
import sys
import unicodedata

import structlog
from structlog.typing import EventDict


def configure_logging(level: int = logging.INFO) -> None:
    """Configure structlog for this process; called once, by the command that runs."""
    is_terminal = sys.stderr.isatty()
    renderer = (
        # Plain tracebacks: the rich ones print local values, which may be keys.
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if is_terminal
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([escape_controls] if is_terminal else [structlog.processors.format_exc_info]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def escape_controls(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Escape line breaks and control characters in the values of a line for a terminal.

    What a stranger sent would otherwise begin a line of its own or command the terminal. JSON
    escapes them anyway.
    """
    return {name: _escape(value) for name, value in event.items()}


def _escape(value: object) -> object:
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(_escape_character(character) for character in value)


def _escape_character(character: str) -> str:
    is_control = unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp"}
    return ascii(character)[1:-1] if is_control else character
