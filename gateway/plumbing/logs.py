"""Log lines: past-tense events with ids, and one last net that masks what must never be read."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

_NUMBER = re.compile(r"(?:(?<![\w-])|(?<=%2B))\+?\d[\d ().-]{6,}\d(?!\w)")
_SECRET_WORDS = ("text", "body", "phone", "sender", "recipient", "number", "token", "password")
_KEPT = frozenset({"timestamp", "level", "event"})


def configure_logs(level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Sends our events and the libraries' records to stderr as single lines, masked."""
    stream = stream or sys.stderr
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_exception_names),
        mask,
    ]
    line = structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"])
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            line,
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("apscheduler", "twilio", "urllib3", "alembic", "waitress.queue", "werkzeug"):
        logging.getLogger(name).setLevel(logging.ERROR)
    structlog.configure(
        processors=[*shared, line],
        logger_factory=structlog.WriteLoggerFactory(stream),  # the library's road costs more
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )


def mask(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Blanks fields named after secrets and anything that looks like a phone number."""
    for key, value in event.items():
        if (key in _KEPT and key != "event") or key.startswith("_"):  # structlog's own
            continue
        if any(word in key.lower() for word in _SECRET_WORDS):
            event[key] = "***"
        elif not isinstance(value, float) and _NUMBER.search(str(value)):
            event[key] = _NUMBER.sub("***", str(value))
    return event


def _exception_names(exc_info: Any) -> str:
    """Names and places of an exception, never its message: messages quote values."""
    lines: list[str] = []
    error = exc_info[1]
    while error is not None:
        trace, frames = error.__traceback__, []
        while trace is not None:
            code = trace.tb_frame.f_code
            frames.append(f"{code.co_name}:{trace.tb_lineno}")
            trace = trace.tb_next
        lines.append(f"{type(error).__name__} at {' > '.join(frames[-6:])}")
        error = error.__cause__ or error.__context__
    return " from ".join(lines)
