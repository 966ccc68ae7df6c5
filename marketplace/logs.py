"""How lines of logs look, of our own code and of libraries alike: one JSON object a line, or text for people."""

import logging
import time
from typing import Any

import structlog

FORMATTER = "line"


OF_THE_BROKER = (
    "celery.beat", "celery.worker.consumer", "kombu", "marketplace.beat", "marketplace.consuming", "marketplace.health",
)  # fmt: skip
"""Who says again and again that the broker can't be reached, or refuses to write."""

SELDOM_SECONDS = 60.0


class Seldom(logging.Filter):
    """Of lines that say the same about the broker, one a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._said_at: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(OF_THE_BROKER):
            return True
        told = record.msg.get("event") if isinstance(record.msg, dict) else record.msg
        said, now = (record.name, str(told)), time.monotonic()
        if now - self._said_at.get(said, -SELDOM_SECONDS) < SELDOM_SECONDS:
            return False
        self._said_at[said] = now
        return True


def shared_processors() -> list[Any]:
    """What every line gets: what is bound to the work that it belongs to, level, logger, time."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def logging_of(level: str, *, is_json: bool, loggers: tuple[str, ...] = ()) -> dict[str, Any]:
    """The configuration for ``logging``: all goes to standard error; ``loggers`` are those that would else go their
    own way."""
    rendered = (
        [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
        if is_json
        else [structlog.dev.ConsoleRenderer(colors=False)]
    )
    own = {"handlers": ["console"], "level": level, "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            FORMATTER: {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
                "foreign_pre_chain": shared_processors(),
            }
        },
        "filters": {"seldom": {"()": Seldom}},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": FORMATTER, "filters": ["seldom"]}
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": dict.fromkeys(loggers, own),
    }


def configure() -> None:
    """Send what our own code logs the same way as what libraries log."""
    structlog.configure(
        processors=[*shared_processors(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
