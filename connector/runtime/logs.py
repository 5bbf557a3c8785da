"""Logs as events: one line each, on stderr, with nothing personal or secret in it."""

import logging
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any, Literal, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor, WrappedLogger

from connector.domain.redaction import scrub

Format = Literal["auto", "json", "console"]
Level = Literal["debug", "info", "warning", "error"]


class _Logger(structlog.make_filtering_bound_logger(logging.INFO)):  # type: ignore[misc] # a class made at run time
    """The class of all loggers of ours: kept ones follow a change of its level, which costs no log call anything."""


def configure_logs(
    *, log_format: Format = "auto", level: str = "info", stream: TextIO | None = None, cached: bool = True
) -> None:
    """Send our own events and the libraries' warnings to `stream` (stderr). Call it once, first of all.

    `cached` keeps each logger as first used; a test that captures output anew each time says False.
    """
    stream = stream or sys.stderr
    set_level(level)
    in_json = log_format == "json" or (log_format == "auto" and not stream.isatty())
    preparing = _preparing(in_json=in_json)
    rendering: list[Processor] = [redact, _renderer(stream, in_json=in_json)]
    structlog.configure(
        processors=[*preparing, *rendering],
        wrapper_class=_Logger,
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=cached,
    )
    _route_libraries(preparing, rendering, stream)


def set_level(level: str) -> None:
    """Let our own events pass from this level up, from now on; what logs already included."""
    for name, member in vars(structlog.make_filtering_bound_logger(_number(level))).items():
        if not name.startswith("__"):
            setattr(_Logger, name, member)


def redact(_: WrappedLogger, __: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Scrub the whole event: the last step before rendering."""
    scrubbed = scrub(dict(event))
    return scrubbed if isinstance(scrubbed, dict) else {"event": str(scrubbed)}


def _preparing(*, in_json: bool) -> list[Processor]:
    # no locals: they are where the personal data is
    exceptions: Processor = (
        structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
        if in_json
        else structlog.processors.format_exc_info
    )
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        exceptions,
    ]


def _renderer(stream: TextIO, *, in_json: bool) -> Processor:
    if in_json:
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(
        colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback
    )


def _route_libraries(preparing: Sequence[Processor], rendering: Sequence[Processor], stream: TextIO) -> None:
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *preparing],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("aiohttp.access").disabled = True  # its lines carry query strings, and so consent codes


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]
